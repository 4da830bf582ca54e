//! Which slots of a service are free.

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    Availability, Moment, Period,
    plan::needed,
    resource::{Kind, ResourceId},
    service::Definition,
};

/// A time at which a service can be had, and of whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Slot {
    /// By the clock on the wall where it takes place: what to book it by.
    #[schema(value_type = String, example = "2030-01-08T10:00:00")]
    pub start: NaiveDateTime,
    #[schema(value_type = String, example = "Europe/Berlin")]
    pub zone: Tz,
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    /// One of each kind that the service needs.
    pub resources: Vec<ResourceId>,
}

/// A resource that could be taken, and what is taken of it already.
#[derive(Debug, Clone)]
pub struct Candidate {
    pub id: ResourceId,
    pub kind: Kind,
    /// How many it can serve at once.
    pub capacity: u16,
    pub availability: Availability,
    pub taken: Vec<Period>,
}

/// A stretch of a resource's hours, and how many of its places are taken meanwhile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TimeSlot {
    pub resource: ResourceId,
    pub from: DateTime<Utc>,
    pub until: DateTime<Utc>,
    /// How many it can serve at once.
    pub capacity: u16,
    /// How many it serves.
    pub taken: usize,
}

/// The hours of a resource in a range of time, cut where what is taken of it begins and ends.
pub fn time_slots(resource: &Candidate, range: Period) -> Vec<TimeSlot> {
    let slots = resource.availability.open(range).into_iter().flat_map(|open| {
        let bounds = resource.taken.iter().flat_map(|taken| [taken.from, taken.until]);
        let inside = bounds.filter(|&bound| open.from < bound && bound < open.until);
        let mut bounds: Vec<_> = inside.chain([open.from, open.until]).collect();
        bounds.sort_unstable();
        bounds.dedup();
        let slots = bounds.windows(2).map(|bounds| {
            let slot = Period::new(bounds[0], bounds[1]);
            let taken = resource.taken.iter().filter(|taken| taken.overlaps(slot)).count();
            let Candidate { id, capacity, .. } = *resource;
            TimeSlot { resource: id, from: slot.from, until: slot.until, capacity, taken }
        });
        slots.collect::<Vec<_>>()
    });
    slots.collect()
}

/// The slots of a service that begin in a range of time and could be booked now, by start.
///
/// Slots begin on the service's steps from local midnight on. A start that the clocks leave out does
/// not exist and one that they show twice means the first (SCH-9). There is one slot for every
/// candidate of the first kind needed (customers choose their stylist); of the other kinds the first
/// candidate that is free is taken. What is offered can be booked, until somebody else does.
pub fn find_free(
    service: &Definition,
    candidates: &[Candidate],
    range: Period,
    now: DateTime<Utc>,
) -> Vec<Slot> {
    let range = range.within(service.bookable(now));
    let mut kinds: Vec<Kind> = service.needs().into_iter().collect();
    if kinds.is_empty() || range.is_empty() {
        return Vec::new();
    }
    let first = kinds.remove(0);
    // No stretch reaches further than this beyond its start.
    let reach = service.duration() + TimeDelta::days(1);
    let around = Period::new(range.from - reach, range.until + reach);
    let candidates: Vec<_> =
        candidates.iter().map(|candidate| Free::new(candidate, around)).collect();
    let leads = candidates.iter().filter(|free| free.candidate.kind == first);
    let slots = leads.flat_map(|lead| {
        let starts = starts(service, lead.candidate.availability.zone, range);
        starts.filter_map(|start| slot(service, lead, &kinds, &candidates, &start))
    });
    let mut slots: Vec<Slot> = slots.collect();
    slots.sort_by_key(|slot| slot.starts_at);
    slots
}

/// How many starts [`find_free`] would look at: those of a day, for each day and each candidate of the
/// first kind.
pub fn search_cost(service: &Definition, candidates: &[Candidate], days: usize) -> usize {
    let first = service.needs().into_iter().next();
    let leads = candidates.iter().filter(|candidate| Some(candidate.kind) == first).count();
    leads * days * (24 * 60 / usize::from(service.step()))
}

