//! Specification of free slots.

use chrono::{NaiveTime, Weekday};
use uuid::Uuid;

use super::*;
use crate::scheduling::{OpeningHours, service::tests::colouring};

#[test]
fn slots_begin_on_the_steps_within_the_hours_buffers_included() {
    let (anna, chair) = (candidate(1, Kind::Person), candidate(2, Kind::Chair));
    let slots = find_free(&colouring(), &[anna, chair], day("2030-01-08"), noon("2030-01-07"));
    let starts: Vec<_> = slots.iter().map(|slot| slot.start.time().to_string()).collect();
    assert_eq!(starts, ["09:30:00", "10:00:00", "10:30:00", "11:00:00", "11:30:00", "12:00:00"]);
    let first = &slots[0];
    assert_eq!(first.resources, [id(1), id(2)]);
    assert_eq!(first.ends_at - first.starts_at, TimeDelta::minutes(90));
}

#[test]
fn sch_2_a_stylist_can_serve_another_customer_in_a_passive_phase() {
    let (mut anna, chair) = (candidate(1, Kind::Person), candidate(2, Kind::Chair));
    anna.taken = vec![local("2030-01-08T10:00:00", "2030-01-08T10:30:00")];
    let slots = find_free(&colouring(), &[anna, chair], day("2030-01-08"), noon("2030-01-07"));
    let starts: Vec<_> = slots.iter().map(|slot| slot.start.time().to_string()).collect();
    assert_eq!(starts, ["09:30:00", "11:00:00", "11:30:00", "12:00:00"]);
}

#[test]
fn sch_4_nothing_is_offered_too_soon_or_too_far_ahead() {
    let all = [candidate(1, Kind::Person), candidate(2, Kind::Chair)];
    let range = Period::new(noon("2030-01-01"), noon("2031-01-01"));
    let now = local("2030-01-08T08:45:00", "2030-01-08T08:45:00").from;
    let slots = find_free(&colouring(), &all, range, now);
    let ends = [slots.first(), slots.last()];
    let ends = ends.map(|slot| slot.unwrap().start.to_string());
    assert_eq!(ends, ["2030-01-08 11:00:00", "2030-03-08 12:00:00"]);
}

#[test]
fn of_the_kinds_that_nobody_chooses_the_first_free_one_is_taken() {
    let (mut first, second) = (candidate(2, Kind::Chair), candidate(3, Kind::Chair));
    first.taken = vec![day("2030-01-08")];
    let all = [candidate(1, Kind::Person), first, second];
    let slots = find_free(&colouring(), &all, day("2030-01-08"), noon("2030-01-07"));
    assert_eq!(slots[0].resources, [id(1), id(3)]);
}

#[test]
fn a_shared_resource_is_free_until_all_its_places_are_taken() {
    let mut room = candidate(1, Kind::Room);
    let day_period = day("2030-01-08");
    room.capacity = 3;
    room.taken = vec![day_period; 2];
    let mut service = colouring();
    service.phases.iter_mut().for_each(|phase| phase.needs = [Kind::Room].into());
    let free = |room: &Candidate| {
        find_free(&service, std::slice::from_ref(room), day_period, noon("2030-01-07")).len()
    };
    assert_eq!(free(&room), 6);
    room.taken.push(day_period);
    assert_eq!(free(&room), 0);
}

#[test]
fn the_hours_of_a_resource_are_cut_where_what_is_taken_begins_and_ends() {
    let mut room = candidate(1, Kind::Room);
    room.capacity = 3;
    room.taken = vec![
        local("2030-01-08T09:00:00", "2030-01-08T10:00:00"),
        local("2030-01-08T09:30:00", "2030-01-08T10:00:00"),
    ];
    let slots: Vec<_> = occupancy_slots(&room, day("2030-01-08"))
        .iter()
        .map(|slot| {
            let times = [slot.from, slot.until]
                .map(|time| time.with_timezone(&Tz::Europe__Berlin).format("%H:%M").to_string());
            (times.join("-"), slot.taken, slot.capacity)
        })
        .collect();
    let slots: Vec<_> =
        slots.iter().map(|(times, taken, of)| (times.as_str(), *taken, *of)).collect();
    assert_eq!(slots, [("09:15-09:30", 1, 3), ("09:30-10:00", 2, 3), ("10:00-13:45", 0, 3)]);
}

