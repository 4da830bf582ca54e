//! Specification of appointments.

mod given;

use chrono_tz::{IANA_TZDB_VERSION, Tz};
use given::*;
use uuid::Uuid;

use super::*;
use crate::{
    scheduling::{
        Moment, Period,
        resource::{Kind, Resource},
        service::{self, Definition, Service, tests::colouring},
    },
    spec::{Spec, now},
};

#[test]
fn sch_1_whoever_is_held_pending_confirmed_or_started_has_the_resources_alone() {
    let exclusive_claims = |history: Vec<Event>| {
        let claims = Appointment::given(history).claims();
        claims.iter().filter(|claim| claim.rule == "SCH-1").count()
    };
    let pending = Event::Booked(Booking { status: Status::Pending, ..booking() });
    assert_eq!(exclusive_claims(vec![held()]), 3);
    assert_eq!(exclusive_claims(vec![pending]), 3);
    assert_eq!(exclusive_claims(vec![booked()]), 3);
    assert_eq!(exclusive_claims(vec![booked(), Event::Started { at: now() }]), 3);
    assert_eq!(exclusive_claims(vec![held(), Event::Released {}]), 0);
    assert_eq!(exclusive_claims(vec![booked(), cancelled()]), 0);
}

#[test]
fn sch_1_as_many_as_a_resource_can_serve_have_it_at_once() {
    let planned = plan_of_shared_chair();
    let capacities: Vec<_> = planned.stretches.iter().map(|stretch| stretch.capacity).collect();
    assert_eq!(capacities, [1, 1, 3]);
}

#[test]
fn sch_2_the_stylist_is_free_while_the_colour_takes_effect_and_buffers_are_taken_too() {
    let minutes = |minutes| plan().start.utc + TimeDelta::minutes(minutes);
    let stretch = |resource, from, until| Stretch {
        resource,
        from: minutes(from),
        until: minutes(until),
        capacity: 1,
    };
    assert_eq!(
        plan().stretches,
        [stretch(anna(), -5, 30), stretch(anna(), 60, 100), stretch(chair(), -5, 100)]
    );
    assert_eq!(plan().until, minutes(90));
}

#[test]
fn sch_2_one_resource_of_each_kind_is_needed() {
    let needed = vec![Kind::Person, Kind::Chair];
    for resources in [vec![], vec![anna()], vec![anna(), anna()], vec![anna(), anna(), chair()]] {
        let refusal = Refusal::UnfitResources { needed: needed.clone() };
        unbooked().when(order_with(resources, None)).refused(refusal);
    }
    let stranger = ResourceId::from(Uuid::from_u128(0xdead));
    unbooked()
        .when(order_with(vec![stranger, chair()], None))
        .refused(Refusal::NoSuchResource { resource: stranger });
}

#[test]
fn sch_3_a_hold_lasts_five_minutes_and_yields_by_itself() {
    unbooked()
        .when(Command::Hold {
            service: service(),
            resources: both(),
            start: start(),
            customer: None,
        })
        .then([held()]);
    let until = now() + TimeDelta::minutes(5);
    let claims = Appointment::given([held()]).claims();
    assert!(claims.iter().all(|claim| claim.during.as_ref().unwrap().expires == Some(until)));

    let take = Command::BookHeld { customer: customer_id(), party_size: 1, language: None };
    let holding = || Appointment::given([held()]).knowing(facts());
    holding().when(take.clone()).then([booked()]);
    holding().at(until).when(take).refused(Refusal::HoldExpired { until });
    let claims = Appointment::given([held(), booked()]).claims();
    assert!(claims.iter().all(|claim| claim.during.as_ref().unwrap().expires.is_none()));
}

#[test]
fn a_hold_is_given_back_and_taken_by_its_holder_only() {
    let take = Command::BookHeld { customer: customer_id(), party_size: 1, language: None };
    let cancel = Command::Cancel { reason: None };
    Appointment::given([held()]).when(cancel).then([Event::Released {}]);
    Appointment::given([held(), Event::Released {}])
        .when(take.clone())
        .refused(Refusal::WrongStatus { status: Status::Released });
    let someone = Some(Uuid::from_u128(0xbad).into());
    let Event::Held(hold) = held() else { panic!("not held") };
    Appointment::given([Event::Held(Hold { customer: someone, ..hold })])
        .knowing(facts())
        .when(take)
        .refused(Refusal::HeldByAnother {});
}

