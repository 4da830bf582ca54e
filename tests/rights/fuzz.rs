//! Schemathesis as a principal of every role: every answer conforms to the published contract.

use std::{path::Path, process::Command, time::Duration};

use reqwest::StatusCode;
use tests::world::Caller;
use uuid::Uuid;

use super::{
    fixture::{Fixture, Principal},
    table::{Owner, RightsTable, Scope},
};

/// As long as an access token is valid.
const PATIENCE: Duration = Duration::from_mins(10);
/// Operations that would end the session or never return; `tests/contract` covers them.
const EXCLUDED: [&str; 3] = ["identity.session.logout", "identity.session.end_all", "live.follow"];
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
    response_headers_conformance,response_schema_conformance";

/// Requests do not wait for positions that are never reached; unexpected methods are tested
/// elsewhere, and invalid values are left to the fuzzing phase.
const CONFIG: &str = r#"
[parameters]
"header.X-Min-Position" = "1"
[phases.coverage]
unexpected-methods = []
[phases.coverage.generation]
mode = "positive"
"#;

/// What frames a message is read by HTTP itself, below the API, which refuses it without a body; what is made of
/// bytes is sent as they are.
const HOOKS: &str = r#"
import schemathesis

@schemathesis.hook
def filter_headers(context, headers):
    framing = {"transfer-encoding", "content-length", "connection", "upgrade", "expect"}
    return not headers or framing.isdisjoint(name.lower() for name in headers)

# The bytes of an upload (tus 1.0).
schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")
"#;

/// Administrators are refused nothing, so boundary values of every field are tried as them only.
#[tokio::test]
async fn schemathesis_finds_nothing_as_an_administrator() {
    assert_no_findings(&["admin"], "examples,coverage,fuzzing").await;
}

#[tokio::test]
async fn schemathesis_finds_nothing_as_staff() {
    let names = ["employee", "support_agent", "purchase_system", "analyst"];
    assert_no_findings(&names, "fuzzing").await;
}

#[tokio::test]
async fn schemathesis_finds_nothing_as_a_client_or_a_guest() {
    let names = ["guest", "client_user/subtree", "client_admin/subtree"];
    assert_no_findings(&names, "fuzzing").await;
}

async fn assert_no_findings(names: &[&str], phases: &str) {
    let mut fixture = Fixture::new().await;
    let mut failures = vec![];
    for name in names {
        let principal =
            fixture.principals.iter().find(|principal| principal.name == *name).unwrap();
        let guest = principal.role == "guest";
        let caller = if guest {
            principal.caller.clone()
        } else {
            fixture.world.login(&principal.caller.email).await
        };
        let (passed, output) = run_schemathesis(&fixture, principal, &caller, phases).await;
        let count = output.lines().find(|line| line.contains("generated"));
        println!("{name}: {}", count.unwrap_or(&output).trim());
        if !passed {
            failures.push(format!("as {name}:\n{output}"));
        }
        // Otherwise every answer would have been 401.
        let me = caller.get("/me").await.status;
        assert_eq!(me == StatusCode::OK, !guest, "{name} is out: {me}");
    }
    fixture.world.stop().await;
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

async fn run_schemathesis(
    fixture: &Fixture,
    principal: &Principal,
    caller: &Caller,
    phases: &str,
) -> (bool, String) {
    let folder = tempfile::tempdir().unwrap();
    let config = config(fixture, principal, caller);
    std::fs::write(folder.path().join("schemathesis.toml"), config).unwrap();
    std::fs::write(folder.path().join("fuzz_hooks.py"), HOOKS).unwrap();
    let table = RightsTable::read();
    let allowed_operations = allowed_operations(&table, principal);
    let mut program = Command::new("python3");
    program
        .args(["-m", "schemathesis.cli", "run", &fixture.world.url("/api/v1/openapi.json")])
        .args(["--phases", phases, "--checks", CHECKS])
        .args(["--max-examples", &tests::effort().to_string()])
        .args(["--generation-deterministic", "--no-shrink", "--continue-on-failure"])
        .args(["--suppress-health-check", "all", "--warnings", "off", "--no-color"])
        .args(["--request-timeout", "20"])
        .args(allowed_operations.iter().flat_map(|name| ["--include-operation-id", name]))
        .args(EXCLUDED.iter().flat_map(|name| ["--exclude-operation-id", name]))
        .current_dir(folder.path())
        .env("SCHEMATHESIS_HOOKS", "fuzz_hooks")
        .env("PYTHONPATH", Path::new(env!("CARGO_MANIFEST_DIR")).join("../.tools/python"));
    let program = tokio::task::spawn_blocking(move || program.output().unwrap());
    let finished = tokio::time::timeout(PATIENCE, program).await.unwrap().unwrap();
    let (output, errors) =
        (String::from_utf8_lossy(&finished.stdout), String::from_utf8_lossy(&finished.stderr));
    (finished.status.success(), format!("{output}{errors}"))
}

/// The operations that a principal has the right to. All others are refused before the body is
/// read, which `matrix.rs` tests.
fn allowed_operations<'a>(table: &'a RightsTable, principal: &Principal) -> Vec<&'a str> {
    let items = table.openapi["paths"].as_object().unwrap().iter();
    let items = items.filter(|(path, _)| path.starts_with("/api/"));
    let operations = items.flat_map(|(_, item)| item.as_object().unwrap().values());
    let allowed_operations = operations.filter(|operation| {
        let right = operation["x-right"].as_str().unwrap();
        table.cell(right, principal.role, principal.reach) != Scope::None
    });
    allowed_operations.map(|operation| operation["operationId"].as_str().unwrap()).collect()
}

/// The configuration: credentials, and ids of existing items of others, so that no principal locks
/// themselves out.
fn config(fixture: &Fixture, principal: &Principal, caller: &Caller) -> String {
    let owner = match principal.role {
        "admin" => Owner::SiblingCabinet,
        _ if principal.reach.is_some() => Owner::ChildCabinet,
        _ => Owner::ForeignCabinet,
    };
    let item = |kind: &str, owner| fixture.item_id(kind, owner, principal);
    let token = caller.token.iter();
    let headers = token.map(|token| format!("headers = {{ Authorization = \"Bearer {token}\" }}"));
    let user = item("users", owner).unwrap();
    let operations = [
        ("auth/sessions", Some(Uuid::nil())),
        ("cabinets", item("cabinets", owner)),
        ("customers", item("customers", Owner::Caller).or(item("customers", Owner::Nobody))),
        ("invitations", item("invitations", owner)),
        ("issues", item("issues", owner)),
        ("licenses", item("licenses", owner)),
        ("products", item("products", Owner::Nobody)),
        ("service-accounts", item("service-accounts", owner)),
        ("subjects", item("users", Owner::ParentCabinet)),
        ("users", Some(user)),
    ];
    let operations = operations.map(|(path, id)| {
        let id = id.unwrap();
        format!(
            "[[operations]]\ninclude-path-regex = '^/api/v1/{path}/\\{{'\n\
             parameters = {{ \"path.id\" = '{id}', \"path.user\" = '{user}' }}"
        )
    });
    headers.chain([CONFIG.to_owned()]).chain(operations).collect::<Vec<_>>().join("\n")
}
