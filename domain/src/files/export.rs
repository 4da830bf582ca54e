//! An export: a list or report as a file that is made beside the requests, kept for a while, and given to
//! whoever asked for it. Its bytes are in the object store.
//!
//! EXP-1: it holds what its requester may read when it is made (DOC-4). EXP-2: it ends once. EXP-3: nobody has
//! more than a few that are not ended yet. EXP-4: what came of it is kept for some days, and no longer than
//! until a person is erased, who may be in it.

#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use strum::EnumDiscriminants;
use thiserror::Error;
use utoipa::ToSchema;
use uuid::Uuid;

pub use super::ExportId;
use super::file::Sha256;
use crate::{
    Claim, Decider, DecisionContext, Language, Personal, Text, crm::CustomerId, identity::UserId,
    macros::display_as_serialized, organizations::CabinetId,
};

/// The exports that have not ended: the work that is to be done.
pub const UNFINISHED_EXPORTS_SET: &str = "files.export.unfinished";
/// The exports whose files are kept.
pub const KEPT_EXPORTS_SET: &str = "files.export.kept";
/// How many exports somebody may have that are not ended (EXP-3).
pub const MAX_UNFINISHED: usize = 5;

/// Those of a user that have not ended.
pub fn unfinished_set_of(user: UserId) -> String {
    format!("{UNFINISHED_EXPORTS_SET}.{user}")
}

/// Nothing until it is requested.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Export {
    #[default]
    Unrequested,
    Requested(Box<Request>),
    Completed(Box<Request>, Box<Content>),
    /// It failed, was cancelled, or expired.
    Ended(Box<Request>),
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ExportRequest)]
pub struct Request {
    pub requester: UserId,
    /// The cabinet in which they asked.
    pub cabinet: Option<CabinetId>,
    /// The customer as whom they asked.
    pub customer: Option<CustomerId>,
    /// Where the list is: `/api/v1/customers`.
    pub path: Text<300>,
    /// Filters and order, as in a URL; people may be named in them.
    pub query: Option<Personal<Text<4000>>>,
    pub format: Format,
    pub language: Language,
    /// The zone in which it tells times.
    #[schema(value_type = String, example = "Europe/Berlin")]
    pub zone: Tz,
}

/// What a table is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ExportFormat)]
pub enum Format {
    Csv,
    Xlsx,
    Pdf,
    Parquet,
}

display_as_serialized!(Format);

/// The file that came of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ExportContent)]
pub struct Content {
    /// Which object of the export holds it.
    pub object: Uuid,
    pub rows: u64,
    /// In bytes.
    pub size: u64,
    pub sha256: Sha256,
    /// It contains everything up to this position of the log.
    pub position: i64,
    /// When that was.
    pub as_of: DateTime<Utc>,
    /// A hash of what the requester had a right to: whoever has other rights asks again.
    pub rights: Sha256,
    /// How long it is kept.
    pub keep_until: DateTime<Utc>,
}

/// Why there is no file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FailureReason {
    /// The requester may not read it, or not any more.
    Forbidden,
    /// What was asked for cannot be read, or not any more.
    Invalid,
    /// The format does not hold so many rows.
    TooManyRows,
    /// It took too long, or the process that made it ended again and again.
    GivenUp,
}

/// What can be asked of an export.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema, EnumDiscriminants)]
#[strum_discriminants(name(CommandKind), derive(Serialize), serde(rename_all = "snake_case"))]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// Asks for it.
    Request(Request),
    /// Records that its file is there.
    Complete(Content),
    /// Records that there will be none.
    Fail { reason: FailureReason },
    /// Gives it up before it is done.
    Cancel {},
    /// Deletes its file.
    Expire {},
}

/// What can have happened to an export.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub enum Event {
    Requested(Request),
    Completed(Content),
    Failed { reason: FailureReason },
    Cancelled {},
    Expired { object: Uuid },
}

