//! Makes exports: what was asked for runs through the handler that would have answered at once, with a caller who has
//! the rights that the requester has by now. An export ends once (EXP-2), so exactly one file comes of it.

use std::sync::{Arc, OnceLock, atomic::AtomicU64};

use anyhow::{Context, anyhow};
use axum::{
    Router,
    body::to_bytes,
    http::{HeaderName, Request as HttpRequest, StatusCode},
    middleware::from_fn_with_state,
    response::Response,
};
use domain::files::{
    export::{Command, Content, Export, ExportId, FailureReason, Request, UNFINISHED_EXPORTS_SET},
    file::Sha256,
};
use futures::TryStreamExt;
use tower::ServiceExt;

use super::{object_key, request::rights_digest};
use crate::{
    App, Contexts,
    access_control::require_access,
    caller::Caller,
    jobs::{Job, JobLease, run_jobs},
    tables::{ExportRun, FileLocale},
};

/// The most bytes of a problem.
const MAX_PROBLEM: usize = 1 << 20;

/// Makes exports until `stop`. What is being made then is left to other processes.
pub async fn run_exports(app: App, stop: impl Future<Output = ()> + Send + 'static) {
    run_jobs(Exports { app, routes: OnceLock::new() }, stop).await;
}

struct Exports {
    app: App,
    /// The routes of all contexts, whatever this process serves others; made for the first export.
    routes: OnceLock<Router>,
}

impl Job for Exports {
    type Aggregate = Export;

    const UNFINISHED_SET: &'static str = UNFINISHED_EXPORTS_SET;

    fn app(&self) -> &App {
        &self.app
    }

    fn is_to_be_made(export: &Export) -> bool {
        export.to_be_made().is_some()
    }

    fn give_up() -> Command {
        Command::Fail { reason: FailureReason::GivenUp }
    }

    async fn make(
        &self,
        lease: &JobLease,
        export: &Export,
        rows: &Arc<AtomicU64>,
    ) -> anyhow::Result<Command> {
        let request = export.to_be_made().context("it has ended")?;
        let locale = FileLocale { language: request.language, zone: request.zone };
        self.file(lease, request, &ExportRun { locale, rows: Arc::clone(rows) }).await
    }

    /// Where nothing was stored, nothing is deleted; what is left all the same is swept.
    async fn discard(&self, lease: &JobLease) -> anyhow::Result<()> {
        let key = object_key(lease.id.into(), lease.run);
        if let Err(why) = self.app.objects.delete(&key).await {
            tracing::warn!(export = %lease.id, "a file of no use stays for now: {why}");
        }
        Ok(())
    }
}

impl Exports {
    fn routes(&self) -> Router {
        let routes = self.routes.get_or_init(|| {
            let (routes, _, declared) = Contexts::all().routes().into_parts();
            let state = (self.app.authenticator.clone(), Arc::new(declared));
            let access = from_fn_with_state(state, require_access);
            routes.route_layer(access).with_state(self.app.clone())
        });
        routes.clone()
    }

    /// Makes the file, or says why there is none.
    async fn file(
        &self,
        lease: &JobLease,
        request: &Request,
        run: &ExportRun,
    ) -> anyhow::Result<Command> {
        let Some(caller) = self.caller(lease.id.into()).await? else { return Ok(forbidden()) };
        let rights = rights_digest(caller.actor());
        let answer = self.ask(caller, request, run.clone()).await?;
        if !answer.status().is_success() {
            return failure(answer).await;
        }
        let content = self.store(lease, answer, rights).await?;
        // Who lost a right while it was made does not get what they had a right to before.
        match self.caller(lease.id.into()).await? {
            Some(caller) if rights_digest(caller.actor()) == content.rights => {
                Ok(Command::Complete(content))
            }
            _ => {
                self.discard(lease).await?;
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
        lease: &JobLease,
        answer: Response,
        rights: Sha256,
    ) -> anyhow::Result<Content> {
        let (rows, position) = (header(&answer, "x-rows")?, header(&answer, "x-position")?);
        let as_of = header(&answer, "x-as-of")?;
        let key = object_key(lease.id.into(), lease.run);
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
