//! What a worker does when an event happens: a typed reaction, and its form without the type.

use std::{future::Future, marker::PhantomData, sync::Arc, time::Duration};

use anyhow::{Context, ensure};
use domain::{Decider, RawEvent, Recorded};
use futures::future::BoxFuture;
use projections::{Projections, Projector};
use sealing::SubjectKeys;

/// How long a reaction waits for a read model.
const READ_MODEL_TIMEOUT: Duration = Duration::from_secs(5);

/// What follows from the events of `D`.
///
/// Every event comes at least once, those of one aggregate in order. A failure is tried again;
/// one that lasts parks the aggregate's stream. So what the business may rightly refuse (the
/// issue was closed meanwhile) is no failure and answers `Ok`.
pub trait Reaction<D: Decider>: Send + Sync {
    fn react(
        &self,
        recorded: &Recorded<D::Event>,
    ) -> impl Future<Output = anyhow::Result<()>> + Send;
}

/// A reaction to the events of some kind of aggregate, whose type is not part of this one.
#[derive(Clone)]
pub struct AnyReaction {
    pub(crate) stream: &'static str,
    reaction: Arc<dyn DynReaction>,
}

trait DynReaction: Send + Sync {
    fn react<'a>(
        &'a self,
        raw: &'a RawEvent,
        keys: &'a SubjectKeys,
    ) -> BoxFuture<'a, anyhow::Result<()>>;
}

struct Typed<D, R>(R, PhantomData<fn() -> D>);

impl<D: Decider, R: Reaction<D>> DynReaction for Typed<D, R> {
    fn react<'a>(
        &'a self,
        raw: &'a RawEvent,
        keys: &'a SubjectKeys,
    ) -> BoxFuture<'a, anyhow::Result<()>> {
        Box::pin(async move {
            let recorded = keys.open_event::<D>(raw).context("the event cannot be read")?;
            self.0.react(&recorded).await
        })
    }
}

impl AnyReaction {
    /// Reacts to the events of `D`.
    pub fn to_events_of<D: Decider>(reaction: impl Reaction<D> + 'static) -> Self {
        Self { stream: D::NAME, reaction: Arc::new(Typed(reaction, PhantomData::<fn() -> D>)) }
    }

    pub(crate) async fn react(&self, raw: &RawEvent, keys: &SubjectKeys) -> anyhow::Result<()> {
        self.reaction.react(raw, keys).await
    }
}

/// Waits until a read model holds everything up to a position. Fails when that takes too long.
pub(crate) async fn wait_until_caught_up(
    projections: &Projections,
    model: &Projector,
    position: i64,
) -> anyhow::Result<()> {
    let reached = projections.wait_until_reached(model.name, position, READ_MODEL_TIMEOUT).await?;
    ensure!(reached >= position, "{} has come to {reached} only", model.name);
    Ok(())
}
