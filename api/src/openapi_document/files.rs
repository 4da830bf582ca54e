//! What lists answer as files.

use serde_json::{Value, json};

use crate::{describe::FORMAT_PARAMETER, tables::Format};

/// Adds what a list answers as a file, where it can be asked for one.
pub(super) fn add_file_responses(operation: &mut Value) {
    let mut parameters = operation["parameters"].as_array().into_iter().flatten();
    let offers_lists = |parameter: &Value| {
        let names = parameter["schema"]["enum"].as_array();
        let csv = json!(Format::Csv.name());
        parameter["name"] == FORMAT_PARAMETER && names.is_some_and(|names| names.contains(&csv))
    };
    if !parameters.any(offers_lists) {
        return;
    }
    for format in Format::OF_LISTS.iter().filter(|format| **format != Format::Json) {
        operation["responses"]["200"]["content"][format.media_type()] =
            json!({ "schema": { "type": "string", "format": "binary" } });
    }
    operation["responses"]["202"] = export_response();
}

/// The answer to who asks for a file that becomes an export.
fn export_response() -> Value {
    let location = json!({
        "description": "The export.",
        "schema": { "type": "string", "format": "uri-reference" },
    });
    json!({
        "description": "It has no file: that is being made as an export, which `Location` names.",
        "headers": { "Location": location },
    })
}
