//! A colouring on a Monday at ten, with Anna in her chair, and what may become of it.

use chrono::{NaiveDateTime, TimeDelta, Weekday};
use chrono_tz::Tz;
use uuid::Uuid;

use super::super::*;
use crate::{
    Personal, Text,
    access::{Actor, Role},
    scheduling::{
        Availability, Moment, OpeningHours,
        resource::{BookingPageProfile, Kind, Resource, ResourceSetup},
        service::{self, Service, tests::colouring},
    },
    spec::{Given, SELF, Spec, now},
};

/// A Monday, a week after specifications happen, ten o'clock in Berlin.
pub(super) fn start() -> NaiveDateTime {
    "2030-01-14T10:00:00".parse().unwrap()
}

pub(super) fn unbooked() -> Given<Appointment> {
    Appointment::given([]).knowing(facts())
}

pub(super) fn facts() -> Facts {
    Facts {
        service: Service::default().evolve(service::Event::Defined(colouring())),
        resources: vec![(anna(), resource(Kind::Person)), (chair(), resource(Kind::Chair))],
        customer_active: true,
    }
}

pub(super) fn case(facts: &Facts) -> DecisionContext<Facts> {
    let by = Actor::new(Uuid::from_u128(0xe), Role::Employee);
    DecisionContext { id: SELF, by, now: now(), facts: facts.clone() }
}

pub(super) fn resource(kind: Kind) -> Resource {
    let time = |text: &str| text.parse().unwrap();
    let opening =
        OpeningHours { day: Weekday::Mon, from: time("08:00:00"), until: time("18:00:00") };
    let weekly = vec![opening, OpeningHours { day: Weekday::Tue, ..opening }];
    let availability = Availability::weekly(Tz::Europe__Berlin, weekly);
    let name = Personal::sealed(SELF, "it".parse().unwrap());
    let profile = BookingPageProfile::default();
    Resource::InUse(Box::new(ResourceSetup { kind, name, capacity: 1, availability, profile }))
}

pub(super) fn plan() -> Plan {
    plan_at(start())
}

pub(super) fn plan_at(start: NaiveDateTime) -> Plan {
    let facts = facts();
    facts.planner_if_offered(&case(&facts)).unwrap().plan(&both(), start, None).unwrap()
}

pub(super) fn booking() -> Booking {
    Booking {
        customer: customer_id(),
        service: service(),
        party_size: 1,
        plan: plan(),
        status: Status::Confirmed,
        override_reason: None,
        language: None,
    }
}

pub(super) fn booked() -> Event {
    Event::Booked(booking())
}

/// Booked by a program whose rules put the clocks of Berlin an hour ahead of ours.
pub(super) fn booked_by_older_rules() -> Event {
    let plan = plan();
    let utc = plan.start.utc - TimeDelta::hours(1);
    let start = Moment { tzdb: "2020a".into(), utc, ..plan.start.clone() };
    Event::Booked(Booking { plan: plan.starting_at(start), ..booking() })
}

pub(super) fn held() -> Event {
    let until = now() + HOLD_DURATION;
    Event::Held(Hold { customer: None, service: service(), plan: plan(), until })
}

pub(super) fn cancelled() -> Event {
    Event::Cancelled { at: now(), late: false, reason: None }
}

pub(super) fn rescheduled(days: i64, late: bool) -> Event {
    let plan = plan_at(start() + TimeDelta::days(days));
    Event::Rescheduled { plan, late, override_reason: None }
}

pub(super) fn reschedule(days: i64) -> Command {
    let start = Some(start() + TimeDelta::days(days));
    Command::Reschedule { start, resources: None, override_reason: None }
}

pub(super) fn order(override_reason: Option<&str>) -> Command {
    order_with(both(), override_reason)
}

pub(super) fn order_at(night: NaiveDateTime) -> Command {
    match order(None) {
        Command::Book {
            customer,
            service,
            resources,
            party_size,
            override_reason,
            language,
            ..
        } => {
            let start = night;
            Command::Book {
                customer,
                service,
                resources,
                start,
                party_size,
                override_reason,
                language,
            }
        }
        other => other,
    }
}

pub(super) fn order_with(resources: Vec<ResourceId>, override_reason: Option<&str>) -> Command {
    Command::Book {
        customer: customer_id(),
        service: service(),
        resources,
        start: start(),
        party_size: 1,
        override_reason: override_reason.map(|reason| reason.parse().unwrap()),
        language: None,
    }
}

pub(super) fn why() -> Personal<Text<500>> {
    Personal::sealed(customer_id().uuid(), "regular".parse().unwrap())
}

pub(super) fn client() -> Actor {
    Actor::new(Uuid::from_u128(0xc), Role::ClientUser)
}

pub(super) fn both() -> Vec<ResourceId> {
    vec![anna(), chair()]
}

pub(super) fn anna() -> ResourceId {
    Uuid::from_u128(0xa).into()
}

pub(super) fn chair() -> ResourceId {
    Uuid::from_u128(0xc).into()
}

pub(super) fn service() -> ServiceId {
    Uuid::from_u128(0x5).into()
}

pub(super) fn customer_id() -> CustomerId {
    Uuid::from_u128(0xc0).into()
}
