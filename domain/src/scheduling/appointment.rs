//! An appointment: held, booked, perhaps moved, then kept, missed or called off.

mod booking;
mod record;
mod refusal;
mod status;
#[cfg(test)]
mod tests;

pub use self::{
    booking::{Booking, Facts, Hold, Note, Visibility},
    record::AppointmentRecord,
    refusal::Refusal,
    status::Status,
};

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use strum::EnumDiscriminants;
use utoipa::ToSchema;

pub use super::AppointmentId;
use super::{Plan, ResourceId, ServiceId, Stretch};
use crate::{
    Claim, ClaimPeriod, Decider, DecisionContext, Language, Personal, Text, crm::CustomerId,
};

/// How long a slot is kept free for someone who has not booked it yet (SCH-3).
pub const HOLD_DURATION: TimeDelta = TimeDelta::minutes(5);

/// How long before it starts its customer is reminded: the day before, and while they can still call it off
/// by themselves where that ends a day before.
pub const REMINDER_LEAD: TimeDelta = TimeDelta::hours(25);

/// The capacity of a claim that succeeds in any case, and blocks later ones.
const UNLIMITED: u16 = u16::MAX;

/// The most notes of one appointment.
pub const MAX_NOTES: usize = 200;

#[derive(Debug, Clone, Default)]
pub enum Appointment {
    #[default]
    Unknown,
    Held(Hold),
    Released(Hold),
    Booked(AppointmentRecord),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema, EnumDiscriminants)]
#[strum_discriminants(name(CommandKind), derive(Serialize), serde(rename_all = "snake_case"))]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// Keeps a slot free for five minutes, while someone makes up their mind.
    Hold {
        service: ServiceId,
        /// One of each kind that the service needs; the first one's clock is meant by `start`.
        resources: Vec<ResourceId>,
        #[schema(value_type = String, example = "2030-01-08T10:00:00")]
        start: NaiveDateTime,
        #[serde(default)]
        customer: Option<CustomerId>,
    },
    /// Books an appointment.
    Book {
        customer: CustomerId,
        service: ServiceId,
        /// One of each kind that the service needs; the first one's clock is meant by `start`.
        resources: Vec<ResourceId>,
        #[schema(value_type = String, example = "2030-01-08T10:00:00")]
        start: NaiveDateTime,
        /// For how many; with more than one, the customer can have others at the same time.
        #[serde(default = "one")]
        party_size: u16,
        /// Why an employee books outside the hours, too soon or too far ahead.
        #[serde(default)]
        override_reason: Option<Text<500>>,
        /// In which language a guest books; only their page says it.
        #[serde(skip)]
        language: Option<Language>,
    },
    /// Books the slot that is held.
    BookHeld {
        customer: CustomerId,
        #[serde(default = "one")]
        party_size: u16,
        /// In which language a guest books; only their page says it.
        #[serde(skip)]
        language: Option<Language>,
    },
    /// Confirms a pending appointment.
    Confirm {},
    /// Declines a pending appointment.
    Decline {
        #[serde(default)]
        reason: Option<Text<500>>,
    },
    /// Moves the appointment to another time, perhaps to other resources.
    Reschedule {
        #[serde(default)]
        #[schema(value_type = Option<String>, example = "2030-01-08T10:00:00")]
        start: Option<NaiveDateTime>,
        #[serde(default)]
        resources: Option<Vec<ResourceId>>,
        /// Why an employee moves it outside the hours, too soon or too far ahead.
        #[serde(default)]
        override_reason: Option<Text<500>>,
    },
    /// Calls the appointment off, or gives a held slot back.
    Cancel {
        #[serde(default)]
        reason: Option<Text<500>>,
    },
    /// Has someone else, or another chair, bay or room, take the place of the one of its kind.
    Assign {
        resource: ResourceId,
        /// Why an employee assigns someone outside their hours.
        #[serde(default)]
        override_reason: Option<Text<500>>,
    },
    /// Records that the customer is there and work begins: on the day on which it starts, or later.
    Start {},
    /// Records that the work is done.
    Complete {},
    /// Records that the customer did not come.
    NoShow {},
    /// Takes back, on the same day, that the appointment started or came to an end.
    Reopen { reason: Text<500> },
    /// Adds a note that the customer sees.
    AddCustomerNote { text: Text<2000> },
    /// Adds a note that only employees see.
    AddInternalNote { text: Text<2000> },
    /// Computes the instant anew from the local time, by the rules that its zone has now.
    Recompute {},
    /// Records that its customer is to be reminded of it.
    Remind {},
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub enum Event {
    Held(Hold),
    /// A held slot was given back.
    Released {},
    Booked(Booking),
    Confirmed {},
    Declined {
        at: DateTime<Utc>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Personal<Text<500>>>,
    },
    Rescheduled {
        plan: Plan,
        /// Whether it was too late for a client to do so.
        late: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        override_reason: Option<Personal<Text<500>>>,
    },
    Cancelled {
        at: DateTime<Utc>,
        /// Whether it was too late for a client to do so.
        late: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Personal<Text<500>>>,
    },
    StaffAssigned {
        resource: ResourceId,
        /// All that the appointment takes from now on.
        stretches: Vec<Stretch>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        override_reason: Option<Personal<Text<500>>>,
    },
    Started {
        at: DateTime<Utc>,
    },
    Completed {
        at: DateTime<Utc>,
    },
    NoShowMarked {
        at: DateTime<Utc>,
    },
    Reopened {
        /// What it is again.
        status: Status,
        reason: Personal<Text<500>>,
        /// What it takes now, if a resource has come to serve more or fewer since.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stretches: Option<Vec<Stretch>>,
    },
    NoteAdded(Note),
    /// By newer rules of the zone the local time, which stays, is at another instant.
    InstantRecomputed {
        plan: Plan,
    },
    /// The customer is to be reminded: it begins soon.
    ReminderDue {},
}

