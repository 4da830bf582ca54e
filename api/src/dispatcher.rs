//! Executes commands for callers, and turns the receipts into responses.

use std::sync::Arc;

use axum::{
    Json,
    http::{
        HeaderName, HeaderValue, StatusCode,
        header::{ETAG, LOCATION},
    },
    response::{IntoResponse, Response},
};
use commands::{CommandEnvelope, Commands, Failure, Handler, ReadError, Receipt};
use domain::{Id, Refusal as _, identity::RowScope};
use projections::listing;
use serde::Serialize;
use serde_json::Value;
use sqlx::PgPool;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    auth::{AttemptLimiter, Bucket, CredentialChanges},
    caller::Caller,
    json_request::CommandOptions,
    problem::Problem,
    visible::{Visible, is_staff},
};

pub(crate) const X_POSITION: HeaderName = HeaderName::from_static("x-position");
const IDEMPOTENCY_REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// What was asked for is so.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct CommandResponse {
    data: CommandTarget,
    meta: NewState,
    #[serde(skip)]
    #[schema(ignore)]
    replayed: bool,
    /// Whether it could be so, and nothing was done.
    #[serde(skip)]
    #[schema(ignore)]
    dry_run: bool,
    /// The path of the collection in which it was created.
    #[serde(skip)]
    #[schema(ignore)]
    created_below: Option<&'static str>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
struct CommandTarget {
    id: Uuid,
    /// A secret that was made for it. It is told now and never again.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    secret: Option<String>,
}

#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
struct NewState {
    /// Of the item, for `If-Match`.
    version: i32,
    /// Of the last event, for `X-Min-Position`; of the log when nothing had to happen.
    position: i64,
}

/// Executes commands for callers.
#[derive(Clone)]
pub(crate) struct CommandDispatcher {
    pub(crate) db: PgPool,
    pub(crate) commands: Commands,
    pub(crate) changes: Arc<CredentialChanges>,
    pub(crate) attempts: AttemptLimiter,
}

impl CommandDispatcher {
    /// Executes a command that creates an aggregate, under a new id or one derived from its content.
    pub(crate) async fn create<A: Handler>(
        &self,
        caller: &Caller,
        envelope: CommandEnvelope<A>,
        options: CommandOptions,
    ) -> Result<CommandResponse, Problem> {
        let recorded = self.record_and_count(caller, envelope, options).await?;
        recorded.map_err(|failure| caller.unauthenticated_if_guest(failure.into()))
    }

    /// Executes commands on an existing aggregate: all of them, or none. 404 for callers who may not
    /// see it.
    pub(crate) async fn execute<A: Visible>(
        &self,
        caller: &Caller,
        id: Id<A>,
        commands: Vec<A::Command>,
        options: CommandOptions,
    ) -> Result<CommandResponse, Problem> {
        let mut commands = commands.into_iter();
        let Some(first) = commands.next() else {
            return Err(Problem::invalid("", "there is nothing to change in it"));
        };
        let envelope = CommandEnvelope::new(id, first.clone(), caller.actor().clone());
        let envelope = commands.fold(envelope, CommandEnvelope::and_command);
        match self.record_and_count(caller, envelope, options).await? {
            Ok(done) => Ok(done),
            Err(failure) => {
                let problem = self.explain(caller, id, &first, failure).await;
                Err(self.add_conflict_advice(caller, Some(id), &first, problem).await)
            }
        }
    }

    /// Executes a command. Dry runs of clients are counted before anybody knows what they tell. Only those stay
    /// counted that met what somebody else holds, such as the tax id of a cabinet that the caller does not
    /// see: trying leaves no trace, so nobody may try all of them.
    async fn record_and_count<A: Handler>(
        &self,
        caller: &Caller,
        envelope: CommandEnvelope<A>,
        options: CommandOptions,
    ) -> Result<Result<CommandResponse, Failure<A::Refusal>>, Problem> {
        if !options.dry_run || is_staff(caller) {
            return Ok(self.record(envelope, options).await);
        }
        let counted = self.attempts.begin(Bucket::Probes(caller.id)).await?;
        let recorded = self.record(envelope, options).await;
        if !matches!(recorded, Err(Failure::Taken { time: None, .. })) {
            self.attempts.withdraw(counted).await?;
        }
        Ok(recorded)
    }

    /// The problem of a command, with advice if it is a conflict.
    pub(crate) async fn add_conflict_advice<A: Visible>(
        &self,
        caller: &Caller,
        id: Option<Id<A>>,
        command: &A::Command,
        problem: Problem,
    ) -> Problem {
        if problem.status() != StatusCode::CONFLICT {
            return problem;
        }
        let Self { commands, db, .. } = self;
        match A::advice(commands, db, id, command, &problem, caller.actor()).await {
            Some((name, value)) => problem.with(name, value),
            None => problem,
        }
    }

    /// Executes a command, and marks the aggregate as changed, so that credentials that depend on it
    /// are verified again.
    async fn record<A: Handler>(
        &self,
        envelope: CommandEnvelope<A>,
        options: CommandOptions,
    ) -> Result<CommandResponse, Failure<A::Refusal>> {
        let CommandOptions { expected_version, idempotency, dry_run, part, trace } = options;
        let mut envelope = envelope
            .expecting_version(expected_version)
            .dry_run(dry_run)
            .with_correlation(trace.as_ref().map(|trace| trace.correlation))
            .with_trace(trace.map(|trace| trace.traceparent()));
        if let Some(part) = part {
            envelope = envelope.creating_part(part);
        }
        if let Some((key, hash)) = idempotency.filter(|_| !dry_run) {
            envelope = envelope.with_idempotency_key(key, hash);
        }
        let receipt = self.commands.execute(envelope).await?;
        // The receipt of a replayed creation has the id of the first execution, not that of the envelope.
        self.changes.mark_changed(Id::<A>::from(receipt.id), receipt.position);
        let response = CommandResponse::new(receipt, self.min_position(&receipt).await?);
        Ok(CommandResponse { dry_run, ..response })
    }