#[test]
fn sch_4_notice_and_horizon_are_kept_unless_an_employee_gives_a_reason() {
    let starts = plan().start.utc;
    let (late, early) = (starts - TimeDelta::minutes(119), starts - TimeDelta::days(61));
    let too_soon = Refusal::TooSoon { soonest: late + TimeDelta::minutes(120) };
    let too_far = Refusal::TooFarAhead { latest: early + TimeDelta::days(60) };
    unbooked().at(late).when(order(None)).refused(too_soon.clone());
    unbooked().at(early).when(order(None)).refused(too_far);

    let overridden = Event::Booked(Booking { override_reason: Some(why()), ..booking() });
    unbooked().at(late).when(order(Some("regular"))).then([overridden.clone()]);
    let past = starts + TimeDelta::days(1);
    unbooked().at(past).when(order(Some("regular"))).then([overridden]);
    unbooked().at(late).by(client()).when(order(Some("please"))).refused(too_soon);
}

#[test]
fn clients_begin_where_slots_do_and_whoever_works_here_begins_at_any_time() {
    let off = start() + TimeDelta::minutes(7);
    unbooked().by(client()).when(order_at(off)).refused(Refusal::OffStep { minutes: 30 });
    let booking = Booking { plan: plan_at(off), ..booking() };
    unbooked().when(order_at(off)).then([Event::Booked(booking)]);
}

#[test]
fn sch_5_every_resource_is_available_the_whole_time_unless_an_employee_gives_a_reason() {
    let mut facts = facts();
    let Resource::InUse(setup) = &mut facts.resources[1].1 else { panic!("not in use") };
    let ends = plan().stretches[2].until;
    setup.availability.closed = vec![Period::new(ends - TimeDelta::minutes(1), ends)];
    let closing = || unbooked().knowing(facts.clone());

    let outside = Refusal::OutsideHours { resource: chair() };
    closing().when(order(None)).refused(outside.clone());
    closing().by(client()).when(order(Some("please"))).refused(outside);
    let booking = Booking { override_reason: Some(why()), ..booking() };
    closing().when(order(Some("regular"))).then([Event::Booked(booking)]);
}

#[test]
fn sch_6_a_customer_is_in_one_place_unless_others_come_along() {
    let claim = |party_size| {
        let claims = Appointment::given([Event::Booked(Booking { party_size, ..booking() })]);
        claims.claims().into_iter().find(|claim| claim.rule == "SCH-6").unwrap()
    };
    let during =
        ClaimPeriod { from: plan().start.utc, until: plan().until, capacity: 1, expires: None };
    assert_eq!(claim(1), Claim::during(CUSTOMER_TIME_CLAIM, customer_id(), "SCH-6", during));
    assert_eq!(
        (claim(2).what.as_str(), claim(2).during.unwrap().capacity),
        (GROUP_BOOKING_TIME_CLAIM, 100)
    );
}

#[test]
fn sch_7_an_appointment_goes_from_pending_to_confirmed_to_started_to_completed() {
    let pending = Event::Booked(Booking { status: Status::Pending, ..booking() });
    let mut hesitant = facts();
    let slow = Definition { auto_confirm: false, ..colouring() };
    hesitant.service = Service::default().evolve(service::Event::Defined(slow));
    unbooked().knowing(hesitant.clone()).by(client()).when(order(None)).then([pending.clone()]);
    unbooked().knowing(hesitant).when(order(None)).then([booked()]);
    unbooked().by(client()).when(order(None)).then([booked()]);

    let at = plan().start.utc;
    let story = [pending, Event::Confirmed {}, Event::Started { at }, Event::Completed { at }];
    for (happened, command) in
        [(1, Command::Confirm {}), (2, Command::Start {}), (3, Command::Complete {})]
    {
        let next = story[happened].clone();
        Appointment::given(story[..happened].to_vec()).at(at).when(command).then([next]);
    }
    let declined = Event::Declined { at: now(), reason: None };
    Appointment::given(story[..1].to_vec())
        .when(Command::Decline { reason: None })
        .then([declined]);
}

