//! The bus, described: AsyncAPI 3.

use std::collections::BTreeMap;

use api::EventContract;
use serde_json::{Map, Value, json};

/// One channel for each kind of aggregate, one message for each kind of event.
pub(crate) fn document(events: &[EventContract]) -> Value {
    let mut channels: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for event in events {
        let message = json!({ "$ref": format!("#/components/messages/{}", event.name) });
        channels.entry(event.stream).or_default().insert(event.name.clone(), message);
    }
    let operations: Map<_, _> = channels
        .keys()
        .map(|stream| {
            let channel = json!({ "$ref": format!("#/channels/{stream}") });
            (format!("receive.{stream}"), json!({ "action": "receive", "channel": channel }))
        })
        .collect();
    let channels: Map<_, _> = channels
        .into_iter()
        .map(|(stream, messages)| {
            let channel = json!({ "address": format!("events.{stream}.*"), "messages": messages });
            (stream.to_owned(), channel)
        })
        .collect();
    let messages: Map<_, _> =
        events.iter().map(|event| (event.name.clone(), message(event))).collect();
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Servicebook",
            "version": "1",
            "description": "Everything that happened, on the JetStream stream EVENTS. The \
                sequence of a message is the position of its event in the log.",
        },
        "defaultContentType": "application/cloudevents+json",
        "channels": channels,
        "operations": operations,
        "components": { "messages": messages, "schemas": { "Envelope": envelope() } },
    })
}

fn message(event: &EventContract) -> Value {
    json!({
        "name": event.name,
        "summary": event.summary,
        "payload": { "allOf": [
            { "$ref": "#/components/schemas/Envelope" },
            { "properties": {
                "type": { "const": event.name },
                "data": { "$ref": format!("events/{}.json", event.name) },
            } },
        ] },
    })
}

/// What every message says of its event: CloudEvents 1.0 and our extensions.
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
            "reason": text,
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