    /// The position from which on readers see the effect: of the last event, or of the end of the log
    /// when no event was needed, as read models may not have come to the earlier ones yet.
    pub(crate) async fn min_position(&self, receipt: &Receipt) -> Result<i64, ReadError> {
        match receipt.position {
            0 => Ok(event_store::head(&self.db).await?),
            position => Ok(position),
        }
    }

    /// Turns a failure into 403, 404 or 409 without revealing aggregates that the caller may not see.
    async fn explain<A: Visible>(
        &self,
        caller: &Caller,
        id: Id<A>,
        command: &A::Command,
        failure: Failure<A::Refusal>,
    ) -> Problem {
        let missing = match failure {
            Failure::Forbidden { right } => Some(right),
            _ => None,
        };
        if missing.is_none()
            && !matches!(failure, Failure::Refused(_) | Failure::Stale { current: 0 })
        {
            return failure.into();
        }
        let history = match self.commands.aggregates().history::<A>(id).await {
            Ok(history) => history,
            Err(lost) => return Failure::<A::Refusal>::from(lost).into(),
        };
        let exists = !history.is_empty();
        if let Some(right) = missing {
            let state = A::from_history(history);
            let owner = state.owner(id, command);
            let row_scope = caller.scope(A::READ_RIGHT).row_scope(caller.actor());
            // The owner that decides about the right need not be the owner of the item.
            let is_its_own =
                !state.is_about_cabinet_below_owner(command) && row_scope.covers(&owner);
            let visible =
                exists && (is_its_own || self.is_listed::<A>(caller, id, &row_scope).await);
            return caller.unauthenticated_if_guest(match visible {
                _ if caller.is_guest() => Problem::forbidden(A::READ_RIGHT),
                true => Problem::forbidden(right),
                false => Problem::not_found(),
            });
        }
        // What would have begun it says what is wrong with it.
        let begins = matches!(&failure, Failure::Refused(refusal) if !refusal.faults().is_empty());
        if exists || begins { failure.into() } else { Problem::not_found() }
    }

    async fn is_listed<A: Visible>(
        &self,
        caller: &Caller,
        id: Id<A>,
        row_scope: &RowScope,
    ) -> bool {
        let listing = A::listing(caller.actor());
        let found =
            listing::find::<Value>(&mut (&self.db).into(), listing, id.uuid(), row_scope).await;
        found.is_ok_and(|found| found.is_some())
    }
}

impl CommandResponse {
    /// The response for a receipt and its position ([`CommandDispatcher::min_position`]).
    pub(crate) fn new(receipt: Receipt, position: i64) -> Self {
        let Receipt { id, part, version, repeated: replayed, .. } = receipt;
        let data = CommandTarget { id: part.unwrap_or(id), secret: None };
        let meta = NewState { version, position };
        Self { data, meta, replayed, dry_run: false, created_below: None }
    }

    /// Responds with 201 and the address of the new item.
    pub(crate) fn created_below(self, path: &'static str) -> Self {
        Self { created_below: Some(path), ..self }
    }

    /// The id of what was created or changed.
    pub(crate) fn id(&self) -> Uuid {
        self.data.id
    }

    /// From which position on readers see it.
    pub(crate) fn position(&self) -> i64 {
        self.meta.position
    }

    /// Names the changed part of the item instead of the item.
    pub(crate) fn with_part_id(mut self, part: Uuid) -> Self {
        self.data.id = part;
        self
    }

    /// Adds a token that follows from the response, so that a replayed one has the same.
    pub(crate) fn with_token(mut self, token: String) -> Self {
        self.data.secret = Some(token);
        self
    }

    /// Adds the secret that was generated; left out of a replayed response, as it would be another.
    pub(crate) fn with_secret(mut self, secret: Option<String>) -> Self {
        self.data.secret = secret.filter(|_| !self.replayed);
        self
    }
}

impl IntoResponse for CommandResponse {
    fn into_response(self) -> Response {
        if self.dry_run {
            return StatusCode::NO_CONTENT.into_response();
        }
        let status = self.created_below.map_or(StatusCode::OK, |_| StatusCode::CREATED);
        let (id, NewState { version, position }) = (self.data.id, self.meta);
        let (replayed, created_below) = (self.replayed, self.created_below);
        let mut response = (status, Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(X_POSITION, position.into());
        headers.extend(etag(version).map(|tag| (ETAG, tag)));
        // Below the version of the API that is asked ([`Routes::nest`](crate::routes::Routes::nest)).
        let location = created_below.and_then(|path| format!("{path}/{id}").parse().ok());
        headers.extend(location.map(|location| (LOCATION, location)));
        if replayed {
            headers.insert(IDEMPOTENCY_REPLAYED, HeaderValue::from_static("true"));
        }
        response
    }
}

/// The `ETag` of a version of an item.
pub(crate) fn etag(version: i32) -> Option<HeaderValue> {
    format!("\"{version}\"").parse().ok()
}