#[test]
fn sch_7_what_is_over_stays_over() {
    for over in [
        cancelled(),
        Event::Declined { at: now(), reason: None },
        Event::Completed { at: now() },
        Event::NoShowMarked { at: now() },
    ] {
        for command in [Command::Start {}, Command::Confirm {}, reschedule(1)] {
            let history = [booked(), over.clone()];
            let status =
                match history.clone().into_iter().fold(Appointment::default(), Appointment::evolve)
                {
                    Appointment::Booked(record) => record.booking.status,
                    other => panic!("not booked: {other:?}"),
                };
            Appointment::given(history).when(command).refused(Refusal::WrongStatus { status });
        }
    }
}

#[test]
fn sch_7_nobody_is_missed_before_the_appointment_starts() {
    let starts = plan().start.utc;
    Appointment::given([booked()]).when(Command::NoShow {}).refused(Refusal::TooEarly { starts });
    Appointment::given([booked()])
        .at(starts)
        .when(Command::NoShow {})
        .then([Event::NoShowMarked { at: starts }]);
}

#[test]
fn sch_7_nobody_checks_in_before_the_day_of_the_appointment() {
    let starts = plan().start.utc;
    let midnight = starts - TimeDelta::hours(10);
    let start = |at| Appointment::given([booked()]).at(at).when(Command::Start {});
    start(midnight - TimeDelta::seconds(1)).refused(Refusal::TooEarly { starts });
    for at in [midnight, starts + TimeDelta::days(1)] {
        start(at).then([Event::Started { at }]);
    }
}

#[test]
fn sch_7_an_employee_takes_a_check_in_back_on_the_same_day() {
    let reopen = || Command::Reopen { reason: "regular".parse().unwrap() };
    let reopened = |status| Event::Reopened { status, reason: why(), stretches: None };
    let story = [booked(), Event::Started { at: now() }];
    let begun = || Appointment::given(story.clone()).knowing(facts());
    begun().when(reopen()).then([reopened(Status::Confirmed)]);
    begun().by(client()).when(reopen()).refused(Refusal::StaffOnly {});
    let tomorrow = now() + TimeDelta::days(1);
    begun().at(tomorrow).when(reopen()).refused(Refusal::AnotherDay {});
    // Of two steps the last one alone.
    let ended = [Event::Completed { at: now() }, reopened(Status::Started)];
    Appointment::given([&story[..], &ended].concat()).when(reopen()).then([]);
}

#[test]
fn sch_7_an_employee_reopens_on_the_same_day() {
    let reopen = Command::Reopen { reason: "regular".parse().unwrap() };
    let story = [booked(), Event::Started { at: now() }, Event::Completed { at: now() }];
    let completed = || Appointment::given(story.clone()).knowing(facts());
    let reopened = Event::Reopened { status: Status::Started, reason: why(), stretches: None };
    completed().when(reopen.clone()).then([reopened.clone()]);
    completed().by(client()).when(reopen.clone()).refused(Refusal::StaffOnly {});
    let midnight = now() + TimeDelta::hours(14);
    completed().at(midnight).when(reopen.clone()).refused(Refusal::AnotherDay {});
    completed().at(midnight - TimeDelta::seconds(1)).when(reopen.clone()).then([reopened]);

    let archived = Facts { customer_active: false, ..facts() };
    completed().knowing(archived).when(reopen.clone()).refused(Refusal::NoSuchCustomer {});
    let (shared, stretches) = (shared_chair(), Some(plan_of_shared_chair().stretches));
    completed().knowing(shared).when(reopen).then([Event::Reopened {
        status: Status::Started,
        reason: why(),
        stretches,
    }]);
}

