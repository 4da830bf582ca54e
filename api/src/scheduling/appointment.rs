use chrono::NaiveDateTime;
use commands::policy::Right;
use domain::{
    Text,
    scheduling::{
        appointment::{Appointment, Command, Event, Visibility},
        resource::ResourceId,
    },
};
use projections::scheduling::appointment::{self, APPOINTMENTS};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;

use crate::{App, resource::resource};

pub(super) fn routes() -> OpenApiRouter<App> {
    resource::<Appointment>("/appointments", Right::AppointmentsRead)
        .create("book")
        .create_at("/appointments/holds", "hold")
        .patch(Change::commands)
        .delete(|| Command::Cancel { reason: None })
        .list::<appointment::Appointment>(&APPOINTMENTS)
        .item::<appointment::Appointment>(&APPOINTMENTS)
        .history(&APPOINTMENTS, |event, caller| caller.role.is_staff() || !is_internal(event))
        .routes()
}

fn is_internal(event: &Event) -> bool {
    matches!(event, Event::NoteAdded(note) if note.visibility == Visibility::Internal)
}

/// What is to be different about an appointment: when it is, or with whom.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Change {
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "2030-01-08T10:00:00")]
    start: Option<NaiveDateTime>,
    #[serde(default)]
    resources: Option<Vec<ResourceId>>,
    /// Why an employee moves it outside the hours, too soon or too far ahead.
    #[serde(default)]
    override_reason: Option<Text<500>>,
}

impl Change {
    fn commands(self) -> Vec<Command> {
        let Self { start, resources, override_reason } = self;
        vec![Command::Reschedule { start, resources, override_reason }]
    }
}
