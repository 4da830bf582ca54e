//! A booked appointment and the commands that change it (SCH-7, SCH-8).

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::{
    Booking, Command, Event, Facts, MAX_NOTES, Note, REMINDER_LEAD, Refusal, Status, UNLIMITED,
    Visibility,
};
use crate::{
    DecisionContext, Personal, Text,
    scheduling::{Moment, Stretch},
};

/// A booking and what became of it.
#[derive(Debug, Clone)]
pub struct AppointmentRecord {
    pub booking: Booking,
    /// The step that can be taken back: when it was taken, and what the appointment was until then.
    last_step: Option<(DateTime<Utc>, Status)>,
    notes: Vec<Note>,
    /// What it takes since the rules of its zone changed (SCH-9): others may have that as well, until
    /// somebody moves one of them.
    recomputed: Option<Vec<Stretch>>,
    /// Whether its customer was reminded of the time at which it is now.
    reminded: bool,
}

impl AppointmentRecord {
    pub(super) fn new(booking: Booking) -> Self {
        Self { booking, last_step: None, notes: Vec::new(), recomputed: None, reminded: false }
    }

    /// The events that follow from a command about what is booked.
    pub(super) fn decide(
        &self,
        command: Command,
        case: &DecisionContext<Facts>,
    ) -> Result<Vec<Event>, Refusal> {
        use Status::{Cancelled, Completed, Confirmed, Declined, NoShow, Pending, Started};
        let Booking { plan, status, .. } = &self.booking;
        let (status, at, staff) = (*status, case.now, case.by.role.is_staff());
        let late = at > plan.cutoff;
        match (status, command) {
            (_, Command::Hold { .. } | Command::Book { .. } | Command::BookHeld { .. }) => {
                Err(Refusal::AlreadyBooked {})
            }
            (_, Command::AddCustomerNote { text }) => {
                self.note(Visibility::Customer, text, case.by.id)
            }
            (_, Command::AddInternalNote { text }) => {
                self.note(Visibility::Internal, text, case.by.id)
            }
            (_, Command::Recompute {}) => Ok(self.recompute(at)),
            (_, Command::Remind {}) => Ok(self.remind(at)),
            (Pending, Command::Confirm {}) => Ok(vec![Event::Confirmed {}]),
            (Pending, Command::Decline { reason }) => {
                Ok(vec![Event::Declined { at, reason: self.personal(reason) }])
            }
            (Pending | Confirmed, Command::Reschedule { .. } | Command::Cancel { .. })
                if late && !staff =>
            {
                Err(Refusal::TooLate { until: plan.cutoff })
            }
            (Pending | Confirmed, Command::Reschedule { start, resources, override_reason }) => {
                let start = start.unwrap_or(plan.start.local);
                let resources = resources.unwrap_or_else(|| plan.resources());
                if start == plan.start.local && resources == plan.resources() {
                    return Ok(vec![]);
                }
                let reason = self.personal(override_reason);
                let planner = case.facts.planner_if_defined(case)?;
                let plan = planner.plan(&resources, start, reason.as_ref())?;
                let override_reason = reason.filter(|_| planner.may_override());
                Ok(vec![Event::Rescheduled { plan, late, override_reason }])
            }
            (Pending | Confirmed | Started, Command::Assign { resource, override_reason }) => {
                if plan.resources().contains(&resource) {
                    return Ok(vec![]);
                }
                let reason = self.personal(override_reason);
                let planner = case.facts.planner_if_defined(case)?;
                let stretches =
                    planner.replace_resource(plan, resource, reason.as_ref())?.stretches;
                let override_reason = reason.filter(|_| planner.may_override());
                Ok(vec![Event::StaffAssigned { resource, stretches, override_reason }])
            }
            (Started, Command::Cancel { .. }) if !staff => {
                Err(Refusal::TooLate { until: plan.cutoff })
            }
            (Pending | Confirmed | Started, Command::Cancel { reason }) => {
                Ok(vec![Event::Cancelled { at, late, reason: self.personal(reason) }])
            }
            (Confirmed, Command::Start {}) if self.day(at) < plan.start.local.date() => {
                Err(Refusal::TooEarly { starts: plan.start.utc })
            }
            (Confirmed, Command::Start {}) => Ok(vec![Event::Started { at }]),
            (Started, Command::Complete {}) => Ok(vec![Event::Completed { at }]),
            (Confirmed, Command::NoShow {}) if at < plan.start.utc => {
                Err(Refusal::TooEarly { starts: plan.start.utc })
            }
            (Confirmed, Command::NoShow {}) => Ok(vec![Event::NoShowMarked { at }]),
            (_, Command::Reopen { .. }) if !staff => Err(Refusal::StaffOnly {}),
            (_, Command::Reopen { reason }) => self.reopen(reason, at, &case.facts),
            // What is asked for is already so.
            (Confirmed, Command::Confirm {})
            | (Declined, Command::Decline { .. })
            | (Cancelled, Command::Cancel { .. })
            | (Started, Command::Start {})
            | (Completed, Command::Complete {})
            | (NoShow, Command::NoShow {}) => Ok(vec![]),
            // Every command is named, so that none that is new is refused without a thought.
            (
                _,
                Command::Confirm {}
                | Command::Decline { .. }
                | Command::Reschedule { .. }
                | Command::Cancel { .. }
                | Command::Assign { .. }
                | Command::Start {}
                | Command::Complete {}
                | Command::NoShow {},
            ) => Err(Refusal::WrongStatus { status }),
        }
    }

