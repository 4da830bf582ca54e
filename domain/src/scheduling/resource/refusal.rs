//! Why a command to a resource is refused.

use chrono::{DateTime, Utc};
use serde::Serialize;
use thiserror::Error;
use utoipa::ToSchema;

use super::MAX_ENTRIES;
use crate::{Fault, scheduling::period::rfc3339_seconds};

#[derive(Debug, Clone, PartialEq, Error, Serialize, ToSchema)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Refusal {
    #[error("there is no such resource")]
    UnknownResource {},
    #[error("the resource is registered already")]
    AlreadyRegistered {},
    #[error("the resource is not in use any more")]
    Retired {},
    #[error("a resource serves between 1 and 1000 at once")]
    Capacity {},
    #[error("a period ends after it begins")]
    NoTime {},
    #[error("{MAX_ENTRIES} entries are enough")]
    TooMany {},
    #[error(
        "it is closed from {} until {}; open all of that",
        rfc3339_seconds(from),
        rfc3339_seconds(until)
    )]
    OtherPeriod { from: DateTime<Utc>, until: DateTime<Utc> },
}

impl crate::Refusal for Refusal {
    fn is_of_state(&self) -> bool {
        matches!(
            self,
            Self::UnknownResource {}
                | Self::AlreadyRegistered {}
                | Self::Retired {}
                | Self::TooMany {}
        )
    }

    fn faults(&self) -> Vec<Fault> {
        let pointer = match self {
            Self::Capacity {} => "/capacity",
            Self::NoTime {} => "/until",
            _ => return Vec::new(),
        };
        vec![Fault::new(pointer, self.to_string())]
    }
}
