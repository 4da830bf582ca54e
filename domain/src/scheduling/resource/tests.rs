//! Specification of resources.

use chrono::{TimeDelta, Weekday};

use super::*;
use crate::spec::{SELF, Spec, now};

#[test]
fn a_resource_is_registered_once_under_its_own_key() {
    let facts = Facts { zone: Tz::Europe__Berlin };
    Resource::given([]).knowing(facts).when(Command::Register(chair())).then([registered()]);
    Resource::given([registered()])
        .when(Command::Register(chair()))
        .refused(Refusal::AlreadyRegistered {});
    Resource::given([])
        .when(Command::Register(NewResource { capacity: 0, ..chair() }))
        .refused(Refusal::Capacity {});
}

#[test]
fn the_name_of_a_person_with_an_account_goes_with_the_account() {
    let user = Uuid::from_u128(7);
    let anna = NewResource { kind: Kind::Person, user: Some(user.into()), ..chair() };
    let Ok(Event::Registered { name, .. }) = register(SELF, anna, Tz::UTC) else {
        panic!("refused")
    };
    assert_eq!(name.subject(), user);
}

#[test]
fn its_profile_changes_field_by_field() {
    let about: Text<500> = "Sees colours.".parse().unwrap();
    let profile = |about: Option<&Text<500>>, public| BookingPageProfile {
        about: about.map(|about| Personal::sealed(SELF, about.clone())),
        public,
        ..BookingPageProfile::default()
    };
    let describe = |about, public| Command::Describe { about, picture: Change::Keep, public };
    let described = Event::Described(profile(Some(&about), true));
    Resource::given([registered()])
        .when(describe(Change::Set(about.clone()), None))
        .then([described.clone()]);
    Resource::given([registered()]).when(describe(Change::Clear, Some(true))).then([]);
    let given = || Resource::given([registered(), described.clone()]);
    let hidden = Event::Described(profile(Some(&about), false));
    given().when(describe(Change::Keep, Some(false))).then([hidden]);
    given().when(describe(Change::Clear, None)).then([Event::Described(profile(None, true))]);
}

#[test]
fn hours_are_set_and_dates_excepted_from_them() {
    let used = || Resource::given([registered()]);
    let (zone, date) = (Tz::Europe__Berlin, now().date_naive());
    let weekly = vec![opening(Weekday::Mon)];
    used().when(Command::SetAvailability { zone, weekly: weekly.clone() }).then([]);
    let weekly = [weekly, vec![opening(Weekday::Tue)]].concat();
    used()
        .when(Command::SetAvailability { zone, weekly: weekly.clone() })
        .then([Event::AvailabilitySet { zone, weekly }]);
    used()
        .when(Command::AddAvailabilityException { date, hours: vec![] })
        .then([Event::AvailabilityExceptionAdded(AvailabilityException { date, hours: vec![] })]);
    used().when(Command::RemoveAvailabilityException { date }).then([]);
}

#[test]
fn a_period_is_closed_and_opened_again() {
    let (from, until) = (now(), now() + TimeDelta::days(14));
    let close = Command::ClosePeriod { from, until, reason: Some("holiday".parse().unwrap()) };
    let reason = Some(Personal::sealed(SELF, "holiday".parse().unwrap()));
    let blocked = Event::PeriodBlocked { from, until, reason };
    Resource::given([registered()]).when(close).then([blocked.clone()]);
    Resource::given([registered(), blocked.clone()])
        .when(Command::OpenPeriod { from, until })
        .then([Event::PeriodUnblocked { from, until }]);
    let part = Command::OpenPeriod { from, until: from + TimeDelta::days(1) };
    Resource::given([registered(), blocked.clone()])
        .when(part)
        .refused(Refusal::OtherPeriod { from, until });
    let (from, until) = (until, until + TimeDelta::days(1));
    let open = Command::OpenPeriod { from, until };
    Resource::given([registered(), blocked.clone()]).when(open).then([]);
    Resource::given([registered()])
        .when(Command::ClosePeriod { from: until, until: from, reason: None })
        .refused(Refusal::NoTime {});

    let closed = [registered(), blocked].into_iter().fold(Resource::default(), Resource::evolve);
    let an_hour = Period::new(now(), now() + TimeDelta::hours(1));
    assert!(!closed.setup_in_use().unwrap().availability.covers(an_hour));
}

#[test]
fn a_retired_resource_is_not_changed_any_more() {
    let retired = || Resource::given([registered(), Event::Retired {}]);
    retired().when(Command::Retire {}).then([]);
    retired().when(Command::ChangeCapacity { capacity: 2 }).refused(Refusal::Retired {});
    Resource::given([registered()])
        .when(Command::ChangeCapacity { capacity: 2 })
        .then([Event::CapacityChanged { capacity: 2 }]);
}

fn opening(day: Weekday) -> OpeningHours {
    OpeningHours { day, from: "09:00:00".parse().unwrap(), until: "17:00:00".parse().unwrap() }
}

fn chair() -> NewResource {
    NewResource {
        kind: Kind::Chair,
        name: "Chair by the window".parse().unwrap(),
        user: None,
        capacity: 1,
        zone: None,
        weekly: vec![opening(Weekday::Mon)],
    }
}

fn registered() -> Event {
    register(SELF, chair(), Tz::Europe__Berlin).unwrap()
}
