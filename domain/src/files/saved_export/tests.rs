//! Specification of saved exports.

use chrono::{NaiveTime, TimeDelta, Weekday};
use chrono_tz::Tz;
use uuid::Uuid;

use super::*;
use crate::{
    access::{Actor, Role},
    spec::{Spec, now},
};

const ANNA: Uuid = Uuid::from_u128(0xa);
const BEN: Uuid = Uuid::from_u128(0xb);

#[test]
fn exp_7_only_staff_name_recipients_besides_themselves() {
    let client = || Actor::new(ANNA, Role::ClientUser);
    let save = |recipient: Uuid| {
        Command::Save(NewSavedExport { recipients: vec![recipient.into()], ..new() })
    };
    SavedExport::given([]).by(client()).when(save(BEN)).refused(Refusal::OtherRecipients);
    SavedExport::given([]).by(client()).when(save(ANNA)).then([saved(vec![ANNA.into()])]);
    let employee = Actor::new(ANNA, Role::Employee);
    SavedExport::given([]).by(employee).when(save(BEN)).then([saved(vec![BEN.into()])]);
}

#[test]
fn exp_8_nobody_has_more_than_a_few_that_have_not_ended() {
    let of_anna = |saved| Facts { saved, ..Facts::default() };
    let save = || SavedExport::given([]).knowing(of_anna(MAX_SAVED));
    let refusal = Refusal::TooManySavedExports { most: MAX_SAVED };
    save().when(Command::Save(new())).refused(refusal);
    let fewer = of_anna(MAX_SAVED - 1);
    SavedExport::given([]).knowing(fewer).when(Command::Save(new())).then([saved(vec![])]);
    let claim = || vec![Claim::set_member(saved_set_of(ANNA.into()))];
    assert_eq!(SavedExport::given([saved(vec![])]).claims(), claim());
    assert_eq!(SavedExport::given([saved(vec![]), Event::Paused {}]).claims(), claim());
    assert_eq!(SavedExport::given([saved(vec![]), Event::Ended {}]).claims(), []);
}

#[test]
fn who_has_no_account_neither_owns_one_nor_is_sent_one() {
    let unknown = |user: Uuid| Facts { unknown: vec![user.into()], ..Facts::default() };
    let recipients = vec![ANNA.into(), BEN.into()];
    let save = Command::Save(NewSavedExport { recipients, ..new() });
    let refused = |of: Uuid, refusal| {
        SavedExport::given([]).knowing(unknown(of)).when(save.clone()).refused(refusal);
    };
    refused(ANNA, Refusal::UnknownOwner);
    refused(BEN, Refusal::UnknownRecipient { index: 1 });
}

#[test]
fn only_lists_are_saved_and_only_rhythms_that_are_due() {
    for path in ["/customers", "/api/v1/customers?q=anna", "/api/v1/../customers", "/api/v1/x#anna"]
    {
        let nowhere = NewSavedExport { path: path.parse().unwrap(), ..new() };
        SavedExport::given([]).when(Command::Save(nowhere)).refused(Refusal::NoList);
    }
    let never =
        NewSavedExport { rhythm: Some(Recurrence::Month { day: 32, at: seven() }), ..new() };
    let why = "no month has such a day";
    SavedExport::given([]).when(Command::Save(never)).refused(Refusal::UnusableRhythm { why });
}

#[test]
fn it_is_paused_resumed_and_ended() {
    let saved = || saved(vec![]);
    let resumed = || Event::Resumed { since: now() };
    let paused = || SavedExport::given([saved(), Event::Paused {}]);
    SavedExport::given([saved()]).when(Command::Pause {}).then([Event::Paused {}]);
    paused().when(Command::Pause {}).then([]);
    paused().when(Command::Resume {}).then([resumed()]);
    SavedExport::given([saved()]).when(Command::Resume {}).then([]);
    let ended = || SavedExport::given([saved(), Event::Ended {}]);
    ended().when(Command::End {}).then([]);
    ended().when(Command::Pause {}).refused(Refusal::SavedExportEnded);
}

#[test]
fn exp_6_what_is_due_is_made_once_and_what_was_missed_is_not_made_up_for() {
    let (first, later) = (now() + TimeDelta::days(1), now() + TimeDelta::days(9));
    let plan = |events: Vec<Event>| {
        let state = events.into_iter().fold(SavedExport::default(), SavedExport::evolve);
        state.plan().cloned().unwrap()
    };
    let due = plan(vec![saved(vec![])]).last_due(later).unwrap();
    assert!(later - due < TimeDelta::days(1) && due <= later, "{due}");
    let run = || Event::Run { due };
    SavedExport::given([saved(vec![])]).when(Command::RecordRun { due }).then([run()]);
    SavedExport::given([saved(vec![]), run()]).when(Command::RecordRun { due }).then([]);
    assert_eq!(plan(vec![saved(vec![]), run()]).last_due(later), None);
    assert_eq!(plan(vec![saved(vec![]), Event::Paused {}]).last_due(first), None);
}

