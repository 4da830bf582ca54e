//! An aggregate for tests of the store: a train seat with a unique name, rides that take a place
//! for a time, a numbered ticket, and a passenger.

use chrono::{DateTime, TimeDelta, Utc};
use commands::{Handler, Right};
use domain::{
    Claim, ClaimPeriod, Counter, Decider, DecisionContext, Id, Personal, Refusal, Text,
    identity::Owner,
};
use serde::{Deserialize, Serialize};
use strum::EnumDiscriminants;
use thiserror::Error;
use utoipa::ToSchema;

pub(crate) type SeatId = Id<Seat>;

#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Seat {
    pub(crate) name: Option<String>,
    pub(crate) passenger: Option<Personal<Text<50>>>,
    ride: Option<Ride>,
    pub(crate) ticket: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Ride {
    pub(crate) train: String,
    pub(crate) from: DateTime<Utc>,
    pub(crate) hours: i64,
    pub(crate) places: u16,
    /// Set for a ride that is only held.
    pub(crate) held_until: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, EnumDiscriminants)]
#[strum_discriminants(name(CommandKind), derive(Serialize), serde(rename_all = "snake_case"))]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Command {
    Name { name: String },
    Seat { passenger: Text<50> },
    Ride(Ride),
    Print,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) enum Event {
    Named { name: String },
    Seated { passenger: Personal<Text<50>> },
    Rode { ride: Ride },
    Printed { ticket: Option<i64> },
}

#[derive(Debug, Clone, PartialEq, Error, Serialize, ToSchema)]
#[error("the ticket is printed")]
pub(crate) struct AlreadyPrinted;

impl Refusal for AlreadyPrinted {}

impl Decider for Seat {
    const NAME: &'static str = "trains.seat";
    type Command = Command;
    type Event = Event;
    type Refusal = AlreadyPrinted;
    type Facts = ();

    fn decide(
        &self,
        command: Command,
        case: &DecisionContext<()>,
    ) -> Result<Vec<Event>, AlreadyPrinted> {
        match command {
            Command::Name { name } if self.name.as_ref() == Some(&name) => Ok(vec![]),
            Command::Name { name } => Ok(vec![Event::Named { name }]),
            Command::Seat { passenger } => {
                Ok(vec![Event::Seated { passenger: Personal::sealed(case.id, passenger) }])
            }
            Command::Ride(ride) => Ok(vec![Event::Rode { ride }]),
            Command::Print if self.ticket.is_some() => Err(AlreadyPrinted),
            Command::Print => Ok(vec![Event::Printed { ticket: None }]),
        }
    }

    fn evolve(self, event: Event) -> Self {
        match event {
            Event::Named { name } => Self { name: Some(name), ..self },
            Event::Seated { passenger } => Self { passenger: Some(passenger), ..self },
            Event::Rode { ride } => Self { ride: Some(ride), ..self },
            Event::Printed { ticket } => Self { ticket, ..self },
        }
    }

    fn claims(&self) -> Vec<Claim> {
        let name = self.name.iter().map(|name| Claim::unique("seat_name", name, "TRN-1"));
        let ride = self.ride.iter().map(|ride| {
            let during = ClaimPeriod {
                from: ride.from,
                until: ride.from + TimeDelta::hours(ride.hours),
                capacity: ride.places,
                expires: ride.held_until,
            };
            Claim::during("train", &ride.train, "TRN-2", during)
        });
        name.chain(ride).collect()
    }

    fn counter(event: &Event) -> Option<Counter> {
        matches!(event, Event::Printed { .. })
            .then(|| Counter { name: "ticket".into(), field: "ticket" })
    }
}

impl Handler for Seat {
    fn right(_: CommandKind) -> Right {
        Right::CustomersManage
    }

    fn owner(&self, _: SeatId, _: &Command) -> Owner {
        Owner::default()
    }
}
