//! Saved exports as those see them who saved them.

use chrono::{DateTime, Utc};
use domain::{
    Recorded, Text,
    files::{
        export::Format,
        saved_export::{self, Details, Event, Period, Recurrence, SavedExportId},
    },
    identity::user::UserId,
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
    name: "files.saved_export",
    version: 2,
    tables: include_str!("saved_export.sql"),
    streams: &[FoldedStream::of::<saved_export::SavedExport, Rows>()],
};

pub const SAVED_EXPORTS: Listing = Listing {
    from: "files_saved_export.saved_exports",
    fields: &[
        Field::text("name").as_row_name(),
        Field::text("path"),
        Field::enum_of::<Format>("format"),
        Field::enum_of::<Status>("status"),
        Field::id::<UserId>("owner"),
        Field::time("next_at"),
    ],
    search: Some("search"),
    sort: &["name", "next_at", "created_at"],
    owner: OwnerColumns { user: Some("owner"), ..OwnerColumns::NONE },
};

/// Whether one is made by its rhythm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SavedExportStatus)]
pub enum Status {
    Active,
    Paused,
    Ended,
}

/// A saved export.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SavedExport {
    pub name: Text<200>,
    /// Where the list is.
    pub path: Text<300>,
    /// Filters and order, as in a URL; nothing, once its owner was erased.
    pub query: Option<Text<4000>>,
    pub format: Format,
    pub status: Status,
    /// Who saved it.
    pub owner: UserId,
    /// Who is sent a link to theirs, each time.
    pub recipients: Vec<UserId>,
    /// When it is made.
    pub rhythm: Option<Recurrence>,
    /// What `from` and `until` of a report are on the day when it is due.
    pub period: Option<Period>,
    /// When it was due last.
    pub last_at: Option<DateTime<Utc>>,
    /// When it is due next.
    pub next_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Rows {
    saved_exports: Vec<SavedExport>,
}

impl Fold<saved_export::SavedExport> for Rows {
    fn apply(&mut self, recorded: &Recorded<Event>) {
        match (&recorded.event, self.saved_exports.first_mut()) {
            (Event::Saved { details, since }, _) => {
                self.saved_exports = vec![saved(details).active_since(*since)];
            }
            (_, None) => {}
            (Event::Paused {}, Some(row)) => row.rest(Status::Paused),
            (Event::Ended {}, Some(row)) => row.rest(Status::Ended),
            (Event::Resumed { since }, Some(row)) => *row = row.clone().active_since(*since),
            (Event::Run { due }, Some(row)) => {
                row.last_at = Some(*due);
                if row.status == Status::Active {
                    *row = row.clone().active_since(*due);
                }
            }
        }
    }
}

impl SavedExport {
    /// Due from a moment on.
    fn active_since(self, since: DateTime<Utc>) -> Self {
        let next_at = self.rhythm.and_then(|rhythm| rhythm.first_after(since));
        Self { status: Status::Active, next_at, ..self }
    }

    fn rest(&mut self, status: Status) {
        (self.status, self.next_at) = (status, None);
    }
}

fn saved(details: &Details) -> SavedExport {
    let Details { owner, name, path, query, format, recipients, rhythm, period } = details;
    SavedExport {
        name: name.clone(),
        path: path.clone(),
        query: query.as_ref().and_then(|query| query.get().cloned()),
        format: *format,
        status: Status::Active,
        owner: *owner,
        recipients: recipients.clone(),
        rhythm: *rhythm,
        period: *period,
        last_at: None,
        next_at: None,
    }
}

/// Those that are due before a moment.
///
/// # Errors
/// When the database fails, or the read model was never built.
pub async fn saved_exports_due_before(
    db: &PgPool,
    moment: DateTime<Utc>,
) -> sqlx::Result<Vec<SavedExportId>> {
    let due: Vec<Uuid> = sqlx::query_scalar(
        "select id from files_saved_export.saved_exports where next_at < $1 order by next_at",
    )
    .bind(moment)
    .fetch_all(db)
    .await?;
    Ok(due.into_iter().map(SavedExportId::from).collect())
}

/// The next moment after this one at which one is due.
///
/// # Errors
/// As of [`saved_exports_due_before`].
pub async fn next_due_moment(
    db: &PgPool,
    after: DateTime<Utc>,
) -> sqlx::Result<Option<DateTime<Utc>>> {
    let next = sqlx::query_scalar(
        "select min(next_at) from files_saved_export.saved_exports where next_at >= $1",
    );
    next.bind(after).fetch_one(db).await
}
