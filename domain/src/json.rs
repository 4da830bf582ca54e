//! Checks of JSON before it is stored.

use serde_json::Value;

/// What is said of a value that [`has_nul`].
pub const NUL_PROBLEM: &str = "must not contain the character U+0000";

/// Whether the character U+0000 is anywhere in it: Postgres stores every other one.
pub fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(values) => values.iter().any(has_nul),
        Value::Object(fields) => {
            fields.iter().any(|(name, value)| name.contains('\0') || has_nul(value))
        }
        _ => false,
    }
}
