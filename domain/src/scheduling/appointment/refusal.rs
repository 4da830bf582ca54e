//! Reasons to refuse a command on an appointment.

use chrono::{DateTime, NaiveDateTime, Utc};
use chrono_tz::Tz;
use serde::Serialize;
use thiserror::Error;
use utoipa::ToSchema;

use super::Status;
use crate::{
    Fault,
    scheduling::{
        period::rfc3339_seconds,
        resource::{Kind, ResourceId},
    },
};

/// Why an appointment cannot be had like that.
#[derive(Debug, Clone, PartialEq, Error, Serialize, ToSchema)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Refusal {
    #[error("there is no such appointment")]
    UnknownAppointment {},
    #[error("the appointment is booked already")]
    AlreadyBooked {},
    #[error("the service is not on offer")]
    NotOffered {},
    #[error("there is no such customer, or the customer is archived")]
    NoSuchCustomer {},
    #[error("the resource {resource} does not exist or is not in use any more")]
    NoSuchResource { resource: ResourceId },
    #[error("the service needs one resource of each of the kinds {}", comma_separated(needed))]
    UnfitResources { needed: Vec<Kind> },
    #[error("at least one comes")]
    NobodyComes {},
    #[error("the slot was held until {} only", rfc3339_seconds(until))]
    HoldExpired { until: DateTime<Utc> },
    #[error("the slot is held for somebody else")]
    HeldByAnother {},
    #[error("it can start at {} at the soonest", rfc3339_seconds(soonest))]
    TooSoon { soonest: DateTime<Utc> },
    #[error("it can start at {} at the latest", rfc3339_seconds(latest))]
    TooFarAhead { latest: DateTime<Utc> },
    #[error("it starts at midnight or a multiple of {minutes} minutes later")]
    OffStep { minutes: u16 },
    #[error("the resource {resource} cannot be had at that time")]
    OutsideHours { resource: ResourceId },
    #[error("that cannot be done with an appointment that is {status}")]
    WrongStatus { status: Status },
    #[error("the appointment starts at {}", rfc3339_seconds(starts))]
    TooEarly { starts: DateTime<Utc> },
    #[error("only employees do that")]
    StaffOnly {},
    #[error("that happened on another day")]
    AnotherDay {},
    #[error("that could be done until {}", rfc3339_seconds(until))]
    TooLate { until: DateTime<Utc> },
    #[error("the clocks of {zone} never show {local}")]
    NoSuchTime {
        #[schema(value_type = String)]
        local: NaiveDateTime,
        #[schema(value_type = String)]
        zone: Tz,
    },
    #[error("there are enough notes on this appointment")]
    TooManyNotes {},
}

impl crate::Refusal for Refusal {
    fn rule(&self) -> Option<&'static str> {
        match self {
            Self::UnfitResources { .. } => Some("SCH-2"),
            Self::HoldExpired { .. } => Some("SCH-3"),
            Self::TooSoon { .. } | Self::TooFarAhead { .. } => Some("SCH-4"),
            Self::OutsideHours { .. } => Some("SCH-5"),
            Self::WrongStatus { .. }
            | Self::TooEarly { .. }
            | Self::StaffOnly {}
            | Self::AnotherDay {} => Some("SCH-7"),
            Self::TooLate { .. } => Some("SCH-8"),
            Self::NoSuchTime { .. } => Some("SCH-9"),
            _ => None,
        }
    }

    fn is_of_state(&self) -> bool {
        matches!(
            self,
            Self::UnknownAppointment {}
                | Self::AlreadyBooked {}
                | Self::HoldExpired { .. }
                | Self::WrongStatus { .. }
                | Self::TooEarly { .. }
                | Self::StaffOnly {}
                | Self::AnotherDay {}
                | Self::TooLate { .. }
                | Self::TooManyNotes {}
        )
    }

    fn faults(&self) -> Vec<Fault> {
        let pointer = match self {
            Self::NoSuchResource { .. } | Self::UnfitResources { .. } => "/resources",
            Self::NoSuchTime { .. } | Self::OffStep { .. } => "/start",
            Self::NoSuchCustomer {} => "/customer",
            Self::NotOffered {} => "/service",
            Self::NobodyComes {} => "/party_size",
            _ => return Vec::new(),
        };
        vec![Fault::new(pointer, self.to_string())]
    }
}

fn comma_separated(kinds: &[Kind]) -> String {
    kinds.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
