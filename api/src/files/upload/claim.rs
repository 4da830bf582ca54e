//! Which request adds to an upload: the one that began last. What another one did before, it does no more.

use std::{convert::Infallible, time::Duration};

use axum::http::StatusCode;
use sqlx::PgPool;
use tokio::time::sleep;
use uuid::Uuid;

use super::row::{self, UploadRow};
use crate::problem::{Problem, ProblemCode};

/// How long an upload is held for a process that says nothing.
const HELD: Duration = Duration::from_secs(5);
/// How often it says that it works.
const INTERVAL: Duration = Duration::from_secs(1);

/// The right to add to an upload, until another request takes it. Each change to the row asks whether it still is
/// there, so two requests never add to the same bytes.
#[derive(Clone)]
pub(super) struct UploadClaim {
    db: PgPool,
    upload: Uuid,
    /// Names the request, and the file that it makes.
    pub(super) writer: Uuid,
}

impl UploadClaim {
    /// Takes an upload that has come to this offset, whoever adds to it now; 423 while a file is made of it.
    pub(super) async fn take(
        db: &PgPool,
        id: Uuid,
        owner: Uuid,
        offset: u64,
    ) -> Result<(Self, UploadRow), Problem> {
        let writer = Uuid::now_v7();
        let take = "update uploads.uploads set writer = $3
             where id = $1 and owner = $2 and received = $4 and file is null
                 and held_until < clock_timestamp() and expires_at > clock_timestamp()
             returning *";
        let take = sqlx::query_as(take).bind(id).bind(owner).bind(writer);
        let taken = take.bind(i64::try_from(offset).unwrap_or(-1)).fetch_optional(db).await?;
        match taken {
            Some(upload) => Ok((Self { db: db.clone(), upload: id, writer }, upload)),
            None => Err(refusal(&row::find(db, id, owner).await?, offset)),
        }
    }

    /// Records the parts that are stored, and how many bytes they have.
    pub(super) async fn record_parts(&self, parts: &[Uuid], received: u64) -> Result<(), Problem> {
        let add = "update uploads.uploads set parts = $3, received = $4
             where id = $1 and writer = $2";
        let add = sqlx::query(add).bind(self.upload).bind(self.writer).bind(parts);
        let added = add.bind(i64::try_from(received).unwrap_or(i64::MAX)).execute(&self.db).await?;
        if added.rows_affected() > 0 { Ok(()) } else { Err(taken_over()) }
    }

    /// Lets no other request take it for a while.
    pub(super) async fn hold(&self) -> Result<(), Problem> {
        self.hold_for(HELD).await
    }

    /// Holds it for as long as this runs. Whether it was lost all the same is found out at the end.
    pub(super) async fn keep_held(&self) -> Infallible {
        loop {
            sleep(INTERVAL).await;
            if let Err(why) = self.hold().await {
                tracing::info!(upload = %self.upload, code = why.code(), "it is not held");
            }
        }
    }

    /// Lets others take it again.
    pub(super) async fn release(&self) -> Result<(), Problem> {
        self.hold_for(Duration::ZERO).await
    }

    async fn hold_for(&self, duration: Duration) -> Result<(), Problem> {
        let hold = "update uploads.uploads
             set held_until = clock_timestamp() + make_interval(secs => $3)
             where id = $1 and writer = $2";
        let hold = sqlx::query(hold).bind(self.upload).bind(self.writer);
        let held = hold.bind(duration.as_secs_f64()).execute(&self.db).await?;
        if held.rows_affected() > 0 { Ok(()) } else { Err(taken_over()) }
    }

    /// Records the file that was made of it.
    pub(super) async fn finish(self, file: Uuid) -> Result<(), Problem> {
        let finish = "update uploads.uploads set file = $3, received = length, parts = '{}'
             where id = $1 and writer = $2";
        let finish = sqlx::query(finish).bind(self.upload).bind(self.writer).bind(file);
        let finished = finish.execute(&self.db).await?;
        if finished.rows_affected() > 0 { Ok(()) } else { Err(taken_over()) }
    }
}

/// 423: a file is being made of it.
pub(super) fn upload_held_problem() -> Problem {
    let detail = "the file is being made of it; come back in a moment";
    Problem::new(StatusCode::LOCKED, ProblemCode::UploadHeld, detail)
}

/// Why nothing can be added to an upload at an offset.
fn refusal(upload: &UploadRow, offset: u64) -> Problem {
    if upload.received == offset && upload.file.is_none() {
        return upload_held_problem();
    }
    let detail = format!("it has come to the offset {}", upload.received);
    Problem::conflict(ProblemCode::WrongOffset, detail).with("offset", upload.received)
}

/// 409: another request goes on with it, or ended it.
fn taken_over() -> Problem {
    Problem::conflict(
        ProblemCode::UploadTakenOver,
        "another request goes on with it, or has ended it",
    )
}
