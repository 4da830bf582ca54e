//! Clients that others generate from the published contracts, and what they do with the running system.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;
use tempfile::TempDir;
use tests::world::{Caller, PASSWORD, World};

use crate::faults::oracles::read_bus;

/// So many calls each client makes, and so many kinds of events are read.
const AT_LEAST: usize = 30;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// A folder in which Node finds the packages of the tests.
fn node_folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    symlink(root().join(".tools/node/node_modules"), folder.path().join("node_modules")).unwrap();
    fs::write(folder.path().join("package.json"), r#"{ "type": "module" }"#).unwrap();
    folder
}

/// Copies files of `tests/contract/clients`.
fn copy(files: &[&str], folder: &Path) {
    for file in files {
        fs::copy(root().join("tests/contract/clients").join(file), folder.join(file)).unwrap();
    }
}

/// Runs a program in a folder, which must succeed; answers what it printed.
fn run(program: &str, arguments: &[&str], folder: &Path) -> String {
    let python_path = format!("{}:{}", root().join(".tools/python").display(), folder.display());
    let output = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .env("PYTHONPATH", python_path)
        .env("NODE_PATH", root().join(".tools/node/node_modules"))
        .output()
        .unwrap();
    let streams = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
    assert!(output.status.success(), "{program} {arguments:?}: {}", streams.concat());
    streams.concat()
}

/// Runs a program that makes calls as an administrator, and says how many.
async fn make_calls(program: &'static str, file: &'static str, folder: &Path, admin: &Caller) {
    let arguments = [file.to_owned(), admin.base.clone(), admin.email.clone(), PASSWORD.to_owned()];
    let folder = folder.to_owned();
    let calls = tokio::task::spawn_blocking(move || {
        run(program, &arguments.each_ref().map(String::as_str), &folder)
    });
    let calls = calls.await.unwrap();
    let count: usize = calls.trim().trim_end_matches(" calls").parse().unwrap();
    assert!(count >= AT_LEAST, "{calls}");
}

#[tokio::test]
async fn clients_that_others_generate_work_and_their_types_fit_the_answers() {
    let mut world = World::start().await;
    let admin = world.admin().await;

    let python = tempfile::tempdir().unwrap();
    let contract = root().join("schemas/openapi.json").display().to_string();
    let generate = ["-m", "openapi_python_client", "generate", "--meta", "none"];
    let into = ["--path", &contract, "--output-path", "servicebook"];
    run("python3", &[&generate[..], &into].concat(), python.path());
    copy(&["calls.py"], python.path());
    make_calls("python3", "calls.py", python.path(), &admin).await;

    let node = node_folder();
    let generator = "node_modules/openapi-typescript/bin/cli.js";
    run("node", &[generator, &contract, "--output", "schema.d.ts"], node.path());
    copy(&["calls.ts", "tsconfig.json"], node.path());
    run("node", &["node_modules/typescript/bin/tsc"], node.path());
    make_calls("node", "calls.js", node.path(), &admin).await;
    world.stop().await;
}

#[tokio::test]
async fn events_are_of_the_types_that_others_generate_for_them() {
    let mut world = World::isolated().await;
    world.cli(&["demo"]);
    world.wait_until_settled().await;
    let messages = read_bus(&world).await.into_iter().map(|message| message.event);
    // The longest of each kind says most.
    let mut longest: BTreeMap<String, Value> = BTreeMap::new();
    for event in messages {
        let kind = event["type"].as_str().unwrap().to_owned();
        let before = longest.get(&kind).map_or(0, |before| before.to_string().len());
        if event.to_string().len() > before {
            longest.insert(kind, event);
        }
    }
    let kinds: BTreeSet<_> = longest.keys().collect();
    assert!(kinds.len() >= AT_LEAST, "{kinds:?}");
    world.stop().await;

    let node = node_folder();
    let events: Vec<_> = longest.values().collect();
    fs::write(node.path().join("events.json"), serde_json::to_string(&events).unwrap()).unwrap();
    copy(&["models.mjs"], node.path());
    let contract = root().join("schemas/asyncapi.json").display().to_string();
    run("node", &["models.mjs", &contract, "events.json", "."], node.path());
    let strict = ["--strict", "--noEmit", "--skipLibCheck", "--types", "node", "events.ts"];
    run("node", &[&["node_modules/typescript/bin/tsc"][..], &strict].concat(), node.path());
}
