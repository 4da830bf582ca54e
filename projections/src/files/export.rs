//! Exports as those see them who asked for them.

use chrono::{DateTime, Utc};
use domain::{
    Recorded, Text,
    files::{
        export::{self, Event, ExportId, FailureReason, Format},
        file::Sha256,
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
    name: "files.export",
    version: 1,
    tables: include_str!("export.sql"),
    streams: &[FoldedStream::of::<export::Export, Rows>()],
};

pub const EXPORTS: Listing = Listing {
    from: "files_export.running",
    fields: &[
        Field::text("path").as_row_name(),
        Field::enum_of::<Format>("format"),
        Field::enum_of::<Status>("status"),
        Field::id::<UserId>("requester"),
        Field::int("rows"),
        Field::int("size"),
    ],
    search: None,
    sort: &["-created_at", "rows", "size"],
    owner: OwnerColumns { user: Some("requester"), ..OwnerColumns::NONE },
};

/// How far an export has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ExportStatus)]
pub enum Status {
    /// It waits, or is being made.
    Requested,
    /// Its file can be had.
    Completed,
    Failed,
    Cancelled,
    /// Its file was deleted.
    Expired,
}

/// An export.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Export {
    /// Where the list is.
    pub path: Text<300>,
    /// Filters and order, as in a URL; nothing, once its requester was erased.
    pub query: Option<Text<4000>>,
    pub format: Format,
    pub status: Status,
    /// Why there is no file, if it failed.
    pub reason: Option<FailureReason>,
    /// Who asked for it.
    pub requester: UserId,
    /// How many rows were written so far.
    pub rows: u64,
    /// Of its file, in bytes.
    pub size: Option<u64>,
    /// Of its file.
    pub sha256: Option<Sha256>,
    /// Its file contains everything up to this position of the log.
    pub at_position: Option<i64>,
    /// How long its file is kept.
    pub keep_until: Option<DateTime<Utc>>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Rows {
    exports: Vec<Export>,
}

impl Fold<export::Export> for Rows {
    fn apply(&mut self, recorded: &Recorded<Event>) {
        match (&recorded.event, self.exports.first_mut()) {
            (Event::Requested(request), _) => self.exports = vec![requested(request)],
            (_, None) => {}
            (Event::Completed(content), Some(row)) => row.complete(content),
            (Event::Failed { reason }, Some(row)) => {
                (row.status, row.reason) = (Status::Failed, Some(*reason));
            }
            (Event::Cancelled {}, Some(row)) => row.status = Status::Cancelled,
            (Event::Expired { .. }, Some(row)) => row.status = Status::Expired,
        }
    }
}

fn requested(request: &export::Request) -> Export {
    Export {
        path: request.path.clone(),
        query: request.query.as_ref().and_then(|query| query.get().cloned()),
        format: request.format,
        status: Status::Requested,
        reason: None,
        requester: request.requester,
        rows: 0,
        size: None,
        sha256: None,
        at_position: None,
        keep_until: None,
    }
}

impl Export {
    fn complete(&mut self, content: &export::Content) {
        self.status = Status::Completed;
        self.rows = content.rows;
        self.size = Some(content.size);
        self.sha256 = Some(content.sha256.clone());
        self.at_position = Some(content.position);
        self.keep_until = Some(content.keep_until);
    }
}

/// The exports whose files were to be kept until a moment before this one, the oldest first.
///
/// # Errors
/// When the database fails, or the read model was never built.
pub async fn exports_due_for_expiry_before(
    db: &PgPool,
    moment: DateTime<Utc>,
) -> sqlx::Result<Vec<ExportId>> {
    let due: Vec<Uuid> = sqlx::query_scalar(
        "select id from files_export.exports where status = 'completed' and keep_until < $1
         order by keep_until",
    )
    .bind(moment)
    .fetch_all(db)
    .await?;
    Ok(due.into_iter().map(ExportId::from).collect())
}