fn slot(
    service: &Definition,
    lead: &Free<'_>,
    other_kinds: &[Kind],
    candidates: &[Free<'_>],
    start: &Moment,
) -> Option<Slot> {
    let is_free = |free: &&Free<'_>| free.is_free_for(service, start);
    let chosen = other_kinds
        .iter()
        .map(|&kind| candidates.iter().filter(|free| free.candidate.kind == kind).find(is_free));
    let chosen: Option<Vec<_>> = [Some(lead).filter(is_free)].into_iter().chain(chosen).collect();
    Some(Slot {
        resources: chosen?.into_iter().map(|free| free.candidate.id).collect(),
        ends_at: start.utc + service.duration(),
        start: start.local,
        zone: start.zone,
        starts_at: start.utc,
    })
}

fn starts(service: &Definition, zone: Tz, range: Period) -> impl Iterator<Item = Moment> {
    let date = |moment: DateTime<Utc>| -> NaiveDate { moment.with_timezone(&zone).date_naive() };
    let last = date(range.until);
    let days = date(range.from).iter_days().take_while(move |&day| day <= last);
    let step = service.step();
    let times = move |day: NaiveDate| {
        let midnight = day.and_time(chrono::NaiveTime::MIN);
        let minutes = (0..24 * 60).step_by(step.into());
        minutes.map(move |minutes| midnight + TimeDelta::minutes(minutes))
    };
    let starts = days.flat_map(times).filter_map(move |local| Moment::at(local, zone));
    starts.filter(move |start| range.from <= start.utc && start.utc < range.until)
}

/// A candidate with the stretches in which it is available, taken or not.
struct Free<'a> {
    candidate: &'a Candidate,
    open: Vec<Period>,
}

impl<'a> Free<'a> {
    fn new(candidate: &'a Candidate, period: Period) -> Self {
        Self { candidate, open: candidate.availability.open(period) }
    }

    fn is_free_for(&self, service: &Definition, start: &Moment) -> bool {
        let is_open = |period| self.open.iter().any(|open| open.covers(period));
        let needed = needed(service, self.candidate.kind, start.utc);
        needed.into_iter().all(|period| is_open(period) && self.has_room(period))
    }

    fn has_room(&self, period: Period) -> bool {
        let taken = self.candidate.taken.iter().filter(|taken| taken.overlaps(period));
        let taken: Vec<_> = taken.map(|taken| taken.within(period)).collect();
        // The peak is reached where one of them begins.
        let count_at = |moment| {
            taken.iter().filter(|taken| taken.from <= moment && moment < taken.until).count()
        };
        let peak = taken.iter().map(|begins| count_at(begins.from)).max().unwrap_or(0);
        peak < self.candidate.capacity.into()
    }
}

#[cfg(test)]
mod tests {
    use chrono::{NaiveTime, Weekday};
    use uuid::Uuid;

    use super::*;
    use crate::scheduling::{Opening, service::tests::colouring};

    #[test]
    fn slots_begin_on_the_steps_within_the_hours_buffers_included() {
        let (anna, chair) = (candidate(1, Kind::Person), candidate(2, Kind::Chair));
        let slots = find_free(&colouring(), &[anna, chair], day("2030-01-08"), noon("2030-01-07"));
        let starts: Vec<_> = slots.iter().map(|slot| slot.start.time().to_string()).collect();
        assert_eq!(
            starts,
            ["09:30:00", "10:00:00", "10:30:00", "11:00:00", "11:30:00", "12:00:00"]
        );
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
        let slots: Vec<_> = time_slots(&room, day("2030-01-08"))
            .iter()
            .map(|slot| {
                let times = [slot.from, slot.until].map(|time| {
                    time.with_timezone(&Tz::Europe__Berlin).format("%H:%M").to_string()
                });
                (times.join("-"), slot.taken, slot.capacity)
            })
            .collect();
        let slots: Vec<_> =
            slots.iter().map(|(times, taken, of)| (times.as_str(), *taken, *of)).collect();
        assert_eq!(slots, [("09:15-09:30", 1, 3), ("09:30-10:00", 2, 3), ("10:00-13:45", 0, 3)]);
    }

    #[test]
    fn how_much_there_is_to_look_at_is_known_before() {
        let all =
            [candidate(1, Kind::Person), candidate(2, Kind::Person), candidate(3, Kind::Chair)];
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
            assert_eq!(
                (slot.ends_at - slot.starts_at, shown.as_str()),
                (TimeDelta::hours(1), ends)
            );
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
        let opening = |day| Opening { day, from: time("09:15:00"), until: time("13:45:00") };
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
}