impl Decider for Appointment {
    const NAME: &'static str = "scheduling.appointment";

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
            (Self::Unknown, Command::Hold { customer, service, resources, start }) => {
                let plan = case.facts.planner_if_offered(case)?.plan(&resources, start, None)?;
                let until = case.now + HOLD_DURATION;
                Ok(vec![Event::Held(Hold { customer, service, plan, until })])
            }
            (
                Self::Unknown,
                Command::Book {
                    customer,
                    service,
                    resources,
                    start,
                    party_size,
                    override_reason,
                    language,
                },
            ) => {
                let reason = override_reason.map(|text| Personal::sealed(customer.uuid(), text));
                let planner = case.facts.planner_if_offered(case)?;
                let plan = planner.plan(&resources, start, reason.as_ref())?;
                let override_reason = reason.filter(|_| planner.may_override());
                book(case, (customer, party_size, language), (service, plan, override_reason))
            }
            (Self::Unknown, _) => Err(Refusal::UnknownAppointment {}),
            (Self::Held(hold), Command::BookHeld { customer, party_size, language }) => {
                if case.now >= hold.until {
                    return Err(Refusal::HoldExpired { until: hold.until });
                }
                if hold.customer.is_some_and(|holder| holder != customer) {
                    return Err(Refusal::HeldByAnother {});
                }
                let plan = case.facts.planner_if_offered(case)?.plan_from_hold(&hold.plan)?;
                book(case, (customer, party_size, language), (hold.service, plan, None))
            }
            (Self::Held(_), Command::Cancel { .. }) => Ok(vec![Event::Released {}]),
            (Self::Released(_), Command::Cancel { .. }) => Ok(vec![]),
            (Self::Booked(record), command) => record.decide(command, case),
            (_, Command::Hold { .. } | Command::Book { .. }) => Err(Refusal::AlreadyBooked {}),
            (Self::Held(_), _) => Err(Refusal::WrongStatus { status: Status::Held }),
            (Self::Released(_), _) => Err(Refusal::WrongStatus { status: Status::Released }),
        }
    }

    fn evolve(self, event: Event) -> Self {
        match (self, event) {
            (_, Event::Held(hold)) => Self::Held(hold),
            (Self::Held(hold), Event::Released {}) => Self::Released(hold),
            (_, Event::Booked(booking)) => Self::Booked(AppointmentRecord::new(booking)),
            (Self::Booked(mut record), event) => {
                record.apply(event);
                Self::Booked(record)
            }
            (state, _) => state,
        }
    }

    fn claims(&self) -> Vec<Claim> {
        match self {
            Self::Held(hold) => {
                resources(hold.plan.stretches.iter().copied(), Some(hold.until)).collect()
            }
            Self::Booked(record) if record.booking.status.is_live() => {
                let stretches = resources(record.claimed_stretches(), None);
                stretches.chain([customer(&record.booking, record.is_recomputed())]).collect()
            }
            _ => vec![],
        }
    }
}

