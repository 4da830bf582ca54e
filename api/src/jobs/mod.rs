//! Jobs: what is made beside the requests by a process that serves the API, such as exports and replays. Each is an
//! aggregate that was requested, and ends once. A run that dies is begun anew, by whichever process comes first.

mod lease;

use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use commands::{CommandEnvelope, Failure, Handler};
use domain::{Decider, identity::Actor};
use futures::{
    FutureExt,
    future::{BoxFuture, Shared},
};
use tokio::time::{sleep, timeout};

use crate::App;

pub(crate) use lease::JobLease;

/// How often it is looked whether there is something to be made, and how far what is being made has come.
const INTERVAL: Duration = Duration::from_secs(1);
/// How long one may take.
const MAX_TIME: Duration = Duration::from_hours(1);
/// How many times one is begun: what ends its process each time shall not do so for ever.
const MAX_RUNS: i32 = 5;

type Stop = Shared<BoxFuture<'static, ()>>;

/// How one kind of thing is made.
pub(crate) trait Job: Send + Sync + 'static {
    /// What is requested, and ends.
    type Aggregate: Handler;

    /// The set of those that are requested and have not ended.
    const UNFINISHED_SET: &'static str;

    fn app(&self) -> &App;

    /// Whether it is requested and has not ended.
    fn is_to_be_made(aggregate: &Self::Aggregate) -> bool;

    /// That it took too long, or ended its process again and again.
    fn give_up() -> <Self::Aggregate as Decider>::Command;

    /// Makes it, counting in `done` how far it has come, and says how it ends. An error is tried again.
    fn make(
        &self,
        lease: &JobLease,
        aggregate: &Self::Aggregate,
        done: &Arc<AtomicU64>,
    ) -> impl Future<Output = anyhow::Result<<Self::Aggregate as Decider>::Command>> + Send;

    /// Throws away what came of a run that is of no use, as its aggregate ended otherwise meanwhile.
    fn discard(&self, lease: &JobLease) -> impl Future<Output = anyhow::Result<()>> + Send;
}

/// Does jobs of one kind, one after the other, until `stop`. What is being made then is left to other processes.
pub(crate) async fn run_jobs<J: Job>(job: J, stop: impl Future<Output = ()> + Send + 'static) {
    let stop: Stop = stop.boxed().shared();
    let runner = JobRunner { job, actor: Actor::system(J::Aggregate::NAME) };
    while stop.peek().is_none() {
        if let Err(why) = runner.make_waiting(&stop).await {
            tracing::warn!(kind = J::Aggregate::NAME, "jobs wait: {why:#}");
        }
        tokio::select! {
            () = stop.clone() => {}
            () = sleep(INTERVAL) => {}
        }
    }
}

struct JobRunner<J> {
    job: J,
    actor: Actor,
}

impl<J: Job> JobRunner<J> {
    /// Makes what waits, the oldest first.
    async fn make_waiting(&self, stop: &Stop) -> anyhow::Result<()> {
        let app = self.job.app();
        let mut waiting = app.commands.aggregates().claim_holders(J::UNFINISHED_SET).await?;
        waiting.sort_unstable();
        for id in waiting {
            if stop.peek().is_some() {
                break;
            }
            if let Some(lease) = JobLease::acquire(&app.db, id).await? {
                self.make(lease, stop).await?;
            }
        }
        Ok(())
    }

    async fn make(&self, lease: JobLease, stop: &Stop) -> anyhow::Result<()> {
        let made = tokio::select! {
            made = self.run(&lease) => made,
            () = stop.clone() => return Ok(lease.release(true).await?),
        };
        let recorded = match made {
            // What another process makes anew by now is not to be taken for this.
            Ok(Some(_)) if !lease.renew(0).await? => return Ok(()),
            Ok(Some(end)) => self.record(&lease, end).await,
            Ok(None) => self.discard_if_ended(&lease).await.map(drop),
            Err(why) => Err(why),
        };
        match recorded {
            Ok(()) => Ok(lease.end().await?),
            Err(why) => {
                let (kind, id, begun) = (J::Aggregate::NAME, lease.id, lease.begun);
                tracing::warn!(kind, %id, begun, "to be begun again: {why:#}");
                Ok(lease.release(false).await?)
            }
        }
    }

    /// How it ends; nothing, if that is not for this run to say any more.
    async fn run(
        &self,
        lease: &JobLease,
    ) -> anyhow::Result<Option<<J::Aggregate as Decider>::Command>> {
        if lease.begun > MAX_RUNS {
            return Ok(Some(J::give_up()));
        }
        let aggregate = self.load(lease).await?;
        if !J::is_to_be_made(&aggregate) {
            return Ok(None);
        }
        let done = Arc::default();
        let making = pin!(timeout(MAX_TIME, self.job.make(lease, &aggregate, &done)));
        tokio::select! {
            made = making => match made {
                Ok(made) => made.map(Some),
                Err(_) => Ok(Some(J::give_up())),
            },
            () = self.watch(lease, &done) => Ok(None),
        }
    }

    async fn load(&self, lease: &JobLease) -> anyhow::Result<J::Aggregate> {
        let id = domain::Id::<J::Aggregate>::from(lease.id);
        Ok(self.job.app().commands.aggregates().load(id).await?)
    }

    /// Says how far it has come, until it was cancelled or another process has it.
    async fn watch(&self, lease: &JobLease, done: &AtomicU64) {
        let is_ours = async || -> anyhow::Result<bool> {
            Ok(J::is_to_be_made(&self.load(lease).await?)
                && lease.renew(done.load(Ordering::Relaxed)).await?)
        };
        loop {
            sleep(INTERVAL).await;
            match is_ours().await {
                Ok(true) => {}
                Ok(false) => return,
                Err(why) => tracing::info!("the progress of a job is not recorded: {why:#}"),
            }
        }
    }

    async fn record(
        &self,
        lease: &JobLease,
        end: <J::Aggregate as Decider>::Command,
    ) -> anyhow::Result<()> {
        let envelope = CommandEnvelope::new(lease.id.into(), end, self.actor.clone());
        match self.job.app().commands.execute::<J::Aggregate>(envelope).await {
            Ok(_) => Ok(()),
            Err(Failure::Refused(refusal)) => {
                if self.discard_if_ended(lease).await? {
                    Ok(())
                } else {
                    Err(refusal.into())
                }
            }
            Err(failure) => Err(failure.into()),
        }
    }

    /// Discards what was made, unless it is still to be made: then another process has it, whose work is not to be
    /// touched. Returns whether it has ended.
    async fn discard_if_ended(&self, lease: &JobLease) -> anyhow::Result<bool> {
        let has_ended = !J::is_to_be_made(&self.load(lease).await?);
        if has_ended {
            self.job.discard(lease).await?;
        }
        Ok(has_ended)
    }
}
