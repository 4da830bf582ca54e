//! Schemathesis, unmodified, as somebody of every role: no answer that the contract does not have.

use std::{path::Path, process::Command, time::Duration};

use reqwest::StatusCode;
use tests::world::Caller;
use uuid::Uuid;

use super::{
    scene::{Scene, Someone},
    table::{Owner, Scope, Table},
};

/// For as long as an access token is good.
const PATIENCE: Duration = Duration::from_mins(10);
/// How many examples are made up for each operation, unless `FUZZ_EXAMPLES` says otherwise.
const EXAMPLES: &str = "3";
/// Whoever did these would have nothing more to ask, or wait for ever: the walk of
/// `tests/contract` does them.
const LAST: [&str; 3] = ["identity.session.logout", "identity.session.end_all", "live.follow"];
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
    response_headers_conformance,response_schema_conformance";

/// For what never happens nobody waits. Which methods there are, the wire's own tests ask; and of the
/// thousands of ways to say nonsense a few are enough, which the fuzzing has.
const MANNERS: &str = r#"
[parameters]
"header.X-Min-Position" = "1"
[phases.coverage]
unexpected-methods = []
[phases.coverage.generation]
mode = "positive"
"#;

/// Where an administrator gets through, all there is to be said is said: as him every edge of every
/// field is tried, as the others what comes to mind.
#[tokio::test]
async fn schemathesis_finds_nothing_as_an_administrator() {
    finds_nothing(&["admin"], "examples,coverage,fuzzing").await;
}

#[tokio::test]
async fn schemathesis_finds_nothing_as_who_works_here() {
    let names = ["employee", "support_agent", "purchase_system", "analyst"];
    finds_nothing(&names, "fuzzing").await;
}

#[tokio::test]
async fn schemathesis_finds_nothing_as_a_client_or_a_guest() {
    let names = ["guest", "client_user/subtree", "client_admin/subtree"];
    finds_nothing(&names, "fuzzing").await;
}

async fn finds_nothing(names: &[&str], phases: &str) {
    let mut scene = Scene::set().await;
    let mut found = vec![];
    for name in names {
        let who = scene.people.iter().find(|who| who.name == *name).unwrap();
        let guest = who.role == "guest";
        let caller =
            if guest { who.caller.clone() } else { scene.world.login(&who.caller.email).await };
        let (sound, said) = schemathesis(&scene, who, &caller, phases).await;
        let count = said.lines().find(|line| line.contains("generated"));
        println!("{name}: {}", count.unwrap_or(&said).trim());
        if !sound {
            found.push(format!("as {name}:\n{said}"));
        }
        // Else it heard nothing but that it should sign in.
        let me = caller.get("/me").await.status;
        assert_eq!(me == StatusCode::OK, !guest, "{name} is out: {me}");
    }
    scene.world.stop().await;
    assert!(found.is_empty(), "{}", found.join("\n"));
}

async fn schemathesis(
    scene: &Scene,
    who: &Someone,
    caller: &Caller,
    phases: &str,
) -> (bool, String) {
    let folder = tempfile::tempdir().unwrap();
    let config = config(scene, who, caller);
    std::fs::write(folder.path().join("schemathesis.toml"), config).unwrap();
    let table = Table::read();
    let heard = heard(&table, who);
    let examples = std::env::var("FUZZ_EXAMPLES").unwrap_or(EXAMPLES.to_owned());
    let mut program = Command::new("python3");
    program
        .args(["-m", "schemathesis.cli", "run", &scene.world.url("/api/v1/openapi.json")])
        .args(["--phases", phases, "--checks", CHECKS])
        .args(["--max-examples", &examples])
        .args(["--generation-deterministic", "--no-shrink", "--continue-on-failure"])
        .args(["--suppress-health-check", "all", "--warnings", "off", "--no-color"])
        .args(["--request-timeout", "20"])
        .args(heard.iter().flat_map(|name| ["--include-operation-id", name]))
        .args(LAST.iter().flat_map(|name| ["--exclude-operation-id", name]))
        .current_dir(folder.path())
        .env("PYTHONPATH", Path::new(env!("CARGO_MANIFEST_DIR")).join("../.tools/python"));
    let program = tokio::task::spawn_blocking(move || program.output().unwrap());
    let output = tokio::time::timeout(PATIENCE, program).await.unwrap().unwrap();
    let (said, errors) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output.status.success(), format!("{said}{errors}"))
}

/// The operations for which somebody has the right. All others he is refused before anything is read
/// of what he sends, and that is asked elsewhere (`matrix.rs`).
fn heard<'a>(table: &'a Table, who: &Someone) -> Vec<&'a str> {
    let items = table.openapi["paths"].as_object().unwrap().iter();
    let items = items.filter(|(path, _)| path.starts_with("/api/"));
    let operations = items.flat_map(|(_, item)| item.as_object().unwrap().values());
    let heard = operations.filter(|operation| {
        let right = operation["x-right"].as_str().unwrap();
        table.cell(right, who.role, who.reach) != Scope::None
    });
    heard.map(|operation| operation["operationId"].as_str().unwrap()).collect()
}

/// Who asks, and about what: things that are there, of others, so that nobody puts himself out.
fn config(scene: &Scene, who: &Someone, caller: &Caller) -> String {
    let owner = match who.role {
        "admin" => Owner::Sibling,
        _ if who.reach.is_some() => Owner::Child,
        _ => Owner::Foreign,
    };
    let thing = |kind: &str, owner| scene.thing(kind, owner, who);
    let token = caller.token.iter();
    let headers = token.map(|token| format!("headers = {{ Authorization = \"Bearer {token}\" }}"));
    let user = thing("users", owner).unwrap();
    let about = [
        ("auth/sessions", Some(Uuid::nil())),
        ("cabinets", thing("cabinets", owner)),
        ("customers", thing("customers", Owner::Himself).or(thing("customers", Owner::Nobody))),
        ("invitations", thing("invitations", owner)),
        ("issues", thing("issues", owner)),
        ("licenses", thing("licenses", owner)),
        ("products", thing("products", Owner::Nobody)),
        ("service-accounts", thing("service-accounts", owner)),
        ("subjects", thing("users", Owner::Parent)),
        ("users", Some(user)),
    ];
    let about = about.map(|(path, id)| {
        let id = id.unwrap();
        format!(
            "[[operations]]\ninclude-path-regex = '^/api/v1/{path}/\\{{'\n\
             parameters = {{ \"path.id\" = '{id}', \"path.user\" = '{user}' }}"
        )
    });
    headers.chain([MANNERS.to_owned()]).chain(about).collect::<Vec<_>>().join("\n")
}
