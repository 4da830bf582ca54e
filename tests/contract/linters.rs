//! The published contracts, judged by the linters and parsers of others.

use std::{path::Path, process::Command};

/// Runs a program of `.tools/node/node_modules` or of ours, which finds nothing wrong.
fn assert_content(program: &str, arguments: &[&str]) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let output = Command::new("node")
        .arg(root.join(program))
        .args(arguments)
        .current_dir(root)
        .env("NODE_PATH", root.join(".tools/node/node_modules"))
        .env("REDOCLY_TELEMETRY", "off")
        .env("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true")
        .output()
        .unwrap();
    let streams =
        [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    assert!(output.status.success(), "{program}: {}", streams.concat());
}

#[test]
fn redocly_finds_nothing_to_say_about_openapi() {
    let program = ".tools/node/node_modules/@redocly/cli/bin/cli.js";
    let config = "--config=tests/contract/linters/redocly.yaml";
    assert_content(program, &["lint", "schemas/openapi.json", config]);
}

#[test]
fn spectral_finds_nothing_to_say_about_openapi() {
    let program = ".tools/node/node_modules/@stoplight/spectral-cli/dist/index.js";
    let ruleset = "--ruleset=tests/contract/linters/spectral.yaml";
    assert_content(program, &["lint", "schemas/openapi.json", ruleset, "--fail-severity=hint"]);
}

#[test]
fn the_parser_of_asyncapi_reads_what_is_on_the_bus() {
    assert_content("tests/contract/linters/asyncapi.mjs", &["schemas/asyncapi.json"]);
}