impl Appointment {
    /// Whose it is; a slot can be held for nobody in particular.
    pub fn customer(&self) -> Option<CustomerId> {
        match self {
            Self::Unknown => None,
            Self::Held(hold) | Self::Released(hold) => hold.customer,
            Self::Booked(record) => Some(record.booking.customer),
        }
    }

    /// What is done, and when and with whom.
    pub fn agreed_service_and_plan(&self) -> Option<(ServiceId, &Plan)> {
        match self {
            Self::Unknown => None,
            Self::Held(hold) | Self::Released(hold) => Some((hold.service, &hold.plan)),
            Self::Booked(AppointmentRecord { booking, .. }) => {
                Some((booking.service, &booking.plan))
            }
        }
    }
}

/// Books what is planned: confirmed at once, or pending until an employee confirms it.
fn book(
    case: &DecisionContext<Facts>,
    (customer, party_size, language): (CustomerId, u16, Option<Language>),
    (service, plan, override_reason): (ServiceId, Plan, Option<Personal<Text<500>>>),
) -> Result<Vec<Event>, Refusal> {
    if !case.facts.customer_active {
        return Err(Refusal::NoSuchCustomer {});
    }
    if party_size == 0 {
        return Err(Refusal::NobodyComes {});
    }
    let confirmed_at_once = case.by.role.is_staff() || case.facts.auto_confirms();
    let status = if confirmed_at_once { Status::Confirmed } else { Status::Pending };
    let booking =
        Booking { customer, service, party_size, plan, status, override_reason, language };
    Ok(vec![Event::Booked(booking)])
}

/// Nobody else has the resources meanwhile (SCH-1).
fn resources(
    stretches: impl Iterator<Item = Stretch>,
    expires: Option<DateTime<Utc>>,
) -> impl Iterator<Item = Claim> {
    stretches.map(move |Stretch { resource, from, until, capacity }| {
        Claim::during("resource", resource, "SCH-1", ClaimPeriod { from, until, capacity, expires })
    })
}

/// The customer is nowhere else meanwhile, unless others come with them (SCH-6). Both kinds of claims
/// have the customer's id as their key, so that open appointments can be found (CRM-3).
fn customer(booking: &Booking, recomputed: bool) -> Claim {
    let Booking { customer, party_size, plan, .. } = booking;
    let (what, capacity) =
        if *party_size > 1 { (GROUP_BOOKING_TIME_CLAIM, 100) } else { (CUSTOMER_TIME_CLAIM, 1) };
    let capacity = if recomputed { UNLIMITED } else { capacity };
    let during = ClaimPeriod { from: plan.start.utc, until: plan.until, capacity, expires: None };
    Claim::during(what, customer, "SCH-6", during)
}

/// The claim of an open appointment on its customer's time, by the customer's id.
pub const CUSTOMER_TIME_CLAIM: &str = "customer_time";

/// The same of an appointment to which others come along.
pub const GROUP_BOOKING_TIME_CLAIM: &str = "party_time";

const fn one() -> u16 {
    1
}