#[test]
fn a_rhythm_keeps_to_the_clock_on_the_wall_when_clocks_are_changed() {
    let next = |rhythm: Recurrence, after: &str| {
        rhythm.first_after(after.parse().unwrap()).unwrap().to_rfc3339()
    };
    let daily = |time: &str| Recurrence::Day { at: at(time) };
    // Berlin goes from +1 to +2 on 31 March 2030 at 2:00, and back on 27 October at 3:00.
    assert_eq!(next(daily("07:00:00"), "2030-03-30T06:00:00Z"), "2030-03-31T05:00:00+00:00");
    assert_eq!(next(daily("07:00:00"), "2030-10-26T05:00:00Z"), "2030-10-27T06:00:00+00:00");
    // 2:30 is left out once, and shown twice once.
    assert_eq!(next(daily("02:30:00"), "2030-03-30T02:00:00Z"), "2030-03-31T01:00:00+00:00");
    assert_eq!(next(daily("02:30:00"), "2030-03-31T01:00:00Z"), "2030-04-01T00:30:00+00:00");
    assert_eq!(next(daily("02:30:00"), "2030-10-26T23:00:00Z"), "2030-10-27T00:30:00+00:00");
    assert_eq!(next(daily("02:30:00"), "2030-10-27T00:30:00Z"), "2030-10-28T01:30:00+00:00");
    let weekly = Recurrence::Week { day: Weekday::Mon, at: seven() };
    assert_eq!(next(weekly, "2030-03-30T06:00:00Z"), "2030-04-01T05:00:00+00:00");
    let monthly = Recurrence::Month { day: 31, at: seven() };
    assert_eq!(next(monthly, "2030-01-31T06:00:00Z"), "2030-02-28T06:00:00+00:00");
    assert_eq!(next(monthly, "2030-02-28T06:00:00Z"), "2030-03-31T05:00:00+00:00");
}

#[test]
fn exp_9_a_period_is_of_the_day_on_which_it_is_due_by_the_clock_of_its_rhythm() {
    let days = |period: Period, today: &str| {
        let (from, until) = period.days(today.parse().unwrap());
        format!("{from} {until}")
    };
    // 31 March 2030 is a Sunday.
    let sunday = "2030-03-31";
    assert_eq!(days(Period::Yesterday, "2030-03-01"), "2030-02-28 2030-03-01");
    assert_eq!(days(Period::Last7Days, sunday), "2030-03-24 2030-03-31");
    assert_eq!(days(Period::Last30Days, sunday), "2030-03-01 2030-03-31");
    assert_eq!(days(Period::LastWeek, sunday), "2030-03-18 2030-03-25");
    assert_eq!(days(Period::LastWeek, "2030-04-01"), "2030-03-25 2030-04-01");
    assert_eq!(days(Period::ThisWeek, sunday), "2030-03-25 2030-04-01");
    assert_eq!(days(Period::NextWeek, sunday), "2030-04-01 2030-04-08");
    assert_eq!(days(Period::LastMonth, sunday), "2030-02-01 2030-03-01");
    assert_eq!(days(Period::LastMonth, "2032-03-31"), "2032-02-01 2032-03-01");
    assert_eq!(days(Period::LastMonth, "2030-01-01"), "2029-12-01 2030-01-01");
    assert_eq!(days(Period::ThisMonth, "2030-12-31"), "2030-12-01 2031-01-01");

    // In Berlin it is tomorrow already: from 22:00 on in summer, from 23:00 on in winter.
    let new = NewSavedExport { period: Some(Period::Yesterday), ..new() };
    let query = |due: &str| new.query_at(due.parse().unwrap()).unwrap().unwrap().to_string();
    let of = |from: &str, until: &str| format!("sort=name&from={from}&until={until}");
    assert_eq!(query("2030-03-30T22:30:00Z"), of("2030-03-29", "2030-03-30"));
    assert_eq!(query("2030-03-31T22:30:00Z"), of("2030-03-31", "2030-04-01"));
    assert_eq!(query("2030-10-27T22:30:00Z"), of("2030-10-26", "2030-10-27"));
}

#[test]
fn a_period_takes_a_rhythm_and_a_query_that_leaves_its_days_open() {
    let week = |query: &str| NewSavedExport {
        query: Some(query.parse().unwrap()),
        period: Some(Period::LastWeek),
        ..new()
    };
    let refused = |new: NewSavedExport, why| {
        SavedExport::given([]).when(Command::Save(new)).refused(Refusal::UnusablePeriod { why });
    };
    let never = NewSavedExport { rhythm: None, ..week("sort=name") };
    refused(never, "it takes a rhythm, on which its days depend");
    for query in ["from=2030-01-01", "sort=name&until=2030-01-08"] {
        refused(week(query), "the query says its days already");
    }
    refused(week(&"a".repeat(3980)), "the query leaves no room for its days");
    let Event::Saved { mut details, since } = saved(vec![]) else { panic!() };
    details.period = Some(Period::LastWeek);
    let then = [Event::Saved { details, since }];
    SavedExport::given([]).when(Command::Save(week("sort=name"))).then(then);
}

fn saved(recipients: Vec<UserId>) -> Event {
    let NewSavedExport { owner, name, path, format, rhythm, period, .. } = new();
    let query = Some(Personal::sealed(ANNA, "sort=name".parse().unwrap()));
    let details = Details { owner, name, path, query, format, recipients, rhythm, period };
    Event::Saved { details, since: now() }
}

fn new() -> NewSavedExport {
    NewSavedExport {
        owner: ANNA.into(),
        name: "All customers".parse().unwrap(),
        path: "/api/v1/customers".parse().unwrap(),
        query: Some("sort=name".parse().unwrap()),
        format: Format::Xlsx,
        recipients: vec![],
        rhythm: Some(Recurrence::Day { at: seven() }),
        period: None,
    }
}

fn seven() -> TimeOfDay {
    at("07:00:00")
}

fn at(time: &str) -> TimeOfDay {
    TimeOfDay { time: time.parse::<NaiveTime>().unwrap(), zone: Tz::Europe__Berlin }
}