#[test]
fn sch_1_what_was_held_is_booked_as_the_resources_are_now() {
    let take = Command::BookHeld { customer: customer_id(), party_size: 1, language: None };
    let holding = |facts| Appointment::given([held()]).knowing(facts);
    let booking = Booking { plan: plan_of_shared_chair(), ..booking() };
    holding(shared_chair()).when(take.clone()).then([Event::Booked(booking)]);

    let mut retired = facts();
    retired.resources[1].1 = Resource::Retired;
    holding(retired).when(take.clone()).refused(Refusal::NoSuchResource { resource: chair() });
    let mut withdrawn = facts();
    withdrawn.service = withdrawn.service.evolve(service::Event::Retired {});
    holding(withdrawn).when(take).refused(Refusal::NotOffered {});
}

/// What is known when the chair serves three at once.
fn shared_chair() -> Facts {
    let mut facts = facts();
    let Resource::InUse(chair) = &mut facts.resources[1].1 else { panic!("not in use") };
    chair.capacity = 3;
    facts
}

fn plan_of_shared_chair() -> Plan {
    let facts = shared_chair();
    facts.planner_if_offered(&case(&facts)).unwrap().plan(&both(), start(), None).unwrap()
}

#[test]
fn sch_8_clients_call_off_and_move_until_the_cut_off_and_employees_after_it() {
    let until = plan().start.utc - TimeDelta::hours(24);
    let after = until + TimeDelta::seconds(1);
    let given = || Appointment::given([booked()]).knowing(facts());
    let cancel = || Command::Cancel { reason: None };

    let cancelled = |at, late| Event::Cancelled { at, late, reason: None };
    given().at(until).by(client()).when(cancel()).then([cancelled(until, false)]);
    given().at(after).by(client()).when(cancel()).refused(Refusal::TooLate { until });
    given().at(after).by(client()).when(reschedule(1)).refused(Refusal::TooLate { until });
    given().at(after).when(cancel()).then([cancelled(after, true)]);
    given().at(after).when(reschedule(1)).then([rescheduled(1, true)]);
    Appointment::given([booked(), Event::Started { at: now() }])
        .by(client())
        .when(cancel())
        .refused(Refusal::TooLate { until });
}

#[test]
fn sch_9_what_was_agreed_on_by_the_clock_is_kept_with_its_zone_and_rules() {
    let Moment { local, zone, tzdb, utc } = plan().start;
    assert_eq!((local, zone), (start(), Tz::Europe__Berlin));
    assert_eq!(
        (tzdb.as_str(), utc.to_rfc3339().as_str()),
        (IANA_TZDB_VERSION, "2030-01-14T09:00:00+00:00")
    );

    let night = "2030-03-31T02:30:00".parse().unwrap();
    let refusal = Refusal::NoSuchTime { local: night, zone };
    unbooked().when(order_at(night)).refused(refusal);
}

#[test]
fn sch_9_by_newer_rules_of_the_zone_the_local_time_stays_and_everything_else_moves() {
    let recompute = |history: Vec<Event>| Appointment::given(history).when(Command::Recompute {});
    let recomputed = || Event::InstantRecomputed { plan: plan() };
    recompute(vec![booked_by_older_rules()]).then([recomputed()]);
    recompute(vec![booked()]).then([]);
    recompute(vec![booked_by_older_rules(), cancelled()]).then([]);
    let over = plan().start.utc + TimeDelta::hours(2);
    Appointment::given([booked_by_older_rules()]).at(over).when(Command::Recompute {}).then([]);

    // Who else has that time stands not in the way; whoever wants it now does not get it.
    let history = || [booked_by_older_rules(), recomputed()];
    let capacities = |history: Vec<Event>| -> Vec<u16> {
        let claims = Appointment::given(history).claims().into_iter();
        claims.map(|claim| claim.during.unwrap().capacity).collect()
    };
    assert_eq!(capacities(history().to_vec()), [UNLIMITED; 4]);
    let ben = ResourceId::from(Uuid::from_u128(0xb));
    let mut stretches = plan().stretches;
    stretches[0].resource = ben;
    stretches[1].resource = ben;
    let assigned = Event::StaffAssigned { resource: ben, stretches, override_reason: None };
    assert_eq!(capacities([&history()[..], &[assigned]].concat()), [1, 1, UNLIMITED, UNLIMITED]);
    assert_eq!(capacities([&history()[..], &[rescheduled(1, false)]].concat()), [1; 4]);
}