#[test]
fn how_much_there_is_to_look_at_is_known_before() {
    let all = [candidate(1, Kind::Person), candidate(2, Kind::Person), candidate(3, Kind::Chair)];
    assert_eq!(search_cost(&colouring(), &all, 31), 2 * 31 * 48);
    let by_the_minute = Definition { step_minutes: 1, ..colouring() };
    assert_eq!(search_cost(&by_the_minute, &all, 1), 2 * 1_440);
    assert_eq!(search_cost(&colouring(), &[], 31), 0);
}

#[test]
fn sch_9_a_start_that_the_clocks_leave_out_is_never_offered() {
    assert_eq!(night("2030-03-31"), ["00:00", "00:30", "01:00", "01:30", "03:00", "03:30"]);
}

#[test]
fn sch_9_a_start_that_the_clocks_show_twice_is_offered_once() {
    let once = ["00:00", "00:30", "01:00", "01:30", "02:00", "02:30", "03:00", "03:30"];
    assert_eq!(night("2030-10-27"), once);
}

#[test]
fn sch_10_an_hour_stays_an_hour_when_the_clocks_change() {
    for (date, ends) in [("2030-03-31", "03:30:00"), ("2030-10-27", "02:30:00")] {
        let day_period = day(date);
        let before = day_period.from - TimeDelta::days(1);
        let slots = find_free(&an_hour(), &[around_the_clock()], day_period, before);
        let slot = slots.iter().find(|slot| slot.start.to_string().ends_with("01:30:00"));
        let slot = slot.unwrap();
        let shown = slot.ends_at.with_timezone(&Tz::Europe__Berlin).time().to_string();
        assert_eq!((slot.ends_at - slot.starts_at, shown.as_str()), (TimeDelta::hours(1), ends));
    }
}

/// The starts that are offered before 4 o'clock by the clock on the wall in Berlin.
fn night(date: &str) -> Vec<String> {
    let day_period = day(date);
    let before = day_period.from - TimeDelta::days(1);
    let slots = find_free(&an_hour(), &[around_the_clock()], day_period, before);
    let times = slots.iter().map(|slot| slot.start.format("%H:%M").to_string());
    times.take_while(|time| time.as_str() < "04:00").collect()
}

fn an_hour() -> Definition {
    let mut service = colouring();
    service.phases.truncate(1);
    service.phases[0].minutes = 60;
    service.phases[0].needs = [Kind::Room].into();
    Definition { buffer_before_minutes: 0, buffer_after_minutes: 0, ..service }
}

fn around_the_clock() -> Candidate {
    let mut room = candidate(1, Kind::Room);
    for opening in &mut room.availability.weekly {
        (opening.from, opening.until) = (NaiveTime::MIN, NaiveTime::MIN);
    }
    room
}

/// Available in Berlin from 9:15 to 13:45, every day.
fn candidate(number: u128, kind: Kind) -> Candidate {
    let week = [0, 1, 2, 3, 4, 5, 6].map(|day| Weekday::try_from(day).unwrap());
    let time = |text: &str| text.parse().unwrap();
    let opening = |day| OpeningHours { day, from: time("09:15:00"), until: time("13:45:00") };
    let availability = Availability::weekly(Tz::Europe__Berlin, week.map(opening).to_vec());
    Candidate { id: id(number), kind, capacity: 1, availability, taken: vec![] }
}

fn id(number: u128) -> ResourceId {
    Uuid::from_u128(number).into()
}

fn local(from: &str, until: &str) -> Period {
    let utc = |text: &str| Moment::at(text.parse().unwrap(), Tz::Europe__Berlin).unwrap().utc;
    Period::new(utc(from), utc(until))
}

fn day(date: &str) -> Period {
    let next = date.parse::<NaiveDate>().unwrap().succ_opt().unwrap();
    local(&format!("{date}T00:00:00"), &format!("{next}T00:00:00"))
}

fn noon(date: &str) -> DateTime<Utc> {
    let noon = format!("{date}T12:00:00");
    local(&noon, &noon).from
}
