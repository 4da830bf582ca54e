//! The free times of a service: a strip of days, and the times of one of them.

use std::cmp::Reverse;

use chrono::{Datelike, Days, NaiveDate, NaiveDateTime};
use domain::{
    platform::business::BusinessId,
    scheduling::{
        Plan,
        appointment::{AppointmentId, CUSTOMER_TIME_CLAIM},
        resource::ResourceId,
        service::ServiceId,
        slot::Slot,
    },
};
use maud::{Markup, html};
use projections::scheduling::slot::{DayRange, OfferedResources, SlotQuery, available_slots};

use super::{
    form::Form,
    format,
    language::say,
    texts::{booking as texts, problem_text},
};
use crate::{App, problem::Problem};

/// So many days are shown at once.
const DAYS: u64 = 14;

/// The free times of some days, and the day of which they are shown.
pub(super) struct FreeTimes {
    first: NaiveDate,
    today: NaiveDate,
    day: Option<NaiveDate>,
    slots: Vec<Slot>,
}

/// What is looked for: a service, or another time for an appointment.
#[derive(Debug, Clone, Copy)]
pub(super) struct FreeTimesQuery<'a> {
    pub(super) service: ServiceId,
    /// Who shall serve, if somebody was chosen.
    pub(super) person: Option<ResourceId>,
    /// What is moved: the days begin with its own, and whom and what it takes is kept where that is free.
    pub(super) moving: Option<(AppointmentId, &'a Plan)>,
}

impl FreeTimesQuery<'_> {
    async fn slots(
        self,
        app: &App,
        first: NaiveDate,
        last: NaiveDate,
    ) -> Result<Vec<Slot>, Problem> {
        let days = DayRange { first, last, zone: None };
        let Self { service, person: resource, moving } = self;
        let (moving, plan) = moving.unzip();
        let query = SlotQuery { service, resource, moving, days, of: OfferedResources::Public };
        let mut slots = available_slots(&app.db, &query, app.commands.now()).await?.slots;
        let kept = plan.map(Plan::resources).unwrap_or_default();
        let kept_of = |slot: &Slot| slot.resources.iter().filter(|it| kept.contains(it)).count();
        slots.sort_by_key(|slot| (slot.starts_at, Reverse(kept_of(slot))));
        Ok(slots)
    }

    /// The free slots that begin then: one for each choice of those who serve, the best first.
    pub(super) async fn slots_at(
        self,
        app: &App,
        start: NaiveDateTime,
    ) -> Result<Vec<Slot>, Problem> {
        let mut slots = self.slots(app, start.date(), start.date()).await?;
        slots.retain(|slot| slot.start == start);
        Ok(slots)
    }

    /// The free times that an address asks for by `from` and `day`.
    pub(super) async fn free_times(self, app: &App, form: &Form) -> Result<FreeTimes, Problem> {
        let business = app.commands.aggregates().load(BusinessId::singleton()).await?;
        let today = app.commands.now().with_timezone(&business.zone()).date_naive();
        let date = |name: &str| form.get(name).parse::<NaiveDate>().ok();
        let requested_day = date("day")
            .or_else(|| Some(form.start_time()?.date()))
            .or_else(|| Some(self.moving?.1.start.local.date()));
        let year = today + Days::new(366);
        let first = date("from").or(requested_day).unwrap_or(today).clamp(today, year);
        let mut slots = self.slots(app, first, first + Days::new(DAYS - 1)).await?;
        // However many serve at a time, it is shown once.
        slots.dedup_by_key(|slot| slot.start);
        let is_free = |day: &NaiveDate| slots.iter().any(|slot| slot.start.date() == *day);
        let day = requested_day.filter(is_free);
        let day = day.or_else(|| slots.first().map(|slot| slot.start.date()));
        Ok(FreeTimes { first, today, day, slots })
    }
}

impl FreeTimes {
    pub(super) fn slots_of_day(&self) -> impl Iterator<Item = &Slot> {
        self.slots.iter().filter(|slot| Some(slot.start.date()) == self.day)
    }

    /// The day of which the times are shown, to stand above them.
    pub(super) fn day_title(&self) -> Markup {
        html! { @if let Some(day) = self.day { h3 { (format::weekday_and_date(day)) } } }
    }

    /// The strip of days; `address` ends where their parameters begin.
    pub(super) fn day_links(&self, address: &str) -> Markup {
        let days = (0..DAYS).map(|days| self.first + Days::new(days));
        let is_free = |day: &NaiveDate| self.slots.iter().any(|slot| slot.start.date() == *day);
        let before = (self.first > self.today).then(|| self.first - Days::new(DAYS));
        html! {
            @if self.slots.is_empty() { p.lead { (say(texts::NOTHING_FREE)) } }
            nav.days aria-label=(say(texts::WHEN)) {
                @for day in days.filter(is_free) {
                    a.choice.day href={ (address) "from=" (self.first) "&day=" (day) }
                        aria-current=[(Some(day) == self.day).then_some("date")] {
                        span { (format::weekday(day.weekday())) }
                        (format::day_and_month(day))
                    }
                }
            }
            p.aside {
                @if let Some(before) = before {
                    a href={ (address) "from=" (before) } { (say(texts::EARLIER)) } " · "
                }
                a href={ (address) "from=" (self.first + Days::new(DAYS)) } { (say(texts::LATER)) }
            }
        }
    }

    pub(super) fn zone_note(&self) -> Markup {
        html! {
            @if let Some(slot) = self.slots.first() {
                p.aside { (say(texts::LOCAL_TIME_ZONE)) " " (slot.zone.name()) }
            }
        }
    }
}

/// What a problem of a time means to whoever chose it.
pub(super) fn slot_problem_text(problem: &Problem) -> &'static str {
    match problem {
        problem if problem.concerns_field("request") => say(texts::TOOK_TOO_LONG),
        problem if problem.has_code("taken") && problem.concerns_claim(CUSTOMER_TIME_CLAIM) => {
            say(texts::CUSTOMER_BUSY_THEN)
        }
        problem if problem.status() == 409 => say(texts::SLOT_TAKEN),
        problem => problem_text(problem),
    }
}
