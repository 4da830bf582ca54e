//! How far uploads have come: rows, as none of it is of interest once the file is there.

use chrono::{DateTime, Utc};
use domain::{FileName, MediaType};
use sqlx::{FromRow, PgPool};
use uuid::Uuid;

use super::parts::{PART_SIZE, remove_parts};
use crate::{
    App,
    encrypted::{decrypt, encrypt_text},
    problem::{Problem, ProblemCode},
};

/// After how long an upload is given up, in seconds.
const LIFETIME: f64 = 86_400.0;
/// How many unfinished uploads somebody may have, and how many bytes these may come to.
const MAX_UNFINISHED: (i64, i64) = (20, 8 << 30);
/// What names are sealed for.
const NAME: &str = "upload";

/// An upload that was begun, and has not expired.
#[derive(Debug, FromRow)]
pub(super) struct UploadRow {
    pub(super) id: Uuid,
    name: String,
    media_type: String,
    /// In bytes.
    #[sqlx(try_from = "i64")]
    pub(super) length: u64,
    /// How many bytes are stored.
    #[sqlx(try_from = "i64")]
    pub(super) received: u64,
    /// The ids of the parts in which they are.
    pub(super) parts: Vec<Uuid>,
    pub(super) file: Option<Uuid>,
    pub(super) expires_at: DateTime<Utc>,
}

impl UploadRow {
    /// What the file is to be called.
    pub(super) fn name(&self, app: &App) -> Result<FileName, Problem> {
        let name = decrypt(app, NAME, &self.name);
        Ok(name.ok_or_else(|| anyhow::anyhow!("the name of an upload cannot be read"))?)
    }

    pub(super) fn media_type(&self) -> Result<MediaType, Problem> {
        Ok(self.media_type.parse().map_err(anyhow::Error::msg)?)
    }

    /// How many bytes the last part has if that may still grow.
    pub(super) fn unfilled_part_size(&self) -> u64 {
        self.received % PART_SIZE as u64
    }
}

/// Begins an upload; refused if its owner has too many on their way.
pub(super) async fn begin(
    app: &App,
    owner: Uuid,
    name: &FileName,
    media_type: &MediaType,
    length: u64,
) -> Result<UploadRow, Problem> {
    let (most, most_bytes) = MAX_UNFINISHED;
    let begin =
        "select * from uploads.begin($1, $2, $3, $4, $5, make_interval(secs => $6), $7, $8)";
    let begun = sqlx::query_as(begin)
        .bind(Uuid::now_v7())
        .bind(owner)
        .bind(encrypt_text(app, NAME, name)?)
        .bind(media_type.as_str())
        .bind(i64::try_from(length).unwrap_or(i64::MAX))
        .bind(LIFETIME)
        .bind(most)
        .bind(most_bytes)
        .fetch_optional(&app.db)
        .await?;
    match begun {
        Some(begun) => Ok(begun),
        None => Err(too_many(&unfinished(&app.db, owner).await?)),
    }
}

/// 409: somebody has too many uploads on their way, which are these.
fn too_many(unfinished: &[Uuid]) -> Problem {
    let (most, most_bytes) = MAX_UNFINISHED;
    let detail = format!(
        "{most} uploads with {} GiB may be on their way at a time; finish or end some",
        most_bytes >> 30
    );
    let ids: Vec<_> = unfinished.iter().map(Uuid::to_string).collect();
    Problem::conflict(ProblemCode::TooManyUploads, detail).with("uploads", ids)
}

async fn unfinished(db: &PgPool, owner: Uuid) -> sqlx::Result<Vec<Uuid>> {
    let unfinished = "select id from uploads.uploads
         where owner = $1 and file is null and expires_at > clock_timestamp() order by id";
    sqlx::query_scalar(unfinished).bind(owner).fetch_all(db).await
}

/// The upload that somebody began; 404 if there is none or it has expired.
pub(super) async fn find(db: &PgPool, id: Uuid, owner: Uuid) -> Result<UploadRow, Problem> {
    let find = "select * from uploads.uploads
         where id = $1 and owner = $2 and expires_at > clock_timestamp()";
    let found = sqlx::query_as(find).bind(id).bind(owner).fetch_optional(db).await?;
    found.ok_or_else(Problem::not_found)
}

/// Forgets an upload of which no file was made, nor is being made by another request than the one named, and what
/// came of it. False if there is none.
pub(super) async fn delete_unfinished(
    app: &App,
    id: Uuid,
    writer: Option<Uuid>,
) -> sqlx::Result<bool> {
    let end = "delete from uploads.uploads
         where id = $1 and file is null
             and case when $2::uuid is null then held_until < clock_timestamp() else writer = $2 end
         returning parts";
    let end = sqlx::query_scalar(end).bind(id).bind(writer);
    let parts: Option<Vec<Uuid>> = end.fetch_optional(&app.db).await?;
    let was_there = parts.is_some();
    remove_parts(app, id, &parts.unwrap_or_default()).await;
    Ok(was_there)
}
