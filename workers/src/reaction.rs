//! "When that, then this."

use std::{future::Future, marker::PhantomData, sync::Arc, time::Duration};

use anyhow::{Context, ensure};
use domain::{Decider, Raw, Recorded};
use futures::future::BoxFuture;
use projections::{Projections, Projector};
use sealing::Keys;

/// For how long a reaction waits for a read model.
const PATIENCE: Duration = Duration::from_secs(5);

/// What follows from the events of `D`.
///
/// Every event comes at least once, those of one aggregate in order. A failure is tried again;
/// one that lasts parks the aggregate's stream. So what the business may rightly refuse (the
/// issue was closed meanwhile) is not a failure and answers `Ok`.
pub trait Reaction<D: Decider>: Send + Sync {
    fn on(&self, fact: &Recorded<D::Event>) -> impl Future<Output = anyhow::Result<()>> + Send;
}

/// A reaction of which is known only to what kind of aggregate.
#[derive(Clone)]
pub struct On {
    pub(crate) stream: &'static str,
    react: Arc<dyn React>,
}

trait React: Send + Sync {
    fn react<'a>(&'a self, raw: &'a Raw, keys: &'a Keys) -> BoxFuture<'a, anyhow::Result<()>>;
}

struct Of<D, R>(R, PhantomData<fn() -> D>);

impl<D: Decider, R: Reaction<D>> React for Of<D, R> {
    fn react<'a>(&'a self, raw: &'a Raw, keys: &'a Keys) -> BoxFuture<'a, anyhow::Result<()>> {
        Box::pin(async move {
            let fact = keys.decode::<D>(raw).context("the event cannot be read")?;
            self.0.on(&fact).await
        })
    }
}

impl On {
    /// Reacts to the events of `D`.
    pub fn events_of<D: Decider>(reaction: impl Reaction<D> + 'static) -> Self {
        Self { stream: D::NAME, react: Arc::new(Of(reaction, PhantomData::<fn() -> D>)) }
    }

    pub(crate) async fn react(&self, raw: &Raw, keys: &Keys) -> anyhow::Result<()> {
        self.react.react(raw, keys).await
    }
}

/// Waits, not for long, until a read model is as it was at a position, or later.
pub(crate) async fn caught_up(
    projections: &Projections,
    model: &Projector,
    position: i64,
) -> anyhow::Result<()> {
    let reached = projections.reached(model.name, position, PATIENCE).await?;
    ensure!(reached >= position, "{} has come to {reached} only", model.name);
    Ok(())
}
