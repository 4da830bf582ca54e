//! An event on the bus: a `CloudEvents` 1.0 message in JSON.
//!
//! Our events and those of the standard differ only in names, so the conversion both ways loses
//! nothing. Sealed data stays sealed.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use domain::{Meta, RawEvent};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use thiserror::Error;
use uuid::Uuid;

/// A message that is no event of ours.
#[derive(Debug, Error)]
#[error("not an event: {0}")]
pub struct UnreadableEvent(String);

/// The attributes of the standard, then our extensions (lower case, without `_`, as it demands).
#[derive(Serialize, Deserialize)]
struct CloudEvent<'a> {
    #[serde(borrow)]
    specversion: Cow<'a, str>,
    /// The position, so that a reader recognises a message that comes twice, and knows where to go on.
    id: Cow<'a, str>,
    source: Cow<'a, str>,
    #[serde(rename = "type")]
    kind: Cow<'a, str>,
    subject: Uuid,
    time: DateTime<Utc>,
    datacontenttype: Cow<'a, str>,
    dataschema: Cow<'a, str>,
    /// `<aggregate>/<id>`: whose history it belongs to.
    streamid: Cow<'a, str>,
    streamversion: i32,
    schemaversion: i16,
    actor: Uuid,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    onbehalfof: Option<Uuid>,
    commandid: Uuid,
    correlationid: Uuid,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    causationid: Option<Uuid>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    effectiveat: Option<DateTime<Utc>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    traceparent: Option<Cow<'a, str>>,
    /// Whose keys open what is sealed in the data, separated by spaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sealedfor: Option<String>,
    #[serde(borrow)]
    data: &'a RawValue,
}

/// The name of the JSON Schema of an event's data. (The standard demands an absolute URI; ours must
/// not depend on the address of a deployment.)
pub fn data_schema_uri(kind: &str, schema: i16) -> String {
    format!("urn:servicebook:event:{kind}:{schema}")
}

/// Where an event is published: `events.<context>.<aggregate>.<Type>`. A name that is none, because
/// something is wrong with the event, goes on behind a blank, which a subject cannot hold.
pub fn event_subject(event: &RawEvent) -> String {
    let kind = event.kind.split(' ').next().unwrap_or_default();
    format!("events.{}.{kind}", event.stream)
}

/// An event as a message.
pub fn to_cloud_event(event: &RawEvent) -> serde_json::Result<Vec<u8>> {
    // Destructured in full: a new field does not compile until it is mapped here.
    let RawEvent { position, stream, id, version, kind, schema, data, meta, recorded_at } = event;
    let Meta {
        actor,
        on_behalf_of,
        command,
        correlation,
        causation,
        effective_at,
        trace,
        subjects,
    } = meta;
    let context = stream.split('.').next().unwrap_or(stream);
    let sealed = || subjects.iter().map(Uuid::to_string).collect::<Vec<_>>().join(" ");
    serde_json::to_vec(&CloudEvent {
        specversion: "1.0".into(),
        id: position.to_string().into(),
        source: format!("/servicebook/{context}").into(),
        kind: kind.into(),
        subject: *id,
        time: *recorded_at,
        datacontenttype: "application/json".into(),
        dataschema: data_schema_uri(kind, *schema).into(),
        streamid: format!("{stream}/{id}").into(),
        streamversion: *version,
        schemaversion: *schema,
        actor: *actor,
        onbehalfof: *on_behalf_of,
        commandid: *command,
        correlationid: *correlation,
        causationid: *causation,
        effectiveat: *effective_at,
        traceparent: trace.as_deref().map(Cow::from),
        sealedfor: (!subjects.is_empty()).then(sealed),
        data,
    })
}

