//! An event as the line of JSON that is hashed and exported. The format is defined in
//! `infra/migrations/0060_segments.sql`; here it is implemented independently of the database, so that
//! each checks the other.

use aws_lc_rs::digest::{SHA256, digest};
use chrono::{DateTime, Utc};
use domain::Raw;
use serde_json::value::RawValue;
use sqlx::FromRow;
use uuid::Uuid;

/// An event with its JSON as the database writes it.
#[derive(Debug, FromRow)]
pub(crate) struct EventRow {
    pub(crate) position: i64,
    pub(crate) stream: String,
    pub(crate) id: Uuid,
    pub(crate) version: i32,
    #[sqlx(rename = "type")]
    pub(crate) kind: String,
    pub(crate) schema: i16,
    pub(crate) data: String,
    pub(crate) meta: String,
    pub(crate) recorded_at: DateTime<Utc>,
}

impl EventRow {
    /// The line, without the end of line.
    pub(crate) fn line(&self) -> serde_json::Result<String> {
        let Self { position, id, version, schema, data, meta, .. } = self;
        let stream = serde_json::to_string(&self.stream)?;
        let kind = serde_json::to_string(&self.kind)?;
        let at = self.recorded_at.format("%Y-%m-%dT%H:%M:%S%.6fZ");
        Ok(format!(
            r#"{{"position":{position},"stream":{stream},"id":"{id}","version":{version},"type":{kind},"schema":{schema},"recorded_at":"{at}","data":{data},"meta":{meta}}}"#
        ))
    }

    /// The event, to be decoded.
    pub(crate) fn raw(self) -> serde_json::Result<Raw> {
        Ok(Raw {
            position: self.position,
            stream: self.stream,
            id: self.id,
            version: self.version,
            kind: self.kind,
            schema: self.schema,
            data: RawValue::from_string(self.data)?,
            meta: serde_json::from_str(&self.meta)?,
            recorded_at: self.recorded_at,
        })
    }
}

/// The digest of a line.
pub(crate) fn line_digest(line: &str) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(digest(&SHA256, line.as_bytes()).as_ref());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_one_object_in_a_fixed_order() {
        let row = EventRow {
            position: 7,
            stream: "crm.customer".into(),
            id: Uuid::from_u128(1),
            version: 2,
            kind: "Customer\"Renamed".into(),
            schema: 1,
            data: r#"{"a": 1.50}"#.into(),
            meta: "{}".into(),
            recorded_at: DateTime::from_timestamp_micros(1_800_000_000_000_000).unwrap_or_default(),
        };
        assert_eq!(
            row.line().unwrap_or_default(),
            r#"{"position":7,"stream":"crm.customer","id":"00000000-0000-0000-0000-000000000001","version":2,"type":"Customer\"Renamed","schema":1,"recorded_at":"2027-01-15T08:00:00.000000Z","data":{"a": 1.50},"meta":{}}"#
        );
    }
}
