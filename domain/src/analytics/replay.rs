//! A replay: read models as they stood at a moment, made beside the requests in schemas of the database that
//! analysts read.
//!
//! ANA-3: it says what came of it: the digest of its tables, and how many rows each has. ANA-5: it is kept for 30
//! days; there are 20 at most, each with a name of its own. ANA-4: with a scenario it holds what would have been under
//! other policies.

mod request;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use strum::EnumDiscriminants;
use thiserror::Error;
use utoipa::ToSchema;

pub use self::request::{Request, is_name};
pub use super::ReplayId;
use crate::{Claim, Decider, DecisionContext, Fault, Text};

/// The replays that have not ended: the work that is to be done.
pub const UNFINISHED_REPLAYS_SET: &str = "analytics.replay.unfinished";
/// The replays that are being made or kept.
pub const EXISTING_REPLAYS_SET: &str = "analytics.replay.kept";
/// The replay of a name.
pub const NAME_CLAIM: &str = "replay_name";
/// How many there may be at once (ANA-5).
pub const MAX_REPLAYS: usize = 20;
/// For how long one is kept (ANA-5).
const KEPT_FOR: TimeDelta = TimeDelta::days(30);

/// Nothing until it is requested.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Replay {
    #[default]
    Unrequested,
    Requested(Box<Request>),
    /// It is there, under this name.
    Completed {
        name: Text<30>,
    },
    /// It failed, or was dropped.
    Ended,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ReplayOutcome)]
pub struct Outcome {
    /// It contains no event after this one.
    pub at_position: i64,
    /// The moment that was asked for, or when the event at that position was recorded.
    pub as_of: DateTime<Utc>,
    /// HMAC-SHA-256 of all its tables, by a key of the deployment: the same log, request and code have the same (ANA-3).
    pub digest: Text<64>,
    pub tables: Vec<TableRows>,
}

/// How many rows a table of a replay has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ReplayTable)]
pub struct TableRows {
    pub read_model: Text<100>,
    pub table: Text<100>,
    pub rows: u64,
}

/// Why there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ReplayFailure)]
pub enum FailureReason {
    /// A read model that it names does not exist.
    UnknownReadModel,
    /// The position is still to come.
    Future,
    /// A schema or role of this name exists.
    SchemaExists,
    /// It took too long, or failed again and again.
    GivenUp,
}

/// What can be asked of a replay.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema, EnumDiscriminants)]
#[strum_discriminants(name(CommandKind), derive(Serialize), serde(rename_all = "snake_case"))]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// Asks for it.
    Request(Request),
    /// Records that it is there.
    Complete(Outcome),
    /// Records that there will be none.
    Fail { reason: FailureReason },
    /// Gives it up, or drops it.
    Drop {},
}

/// What can have happened to a replay.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub enum Event {
    Requested(Request),
    Completed {
        outcome: Outcome,
        /// Then it is dropped.
        keep_until: DateTime<Utc>,
    },
    Failed {
        reason: FailureReason,
    },
    Dropped {},
}

/// Why the business says no.
#[derive(Debug, Clone, PartialEq, Error, Serialize, ToSchema)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Refusal {
    #[error("there is no such replay")]
    NoReplay,
    #[error("the replay was requested already")]
    ReplayRequested,
    #[error("the replay has ended")]
    ReplayEnded,
    #[error("there are {most} replays; drop one of them")]
    TooManyReplays { most: usize },
    #[error(
        "a name of a replay has small letters, digits and single _, {most} at most, and begins neither with pg_ nor \
         with servicebook"
    )]
    InvalidReplayName { most: usize },
    #[error("it ends with a moment or with a position, not with both")]
    TwoEnds,
    #[error("the moment is still to come")]
    FutureMoment,
    #[error("positions begin with 1")]
    InvalidPosition,
    #[error("all would be left out: that is after its end")]
    SinceAfterEnd,
    #[error("a scenario cannot be like that: {}", faults[0].message)]
    UnusableScenario { faults: Vec<Fault> },
}

impl crate::Refusal for Refusal {
    fn rule(&self) -> Option<&'static str> {
        match self {
            Self::TooManyReplays { .. } => Some("ANA-5"),
            Self::UnusableScenario { .. } => Some("ANA-4"),
            _ => None,
        }
    }

    fn is_of_state(&self) -> bool {
        matches!(self, Self::NoReplay | Self::ReplayRequested | Self::ReplayEnded)
    }

    fn faults(&self) -> Vec<Fault> {
        let pointer = match self {
            Self::InvalidReplayName { .. } => "/name",
            Self::FutureMoment => "/as_of",
            Self::TwoEnds | Self::InvalidPosition => "/at_position",
            Self::SinceAfterEnd => "/since",
            Self::UnusableScenario { faults } => return faults.clone(),
            Self::NoReplay
            | Self::ReplayRequested
            | Self::ReplayEnded
            | Self::TooManyReplays { .. } => return vec![],
        };
        vec![Fault::new(pointer, self.to_string())]
    }
}

/// What a decision must know of the other replays.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// How many are being made or kept.
    pub kept: usize,
    /// The overrides of the scenario, from 0, that name what does not exist.
    pub unknown_overrides: BTreeSet<usize>,
}

impl Replay {
    /// What was asked for, as long as it is to be made.
    pub fn to_be_made(&self) -> Option<&Request> {
        match self {
            Self::Requested(request) => Some(request),
            _ => None,
        }
    }

    fn end(&self, event: Event) -> Result<Vec<Event>, Refusal> {
        match self {
            Self::Requested(_) => Ok(vec![event]),
            _ => Err(Refusal::ReplayEnded),
        }
    }
}

impl Decider for Replay {
    const NAME: &'static str = "analytics.replay";

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
            (Self::Unrequested, Command::Request(_)) if case.facts.kept >= MAX_REPLAYS => {
                Err(Refusal::TooManyReplays { most: MAX_REPLAYS })
            }
            (Self::Unrequested, Command::Request(request)) => {
                Ok(vec![Event::Requested(request.checked(case.now, &case.facts)?)])
            }
            (Self::Unrequested, _) => Err(Refusal::NoReplay),
            (_, Command::Request(_)) => Err(Refusal::ReplayRequested),
            (_, Command::Complete(outcome)) => {
                self.end(Event::Completed { outcome, keep_until: case.now + KEPT_FOR })
            }
            (_, Command::Fail { reason }) => self.end(Event::Failed { reason }),
            (Self::Ended, Command::Drop {}) => Ok(vec![]),
            (_, Command::Drop {}) => Ok(vec![Event::Dropped {}]),
        }
    }

    fn evolve(self, event: Event) -> Self {
        match (self, event) {
            (Self::Unrequested, Event::Requested(request)) => Self::Requested(Box::new(request)),
            (Self::Requested(request), Event::Completed { .. }) => {
                Self::Completed { name: request.name }
            }
            (Self::Requested(_), Event::Failed { .. })
            | (Self::Requested(_) | Self::Completed { .. }, Event::Dropped {}) => Self::Ended,
            (state, _) => state,
        }
    }

    fn claims(&self) -> Vec<Claim> {
        let kept = |name: &Text<30>| {
            let named = Claim::unique(NAME_CLAIM, name, "ANA-5");
            [Claim::set_member(EXISTING_REPLAYS_SET.into()), named]
        };
        match self {
            Self::Requested(request) => {
                let unfinished = Claim::set_member(UNFINISHED_REPLAYS_SET.into());
                kept(&request.name).into_iter().chain([unfinished]).collect()
            }
            Self::Completed { name } => kept(name).into(),
            Self::Unrequested | Self::Ended => vec![],
        }
    }
}
