//! Someone or something that appointments take the time of: a person, a chair, a bay, a room.

mod refusal;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use strum::EnumDiscriminants;
use utoipa::ToSchema;
use uuid::Uuid;

pub use super::ResourceId;
use super::{Availability, AvailabilityException, LocalTimeRange, OpeningHours, Period};
use crate::{
    Change, Decider, DecisionContext, HttpsUrl, Personal, Text, identity::UserId,
    macros::display_as_serialized,
};
pub use refusal::Refusal;

/// The most weekly hours, dates with hours of their own, or closed periods of one resource.
pub const MAX_ENTRIES: usize = 1000;

#[derive(Debug, Clone, Default)]
pub enum Resource {
    #[default]
    Unknown,
    InUse(Box<ResourceSetup>),
    Retired,
}

/// What must be known of a resource to book it.
#[derive(Debug, Clone, PartialEq)]
pub struct ResourceSetup {
    pub kind: Kind,
    pub name: Personal<Text<100>>,
    /// How many it can serve at once.
    pub capacity: u16,
    pub availability: Availability,
    pub profile: BookingPageProfile,
}

/// How a resource is shown to those who book it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = Portrait)]
pub struct BookingPageProfile {
    /// A line about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<Personal<Text<500>>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<Personal<HttpsUrl>>,
    /// Whether everybody sees it, without an account.
    pub public: bool,
}

impl Default for BookingPageProfile {
    fn default() -> Self {
        Self { about: None, picture: None, public: true }
    }
}

/// What a resource is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Someone who does the work.
    Person,
    Chair,
    /// A place for a vehicle.
    Bay,
    Room,
}

display_as_serialized!(Kind);

/// A resource to be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewResource {
    pub kind: Kind,
    pub name: Text<100>,
    /// The account of the person, if it is a person who has one.
    #[serde(default)]
    pub user: Option<UserId>,
    /// How many it can serve at once, 1 to 1000.
    #[serde(default = "one")]
    pub capacity: u16,
    /// The IANA zone of the clock on the wall; that of the business if it is left out.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "Europe/Berlin")]
    pub zone: Option<Tz>,
    /// Without any hours it cannot be booked yet.
    #[serde(default)]
    pub weekly: Vec<OpeningHours>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema, EnumDiscriminants)]
#[strum_discriminants(name(CommandKind), derive(Serialize), serde(rename_all = "snake_case"))]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// Registers a person, a chair, a bay or a room.
    Register(NewResource),
    /// Gives the resource another name.
    Rename { name: Text<100> },
    /// Changes how it is shown to those who book it; what is left out stays, and null removes it.
    Describe {
        #[serde(default, skip_serializing_if = "Change::is_keep")]
        #[schema(value_type = Option<Text<500>>)]
        about: Change<Text<500>>,
        #[serde(default, skip_serializing_if = "Change::is_keep")]
        #[schema(value_type = Option<HttpsUrl>)]
        picture: Change<HttpsUrl>,
        #[serde(default)]
        public: Option<bool>,
    },
    /// Changes how many it can serve at once, for appointments booked or moved from now on.
    ChangeCapacity { capacity: u16 },
    /// Replaces the weekly hours.
    SetAvailability {
        #[schema(value_type = String, example = "Europe/Berlin")]
        zone: Tz,
        weekly: Vec<OpeningHours>,
    },
    /// Gives one date hours of its own, or none at all.
    AddAvailabilityException {
        date: NaiveDate,
        #[serde(default)]
        hours: Vec<LocalTimeRange>,
    },
    /// Gives one date the hours of its day of the week again.
    RemoveAvailabilityException { date: NaiveDate },
    /// Closes a period; what is booked in it stays booked.
    ClosePeriod {
        from: DateTime<Utc>,
        until: DateTime<Utc>,
        #[serde(default)]
        reason: Option<Text<200>>,
    },
    /// Opens a period that was closed.
    OpenPeriod { from: DateTime<Utc>, until: DateTime<Utc> },
    /// Takes the resource out of use; what is booked stays booked.
    Retire {},
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub enum Event {
    Registered {
        kind: Kind,
        name: Personal<Text<100>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        user: Option<UserId>,
        capacity: u16,
        #[schema(value_type = String)]
        zone: Tz,
        weekly: Vec<OpeningHours>,
    },
    Renamed {
        name: Personal<Text<100>>,
    },
    Described(BookingPageProfile),
    CapacityChanged {
        capacity: u16,
    },
    AvailabilitySet {
        #[schema(value_type = String)]
        zone: Tz,
        weekly: Vec<OpeningHours>,
    },
    AvailabilityExceptionAdded(AvailabilityException),
    AvailabilityExceptionRemoved {
        date: NaiveDate,
    },
    PeriodBlocked {
        from: DateTime<Utc>,
        until: DateTime<Utc>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Personal<Text<200>>>,
    },
    PeriodUnblocked {
        from: DateTime<Utc>,
        until: DateTime<Utc>,
    },
    Retired {},
}

/// What a decision must know of others.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// The zone of the business.
    pub zone: Tz,
}

