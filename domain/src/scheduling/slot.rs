//! Which slots of a service are free.

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    Availability, Moment, Period,
    plan::needed_periods,
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
#[schema(as = TimeSlot)]
pub struct OccupancySlot {
    pub resource: ResourceId,
    pub from: DateTime<Utc>,
    pub until: DateTime<Utc>,
    /// How many it can serve at once.
    pub capacity: u16,
    /// How many it serves.
    pub taken: usize,
}

/// The hours of a resource in a range of time, cut where what is taken of it begins and ends.
pub fn occupancy_slots(resource: &Candidate, range: Period) -> Vec<OccupancySlot> {
    let slots = resource.availability.open_periods(range).into_iter().flat_map(|open| {
        let bounds = resource.taken.iter().flat_map(|taken| [taken.from, taken.until]);
        let inside = bounds.filter(|&bound| open.from < bound && bound < open.until);
        let mut bounds: Vec<_> = inside.chain([open.from, open.until]).collect();
        bounds.sort_unstable();
        bounds.dedup();
        let slots = bounds.windows(2).map(|bounds| {
            let slot = Period::new(bounds[0], bounds[1]);
            let taken = resource.taken.iter().filter(|taken| taken.overlaps(slot)).count();
            let Candidate { id, capacity, .. } = *resource;
            OccupancySlot { resource: id, from: slot.from, until: slot.until, capacity, taken }
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
    let range = range.intersection(service.bookable_period(now));
    let mut kinds: Vec<Kind> = service.needed_kinds().into_iter().collect();
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
    let first = service.needed_kinds().into_iter().next();
    let leads = candidates.iter().filter(|candidate| Some(candidate.kind) == first).count();
    leads * days * (24 * 60 / usize::from(service.slot_step_minutes()))
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
    let step = service.slot_step_minutes();
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
        Self { candidate, open: candidate.availability.open_periods(period) }
    }

    fn is_free_for(&self, service: &Definition, start: &Moment) -> bool {
        let is_open = |period| self.open.iter().any(|open| open.covers(period));
        let needed = needed_periods(service, self.candidate.kind, start.utc);
        needed.into_iter().all(|period| is_open(period) && self.has_room(period))
    }

    fn has_room(&self, period: Period) -> bool {
        let taken = self.candidate.taken.iter().filter(|taken| taken.overlaps(period));
        let taken: Vec<_> = taken.map(|taken| taken.intersection(period)).collect();
        // The peak is reached where one of them begins.
        let count_at = |moment| {
            taken.iter().filter(|taken| taken.from <= moment && moment < taken.until).count()
        };
        let peak = taken.iter().map(|begins| count_at(begins.from)).max().unwrap_or(0);
        peak < self.candidate.capacity.into()
    }
}

#[cfg(test)]
mod tests;
