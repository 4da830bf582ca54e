//! How a caller shows who they are, by operation.

use commands::policy::{self, RIGHTS_MATRIX};
use domain::identity::{Role, Scope};
use serde_json::{Value, json};

use crate::auth::ACCESS_COOKIE;

/// The schemes of the document.
pub(super) fn security_schemes() -> Value {
    json!({
        "bearer": {
            "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
            "description": "The access token of a person, or the API key of a program.",
        },
        "cookie": {
            "type": "apiKey", "in": "cookie", "name": ACCESS_COOKIE,
            "description": "The access token of somebody who signed in at a page of ours.",
        },
        "csrf": {
            "type": "apiKey", "in": "header", "name": "X-CSRF-Token",
            "description": "What stands in the cookie `__Host-csrf`: with the other cookie, for all but GET.",
        },
    })
}

/// What an operation takes: nothing if it is for everybody, and a credential unless guests have its right.
pub(super) fn operation_security(method: &str, operation: &Value) -> Value {
    let right = operation["x-right"].as_str().unwrap_or_default();
    if right == "public" {
        return json!([]);
    }
    let cookie = match method {
        "get" => json!({ "cookie": [] }),
        _ => json!({ "cookie": [], "csrf": [] }),
    };
    let mut ways = vec![json!({ "bearer": [] }), cookie];
    let found = RIGHTS_MATRIX
        .iter()
        .map(|(right, _)| *right)
        .find(|candidate| candidate.to_string() == right);
    if found.is_some_and(|right| policy::role_scope(right, Role::Guest) != Scope::None) {
        ways.push(json!({}));
    }
    Value::Array(ways)
}
