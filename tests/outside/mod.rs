//! The bus and the published schemas, used by programs in another language that know nothing else.

mod past;

use std::{
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use chrono::{SubsecRound, TimeDelta, Utc};
use reqwest::StatusCode;
use serde_json::json;
use tests::world::World;

/// The events that the subscriber waits for.
const EXPECTED_EVENTS: [&str; 4] =
    ["AppointmentBooked", "CustomerCreated", "IssueCommented", "LicenseExpired"];

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "the program under test has the same clock")]
async fn events_reach_a_subscriber_in_another_language_as_their_schemas_say() {
    let mut world = World::isolated().await;
    world.cli(&["demo"]);
    let admin = world.admin().await;
    world.wait_until_settled().await;
    // Another licence like the demonstration's first, which expires in four seconds.
    let license = admin.get("/licenses?limit=1").await.expect(StatusCode::OK);
    let license = &license.body["data"][0];
    let now = Utc::now().trunc_subsecs(0);
    let short = json!({
        "cabinet": license["cabinet_id"], "product": license["product_id"],
        "parameters": license["parameters"],
        "from": now - TimeDelta::hours(1), "until": now + TimeDelta::seconds(4),
    });
    admin.post("/licenses", short).await.expect(StatusCode::CREATED);

    let bus = world.running().nats_url.reveal().to_owned();
    let arguments = [bus, world.url("")].into_iter().chain(EXPECTED_EVENTS.map(str::to_owned));
    let output = run_python("subscriber.py", arguments.collect()).await;
    for event in EXPECTED_EVENTS {
        assert!(output.lines().any(|line| line == event), "{event} did not come: {output}");
    }
    world.stop().await;
}

/// Runs one of the Python programs in this folder; answers what it printed.
pub(crate) async fn run_python(program: &'static str, arguments: Vec<String>) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let run = tokio::task::spawn_blocking(move || {
        Command::new("python3")
            .arg(root.join("tests/outside").join(program))
            .args(arguments)
            .env("PYTHONPATH", root.join(".tools/python"))
            .output()
            .unwrap()
    });
    let finished = tokio::time::timeout(Duration::from_mins(2), run).await.unwrap().unwrap();
    let (output, errors) =
        (String::from_utf8_lossy(&finished.stdout), String::from_utf8_lossy(&finished.stderr));
    assert!(finished.status.success(), "{output}{errors}");
    output.into_owned()
}

/// The first line of a command's output, which is an address.
fn first_line(output: &str) -> String {
    output.lines().next().unwrap().to_owned()
}

#[tokio::test]
async fn s_15_a_user_of_the_bus_can_do_what_its_kind_allows_and_nothing_else() {
    let mut world = World::isolated().await;
    let admin = world.admin().await;
    world.user_with_role(&admin, "employee", json!({})).await;
    let add_user = |name, kind| first_line(&world.cli(&["bus", "user", "add", name, "--as", kind]));
    let (source, subscriber) = (add_user("webshop", "source"), add_user("reporting", "subscriber"));
    let again = world.try_cli(&["bus", "user", "add", "webshop", "--as", "source"]);
    assert!(!again.status.success());
    let listed = world.cli(&["bus", "user", "list"]);
    assert!(listed.contains("webshop") && listed.contains("reporting"), "{listed}");
    let projector = world.running().nats_users[&bus::ProcessKind::Projector].reveal().to_owned();
    world.wait_until_settled().await;
    let before = world.bus().await.get_stream("EVENTS").await.unwrap().cached_info().clone();
    assert!(before.state.messages >= 3);

    let output = run_python("intruder.py", vec![source.clone(), subscriber, projector]).await;
    assert!(output.contains("Nothing could be done"), "{output}");
    let after = world.bus().await.get_stream("EVENTS").await.unwrap().cached_info().clone();
    assert_eq!(after.created, before.created, "the stream was begun anew");
    world.wait_until_settled().await;
    assert!(!world.log().contains("NO MIRROR"), "{}", world.log());

    world.cli(&["bus", "user", "remove", "webshop"]);
    let login: async_nats::ServerAddr = source.parse().unwrap();
    let parts = [login.username(), login.password()];
    let [user, password] = parts.map(|word| word.unwrap().to_owned());
    let connects = async || {
        let (user, password) = (user.clone(), password.clone());
        let options = async_nats::ConnectOptions::with_user_and_password(user, password);
        options.connect(login.clone()).await.is_ok()
    };
    // Removing a user restarts the bus server.
    let begun = Instant::now();
    while connects().await {
        assert!(begun.elapsed() < Duration::from_secs(20), "it is still let in");
    }
    world.stop().await;
}
