//! Examples of the bodies that operations take and answer with, made from their schemas.

use serde_json::{Value, json};

use crate::sample::sample;

/// What texts are made of before they are replaced by something that fits the name of their field.
const FILLER: &str = "word";

/// Examples of texts, by the names of fields.
const TEXTS: &[(&str, &str)] = &[
    ("display_name", "Anna Berger"),
    ("given_name", "Anna"),
    ("family_name", "Berger"),
    ("login", "anna@example.com"),
    ("email", "anna@example.com"),
    ("password", "correct horse battery staple"),
    ("title", "The printer is silent"),
    ("text", "It prints nothing since Monday."),
    ("body", "It prints nothing since Monday."),
    ("note", "Comes with a dog."),
    ("street", "Kastanienallee 12"),
    ("city", "Berlin"),
    ("postal_code", "10435"),
    ("order_number", "2030-0815"),
    ("local", "2030-01-08T10:00:00"),
    ("start", "2030-01-08T10:00:00"),
    ("zone", "Europe/Berlin"),
    ("locale", "en-GB"),
];

/// What things of a context are called.
const NAMES: &[(&str, &str)] = &[
    ("catalog", "Atlas Editor"),
    ("licensing", "Atlas Editor"),
    ("organizations", "Berger GmbH"),
    ("platform", "Salon Vera"),
    ("purchasing", "Berger GmbH"),
    ("scheduling", "Haircut"),
    ("support", "Out of toner"),
];

/// Gives every JSON body of a request or a successful answer its example, and problems one for all.
pub(super) fn add_examples(document: &mut Value) {
    let root = document.clone();
    let items = document["paths"].as_object_mut().into_iter().flatten();
    let operations = items.flat_map(|(_, item)| item.as_object_mut().into_iter().flatten());
    for (_, operation) in operations {
        let tag = operation["tags"][0].as_str().unwrap_or_default();
        let name = NAMES.iter().find(|(context, _)| *context == tag);
        let name = name.map_or("Anna Berger", |(_, name)| name);
        for (part, content) in operation.as_object_mut().into_iter().flatten() {
            match part.as_str() {
                "requestBody" => add_to(content, name, &root),
                "responses" => {
                    let answers = content.as_object_mut().into_iter().flatten();
                    let successes = answers.filter(|(status, _)| status.starts_with('2'));
                    successes.for_each(|(_, answer)| add_to(answer, name, &root));
                }
                _ => {}
            }
        }
    }
    document["components"]["schemas"]["Problem"]["example"] = json!({
        "type": "urn:servicebook:problem:invalid", "title": "Unprocessable Entity", "status": 422,
        "code": "invalid", "detail": "/name: must not be empty",
        "fields": [{ "pointer": "/name", "message": "must not be empty",
            "keyword": "minLength", "limit": 1 }],
        "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
    });
}

/// Gives the contents of a body or an answer their examples.
fn add_to(part: &mut Value, name: &str, root: &Value) {
    let contents = part.get_mut("content").and_then(Value::as_object_mut);
    let contents = contents.into_iter().flatten();
    for (_, content) in contents.filter(|(kind, _)| kind.ends_with("json")) {
        content["example"] = example(&content["schema"], name, root);
    }
}

fn example(schema: &Value, name: &str, root: &Value) -> Value {
    let mut example = sample(schema, root, FILLER);
    name_texts(&mut example, "", name);
    example
}

/// Replaces made-up texts by what fits the name of their field.
fn name_texts(value: &mut Value, field: &str, name: &str) {
    match value {
        Value::Object(fields) => {
            fields.iter_mut().for_each(|(field, value)| name_texts(value, field, name));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| name_texts(item, field, name)),
        Value::String(text) if text == FILLER && field == "name" => name.clone_into(text),
        Value::String(text) if text == FILLER => {
            let example = TEXTS.iter().find(|(name, _)| *name == field);
            *text = example.map_or_else(|| field.replace('_', " "), |(_, text)| (*text).to_owned());
        }
        _ => {}
    }
}
