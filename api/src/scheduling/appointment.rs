//! Endpoints of appointments: booking, holding, moving, cancelling and running them.

use chrono::{Days, NaiveDateTime};
use commands::{Commands, policy::Right};
use domain::{
    Text,
    identity::Actor,
    scheduling::{
        appointment::{
            Appointment, AppointmentId, CUSTOMER_TIME_CLAIM, Command, CommandKind, Event,
            Visibility,
        },
        resource::ResourceId,
    },
};
use projections::{
    listing::Listing,
    scheduling::{
        appointment::{self, APPOINTMENTS},
        slot::{self, DayRange, SlotQuery},
    },
};
use serde::Deserialize;
use serde_json::{Value, json};
use sqlx::PgPool;
use utoipa::ToSchema;

use super::slot::offered_resources;
use crate::{
    problem::Problem,
    resource::resource,
    routes::Routes,
    visible::{Visible, is_staff},
};

/// How many days ahead the next free time is looked for.
const DAYS_AHEAD: u64 = 13;

impl Visible for Appointment {
    const READ_RIGHT: Right = Right::AppointmentsRead;
    const LISTING: &'static Listing = &APPOINTMENTS;

    fn is_event_visible(event: &Event, actor: &Actor) -> bool {
        is_staff(actor) || !is_internal(event)
    }

    /// The next time at which the same can be had of the same person, chair or room.
    async fn advice(
        commands: &Commands,
        db: &PgPool,
        id: Option<AppointmentId>,
        command: &Command,
        problem: &Problem,
        actor: &Actor,
    ) -> Option<(&'static str, Value)> {
        let about_time =
            ["taken", "outside_hours", "too_soon"].iter().any(|it| problem.has_code(it));
        if !about_time || problem.concerns_claim(CUSTOMER_TIME_CLAIM) {
            return None;
        }
        let (service, resources, start, moving) = match command {
            Command::Hold { service, resources, start, .. }
            | Command::Book { service, resources, start, .. } => {
                (*service, resources.clone(), *start, None)
            }
            Command::Reschedule { start, resources, .. } => {
                let appointment = commands.aggregates().load(id?).await.ok()?;
                let (service, plan) = appointment.agreed_service_and_plan()?;
                let resources = resources.clone().unwrap_or_else(|| plan.resources());
                (service, resources, start.unwrap_or(plan.start.local), id)
            }
            _ => return None,
        };
        let last = start.date().checked_add_days(Days::new(DAYS_AHEAD))?;
        let days = DayRange { first: start.date(), last, zone: None };
        let resource = resources.first().copied();
        let query = SlotQuery { service, resource, moving, days, of: offered_resources(actor) };
        let found = slot::available_slots(db, &query, commands.now()).await.ok()?;
        let next = found.slots.into_iter().find(|slot| slot.start > start)?;
        Some(("next", json!(next)))
    }

    /// The reason for overriding a rule is shown to staff only.
    fn redacted(mut event: Event, _: &Self, actor: &Actor) -> Option<Event> {
        if !is_staff(actor) {
            match &mut event {
                Event::Booked(booking) => booking.override_reason = None,
                Event::Rescheduled { override_reason, .. }
                | Event::StaffAssigned { override_reason, .. } => *override_reason = None,
                Event::Held(_)
                | Event::Released {}
                | Event::Confirmed {}
                | Event::Declined { .. }
                | Event::Cancelled { .. }
                | Event::Started { .. }
                | Event::Completed { .. }
                | Event::NoShowMarked { .. }
                | Event::Reopened { .. }
                | Event::NoteAdded(_)
                | Event::InstantRecomputed { .. }
                | Event::ReminderDue {} => {}
            }
        }
        Some(event)
    }
}

pub(super) fn routes() -> Routes {
    resource::<Appointment>("/appointments")
        .create(CommandKind::Book)
        .create_at("/appointments/holds", CommandKind::Hold)
        .patch(CommandKind::Reschedule, Patch::commands)
        .delete(|| Command::Cancel { reason: None })
        .commands(&[
            CommandKind::BookHeld,
            CommandKind::Confirm,
            CommandKind::Decline,
            CommandKind::Reschedule,
            CommandKind::Cancel,
            CommandKind::Assign,
            CommandKind::Start,
            CommandKind::Complete,
            CommandKind::NoShow,
            CommandKind::Reopen,
            CommandKind::AddCustomerNote,
            CommandKind::AddInternalNote,
        ])
        .list::<appointment::Appointment>()
        .item::<appointment::Appointment>()
        .history()
        .routes()
}

fn is_internal(event: &Event) -> bool {
    matches!(event, Event::NoteAdded(note) if note.visibility == Visibility::Internal)
}

/// What is to be different about an appointment: when it is, or with whom.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Patch {
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "2030-01-08T10:00:00")]
    start: Option<NaiveDateTime>,
    #[serde(default)]
    resources: Option<Vec<ResourceId>>,
    /// Why an employee moves it outside the hours, too soon or too far ahead.
    #[serde(default)]
    override_reason: Option<Text<500>>,
}

impl Patch {
    fn commands(self) -> Vec<Command> {
        let Self { start, resources, override_reason } = self;
        vec![Command::Reschedule { start, resources, override_reason }]
    }
}
