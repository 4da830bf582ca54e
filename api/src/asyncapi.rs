//! The description of the bus, in AsyncAPI 3.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::contracts::{self, EventContract, PURCHASE_MESSAGE_NAME};

/// One channel for each kind of aggregate, one message for each kind of event. It refers to no other document:
/// parsers and generators do not find what a reference means in another.
pub fn asyncapi() -> Value {
    let events = contracts::event_contracts();
    let mut channels: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for event in &events {
        let message = json!({ "$ref": format!("#/components/messages/{}", event.name) });
        channels.entry(event.stream).or_default().insert(event.name.clone(), message);
    }
    let mut operations: Map<_, _> = channels
        .keys()
        .map(|stream| {
            let channel = json!({ "$ref": format!("#/channels/{stream}") });
            (format!("receive.{stream}"), json!({ "action": "receive", "channel": channel }))
        })
        .collect();
    let mut channels: Map<_, _> = channels
        .into_iter()
        .map(|(stream, messages)| {
            let channel = json!({ "address": format!("events.{stream}.*"), "messages": messages });
            (stream.to_owned(), channel)
        })
        .collect();
    let mut messages: Map<_, _> =
        events.iter().map(|event| (event.name.clone(), message(event))).collect();
    // On a stream of its own, for those who want to prove later what the log was.
    let reference = json!({ "$ref": "#/components/messages/Segment" });
    channels.insert(
        "segments".into(),
        json!({ "address": "segments", "messages": { "Segment": reference } }),
    );
    let channel = json!({ "$ref": "#/channels/segments" });
    operations
        .insert("receive.segments".into(), json!({ "action": "receive", "channel": channel }));
    messages.insert("Segment".into(), segment());
    // The only channel that external systems write to.
    let reference = json!({ "$ref": format!("#/components/messages/{PURCHASE_MESSAGE_NAME}") });
    channels.insert(
        "purchases".into(),
        json!({
            "address": "ingest.purchases.{source}",
            "parameters": { "source": { "description": "The purchase system, as its user on the bus is named." } },
            "messages": { PURCHASE_MESSAGE_NAME: reference },
        }),
    );
    let channel = json!({ "$ref": "#/channels/purchases" });
    operations.insert("send.purchases".into(), json!({ "action": "send", "channel": channel }));
    messages.insert(PURCHASE_MESSAGE_NAME.into(), purchase());
    let mut schemas = contracts::purchase_message_schemas();
    for event in events {
        // By these names generators call what they make of them.
        schemas.insert(message_schema_name(&event.name), message_schema(&event.name));
        schemas.extend(contracts::components(event.schema, &event.name, event.stream));
    }
    schemas.insert("Envelope".into(), envelope());
    json!({
        "asyncapi": "3.1.0",
        "info": {
            "title": "Servicebook",
            "version": "1",
            "description": "Everything that happened, on the JetStream stream EVENTS. The \
                sequence of a message is the position of its event in the log.",
        },
        "defaultContentType": "application/cloudevents+json",
        "channels": channels,
        "operations": operations,
        "components": { "messages": messages, "schemas": schemas },
    })
}

fn message(event: &EventContract) -> Value {
    let mut message = json!({
        "name": event.name,
        "payload": { "$ref": format!("#/components/schemas/{}", message_schema_name(&event.name)) },
    });
    if let Some(summary) = &event.summary {
        message["summary"] = summary.clone().into();
    }
    message
}

fn message_schema_name(event: &str) -> String {
    format!("{event}Message")
}

/// The schema of a whole message, with the event of this name in it.
fn message_schema(event: &str) -> Value {
    json!({ "allOf": [
        { "$ref": "#/components/schemas/Envelope" },
        { "properties": {
            "type": { "const": event },
            "data": { "$ref": format!("#/components/schemas/{event}") },
        } },
    ] })
}

/// A message of a purchase system. It may be sent any number of times.
fn purchase() -> Value {
    json!({
        "name": PURCHASE_MESSAGE_NAME,
        "summary": "An order of a purchase system, or a change of one. The bus acknowledges that it \
            is kept; what cannot be applied is parked.",
        "payload": { "$ref": format!("#/components/schemas/{PURCHASE_MESSAGE_NAME}") },
    })
}

/// The hash that proves the events of a segment and all before them.
fn segment() -> Value {
    let position = json!({ "type": "integer", "minimum": 1 });
    json!({
        "name": "Segment",
        "summary": "Vouches for all events up to a position. On the JetStream stream SEGMENTS.",
        "contentType": "application/json",
        "payload": {
            "type": "object",
            "required": ["segment", "first", "last", "hash", "closed_at"],
            "properties": {
                "segment": { "description": "From 1, the sequence of the message.", "type": "integer" },
                "first": position,
                "last": position,
                "hash": {
                    "description": "SHA-256 of the hash before it and of the digests of its events, \
                        each the SHA-256 of the event's line in an export.",
                    "type": "string",
                    "pattern": "^[0-9a-f]{64}$",
                },
                "closed_at": { "type": "string", "format": "date-time" },
            },
        },
    })
}

/// The attributes of every message: those of CloudEvents 1.0 and our extensions.
fn envelope() -> Value {
    let uuid = json!({ "type": "string", "format": "uuid" });
    let time = json!({ "type": "string", "format": "date-time" });
    let text = json!({ "type": "string" });
    json!({
        "type": "object",
        "required": [
            "specversion", "id", "source", "type", "subject", "time", "datacontenttype",
            "dataschema", "streamid", "streamversion", "schemaversion", "actor", "commandid",
            "correlationid", "data",
        ],
        "properties": {
            "specversion": { "const": "1.0" },
            "id": { "type": "string", "description": "The position in the log." },
            "source": { "type": "string", "format": "uri-reference" },
            "type": text,
            "subject": uuid,
            "time": time,
            "datacontenttype": { "const": "application/json" },
            "dataschema": { "type": "string", "format": "uri" },
            "streamid": { "type": "string", "description": "`<aggregate>/<id>`" },
            "streamversion": { "type": "integer", "minimum": 1 },
            "schemaversion": { "type": "integer", "minimum": 1 },
            "actor": uuid,
            "onbehalfof": uuid,
            "commandid": uuid,
            "correlationid": uuid,
            "causationid": uuid,
            "effectiveat": time,
            "traceparent": text,
            "sealedfor": {
                "type": "string",
                "description": "The people whose keys seal something in it, between blanks.",
            },
            "data": { "type": "object" },
        },
    })
}
