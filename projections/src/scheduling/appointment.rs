//! Appointments, the resources that they occupy, and notes on them.

use chrono::{DateTime, NaiveDateTime, Utc};
use domain::{
    Recorded, Text,
    crm::customer::CustomerId,
    identity::user::UserId,
    scheduling::{
        Period, Plan, Stretch,
        appointment::{self, AppointmentId, Event, Note, REMINDER_LEAD, Status, Visibility},
        resource::ResourceId,
        service::ServiceId,
    },
};
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Fold, FoldedStream, Projector,
    listing::{Field, Listing, OwnerColumns},
};

pub const PROJECTOR: Projector = Projector {
    name: "scheduling.appointment",
    version: 5,
    tables: include_str!("appointment.sql"),
    streams: &[FoldedStream::of::<appointment::Appointment, Rows>()],
};

pub const APPOINTMENTS: Listing = Listing {
    from: "scheduling_appointment.appointments",
    fields: &[
        Field::id::<CustomerId>("customer"),
        Field::id::<ServiceId>("service"),
        Field::ids::<ResourceId>("resource", "resources"),
        Field::enum_of::<Status>("status"),
        Field::time("starts_at"),
        Field::time("ends_at"),
        Field::time("held_until"),
        Field::int("party_size"),
        Field::bool("late"),
    ],
    search: None,
    sort: &["starts_at", "created_at", "updated_at"],
    owner: OwnerColumns { customer: Some("customer"), ..OwnerColumns::NONE },
};

/// The notes of all appointments; those of one by `filter[appointment]`, those that clients may see by
/// `filter[visibility]=customer`.
pub const NOTES: Listing = Listing {
    from: "scheduling_appointment.thread",
    fields: &[
        Field::id::<AppointmentId>("appointment"),
        Field::id::<UserId>("author"),
        Field::enum_of::<Visibility>("visibility"),
        Field::time("at"),
    ],
    search: None,
    sort: &["at"],
    owner: OwnerColumns { customer: Some("customer"), ..OwnerColumns::NONE },
};

/// An appointment, or a slot that is held.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Appointment {
    /// Of a slot that is held perhaps not known yet.
    pub customer: Option<CustomerId>,
    pub service: ServiceId,
    pub status: Status,
    /// How many come.
    pub party_size: u16,
    /// By the clock on the wall where it takes place.
    #[schema(value_type = String, example = "2030-01-08T10:00:00")]
    pub start: NaiveDateTime,
    /// The zone of that clock, in the IANA database…
    #[schema(example = "Europe/Berlin")]
    pub zone: String,
    /// …of this version.
    #[schema(example = "2025b")]
    pub tzdb: String,
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    /// Until when clients may move it or call it off by themselves.
    pub changeable_until: DateTime<Utc>,
    pub resources: Vec<ResourceId>,
    /// What it takes of them.
    pub stretches: Vec<AppointmentStretch>,
    /// Of a slot that is held: from then on others may have it.
    pub held_until: Option<DateTime<Utc>>,
    /// Whether it was moved or called off when it was too late for a client to do so.
    pub late: bool,
    /// Why it was declined or called off. Nothing, once the customer was erased.
    pub reason: Option<Text<500>>,
}

/// A time for which an appointment takes a resource.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AppointmentStretch {
    pub resource: ResourceId,
    pub from: DateTime<Utc>,
    pub until: DateTime<Utc>,
    pub kind: StretchKind,
}

/// What a resource is taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StretchKind {
    /// The customer is there.
    Phase,
    /// To prepare before the appointment, or to clean up after it.
    Buffer,
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Rows {
    appointments: Vec<Appointment>,
    occupied: Vec<Occupied>,
    notes: Vec<AppointmentNote>,
    reminders: Vec<Reminder>,
}

