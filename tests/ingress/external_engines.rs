//! The program on a Postgres and a NATS that others operate: it starts no engines, and every role is a
//! process of its own that finds the others by its settings.

use std::{
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use reqwest::StatusCode;
use sealing::WrappingKey;
use serde_json::json;
use tests::{
    database::Database,
    world::{World, data_folder, free_port},
};
use tokio::{net::TcpStream, time::sleep};

use super::fleet::{OTHER_CONTEXTS, Process};

const TIMEOUT: Duration = Duration::from_mins(1);

/// A nats-server as an administrator would set it up.
struct NatsServer {
    child: Child,
    _folder: tempfile::TempDir,
    url: String,
}

impl NatsServer {
    async fn start() -> Self {
        let folder = data_folder();
        let (port, file) = (free_port(), folder.path().join("nats.conf"));
        let store = folder.path().join("store");
        let settings = format!(
            "listen: \"127.0.0.1:{port}\"
             jetstream {{ store_dir: \"{}\", sync_interval: always }}
             authorization {{ user: \"book\", password: \"of-service\" }}",
            store.display()
        );
        std::fs::write(&file, settings).unwrap();
        let mut server = Command::new("nats-server");
        let server = server.arg("-c").arg(&file).stdout(Stdio::null()).stderr(Stdio::null());
        let child = server.spawn().unwrap();
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            assert!(begun.elapsed() < TIMEOUT, "the bus does not start");
            sleep(Duration::from_millis(20)).await;
        }
        let url = format!("nats://book:of-service@127.0.0.1:{port}");
        Self { child, _folder: folder, url }
    }
}

impl Drop for NatsServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The address of an empty database whose owner is no superuser.
async fn empty_database(server: &Database) -> String {
    for statement in [
        "create role book login createrole password 'of-service'",
        "create database book owner book",
    ] {
        sqlx::raw_sql(statement).execute(&server.owner).await.unwrap();
    }
    let (host, port) = (server.options.get_host(), server.options.get_port());
    let socket = server.options.get_socket().map(|folder| format!("?host={}", folder.display()));
    format!("postgres://book:of-service@{host}:{port}/book{}", socket.unwrap_or_default())
}

async fn wait_until_serving(process: &Process) {
    let begun = Instant::now();
    while reqwest::get(format!("http://{}/ready", process.address)).await.is_err() {
        assert!(begun.elapsed() < TIMEOUT, "it does not start");
        sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn on_external_engines_every_role_is_a_process_that_finds_the_others_by_settings() {
    let (server, nats) = (Database::isolated().await, NatsServer::start().await);
    let [customers, rest] = [(); 2].map(|()| format!("127.0.0.1:{}", free_port()));
    let routes = format!("/api/v1/customers={customers}, /={rest}");
    let mut environment = vec![
        ("DATABASE_URL", empty_database(&server).await),
        ("NATS_URL", nats.url.clone()),
        ("SERVICEBOOK_MASTER_KEY", WrappingKey::generate().unwrap().to_base64()),
        ("SERVICEBOOK_ROUTES", routes),
    ];
    let environment = environment.drain(..).map(|(name, value)| (name.to_owned(), value));
    let mut world = World::with_environment(environment.collect());
    world.cli(&["migrate"]);
    let any_address = || format!("127.0.0.1:{}", free_port());
    let mut processes: Vec<_> = ["relay", "projector", "worker"]
        .into_iter()
        .map(|role| Process::start(&world, &["run", role], any_address()))
        .collect();
    let customers = Process::start(&world, &["run", "api", "--contexts", "crm"], customers);
    let others = Process::start(&world, &["run", "api", "--contexts", OTHER_CONTEXTS], rest);
    processes.push(Process::start(&world, &["run", "gateway"], world.address()));
    wait_until_serving(&customers).await;
    wait_until_serving(&others).await;
    world.wait_until_ready().await;

    let admin = world.admin().await;
    let body = json!({ "name": "Anna", "walk_in": true });
    let created = admin.post("/customers", body).await.expect(StatusCode::CREATED);
    let item = format!("/customers/{}", created.id());
    admin.get_at(&item, created.position()).await.expect(StatusCode::OK);
    admin.get("/products").await.expect(StatusCode::OK);
    assert!(customers.customer_requests().await >= 2, "the settings say who answers");
    world.wait_until_settled().await;
    world.cli(&["verify"]);
    let files = ["postgres", "nats", "running.json", "master.key"];
    let started: Vec<_> = files.iter().filter(|name| world.data().join(name).exists()).collect();
    assert!(started.is_empty(), "{started:?}");

    drop((processes, customers, others));
    world.stop().await;
    server.stop().await;
}

#[tokio::test]
async fn read_only_commands_leave_engines_running_whose_program_was_killed() {
    let mut world = World::isolated().await;
    let db = world.database().await;
    world.kill();
    for args in [["status"], ["verify"]] {
        world.cli(&args);
        let alive: i32 = sqlx::query_scalar("select 1").fetch_one(&db).await.unwrap();
        assert_eq!(alive, 1, "{args:?}");
    }
    db.close().await;
    // With settings that name external engines, the local ones are not reported.
    world.run(&[]).await;
    let external = [("DATABASE_URL", "postgres://x@db.example/x"), ("NATS_URL", "nats://b:1")];
    for (name, url) in external {
        let output = world.cli_command(&["status"]).env(name, url).output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && errors.contains(name), "{errors}");
    }
    world.stop().await;
}
