//! Makes exports: what was asked for runs through the handler that would have answered at once, with a caller who has
//! the rights that the requester has by now. An export ends once (EXP-2), so exactly one file comes of it.

use std::{
    str::FromStr,
    sync::{Arc, atomic::AtomicU64},
};

use anyhow::{Context, anyhow};
use axum::{
    body::Body,
    http::{Request as HttpRequest, StatusCode},
    response::Response,
};
use chrono::{DateTime, Utc};
use domain::{
    Text,
    files::{
        export::{
            Command, Content, Export, ExportId, FailureReason, Request, UNFINISHED_EXPORTS_SET,
        },
        file::Sha256,
    },
};
use futures::TryStreamExt;

use super::{object_key, request::rights_digest};
use crate::{
    App,
    caller::Caller,
    contexts::all_lists,
    jobs::{Job, JobLease, run_jobs},
    lists::{Lists, list_uri, problem_of},
    tables::{ExportRun, FileLocale},
};

/// Makes exports until `stop`. What is being made then is left to other processes.
pub async fn run_exports(app: App, stop: impl Future<Output = ()> + Send + 'static) {
    run_jobs(Exports { lists: all_lists(&app), app }, stop).await;
}

struct Exports {
    app: App,
    lists: Lists,
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
    /// Makes the file, or says why there is none.
    async fn file(
        &self,
        lease: &JobLease,
        request: &Request,
        run: &ExportRun,
    ) -> anyhow::Result<Command> {
        let Some(caller) = self.caller(lease.id.into()).await? else { return Ok(forbidden()) };
        let rights = rights_digest(caller.actor());
        let Some(answer) = self.ask(caller, request, run.clone()).await? else {
            return Ok(failed(FailureReason::Invalid));
        };
        if !answer.status().is_success() {
            return failure(answer).await;
        }
        // What is no list has no rows, however often it is asked for.
        let Some(rows) = RowsOfFile::of(&answer) else {
            return Ok(failed(FailureReason::Invalid));
        };
        let content = self.store(lease, (answer, rows), rights).await?;
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

    /// What is answered; nothing, if what is asked for cannot be a URL.
    async fn ask(
        &self,
        caller: Caller,
        request: &Request,
        run: ExportRun,
    ) -> anyhow::Result<Option<Response>> {
        let query = request.query.as_ref().and_then(|query| query.get());
        let query = query.map(Text::as_str);
        let format = format!("format={}", request.format);
        let Some(uri) = list_uri(request.path.as_str(), query, &format) else { return Ok(None) };
        let asked = HttpRequest::get(uri).extension(caller).extension(run).body(Body::empty())?;
        Ok(Some(self.lists.answer(asked).await))
    }

    async fn store(
        &self,
        lease: &JobLease,
        (answer, of): (Response, RowsOfFile),
        rights: Sha256,
    ) -> anyhow::Result<Content> {
        let key = object_key(lease.id.into(), lease.run);
        let bytes = answer.into_body().into_data_stream().map_err(anyhow::Error::from);
        let stored = self.app.objects.put(&key, bytes).await?;
        Ok(Content {
            object: lease.run,
            rows: of.rows,
            size: stored.size,
            sha256: Sha256::new(&stored.sha256),
            position: of.position,
            as_of: of.as_of,
            rights,
            keep_until: self.app.commands.now() + self.app.exports_kept,
        })
    }
}

/// What the headers of a list as a file say of its rows.
struct RowsOfFile {
    rows: u64,
    position: i64,
    as_of: DateTime<Utc>,
}

impl RowsOfFile {
    /// Nothing, if the answer is no list.
    fn of(answer: &Response) -> Option<Self> {
        Some(Self {
            rows: header(answer, "x-rows")?,
            position: header(answer, "x-position")?,
            as_of: header(answer, "x-as-of")?,
        })
    }
}

fn failed(reason: FailureReason) -> Command {
    Command::Fail { reason }
}

fn forbidden() -> Command {
    failed(FailureReason::Forbidden)
}

/// The end that follows from a problem; an error, if it may pass by itself.
async fn failure(answer: Response) -> anyhow::Result<Command> {
    let status = answer.status();
    let problem = problem_of(answer).await?;
    let reason = match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND => {
            FailureReason::Forbidden
        }
        _ if problem["code"] == "too_many_rows" => FailureReason::TooManyRows,
        status if status.is_client_error() => FailureReason::Invalid,
        status => return Err(anyhow!("it was answered with {status}: {}", problem["code"])),
    };
    Ok(failed(reason))
}

fn header<T: FromStr>(answer: &Response, name: &'static str) -> Option<T> {
    answer.headers().get(name).and_then(|value| value.to_str().ok()?.parse().ok())
}
