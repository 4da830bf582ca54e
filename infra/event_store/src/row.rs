//! An event as it is stored.

use chrono::{DateTime, Utc};
use domain::{Meta, RawEvent};
use serde_json::value::RawValue;
use sqlx::{FromRow, types::Json};
use uuid::Uuid;

/// A row of the log, its JSON as the database writes it. The fields are those of [`RawEvent`].
#[derive(Debug, FromRow)]
pub struct Row {
    pub position: i64,
    pub stream: String,
    pub id: Uuid,
    pub version: i32,
    #[sqlx(rename = "type")]
    pub kind: String,
    pub schema: i16,
    pub data: Json<Box<RawValue>>,
    pub meta: Json<Box<RawValue>>,
    pub recorded_at: DateTime<Utc>,
}

impl Row {
    /// The event, to be decoded. One that somebody meddled with must not stop the whole log from being
    /// read: if its `meta` cannot be read it gets a name that no aggregate knows, and so is parked, with
    /// the reason.
    pub fn into_raw_lossy(mut self) -> RawEvent {
        let meta = self.meta().unwrap_or_else(|why| {
            self.kind = format!("{} with unreadable meta ({why})", self.kind);
            Meta::default()
        });
        self.with(meta)
    }

    /// The event, to be decoded. Fails if its `meta` cannot be read.
    pub fn into_raw(self) -> serde_json::Result<RawEvent> {
        let meta = self.meta()?;
        Ok(self.with(meta))
    }

    fn meta(&self) -> serde_json::Result<Meta> {
        serde_json::from_str(self.meta.get())
    }

    fn with(self, meta: Meta) -> RawEvent {
        RawEvent {
            position: self.position,
            stream: self.stream,
            id: self.id,
            version: self.version,
            kind: self.kind,
            schema: self.schema,
            data: self.data.0,
            meta,
            recorded_at: self.recorded_at,
        }
    }
}