#[test]
fn customers_are_reminded_once_of_each_time_that_stands_shortly_before_it() {
    let due = plan().start.utc - REMINDER_LEAD;
    let remind = |history: Vec<Event>, at, expected: &[Event]| {
        Appointment::given(history).at(at).when(Command::Remind {}).then(expected.to_vec());
    };
    let reminded = [Event::ReminderDue {}];
    remind(vec![booked()], due, &reminded);
    remind(vec![booked()], due - TimeDelta::seconds(1), &[]);
    remind(vec![booked()], plan().start.utc, &[]);
    remind(vec![booked(), Event::ReminderDue {}], due, &[]);
    remind(vec![booked(), cancelled()], due, &[]);
    let moved = vec![booked(), Event::ReminderDue {}, rescheduled(1, false)];
    remind(moved.clone(), due, &[]);
    remind(moved, due + TimeDelta::days(1), &reminded);
}

#[test]
fn sch_10_ninety_minutes_stay_ninety_minutes_when_the_clocks_change() {
    let facts = facts();
    let case = case(&facts);
    for night in ["2030-03-31T01:30:00", "2030-10-27T01:30:00"] {
        let reason = why();
        let planner = facts.planner_if_offered(&case).unwrap();
        let planned = planner.plan(&both(), night.parse().unwrap(), Some(&reason)).unwrap();
        assert_eq!(planned.until - planned.start.utc, TimeDelta::minutes(90));
    }
}

#[test]
fn sch_14_moving_is_one_event_that_trades_the_old_claims_for_the_new() {
    let given = || Appointment::given([booked()]).knowing(facts());
    given().when(reschedule(0)).then([]);
    given().when(reschedule(1)).then([rescheduled(1, false)]);
    let before = given().claims();
    let after = Appointment::given([booked(), rescheduled(1, false)]).claims();
    assert_eq!(before.len(), after.len());
    for (old, new) in before.iter().zip(&after) {
        let moved = new.during.as_ref().unwrap().from - old.during.as_ref().unwrap().from;
        assert_eq!((&old.key, moved), (&new.key, TimeDelta::days(1)));
    }
}

#[test]
fn another_stylist_takes_over_at_the_same_time() {
    let ben = ResourceId::from(Uuid::from_u128(0xb));
    let mut with_ben = facts();
    with_ben.resources.push((ben, resource(Kind::Person)));
    let mut stretches = plan().stretches;
    stretches
        .iter_mut()
        .filter(|stretch| stretch.resource == anna())
        .for_each(|stretch| stretch.resource = ben);
    let assigned = Event::StaffAssigned { resource: ben, stretches, override_reason: None };

    let given = || Appointment::given([booked()]).knowing(with_ben.clone());
    let assign = |resource| Command::Assign { resource, override_reason: None };
    given().when(assign(ben)).then([assigned]);
    given().when(assign(anna())).then([]);
}

#[test]
fn notes_are_for_the_customer_or_for_ourselves() {
    let text = || "regular".parse().unwrap();
    let note = |key, visibility| {
        let text = Personal::sealed(customer_id().uuid(), text());
        Event::NoteAdded(Note { key, visibility, text, by: Uuid::from_u128(0xe) })
    };
    let first = note(1, Visibility::Customer);
    Appointment::given([booked()])
        .when(Command::AddCustomerNote { text: text() })
        .then([first.clone()]);
    Appointment::given([booked(), first, cancelled()])
        .when(Command::AddInternalNote { text: text() })
        .then([note(2, Visibility::Internal)]);
}

#[test]
fn only_known_customers_book_what_is_offered() {
    let unknown = Facts { customer_active: false, ..facts() };
    unbooked().knowing(unknown).when(order(None)).refused(Refusal::NoSuchCustomer {});
    let retired = Facts { service: facts().service.evolve(service::Event::Retired {}), ..facts() };
    unbooked().knowing(retired.clone()).when(order(None)).refused(Refusal::NotOffered {});
    Appointment::given([booked()])
        .knowing(retired)
        .when(reschedule(1))
        .then([rescheduled(1, false)]);
}
