//! Makes replays. What is personal is a pseudonym in all of them: whoever needs it as it is asks in the shell (ANA-2).

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use anyhow::{Context, anyhow};
use domain::analytics::replay::{
    Command, FailureReason, Outcome, Replay, ReplayId, Request, TableRows, UNFINISHED_REPLAYS_SET,
};
use projections::{
    Error, FillProgress, Projector, ReplayEnd, ReplayReport, ReplayRequest, all_projectors,
    drop_replay_of, projector_named,
};

use crate::{
    App,
    jobs::{Job, JobLease, run_jobs},
};

/// Makes replays until `stop`. What is being made then is left to other processes.
pub async fn run_replays(app: App, stop: impl Future<Output = ()> + Send + 'static) {
    run_jobs(Replays { app }, stop).await;
}

struct Replays {
    app: App,
}

impl Job for Replays {
    type Aggregate = Replay;

    const UNFINISHED_SET: &'static str = UNFINISHED_REPLAYS_SET;

    fn app(&self) -> &App {
        &self.app
    }

    fn is_to_be_made(replay: &Replay) -> bool {
        replay.to_be_made().is_some()
    }

    fn give_up() -> Command {
        Command::Fail { reason: FailureReason::GivenUp }
    }

    async fn make(
        &self,
        lease: &JobLease,
        replay: &Replay,
        events: &Arc<AtomicU64>,
    ) -> anyhow::Result<Command> {
        let request = replay.to_be_made().context("it has ended")?;
        let Ok(projectors) = projectors(request) else {
            return Ok(failed(FailureReason::UnknownReadModel));
        };
        let request = replay_request(lease, request, projectors)?;
        match self.app.projections.replay(&request, count(events)).await {
            Ok(report) => Ok(Command::Complete(outcome(report)?)),
            Err(Error::Future(_)) => Ok(failed(FailureReason::Future)),
            Err(Error::SchemaExists(_)) => Ok(failed(FailureReason::SchemaExists)),
            Err(why) => Err(why.into()),
        }
    }

    /// What another run completed stays.
    async fn discard(&self, lease: &JobLease) -> anyhow::Result<()> {
        let id = ReplayId::from(lease.id);
        let replay: Replay = self.app.commands.aggregates().load(id).await?;
        if !matches!(replay, Replay::Completed { .. }) {
            drop_replay_of(&self.app.db, id).await?;
        }
        Ok(())
    }
}

/// The read models that are asked for, each once.
fn projectors(request: &Request) -> Result<Vec<&'static Projector>, Error> {
    let names: Vec<_> = request.read_models.iter().map(ToString::to_string).collect();
    names.iter().try_for_each(|name| projector_named(name).map(drop))?;
    let is_wanted = |projector: &&Projector| {
        names.is_empty() || names.iter().any(|name| name == projector.name)
    };
    Ok(all_projectors().filter(is_wanted).collect())
}

fn replay_request(
    lease: &JobLease,
    request: &Request,
    projectors: Vec<&'static Projector>,
) -> anyhow::Result<ReplayRequest> {
    let moment = request.as_of.map(ReplayEnd::Moment);
    let until = request.at_position.map(ReplayEnd::Position).or(moment);
    Ok(ReplayRequest {
        name: request.name.to_string(),
        projectors,
        until: until.context("it has no end")?,
        effective: request.effective,
        since: request.since,
        personal_for: None,
        id: Some(lease.id.into()),
        scenario: request.scenario.clone(),
    })
}

/// Counts the events of all read models, each of which begins anew.
fn count(events: &Arc<AtomicU64>) -> impl FnMut(FillProgress) + Send + 'static {
    let (events, mut last) = (Arc::clone(events), 0);
    move |progress| {
        let more = progress.done.checked_sub(last).unwrap_or(progress.done);
        events.fetch_add(more, Ordering::Relaxed);
        last = progress.done;
    }
}

fn outcome(report: ReplayReport) -> anyhow::Result<Outcome> {
    let ReplayReport { replays, tables, digest } = report;
    let first = replays.first().context("nothing was replayed")?;
    let tables = tables.into_iter().map(|table| {
        Ok(TableRows {
            read_model: text(table.read_model)?,
            table: text(&table.table)?,
            rows: u64::try_from(table.rows)?,
        })
    });
    Ok(Outcome {
        at_position: first.position,
        as_of: first.as_of,
        digest: text(&digest)?,
        tables: tables.collect::<anyhow::Result<_>>()?,
    })
}

fn text<const MAX: usize>(text: &str) -> anyhow::Result<domain::Text<MAX>> {
    text.parse().map_err(|why| anyhow!("{text} {why}"))
}

fn failed(reason: FailureReason) -> Command {
    Command::Fail { reason }
}