/// A resource that an appointment occupies for a time.
#[derive(Debug, Serialize, Deserialize)]
struct Occupied {
    key: u16,
    resource: ResourceId,
    starts: DateTime<Utc>,
    ends: DateTime<Utc>,
    /// As long as the appointment is held, still to come, or going on.
    taken: bool,
    /// When a hold ends by itself.
    expires: Option<DateTime<Utc>>,
}

/// When the customer of an appointment is to be reminded of it.
#[derive(Debug, Serialize, Deserialize)]
struct Reminder {
    /// There is one at a time.
    key: u16,
    due: DateTime<Utc>,
}

/// Something that was written down about an appointment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AppointmentNote {
    /// Its number among the notes of this appointment, from 1.
    pub key: u32,
    pub visibility: Visibility,
    /// Nothing, once the customer was erased.
    pub text: Option<Text<2000>>,
    pub author: Uuid,
    pub at: DateTime<Utc>,
}

impl Fold<appointment::Appointment> for Rows {
    fn apply(&mut self, recorded: &Recorded<Event>) {
        match &recorded.event {
            Event::Held(hold) => {
                let held = Appointment {
                    held_until: Some(hold.until),
                    ..from_plan(hold.service, Status::Held, &hold.plan)
                };
                self.appointments = vec![Appointment { customer: hold.customer, ..held }];
            }
            Event::Booked(booking) => {
                self.appointments = vec![Appointment {
                    customer: Some(booking.customer),
                    party_size: booking.party_size,
                    ..from_plan(booking.service, booking.status, &booking.plan)
                }];
            }
            _ => {}
        }
        let Some(appointment) = self.appointments.first_mut() else { return };
        match &recorded.event {
            Event::Held(hold) => self.occupied = occupied(&hold.plan.stretches, Some(hold.until)),
            Event::Booked(booking) => self.occupied = occupied(&booking.plan.stretches, None),
            Event::Rescheduled { plan, late, .. } => {
                let moved = from_plan(appointment.service, appointment.status, plan);
                *appointment = Appointment {
                    customer: appointment.customer,
                    party_size: appointment.party_size,
                    late: *late,
                    ..moved
                };
                self.occupied = occupied(&plan.stretches, None);
            }
            Event::InstantRecomputed { plan } => {
                appointment.tzdb.clone_from(&plan.start.tzdb);
                (appointment.starts_at, appointment.ends_at) = (plan.start.utc, plan.until);
                appointment.changeable_until = plan.cutoff;
                appointment.stretches = divided(&plan.stretches, plan.period());
                self.occupied = occupied(&plan.stretches, None);
            }
            Event::StaffAssigned { stretches, .. } => {
                let period = Period::new(appointment.starts_at, appointment.ends_at);
                appointment.stretches = divided(stretches, period);
                appointment.resources = resources(stretches);
                self.occupied = occupied(stretches, None);
            }
            Event::Confirmed {} => appointment.status = Status::Confirmed,
            Event::Started { .. } => appointment.status = Status::Started,
            Event::Reopened { status, .. } => {
                (appointment.status, appointment.reason) = (*status, None);
            }
            Event::Released {} => appointment.status = Status::Released,
            Event::Completed { .. } => appointment.status = Status::Completed,
            Event::NoShowMarked { .. } => appointment.status = Status::NoShow,
            Event::Declined { reason, .. } => {
                appointment.status = Status::Declined;
                appointment.reason = reason.as_ref().and_then(|reason| reason.get().cloned());
            }
            Event::Cancelled { late, reason, .. } => {
                (appointment.status, appointment.late) = (Status::Cancelled, *late);
                appointment.reason = reason.as_ref().and_then(|reason| reason.get().cloned());
            }
            Event::NoteAdded(note) => self.notes.push(appointment_note(note, recorded.recorded_at)),
            Event::ReminderDue {} => {}
        }
        self.remind(recorded);
        let Some(appointment) = self.appointments.first() else { return };
        let taken = appointment.status == Status::Held || appointment.status.is_live();
        self.occupied.iter_mut().for_each(|stretch| stretch.taken = taken);
    }
}