    /// The day of a moment, by the clock of the appointment.
    fn day(&self, moment: DateTime<Utc>) -> NaiveDate {
        moment.with_timezone(&self.booking.plan.start.zone).date_naive()
    }

    /// It is what it was before its last step, and takes the time of customer and resources again if it
    /// had come to an end.
    fn reopen(
        &self,
        reason: Text<500>,
        now: DateTime<Utc>,
        facts: &Facts,
    ) -> Result<Vec<Event>, Refusal> {
        let Some((taken, status)) = self.last_step else { return Ok(vec![]) };
        let Booking { customer, plan, .. } = &self.booking;
        if self.day(taken) != self.day(now) {
            return Err(Refusal::AnotherDay {});
        }
        if !facts.customer_active {
            return Err(Refusal::NoSuchCustomer {});
        }
        let reason = Personal::sealed(customer.uuid(), reason);
        let stretches = facts.with_present_capacity(&plan.stretches);
        let stretches = Some(stretches).filter(|stretches| *stretches != plan.stretches);
        Ok(vec![Event::Reopened { status, reason, stretches }])
    }

    /// SCH-9: people agreed on the local time; it is kept even if others have the resources then.
    fn recompute(&self, now: DateTime<Utc>) -> Vec<Event> {
        let Booking { plan, status, .. } = &self.booking;
        let is_open = matches!(status, Status::Pending | Status::Confirmed);
        let is_ahead = |start: &Moment| plan.start.utc.max(start.utc) > now;
        let start =
            plan.start.recomputed_if_tzdb_changed().filter(|start| is_open && is_ahead(start));
        start
            .map(|start| Event::InstantRecomputed { plan: plan.starting_at(start) })
            .into_iter()
            .collect()
    }

    /// Once for each time to which it is booked or moved, and not once it has begun.
    fn remind(&self, now: DateTime<Utc>) -> Vec<Event> {
        let Booking { plan, status, .. } = &self.booking;
        let starts = plan.start.utc;
        let is_confirmed = *status == Status::Confirmed;
        let is_due =
            is_confirmed && !self.reminded && starts - REMINDER_LEAD <= now && now < starts;
        is_due.then_some(Event::ReminderDue {}).into_iter().collect()
    }

    pub(super) fn is_recomputed(&self) -> bool {
        self.recomputed.is_some()
    }

    /// What it claims of resources; what it takes since the rules of its zone changed is claimed even if
    /// others have it.
    pub(super) fn claimed_stretches(&self) -> impl Iterator<Item = Stretch> {
        let recomputed = self.recomputed.as_deref().unwrap_or_default();
        self.booking.plan.stretches.iter().map(|stretch| {
            if recomputed.contains(stretch) {
                Stretch { capacity: UNLIMITED, ..*stretch }
            } else {
                *stretch
            }
        })
    }

    fn note(
        &self,
        visibility: Visibility,
        text: Text<2000>,
        by: Uuid,
    ) -> Result<Vec<Event>, Refusal> {
        let key = self.notes.last().map_or(1, |last| last.key + 1);
        let text = Personal::sealed(self.booking.customer.uuid(), text);
        let note = Note { key, visibility, text, by };
        match self.notes.last() {
            Some(last) if (Note { key: last.key, ..note.clone() }) == *last => Ok(vec![]),
            _ if self.notes.len() >= MAX_NOTES => Err(Refusal::TooManyNotes {}),
            _ => Ok(vec![Event::NoteAdded(note)]),
        }
    }

    /// Applies an event.
    pub(super) fn apply(&mut self, event: Event) {
        let status = &mut self.booking.status;
        let mut step = |at, to| self.last_step = Some((at, std::mem::replace(status, to)));
        match event {
            Event::Declined { at, .. } => step(at, Status::Declined),
            Event::Cancelled { at, .. } => step(at, Status::Cancelled),
            Event::Started { at } => step(at, Status::Started),
            Event::Completed { at } => step(at, Status::Completed),
            Event::NoShowMarked { at } => step(at, Status::NoShow),
            Event::Confirmed {} => *status = Status::Confirmed,
            Event::Reopened { status: previous, stretches, .. } => {
                (*status, self.last_step) = (previous, None);
                if let Some(stretches) = stretches {
                    self.booking.plan.stretches = stretches;
                }
            }
            Event::Rescheduled { plan, .. } => {
                (self.booking.plan, self.recomputed, self.reminded) = (plan, None, false);
            }
            Event::InstantRecomputed { plan } => {
                let stretches = plan.stretches.clone();
                (self.booking.plan, self.recomputed) = (plan, Some(stretches));
            }
            Event::StaffAssigned { stretches, .. } => self.booking.plan.stretches = stretches,
            Event::NoteAdded(note) => self.notes.push(note),
            Event::ReminderDue {} => self.reminded = true,
            Event::Held(_) | Event::Released {} | Event::Booked(_) => {}
        }
    }

    /// What people write about an appointment is about its customer.
    fn personal(&self, text: Option<Text<500>>) -> Option<Personal<Text<500>>> {
        text.map(|text| Personal::sealed(self.booking.customer.uuid(), text))
    }
}
