//! An event as the line of JSON that is hashed and exported. The format is defined in
//! `infra/migrations/0060_segments.sql`; here it is implemented independently of the database, so that
//! each checks the other.

use aws_lc_rs::digest::{SHA256, digest};
use event_store::Row;

/// The line of an event, without the end of line.
pub(crate) fn event_line(row: &Row) -> serde_json::Result<String> {
    let Row { position, id, version, schema, data, meta, .. } = row;
    let stream = serde_json::to_string(&row.stream)?;
    let kind = serde_json::to_string(&row.kind)?;
    let at = row.recorded_at.format("%Y-%m-%dT%H:%M:%S%.6fZ");
    Ok(format!(
        r#"{{"position":{position},"stream":{stream},"id":"{id}","version":{version},"type":{kind},"schema":{schema},"recorded_at":"{at}","data":{},"meta":{}}}"#,
        data.get(),
        meta.get()
    ))
}

/// The digest of a line.
pub(crate) fn line_digest(line: &str) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(digest(&SHA256, line.as_bytes()).as_ref());
    bytes
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use serde_json::value::RawValue;
    use sqlx::types::Json;
    use uuid::Uuid;

    use super::*;

    fn json(text: &str) -> Json<Box<RawValue>> {
        Json(RawValue::from_string(text.to_owned()).unwrap())
    }

    #[test]
    fn a_line_is_one_object_in_a_fixed_order() {
        let row = Row {
            position: 7,
            stream: "crm.customer".into(),
            id: Uuid::from_u128(1),
            version: 2,
            kind: "Customer\"Renamed".into(),
            schema: 1,
            data: json(r#"{"a": 1.50}"#),
            meta: json("{}"),
            recorded_at: DateTime::from_timestamp_micros(1_800_000_000_000_000).unwrap_or_default(),
        };
        assert_eq!(
            event_line(&row).unwrap_or_default(),
            r#"{"position":7,"stream":"crm.customer","id":"00000000-0000-0000-0000-000000000001","version":2,"type":"Customer\"Renamed","schema":1,"recorded_at":"2027-01-15T08:00:00.000000Z","data":{"a": 1.50},"meta":{}}"#
        );
    }
}
