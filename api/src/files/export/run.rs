//! Makes exports, one after the other in each process that serves the API.
//!
//! What was asked for runs through the handler that would have answered at once, with a caller who has the rights
//! that the requester has by now. A run that dies leaves nothing: another one begins anew, and an export ends once
//! (EXP-2), so exactly one file comes of it.

use std::{
    pin::pin,
    sync::{Arc, OnceLock, atomic::Ordering},
    time::Duration,
};

use anyhow::{Context, anyhow};
use axum::{
    Router,
    body::to_bytes,
    http::{HeaderName, Request as HttpRequest, StatusCode},
    middleware::from_fn_with_state,
    response::Response,
};
use commands::{CommandEnvelope, Failure};
use domain::{
    files::{
        export::{
            Command, Content, Export, ExportId, FailureReason, Refusal, Request, UNFINISHED_SET,
        },
        file::Sha256,
    },
    identity::Actor,
};
use futures::{
    FutureExt, TryStreamExt,
    future::{BoxFuture, Shared},
};
use tokio::time::{sleep, timeout};
use tower::ServiceExt;

use super::{lease::ExportLease, object_key, request::rights_digest};
use crate::{
    App, Contexts,
    access_control::require_access,
    caller::Caller,
    tables::{ExportRun, FileLocale},
};

/// How often it is looked whether there is something to be made, and how far what is being made has come.
const INTERVAL: Duration = Duration::from_secs(1);
/// How long one may take.
const MAX_TIME: Duration = Duration::from_hours(1);
/// How many times one is begun: what ends its process each time shall not do so for ever.
const MAX_RUNS: i32 = 5;
/// The most bytes of a problem.
const MAX_PROBLEM: usize = 1 << 20;

type Stop = Shared<BoxFuture<'static, ()>>;

/// Makes exports until `stop`. What is being made then is left to other processes.
pub async fn run_exports(app: App, stop: impl Future<Output = ()> + Send + 'static) {
    let stop: Stop = stop.boxed().shared();
    let runner = ExportRunner::new(app);
    while stop.peek().is_none() {
        if let Err(why) = runner.make_waiting(&stop).await {
            tracing::warn!("exports wait: {why:#}");
        }
        tokio::select! {
            () = stop.clone() => {}
            () = sleep(INTERVAL) => {}
        }
    }
}

struct ExportRunner {
    app: App,
    /// The routes of all contexts, whatever this process serves others; made for the first export.
    routes: OnceLock<Router>,
    actor: Actor,
}

impl ExportRunner {
    fn new(app: App) -> Self {
        Self { app, routes: OnceLock::new(), actor: Actor::system("files.export") }
    }

    fn routes(&self) -> Router {
        let routes = self.routes.get_or_init(|| {
            let (routes, _, declared) = Contexts::all().routes().into_parts();
            let state = (self.app.authenticator.clone(), Arc::new(declared));
            let access = from_fn_with_state(state, require_access);
            routes.route_layer(access).with_state(self.app.clone())
        });
        routes.clone()
    }

    /// Makes what waits, the oldest first.
    async fn make_waiting(&self, stop: &Stop) -> anyhow::Result<()> {
        let mut waiting = self.app.commands.aggregates().claim_holders(UNFINISHED_SET).await?;
        waiting.sort_unstable();
        for export in waiting {
            if stop.peek().is_some() {
                break;
            }
            if let Some(lease) = ExportLease::acquire(&self.app.db, export.into()).await? {
                self.make(lease, stop).await?;
            }
        }
        Ok(())
    }

    async fn make(&self, lease: ExportLease, stop: &Stop) -> anyhow::Result<()> {
        let made = tokio::select! {
            made = self.run(&lease) => made,
            () = stop.clone() => return Ok(lease.release(true).await?),
        };
        let recorded = match made {
            Ok(Some(end)) => self.record(&lease, end).await,
            // It was cancelled, or another process has it.
            Ok(None) => Ok(()),
            Err(why) => Err(why),
        };
        match recorded {
            Ok(()) => Ok(lease.end().await?),
            Err(why) => {
                tracing::warn!(export = %lease.export, begun = lease.begun, "to be begun again: {why:#}");
                Ok(lease.release(false).await?)
            }
        }
    }

    /// How an export ends; nothing, if that is not for this run to say any more.
    async fn run(&self, lease: &ExportLease) -> anyhow::Result<Option<Command>> {
        if lease.begun > MAX_RUNS {
            return Ok(Some(Command::Fail { reason: FailureReason::GivenUp }));
        }
        let export: Export = self.app.commands.aggregates().load(lease.export).await?;
        let Some(request) = export.to_be_made() else { return Ok(None) };
        let run = ExportRun {
            locale: FileLocale { language: request.language, zone: request.zone },
            rows: Arc::default(),
        };
        let making = pin!(timeout(MAX_TIME, self.file(lease, request, &run)));
        tokio::select! {
            made = making => match made {
                Ok(made) => made.map(Some),
                Err(_) => Ok(Some(Command::Fail { reason: FailureReason::GivenUp })),
            },
            () = self.watch(lease, &run) => Ok(None),
        }
    }

