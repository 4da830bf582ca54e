//! What lists answer as files.

use serde_json::{Value, json};

use crate::{describe::FORMAT, tables::Format};

/// Adds what a list answers as a file, where it can be asked for one.
pub(super) fn add_files(operation: &mut Value) {
    let mut parameters = operation["parameters"].as_array().into_iter().flatten();
    if !parameters.any(|parameter| parameter["name"] == FORMAT) {
        return;
    }
    for format in Format::OF_LISTS.iter().filter(|format| **format != Format::Json) {
        operation["responses"]["200"]["content"][format.media_type()] =
            json!({ "schema": { "type": "string", "format": "binary" } });
    }
}