impl Decider for Resource {
    const NAME: &'static str = "scheduling.resource";

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
            (Self::Unknown, Command::Register(new)) => {
                Ok(vec![register(case.id, new, case.facts.zone)?])
            }
            (Self::Unknown, _) => Err(Refusal::UnknownResource {}),
            (_, Command::Register(_)) => Err(Refusal::AlreadyRegistered {}),
            (Self::Retired, Command::Retire {}) => Ok(vec![]),
            (Self::Retired, _) => Err(Refusal::Retired {}),
            (Self::InUse(setup), command) => Ok(Vec::from_iter(setup.change(command)?)),
        }
    }

    fn evolve(self, event: Event) -> Self {
        match (self, event) {
            (_, Event::Registered { kind, name, capacity, zone, weekly, .. }) => {
                let availability = Availability::weekly(zone, weekly);
                let profile = BookingPageProfile::default();
                let setup = ResourceSetup { kind, name, capacity, availability, profile };
                Self::InUse(Box::new(setup))
            }
            (_, Event::Retired {}) => Self::Retired,
            (Self::InUse(mut setup), event) => {
                setup.apply(event);
                Self::InUse(setup)
            }
            (state, _) => state,
        }
    }
}

impl Resource {
    /// Its setup while it is in use.
    pub fn setup_in_use(&self) -> Option<&ResourceSetup> {
        match self {
            Self::InUse(setup) => Some(setup),
            Self::Unknown | Self::Retired => None,
        }
    }
}

impl ResourceSetup {
    fn change(&self, command: Command) -> Result<Option<Event>, Refusal> {
        let Availability { zone: old_zone, weekly: old_weekly, exceptions, closed } =
            &self.availability;
        let subject = self.name.subject();
        Ok(match command {
            Command::Rename { name } => {
                let name = Personal::sealed(subject, name);
                (name != self.name).then_some(Event::Renamed { name })
            }
            Command::Describe { about, picture, public } => {
                let old = self.profile.clone();
                let profile = BookingPageProfile {
                    about: about
                        .map(|about| Personal::sealed(subject, about))
                        .applied_to(old.about),
                    picture: picture
                        .map(|picture| Personal::sealed(subject, picture))
                        .applied_to(old.picture),
                    public: public.unwrap_or(old.public),
                };
                (profile != self.profile).then_some(Event::Described(profile))
            }
            Command::ChangeCapacity { capacity } => {
                check_capacity(capacity)?;
                (capacity != self.capacity).then_some(Event::CapacityChanged { capacity })
            }
            Command::SetAvailability { zone, weekly } => {
                check_entries(weekly.len())?;
                let unchanged = (&zone, &weekly) == (old_zone, old_weekly);
                (!unchanged).then_some(Event::AvailabilitySet { zone, weekly })
            }
            Command::AddAvailabilityException { date, hours } => {
                let exception = AvailabilityException { date, hours };
                check_entries(exceptions.len() + exception.hours.len())?;
                let is_new = !exceptions.contains(&exception);
                is_new.then_some(Event::AvailabilityExceptionAdded(exception))
            }
            Command::RemoveAvailabilityException { date } => {
                let exists = exceptions.iter().any(|exception| exception.date == date);
                exists.then_some(Event::AvailabilityExceptionRemoved { date })
            }
            Command::ClosePeriod { from, until, .. } if from >= until => {
                return Err(Refusal::NoTime {});
            }
            Command::ClosePeriod { from, until, reason } => {
                check_entries(closed.len())?;
                let reason = reason.map(|reason| Personal::sealed(subject, reason));
                let is_new = !closed.contains(&Period::new(from, until));
                is_new.then_some(Event::PeriodBlocked { from, until, reason })
            }
            Command::OpenPeriod { from, until } => {
                let opened = Period::new(from, until);
                let is_closed = closed.contains(&opened);
                if let Some(other) =
                    closed.iter().find(|period| !is_closed && period.overlaps(opened))
                {
                    return Err(Refusal::OtherPeriod { from: other.from, until: other.until });
                }
                is_closed.then_some(Event::PeriodUnblocked { from, until })
            }
            Command::Retire {} => Some(Event::Retired {}),
            Command::Register(_) => return Err(Refusal::AlreadyRegistered {}),
        })
    }

    fn apply(&mut self, event: Event) {
        let availability = &mut self.availability;
        match event {
            Event::Renamed { name } => self.name = name,
            Event::Described(profile) => self.profile = profile,
            Event::CapacityChanged { capacity } => self.capacity = capacity,
            Event::AvailabilitySet { zone, weekly } => {
                (availability.zone, availability.weekly) = (zone, weekly);
            }
            Event::AvailabilityExceptionAdded(exception) => availability.set_exception(exception),
            Event::AvailabilityExceptionRemoved { date } => availability.remove_exception(date),
            Event::PeriodBlocked { from, until, .. } => {
                availability.closed.push(Period::new(from, until));
            }
            Event::PeriodUnblocked { from, until } => {
                availability.closed.retain(|&closed| closed != Period::new(from, until));
            }
            Event::Registered { .. } | Event::Retired {} => {}
        }
    }
}

fn register(id: Uuid, new: NewResource, of_business: Tz) -> Result<Event, Refusal> {
    check_capacity(new.capacity)?;
    check_entries(new.weekly.len())?;
    let NewResource { kind, name, user, capacity, zone, weekly } = new;
    let name = Personal::sealed(user.map_or(id, UserId::uuid), name);
    let zone = zone.unwrap_or(of_business);
    Ok(Event::Registered { kind, name, user, capacity, zone, weekly })
}

fn check_capacity(capacity: u16) -> Result<(), Refusal> {
    if (1..=1000).contains(&capacity) { Ok(()) } else { Err(Refusal::Capacity {}) }
}

fn check_entries(entries: usize) -> Result<(), Refusal> {
    if entries < MAX_ENTRIES { Ok(()) } else { Err(Refusal::TooMany {}) }
}

const fn one() -> u16 {
    1
}

#[cfg(test)]
mod tests;
