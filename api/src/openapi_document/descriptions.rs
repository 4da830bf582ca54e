//! What the document says in words of operations, parameters and answers, where their code says nothing.

use serde_json::{Value, json};

use crate::contexts::{Context, Version};

/// The tags of what is no context.
const MORE_TAGS: [(&str, &str); 4] = [
    ("contracts", "These contracts, served by every process."),
    ("live", "What changes, told at once: which thing, never what."),
    ("oauth", "The authorization server: OAuth 2.1 and OpenID Connect."),
    ("operations", "Whether a process is well, for whatever watches over it."),
];

/// The tags of the document: the contexts of these versions, and what is none.
pub(super) fn tags(versions: &[Version]) -> Value {
    let contexts = versions.iter().flat_map(|version| version.contexts);
    let contexts = contexts.map(|Context { name, about, .. }| (*name, *about));
    let mut tags: Vec<_> = contexts.chain(MORE_TAGS).collect();
    tags.sort_unstable();
    tags.dedup();
    let tag = |(name, about)| json!({ "name": name, "description": about });
    tags.into_iter().map(tag).collect()
}

/// Completes an operation.
pub(super) fn fill_in_descriptions(operation: &mut Value) {
    let right = match operation["x-right"].as_str() {
        None | Some("public") => "Anybody may do this.".to_owned(),
        Some(right) => format!("Takes the right `{right}`."),
    };
    operation["description"] = match operation["description"].as_str() {
        None | Some("") => right.into(),
        Some(text) => format!("{text}\n\n{right}").into(),
    };
    let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut);
    for parameter in parameters.into_iter().flatten() {
        if parameter["in"] == "path" && is_silent(parameter) {
            let name = parameter["name"].as_str().unwrap_or_default();
            parameter["description"] = match name {
                "id" => "Which one.".into(),
                part => format!("Which {part} of it.").into(),
            };
        }
    }
    for (status, response) in operation["responses"].as_object_mut().into_iter().flatten() {
        if is_silent(response) {
            response["description"] = meaning(status).into();
        }
    }
}

fn is_silent(part: &Value) -> bool {
    part["description"].as_str().is_none_or(str::is_empty)
}

/// What a status means of which an operation says nothing of its own.
fn meaning(status: &str) -> &'static str {
    match status {
        "200" => "The answer.",
        "201" => "It was created.",
        "202" => "It was taken; what comes of it is not said here.",
        "204" => "It is so.",
        "400" => "The request cannot be accepted as it is.",
        "401" => "Nobody we know, or not with this credential.",
        _ => "See the status.",
    }
}
