//! Every operation is met with success by some test. Those that do so take minutes; that one was
//! forgotten is told here at once.

use std::{collections::BTreeSet, fs};

use serde_json::Value;

use super::root;

/// An operation as it is published.
struct Operation {
    name: String,
    method: String,
    path: String,
    /// What it takes: a right, or `public`.
    right: String,
}

#[test]
fn every_operation_has_a_step_or_a_recipe() {
    let operations = operations();
    let mut called = recipes().0;
    for step in lines("tests/contract/steps.txt") {
        let mut words = step.split(' ');
        match (words.next(), words.next(), words.next()) {
            (Some("elsewhere"), ..) => called.extend(step.split(' ').map(str::to_owned)),
            (Some("passkey"), ..) => {
                let of_passkeys = operations.iter().filter(|it| it.path.contains("/passkeys"));
                called.extend(of_passkeys.map(|it| it.name.clone()));
            }
            (_, Some(method), Some(path)) => called.extend(at(&operations, method, path)),
            _ => {}
        }
    }
    let missing = operations.iter().filter(|operation| !called.contains(&operation.name));
    let missing: Vec<_> = missing.map(|operation| &operation.name).collect();
    assert!(missing.is_empty(), "neither tests/contract/steps.txt nor a recipe calls {missing:#?}");
}

#[test]
fn every_command_has_a_recipe_and_every_recipe_a_command() {
    let operations = operations();
    let (recipes, elsewhere) = recipes();
    let commands = operations.iter().filter(|operation| {
        operation.path.starts_with("/api/")
            && operation.method != "get"
            && operation.right != "public"
    });
    let has_recipe = |name: &String| recipes.contains(name) || elsewhere.contains(name);
    let missing: Vec<_> = commands.map(|it| &it.name).filter(|name| !has_recipe(name)).collect();
    assert!(missing.is_empty(), "tests/rights/recipes.txt has no recipe for {missing:#?}");
    let names: BTreeSet<_> = operations.iter().map(|operation| operation.name.clone()).collect();
    let unknown: Vec<_> = recipes.union(&elsewhere).filter(|name| !names.contains(*name)).collect();
    assert!(unknown.is_empty(), "tests/rights/recipes.txt: nothing is published as {unknown:#?}");
}

fn operations() -> Vec<Operation> {
    let document = fs::read_to_string(root().join("schemas/openapi.json")).unwrap();
    let document: Value = serde_json::from_str(&document).unwrap();
    let mut operations = vec![];
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            operations.push(Operation {
                name: operation["operationId"].as_str().unwrap().to_owned(),
                method: method.clone(),
                path: path.clone(),
                right: operation["x-right"].as_str().unwrap_or("public").to_owned(),
            });
        }
    }
    operations
}

/// The operation at a path: of the templates that fit, the one with the fewest parameters.
fn at(operations: &[Operation], method: &str, path: &str) -> Option<String> {
    let path: Vec<_> = path.split('?').next()?.split('/').collect();
    let fits = |operation: &&Operation| {
        let parts: Vec<_> = operation.path.trim_start_matches("/api/v1").split('/').collect();
        let same = |(part, requested): (&&str, &&str)| part == requested || part.starts_with('{');
        operation.method.to_uppercase() == method
            && parts.len() == path.len()
            && parts.iter().zip(&path).all(same)
    };
    let best = operations.iter().filter(fits).min_by_key(|it| it.path.matches('{').count());
    best.map(|operation| operation.name.clone())
}

/// The operations that have a recipe, and those that succeed elsewhere.
fn recipes() -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut recipes, mut elsewhere) = (BTreeSet::new(), BTreeSet::new());
    for line in lines("tests/rights/recipes.txt") {
        let mut words = line.split(' ').map(str::to_owned);
        match words.next().as_deref() {
            None | Some("" | "#" | "thing") => {}
            Some("elsewhere") => elsewhere.extend(words),
            Some(name) => recipes.extend([name.to_owned()]),
        }
    }
    (recipes, elsewhere)
}

/// The lines of a file; an indented one goes on with the one before it.
fn lines(file: &str) -> Vec<String> {
    let text = fs::read_to_string(root().join(file)).unwrap().replace("\n    ", " ");
    text.lines().map(str::to_owned).collect()
}
