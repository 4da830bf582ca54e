//! What holds for the whole document.

use std::collections::BTreeSet;

use commands::policy::RIGHTS_MATRIX;

use super::*;

#[test]
fn nothing_refers_to_what_is_not_there() {
    let document = openapi();
    let text = document.to_string();
    let references = text.split("\"#/components/schemas/").skip(1);
    let missing: BTreeSet<_> = references
        .filter_map(|rest| rest.split('"').next())
        .filter(|name| document["components"]["schemas"].get(name).is_none())
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn every_operation_names_the_right_it_takes() {
    let document = openapi();
    let items = document["paths"].as_object().unwrap().values();
    let operations = items.flat_map(|item| item.as_object().unwrap().values());
    let allowed: BTreeSet<_> =
        RIGHTS_MATRIX.iter().map(|(right, _)| right.to_string()).chain(["public".into()]).collect();
    let silent: Vec<_> = operations
        .filter(|operation| {
            operation["x-right"].as_str().is_none_or(|right| !allowed.contains(right))
        })
        .map(|operation| operation["operationId"].to_string())
        .collect();
    assert!(silent.is_empty(), "{silent:#?}");
}

#[test]
fn every_command_names_its_idempotency_key() {
    let document = openapi();
    let takes = |path: &str, method: &str| {
        let parameters = document["paths"][path][method]["parameters"].as_array();
        let names = parameters.into_iter().flatten().map(|parameter| parameter["name"].to_string());
        names.filter(|name| name.contains('-')).collect::<Vec<_>>().join(" ")
    };
    let key = "\"Idempotency-Key\"";
    assert_eq!(takes("/api/v1/users", "post"), key);
    assert_eq!(takes("/api/v1/issues/{id}/comments", "post"), key);
    let both = format!("{key} \"If-Match\"");
    assert_eq!(takes("/api/v1/cabinets/{id}/members/{user}", "delete"), both);
    assert_eq!(takes("/api/v1/customers/{id}", "patch"), both);
    assert_eq!(takes("/api/v1/jwt", "post"), "");
}

#[test]
fn every_operation_has_a_name_of_its_own() {
    let document = openapi();
    let items = document["paths"].as_object().unwrap().values();
    let operations = items.flat_map(|item| item.as_object().unwrap().values());
    let mut names = BTreeSet::new();
    for operation in operations {
        let name = operation["operationId"].as_str().unwrap().to_owned();
        assert!(names.insert(name.clone()), "{name}");
    }
}
