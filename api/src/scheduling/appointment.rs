//! Endpoints of appointments: booking, holding, moving, cancelling and running them.

use chrono::NaiveDateTime;
use commands::policy::Right;
use domain::{
    Text,
    identity::Actor,
    scheduling::{
        appointment::{Appointment, Command, CommandKind, Event, Visibility},
        resource::ResourceId,
    },
};
use projections::{
    listing::Listing,
    scheduling::appointment::{self, APPOINTMENTS},
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    resource::resource,
    routes::Routes,
    visible::{Visible, is_staff},
};

impl Visible for Appointment {
    const READ_RIGHT: Right = Right::AppointmentsRead;
    const LISTING: &'static Listing = &APPOINTMENTS;

    fn is_event_visible(event: &Event, actor: &Actor) -> bool {
        is_staff(actor) || !is_internal(event)
    }

    /// The reason for overriding a rule is shown to staff only.
    fn redacted(mut event: Event, _: &Self, actor: &Actor) -> Option<Event> {
        if !is_staff(actor) {
            match &mut event {
                Event::Booked(booking) => booking.override_reason = None,
                Event::Rescheduled { override_reason, .. }
                | Event::StaffAssigned { override_reason, .. } => *override_reason = None,
                _ => {}
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