/// Reads an event from a message. Fails if the message is no event of ours.
pub fn from_cloud_event(message: &[u8]) -> Result<RawEvent, UnreadableEvent> {
    let unreadable = |why: &dyn ToString| UnreadableEvent(why.to_string());
    let event: CloudEvent = serde_json::from_slice(message).map_err(|why| unreadable(&why))?;
    let stream = event.streamid.split('/').next().unwrap_or_default();
    let subjects = event.sealedfor.iter().flat_map(|all| all.split(' ')).map(Uuid::parse_str);
    Ok(RawEvent {
        position: event.id.parse().map_err(|why| unreadable(&why))?,
        stream: stream.to_owned(),
        id: event.subject,
        version: event.streamversion,
        kind: event.kind.into_owned(),
        schema: event.schemaversion,
        data: event.data.to_owned(),
        meta: Meta {
            actor: event.actor,
            on_behalf_of: event.onbehalfof,
            command: event.commandid,
            correlation: event.correlationid,
            causation: event.causationid,
            effective_at: event.effectiveat,
            trace: event.traceparent.map(Cow::into_owned),
            subjects: subjects.collect::<Result<_, _>>().map_err(|why| unreadable(&why))?,
        },
        recorded_at: event.time,
    })
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, option, prelude::*};
    use serde_json::{Value, json};

    use super::*;

    prop_compose! {
        fn uuid()(bits: u128) -> Uuid { Uuid::from_u128(bits) }
    }

    prop_compose! {
        // Postgres keeps microseconds.
        fn time()(micros in 0..4_102_444_800_000_000_i64) -> DateTime<Utc> {
            DateTime::from_timestamp_micros(micros).unwrap()
        }
    }

    prop_compose! {
        fn meta()(
            ids in (uuid(), option::of(uuid()), uuid(), uuid(), option::of(uuid())),
            effective_at in option::of(time()),
            trace in option::of("00-[0-9a-f]{32}-[0-9a-f]{16}-01"),
            subjects in vec(uuid(), 0..4),
        ) -> Meta {
            let (actor, on_behalf_of, command, correlation, causation) = ids;
            Meta {
                actor, on_behalf_of, command, correlation, causation,
                effective_at, trace, subjects,
            }
        }
    }

    prop_compose! {
        fn event()(
            position in 1..i64::MAX,
            stream in "[a-z]{2,9}\\.[a-z_]{2,12}",
            id in uuid(),
            version in 1..i32::MAX,
            kind in "[A-Z][A-Za-z]{2,20}",
            schema in 1..i16::MAX,
            texts in vec(".*", 0..4),
            meta in meta(),
            recorded_at in time(),
        ) -> RawEvent {
            let data = serde_json::value::to_raw_value(&json!({ "texts": texts })).unwrap();
            RawEvent { position, stream, id, version, kind, schema, data, meta, recorded_at }
        }
    }

    proptest! {
        #[test]
        fn an_event_comes_back_from_the_bus_as_it_went(event in event()) {
            let back = from_cloud_event(&to_cloud_event(&event).unwrap()).unwrap();
            prop_assert_eq!(back.data.get(), event.data.get());
            prop_assert_eq!(format!("{back:?}"), format!("{event:?}"));
        }
    }

    fn customer_created() -> RawEvent {
        RawEvent {
            position: 42,
            stream: "crm.customer".into(),
            id: Uuid::from_u128(7),
            version: 1,
            kind: "CustomerCreated".into(),
            schema: 2,
            data: RawValue::from_string(r#"{"number":"C-1"}"#.into()).unwrap(),
            meta: Meta { subjects: vec![Uuid::from_u128(7)], ..Meta::default() },
            recorded_at: DateTime::from_timestamp_micros(1_800_000_000_000_001).unwrap(),
        }
    }

    #[test]
    fn others_see_a_cloud_event() {
        let message: Value =
            serde_json::from_slice(&to_cloud_event(&customer_created()).unwrap()).unwrap();
        let (nobody, customer) = (Uuid::nil(), Uuid::from_u128(7));
        assert_eq!(
            message,
            json!({
                "specversion": "1.0",
                "id": "42",
                "source": "/servicebook/crm",
                "type": "CustomerCreated",
                "subject": customer,
                "time": "2027-01-15T08:00:00.000001Z",
                "datacontenttype": "application/json",
                "dataschema": "urn:servicebook:event:CustomerCreated:2",
                "streamid": format!("crm.customer/{customer}"),
                "streamversion": 1,
                "schemaversion": 2,
                "actor": nobody,
                "commandid": nobody,
                "correlationid": nobody,
                "sealedfor": customer.to_string(),
                "data": { "number": "C-1" },
            })
        );
        assert_eq!(event_subject(&customer_created()), "events.crm.customer.CustomerCreated");
    }

    #[test]
    fn what_is_no_event_says_why() {
        let why = from_cloud_event(br#"{"specversion":"1.0","id":"1"}"#).unwrap_err().to_string();
        assert!(why.starts_with("not an event: missing field"), "{why}");
    }
}