impl Rows {
    /// Who agrees on a time after they would be reminded of it needs no reminder, and nobody is told of what
    /// was taken over from elsewhere.
    fn remind(&mut self, recorded: &Recorded<Event>) {
        let Some(appointment) = self.appointments.first() else { return };
        let due = appointment.starts_at - REMINDER_LEAD;
        match &recorded.event {
            Event::NoteAdded(_) | Event::StaffAssigned { .. } => {}
            Event::InstantRecomputed { .. } => {
                self.reminders.iter_mut().for_each(|reminder| reminder.due = due);
            }
            Event::ReminderDue {} => self.reminders.clear(),
            _ => {
                let is_ahead = recorded.recorded_at < due && !recorded.meta.is_imported();
                let is_due = appointment.status == Status::Confirmed && is_ahead;
                self.reminders = is_due.then_some(Reminder { key: 1, due }).into_iter().collect();
            }
        }
    }
}

/// Appointments whose customers are to be reminded before a moment, in the order of time.
pub async fn appointments_with_reminder_due_before(
    db: &PgPool,
    moment: DateTime<Utc>,
) -> sqlx::Result<Vec<AppointmentId>> {
    let due = "select id from scheduling_appointment.reminders where due < $1 order by due, id";
    let due: Vec<Uuid> = sqlx::query_scalar(due).bind(moment).fetch_all(db).await?;
    Ok(due.into_iter().map(AppointmentId::from).collect())
}

/// The first moment from another on at which somebody is to be reminded.
pub async fn next_reminder(
    db: &PgPool,
    from: DateTime<Utc>,
) -> sqlx::Result<Option<DateTime<Utc>>> {
    let next = "select min(due) from scheduling_appointment.reminders where due >= $1";
    sqlx::query_scalar(next).bind(from).fetch_one(db).await
}

fn from_plan(service: ServiceId, status: Status, plan: &Plan) -> Appointment {
    Appointment {
        customer: None,
        service,
        status,
        party_size: 1,
        start: plan.start.local,
        zone: plan.start.zone.to_string(),
        tzdb: plan.start.tzdb.clone(),
        starts_at: plan.start.utc,
        ends_at: plan.until,
        changeable_until: plan.cutoff,
        resources: resources(&plan.stretches),
        stretches: divided(&plan.stretches, plan.period()),
        held_until: None,
        late: false,
        reason: None,
    }
}

fn resources(stretches: &[Stretch]) -> Vec<ResourceId> {
    let mut resources: Vec<_> = stretches.iter().map(|stretch| stretch.resource).collect();
    resources.dedup();
    resources
}

/// What is taken, cut where the appointment begins and ends.
fn divided(taken: &[Stretch], appointment: Period) -> Vec<AppointmentStretch> {
    let Period { from: begins, until: ends } = appointment;
    let parts = |stretch: &Stretch| {
        let Stretch { resource, from, until, .. } = *stretch;
        let part = move |kind, from, until| AppointmentStretch { resource, from, until, kind };
        [
            part(StretchKind::Buffer, from, until.min(begins)),
            part(StretchKind::Phase, from.max(begins), until.min(ends)),
            part(StretchKind::Buffer, from.max(ends), until),
        ]
    };
    taken.iter().flat_map(parts).filter(|part| part.from < part.until).collect()
}

fn occupied(stretches: &[Stretch], expires: Option<DateTime<Utc>>) -> Vec<Occupied> {
    let occupied = |(key, stretch): (u16, &Stretch)| Occupied {
        key,
        resource: stretch.resource,
        starts: stretch.from,
        ends: stretch.until,
        taken: true,
        expires,
    };
    (1..).zip(stretches).map(occupied).collect()
}

fn appointment_note(
    Note { key, visibility, text, by }: &Note,
    at: DateTime<Utc>,
) -> AppointmentNote {
    let text = text.get().cloned();
    AppointmentNote { key: *key, visibility: *visibility, text, author: *by, at }
}
