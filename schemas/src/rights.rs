//! The matrix of rights, as JSON for programs and as a page for people.

use std::{collections::BTreeMap, fmt::Write};

use commands::policy::{RIGHTS_MATRIX, matrix_as_markdown};
use domain::identity::Role;
use serde_json::{Value, json};

/// Every cell of the matrix: `{"users_read": {"guest": "none", …}, …}`.
pub(crate) fn rights_json() -> Value {
    let cells = |(right, scopes): &(domain::identity::Right, [_; Role::ALL.len()])| {
        let cells: BTreeMap<_, _> =
            Role::ALL.iter().zip(scopes).map(|(role, scope)| (role.to_string(), scope)).collect();
        (right.to_string(), json!(cells))
    };
    RIGHTS_MATRIX.iter().map(cells).collect::<serde_json::Map<_, _>>().into()
}

/// The page: the matrix, and the right that each operation takes.
pub(crate) fn rights_markdown(openapi: &Value) -> String {
    let mut page = String::from(
        "# Who may do what\n\nMade from the code by `cargo run -p schemas`.\n\n\
         How far a right goes: over nothing (–), one's *own*, what belongs to the *cabinet* one \
         acts in, to the cabinets below it (*subtree*), or *all*. What is given to a client goes no \
         further than the reach of the membership.\n\n",
    );
    page += &matrix_as_markdown();
    page += "\n## The right that each operation takes\n\n| operation | right |\n| --- | --- |\n";
    for (path, item) in openapi["paths"].as_object().into_iter().flatten() {
        for (method, operation) in item.as_object().into_iter().flatten() {
            let right = operation["x-right"].as_str().unwrap_or("–");
            let _ = writeln!(page, "| `{} {path}` | {right} |", method.to_uppercase());
        }
    }
    page
}
