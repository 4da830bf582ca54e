//! A command with its metadata, and the receipt for it.

use chrono::{DateTime, Utc};
use domain::{Id, Recorded, identity::Actor};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Handler;

/// A command with its metadata: who gives it, on which version, under which idempotency key, and why.
#[derive(Debug, Clone)]
pub struct CommandEnvelope<A: Handler> {
    pub(crate) id: Id<A>,
    pub(crate) commands: Vec<A::Command>,
    pub(crate) by: Actor,
    pub(crate) is_new: bool,
    pub(crate) expected_version: Option<i32>,
    /// The key and what stands for the body.
    pub(crate) idempotency: Option<(String, Vec<u8>)>,
    pub(crate) dry_run: bool,
    pub(crate) created_part: Option<Uuid>,
    pub(crate) command_id: Uuid,
    pub(crate) correlation: Option<Uuid>,
    pub(crate) causation: Option<Uuid>,
    pub(crate) on_behalf_of: Option<Uuid>,
    pub(crate) effective_at: Option<DateTime<Utc>>,
    pub(crate) trace: Option<String>,
}

/// What became of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Receipt {
    /// The aggregate.
    pub id: Uuid,
    /// What was made within it, if the envelope named it.
    pub part: Option<Uuid>,
    /// The length of its history, now.
    pub version: i32,
    /// The position of the last event; 0 when nothing had to happen.
    pub position: i64,
    /// Whether this is the answer to an earlier command with the same idempotency key.
    pub repeated: bool,
}

impl Receipt {
    pub(crate) fn new<A: Handler>(
        envelope: &CommandEnvelope<A>,
        version: i32,
        position: i64,
    ) -> Self {
        Self {
            id: envelope.id.uuid(),
            part: envelope.created_part,
            version,
            position,
            repeated: false,
        }
    }
}

impl<A: Handler> CommandEnvelope<A> {
    pub fn new(id: Id<A>, command: A::Command, by: Actor) -> Self {
        Self {
            id,
            commands: vec![command],
            by,
            is_new: false,
            expected_version: None,
            idempotency: None,
            dry_run: false,
            created_part: None,
            command_id: Uuid::now_v7(),
            correlation: None,
            causation: None,
            on_behalf_of: None,
            effective_at: None,
            trace: None,
        }
    }

    /// A command that creates an aggregate, under a new id: there is no history to read.
    pub fn create(command: A::Command, by: Actor) -> Self {
        Self { is_new: true, ..Self::new(Id::new(), command, by) }
    }

    /// Adds a command for the same aggregate. All of them are executed, or none.
    #[must_use]
    pub fn and_command(mut self, command: A::Command) -> Self {
        self.commands.push(command);
        self
    }

    /// Executes it only if the aggregate has this version.
    #[must_use]
    pub fn expecting_version(self, version: Option<i32>) -> Self {
        Self { expected_version: version, ..self }
    }

    /// Executes it once, however often it is sent with this idempotency key and body. Keys are kept for a
    /// day; those of different actors are different.
    #[must_use]
    pub fn with_idempotency_key(self, key: impl Into<String>, body: impl Into<Vec<u8>>) -> Self {
        Self { idempotency: Some((key.into(), body.into())), ..self }
    }

    /// Finds out whether it can be done now, without doing it: as if it came to nothing. An idempotency key
    /// has no meaning for it.
    #[must_use]
    pub fn dry_run(self, dry_run: bool) -> Self {
        Self { dry_run, ..self }
    }

    /// Names the part that it creates within the aggregate. If it is repeated, the receipt names the part of
    /// the first time.
    #[must_use]
    pub fn creating_part(self, part: Uuid) -> Self {
        Self { created_part: Some(part), ..self }
    }

    /// Sets the event that caused a worker to give this command.
    #[must_use]
    pub fn caused_by<E>(self, recorded: &Recorded<E>) -> Self {
        Self {
            causation: Some(recorded.event_id()),
            correlation: Some(recorded.meta.correlation),
            trace: recorded.meta.trace.clone(),
            ..self
        }
    }

    /// Sets the id of the request or external event at the beginning of the chain.
    #[must_use]
    pub fn with_correlation(self, correlation: Option<Uuid>) -> Self {
        Self { correlation, ..self }
    }

    #[must_use]
    pub fn on_behalf_of(self, user: Option<Uuid>) -> Self {
        Self { on_behalf_of: user, ..self }
    }

    /// Sets from when the change is effective, if that is not now.
    #[must_use]
    pub fn effective_at(self, at: Option<DateTime<Utc>>) -> Self {
        Self { effective_at: at, ..self }
    }

    /// The W3C `traceparent` of the request.
    #[must_use]
    pub fn with_trace(self, trace: Option<String>) -> Self {
        Self { trace, ..self }
    }

    pub fn id(&self) -> Id<A> {
        self.id
    }
}