/// Why the business says no.
#[derive(Debug, Clone, PartialEq, Error, Serialize, ToSchema)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Refusal {
    #[error("there is no such export")]
    NotRequested,
    #[error("the export was requested already")]
    AlreadyRequested,
    #[error("the export has ended")]
    AlreadyEnded,
    #[error("{most} exports are being made for you; wait for one of them, or cancel it")]
    TooManyExports { most: usize },
}

impl crate::Refusal for Refusal {
    fn rule(&self) -> Option<&'static str> {
        match self {
            Self::AlreadyEnded => Some("EXP-2"),
            Self::TooManyExports { .. } => Some("EXP-3"),
            Self::NotRequested | Self::AlreadyRequested => None,
        }
    }

    fn is_of_state(&self) -> bool {
        matches!(self, Self::NotRequested | Self::AlreadyRequested | Self::AlreadyEnded)
    }
}

/// What a decision must know of the requester's other exports.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// How many of them have not ended.
    pub unfinished: usize,
}

impl Export {
    /// What was asked for.
    pub fn request(&self) -> Option<&Request> {
        match self {
            Self::Unrequested => None,
            Self::Requested(request) | Self::Completed(request, _) | Self::Ended(request) => {
                Some(request)
            }
        }
    }

    /// What was asked for, as long as it is to be made.
    pub fn to_be_made(&self) -> Option<&Request> {
        match self {
            Self::Requested(request) => Some(request),
            _ => None,
        }
    }

    /// The file, as long as it is kept.
    pub fn content(&self) -> Option<&Content> {
        match self {
            Self::Completed(_, content) => Some(content),
            _ => None,
        }
    }

    fn end(&self, event: Event) -> Result<Vec<Event>, Refusal> {
        match self {
            Self::Requested(_) => Ok(vec![event]),
            _ => Err(Refusal::AlreadyEnded),
        }
    }
}

impl Decider for Export {
    const NAME: &'static str = "files.export";

    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;
    type Facts = Facts;

    fn decide(
        &self,
        command: Command,
        case: &DecisionContext<Facts>,
    ) -> Result<Vec<Event>, Refusal> {
        match (self, command) {
            (Self::Unrequested, Command::Request(_)) if case.facts.unfinished >= MAX_UNFINISHED => {
                Err(Refusal::TooManyExports { most: MAX_UNFINISHED })
            }
            (Self::Unrequested, Command::Request(request)) => Ok(vec![Event::Requested(request)]),
            (Self::Unrequested, _) => Err(Refusal::NotRequested),
            (_, Command::Request(_)) => Err(Refusal::AlreadyRequested),
            (_, Command::Complete(content)) => self.end(Event::Completed(content)),
            (_, Command::Fail { reason }) => self.end(Event::Failed { reason }),
            (_, Command::Cancel {}) => self.end(Event::Cancelled {}),
            (Self::Completed(_, content), Command::Expire {}) => {
                Ok(vec![Event::Expired { object: content.object }])
            }
            (_, Command::Expire {}) => Ok(vec![]),
        }
    }

    fn evolve(self, event: Event) -> Self {
        match (self, event) {
            (Self::Unrequested, Event::Requested(request)) => Self::Requested(Box::new(request)),
            (Self::Requested(request), Event::Completed(content)) => {
                Self::Completed(request, Box::new(content))
            }
            (Self::Requested(request), Event::Failed { .. } | Event::Cancelled {})
            | (Self::Completed(request, _), Event::Expired { .. }) => Self::Ended(request),
            (state, _) => state,
        }
    }

    fn claims(&self) -> Vec<Claim> {
        match self {
            Self::Requested(request) => vec![
                Claim::set_member(UNFINISHED_EXPORTS_SET.into()),
                Claim::set_member(unfinished_set_of(request.requester)),
            ],
            Self::Completed(..) => vec![Claim::set_member(KEPT_EXPORTS_SET.into())],
            Self::Unrequested | Self::Ended(_) => vec![],
        }
    }
}
