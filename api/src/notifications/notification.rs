//! Endpoints of the caller's own inbox: listing, marking as read, snoozing and dismissing.

use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use commands::{CommandEnvelope, Failure, policy::Right};
use domain::notifications::notification::{Command, CommandKind, Notification, Refusal};
use projections::{
    listing::Listing,
    notifications::notification::{self, INBOX},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::routes;

use crate::{
    App, body::DataBody, caller::Caller, problem::Problem, resource::resource, routes::Routes,
    visible::Visible,
};

impl Visible for Notification {
    const READ_RIGHT: Right = Right::Notifications;
    const LISTING: &'static Listing = &INBOX;
}

pub(super) fn routes() -> Routes {
    resource::<Notification>("/notifications")
        .list::<notification::Notification>()
        .item::<notification::Notification>()
        .history()
        .patch(CommandKind::Read, Patch::commands)
        .delete(|| Command::Dismiss {})
        .routes()
        .guarded(Right::Notifications, routes!(unread_count))
        .guarded(Right::Notifications, routes!(mark_all_read))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Patch {
    read: Option<bool>,
    /// Until then it is not in the inbox.
    snoozed_until: Option<DateTime<Utc>>,
}

impl Patch {
    fn commands(self) -> Vec<Command> {
        let read = self.read.map(|read| if read { Command::Read {} } else { Command::Unread {} });
        let snooze = self.snoozed_until.map(|until| Command::Snooze { until });
        read.into_iter().chain(snooze).collect()
    }
}

#[derive(Serialize, ToSchema)]
struct NotificationCount {
    count: i64,
}

/// The number of the caller's unread notifications.
#[utoipa::path(get, path = "/notifications/unread",
    operation_id = "notifications.notification.unread_count",
    tag = "notifications",
    responses((status = 200, body = DataBody<NotificationCount>)))]
async fn unread_count(
    State(app): State<App>,
    caller: Caller,
) -> Result<Json<DataBody<NotificationCount>>, Problem> {
    let count = notification::count_unread(&app.db, caller.id.into()).await?;
    Ok(Json(DataBody { data: NotificationCount { count } }))
}

/// Marks all of the caller's notifications as read, and returns how many there were.
#[utoipa::path(post, path = "/notifications/read-all",
    operation_id = "notifications.notification.read_all",
    tag = "notifications",
    responses((status = 200, body = DataBody<NotificationCount>)))]
async fn mark_all_read(
    State(app): State<App>,
    caller: Caller,
) -> Result<Json<DataBody<NotificationCount>>, Problem> {
    let mut count = 0;
    for id in notification::unread_ids(&app.db, caller.id.into()).await? {
        let envelope = CommandEnvelope::new(id, Command::Read {}, caller.actor().clone());
        match app.commands.execute(envelope).await {
            Ok(_) => count += 1,
            // Dismissed meanwhile: there is nothing left to mark.
            Err(Failure::Refused(Refusal::Dismissed)) => {}
            Err(failure) => return Err(failure.into()),
        }
    }
    Ok(Json(DataBody { data: NotificationCount { count } }))
}