    /// Says how far it has come, until it was cancelled or another process has it.
    async fn watch(&self, lease: &ExportLease, run: &ExportRun) {
        let is_ours = async || -> anyhow::Result<bool> {
            let export: Export = self.app.commands.aggregates().load(lease.export).await?;
            Ok(export.to_be_made().is_some()
                && lease.renew(run.rows.load(Ordering::Relaxed)).await?)
        };
        loop {
            sleep(INTERVAL).await;
            match is_ours().await {
                Ok(true) => {}
                Ok(false) => return,
                Err(why) => tracing::info!("the progress of an export is not recorded: {why:#}"),
            }
        }
    }

    /// Makes the file, or says why there is none.
    async fn file(
        &self,
        lease: &ExportLease,
        request: &Request,
        run: &ExportRun,
    ) -> anyhow::Result<Command> {
        let Some(caller) = self.caller(lease.export).await? else { return Ok(forbidden()) };
        let rights = rights_digest(caller.actor());
        let answer = self.ask(caller, request, run.clone()).await?;
        if !answer.status().is_success() {
            return failure(answer).await;
        }
        let content = self.store(lease, answer, rights).await?;
        // Who lost a right while it was made does not get what they had a right to before.
        match self.caller(lease.export).await? {
            Some(caller) if rights_digest(caller.actor()) == content.rights => {
                Ok(Command::Complete(content))
            }
            _ => {
                self.discard(lease, &content).await;
                Ok(forbidden())
            }
        }
    }

    /// The requester with the rights that they have now; nobody, if they may not ask any more.
    async fn caller(&self, export: ExportId) -> anyhow::Result<Option<Caller>> {
        match self.app.authenticator.requester_of_export(export).await {
            Ok(caller) => Ok(Some(caller)),
            Err(problem) if problem.status() < 500 => Ok(None),
            Err(problem) => Err(anyhow!("its requester is not found: {}", problem.code())),
        }
    }

    async fn ask(
        &self,
        caller: Caller,
        request: &Request,
        run: ExportRun,
    ) -> anyhow::Result<Response> {
        let query = request.query.as_ref().and_then(|query| query.get());
        let query = query.map(|query| format!("{query}&")).unwrap_or_default();
        let uri = format!("{}?{query}format={}", request.path, request.format);
        let asked = HttpRequest::get(uri).extension(caller).extension(run);
        let answer = self.routes().oneshot(asked.body(axum::body::Body::empty())?).await;
        Ok(answer.unwrap_or_else(|never| match never {}))
    }

    async fn store(
        &self,
        lease: &ExportLease,
        answer: Response,
        rights: Sha256,
    ) -> anyhow::Result<Content> {
        let (rows, position) = (header(&answer, "x-rows")?, header(&answer, "x-position")?);
        let as_of = header(&answer, "x-as-of")?;
        let key = object_key(lease.export, lease.run);
        let bytes = answer.into_body().into_data_stream().map_err(anyhow::Error::from);
        let stored = self.app.objects.put(&key, bytes).await?;
        Ok(Content {
            object: lease.run,
            rows,
            size: stored.size,
            sha256: Sha256::new(&stored.sha256),
            position,
            as_of,
            rights,
            keep_until: self.app.commands.now() + self.app.exports_kept,
        })
    }

    async fn record(&self, lease: &ExportLease, end: Command) -> anyhow::Result<()> {
        let envelope = CommandEnvelope::new(lease.export, end.clone(), self.actor.clone());
        match self.app.commands.execute(envelope).await {
            Ok(_) => Ok(()),
            Err(Failure::Refused(Refusal::AlreadyEnded)) => {
                if let Command::Complete(content) = &end {
                    self.discard(lease, content).await;
                }
                Ok(())
            }
            Err(failure) => Err(failure.into()),
        }
    }

    async fn discard(&self, lease: &ExportLease, content: &Content) {
        if let Err(why) = self.app.objects.delete(&object_key(lease.export, content.object)).await {
            // Whoever sweeps finds it.
            tracing::warn!(export = %lease.export, "a file of no use stays for now: {why}");
        }
    }
}

fn forbidden() -> Command {
    Command::Fail { reason: FailureReason::Forbidden }
}

/// The end that follows from a problem; an error, if it may pass by itself.
async fn failure(answer: Response) -> anyhow::Result<Command> {
    let status = answer.status();
    let problem = to_bytes(answer.into_body(), MAX_PROBLEM).await?;
    let problem: serde_json::Value = serde_json::from_slice(&problem).unwrap_or_default();
    let reason = match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND => {
            FailureReason::Forbidden
        }
        _ if problem["code"] == "too_many_rows" => FailureReason::TooManyRows,
        status if status.is_client_error() => FailureReason::Invalid,
        status => return Err(anyhow!("it was answered with {status}: {}", problem["code"])),
    };
    Ok(Command::Fail { reason })
}

/// A header that every file has.
fn header<T: std::str::FromStr>(answer: &Response, name: &'static str) -> anyhow::Result<T> {
    let value = answer.headers().get(HeaderName::from_static(name));
    let value = value.and_then(|value| value.to_str().ok()?.parse().ok());
    value.with_context(|| format!("the file has no {name}"))
}
