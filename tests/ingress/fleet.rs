//! Several processes behind a gateway: they die, leave and join, and nobody notices.

use std::{
    process::{Child, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tests::world::{Caller, World, free_port};
use tokio::{task::JoinHandle, time::sleep};

use super::{push::Stream, wire::Wire};
use crate::faults::oracles;

pub(super) const REST: &str = "catalog,identity,licensing,notifications,organizations,platform,purchasing,\
                    reports,scheduling,support";

/// A process of a fleet.
pub(crate) struct Process {
    child: Child,
    pub(super) address: String,
    /// Where it tells those who watch over it: `127.0.0.1:…`.
    internal: String,
}

impl Process {
    pub(crate) fn start(world: &World, words: &[&str], address: String) -> Self {
        Self::start_with(world, words, address, &[])
    }

    fn start_with(
        world: &World,
        words: &[&str],
        address: String,
        environment: &[(&str, &str)],
    ) -> Self {
        let log = world.data().with_file_name("fleet.log");
        let log = std::fs::File::options().create(true).append(true).open(log).unwrap();
        let internal = format!("127.0.0.1:{}", free_port());
        let child = world
            .program(words)
            .env("SERVICEBOOK_LISTEN", &address)
            .env("SERVICEBOOK_INTERNAL_LISTEN", &internal)
            // A token of one is good for all.
            .env("SERVICEBOOK_PUBLIC_URL", world.url(""))
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn();
        Self { child: child.unwrap(), address, internal }
    }

    /// Another one that serves the whole API of a world that is up.
    pub(crate) async fn beside(world: &World, environment: &[(&str, &str)]) -> Self {
        let address = format!("127.0.0.1:{}", free_port());
        let process = Self::start_with(world, &["run", "api"], address, environment);
        let began = Instant::now();
        while reqwest::get(process.url("/ready")).await.is_err() {
            assert!(began.elapsed() < Duration::from_mins(1), "it does not start");
            sleep(Duration::from_millis(20)).await;
        }
        process
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    fn api(world: &World, contexts: &str) -> Self {
        let address = format!("127.0.0.1:{}", free_port());
        Self::start(world, &["run", "api", "--contexts", contexts], address)
    }

    fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.child.id().try_into().unwrap()), signal).unwrap();
    }

    /// Asks it to stop, and waits until it has.
    pub(crate) async fn stop(&mut self) {
        self.signal(Signal::SIGTERM);
        self.ended().await;
    }

    async fn ended(&mut self) {
        while self.child.try_wait().unwrap().is_none() {
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until it tells, alone, that it is ready, and what it has counted.
    async fn is_watched(&self) {
        let told = async |path: &str| reqwest::get(format!("http://{}{path}", self.internal)).await;
        let began = Instant::now();
        while !told("/ready").await.is_ok_and(|ready| ready.status().is_success()) {
            assert!(began.elapsed() < Duration::from_mins(1), "it is not ready");
            sleep(Duration::from_millis(20)).await;
        }
        assert!(told("/metrics").await.unwrap().status().is_success());
        assert!(told("/health").await.unwrap().status().is_success());
    }

    /// Whether it is ready, and why not, as it tells those who watch over it.
    pub(crate) async fn ready(&self) -> (StatusCode, String) {
        let answer = reqwest::get(format!("http://{}/ready", self.internal)).await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    }

    /// All that it has counted; nothing while it cannot be asked.
    async fn counted(&self) -> String {
        match reqwest::get(format!("http://{}/metrics", self.internal)).await {
            Ok(metrics) => metrics.text().await.unwrap_or_default(),
            Err(_) => String::new(),
        }
    }

    /// How many requests for customers it has answered.
    pub(super) async fn answered(&self) -> u64 {
        let metrics = self.counted().await;
        let counts = metrics.lines().filter(|line| {
            line.starts_with("servicebook_http_request_seconds_count")
                && line.contains("/api/v1/customers")
        });
        counts.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Engines, workers, two processes for customers, one for the rest, and the gateway at the
/// address of the world.
struct Fleet {
    customers: Vec<Process>,
    _others: Vec<Process>,
    world: World,
}

impl Fleet {
    async fn start() -> Self {
        let world = World::at_rest().await;
        let nowhere = || format!("127.0.0.1:{}", free_port());
        let mut others = vec![Process::start(&world, &["run", "engines"], nowhere())];
        let running = world.data().join("running.json");
        let began = Instant::now();
        while !running.exists() {
            assert!(began.elapsed() < Duration::from_mins(1), "the engines do not start");
            sleep(Duration::from_millis(20)).await;
        }
        for role in ["relay", "projector", "worker"] {
            others.push(Process::start(&world, &["run", role], nowhere()));
            others.last().unwrap().is_watched().await;
        }
        let customers = vec![Process::api(&world, "crm"), Process::api(&world, "crm")];
        others.push(Process::api(&world, REST));
        others.push(Process::start(&world, &["run", "gateway"], world.address()));
        let mut fleet = Self { customers, _others: others, world };
        fleet.world.ready().await;
        fleet.joined(2).await;
        fleet
    }

    /// Waits until the last so many have announced themselves for customers.
    async fn joined(&self, count: usize) {
        let began = Instant::now();
        for process in &self.customers[self.customers.len() - count..] {
            while reqwest::get(format!("http://{}/ready", process.address)).await.is_err() {
                assert!(began.elapsed() < Duration::from_mins(1), "it does not start");
                sleep(Duration::from_millis(10)).await;
            }
        }
        sleep(Duration::from_secs(1)).await;
    }
}

/// Clients that send everything once, and remember what went wrong.
struct Load {
    stop: Arc<AtomicBool>,
    clients: Vec<JoinHandle<(usize, Vec<String>)>>,
}

impl Load {
    /// `keyed` clients say under which key each command is to be done once.
    fn start(caller: &Caller, keyed: bool) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let clients = (0..8).map(|client| {
            let (caller, stop) = (caller.clone(), Arc::clone(&stop));
            tokio::spawn(async move {
                let (mut count, mut wrong) = (0, Vec::new());
                while !stop.load(Ordering::Relaxed) {
                    count += 1;
                    let header = [("Idempotency-Key", format!("{client}-{count}"))];
                    let header: &[_] = if keyed { &header } else { &[] };
                    let body = json!({ "name": "Anna", "walk_in": true });
                    let made = caller.send(Method::POST, "/customers", header, Some(body)).await;
                    let found = caller.send(Method::GET, "/customers?limit=1", &[], None).await;
                    for answer in [made, found] {
                        match answer {
                            Ok(answer) if answer.status.is_success() => {}
                            Ok(answer) => wrong.push(format!("{} {}", answer.status, answer.body)),
                            Err(why) => wrong.push(format!("{why:?}")),
                        }
                    }
                }
                (count, wrong)
            })
        });
        Self { stop: Arc::clone(&stop), clients: clients.collect() }
    }

    /// How many commands were given, and everything that went wrong.
    async fn stop(self) -> (usize, Vec<String>) {
        self.stop.store(true, Ordering::Relaxed);
        let (mut count, mut wrong) = (0, Vec::new());
        for client in self.clients {
            let (done, failed) = client.await.unwrap();
            count += done;
            wrong.extend(failed);
        }
        (count, wrong)
    }
}

async fn customers(fleet: &Fleet) -> usize {
    let db = fleet.world.database().await;
    let made = "select count(*) from event_store.events where type = 'CustomerCreated'";
    let made: i64 = sqlx::query_scalar(made).fetch_one(&db).await.unwrap();
    made.try_into().unwrap()
}

#[tokio::test]
async fn fleet_no_request_that_may_be_repeated_is_lost_when_one_of_two_is_killed() {
    let mut fleet = Fleet::start().await;
    let admin = fleet.world.admin().await;
    let load = Load::start(&admin, true);
    sleep(Duration::from_secs(2)).await;
    assert!(fleet.customers[0].answered().await > 0 && fleet.customers[1].answered().await > 0);
    fleet.customers[0].signal(Signal::SIGKILL);
    sleep(Duration::from_secs(3)).await;

    let new = Process::api(&fleet.world, "crm");
    while reqwest::get(format!("http://{}/health", new.address)).await.is_err() {
        sleep(Duration::from_millis(10)).await;
    }
    let joined = Instant::now();
    while new.answered().await == 0 {
        assert!(joined.elapsed() < Duration::from_secs(2), "it takes no traffic");
        sleep(Duration::from_millis(20)).await;
    }
    let (count, wrong) = load.stop().await;
    assert!(wrong.is_empty(), "{} of {count}: {}", wrong.len(), wrong[0]);
    assert_eq!(customers(&fleet).await, count, "each was done once");
    fleet.customers.push(new);
}

/// How many seconds it goes on, with a restart in each: a few, and by hand as many as
/// `T37_SECONDS` says.
fn seconds() -> usize {
    std::env::var("T37_SECONDS").map_or(4, |seconds| seconds.parse().unwrap())
}

#[tokio::test]
async fn t_37_fleet_a_restart_a_second_fails_no_request() {
    let mut fleet = Fleet::start().await;
    // So many that the oldest has joined long before its turn to leave comes again.
    for _ in 0..2 {
        fleet.customers.push(Process::api(&fleet.world, "crm"));
    }
    fleet.joined(2).await;
    let admin = fleet.world.admin().await;
    // Without keys: nothing may be sent twice.
    let load = Load::start(&admin, false);
    let mut leaving = Vec::new();
    for _ in 0..seconds() {
        let tick = sleep(Duration::from_secs(1));
        // On a busy machine a start takes its time; one that serves is never the last one.
        fleet.joined(fleet.customers.len() - 1).await;
        let old = fleet.customers.remove(0);
        old.signal(Signal::SIGTERM);
        leaving.push(old);
        fleet.customers.push(Process::api(&fleet.world, "crm"));
        tick.await;
    }
    for old in &mut leaving {
        old.ended().await;
    }
    let (count, wrong) = load.stop().await;
    assert!(wrong.is_empty(), "{} of {count}: {}", wrong.len(), wrong[0]);
    assert_eq!(customers(&fleet).await, count);
    let world = &fleet.world;
    world.settled().await;
    let db = world.database().await;
    let log = oracles::log(&db).await;
    let mut wrong = oracles::order(&log);
    wrong.extend(oracles::mirror(&log, &oracles::bus(world).await));
    wrong.extend(oracles::verified(world));
    wrong.extend(oracles::rebuilt(world));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn fleet_a_gateway_is_all_contexts_in_one() {
    let fleet = Fleet::start().await;
    let admin = fleet.world.admin().await;
    let document = admin.get("/openapi.json").await.expect(StatusCode::OK).body;
    assert_eq!(document["paths"], api_document()["paths"], "the document is whole");
    let alone = reqwest::get(format!("http://{}/api/v1/products", fleet.customers[0].address));
    assert_eq!(alone.await.unwrap().status(), StatusCode::NOT_FOUND, "it serves customers only");
    admin.get("/products").await.expect(StatusCode::OK);
    admin.get("/nowhere").await.expect(StatusCode::NOT_FOUND);

    // What one may ask, one may ask of all of them together: four serve the API now.
    let address = format!("127.0.0.1:{}", free_port());
    let words = ["run", "api", "--contexts", "catalog"];
    let limited =
        Process::start_with(&fleet.world, &words, address, &[("SERVICEBOOK_RATES", "user=40/h")]);
    limited.is_watched().await;
    let began = Instant::now();
    while !limited.counted().await.contains("servicebook_rates_divided_among 4\n") {
        assert!(began.elapsed() < Duration::from_mins(1), "it does not know of the others");
        sleep(Duration::from_millis(50)).await;
    }
    let base = format!("http://{}", limited.address);
    let caller = Caller { base, ..admin.clone() };
    let mut passed = 0;
    for _ in 0..40 {
        passed += usize::from(caller.get("/products").await.status == StatusCode::OK);
    }
    assert!((10..=13).contains(&passed), "{passed} of 40 passed a process that is one of four");
    drop(limited);

    // The trace goes all the way, and so does the address, which nobody can pretend.
    let trace = "0af7651916cd43dd8448eb211c80319c";
    let headers = [
        ("traceparent", format!("00-{trace}-b7ad6b7169203331-01")),
        ("X-Forwarded-For", "203.0.113.7".to_owned()),
    ];
    let body = json!({ "name": "Anna", "walk_in": true });
    let made = admin.send(Method::POST, "/api/customers", &headers, Some(body)).await.unwrap();
    let made = made.expect(StatusCode::CREATED);
    let db = fleet.world.database().await;
    let meta = "select meta from event_store.events where position = $1";
    let meta: Value = sqlx::query_scalar(meta).bind(made.position()).fetch_one(&db).await.unwrap();
    let told = meta["trace"].as_str().unwrap();
    assert!(told.starts_with(&format!("00-{trace}-")) && !told.contains("b7ad6b71"), "{told}");

    // What is pushed passes through.
    let mut wire = Wire::connect(&fleet.world.push_address()).await;
    let bearer = format!("Authorization: Bearer {}\r\n", admin.token.as_deref().unwrap());
    let mut stream = Stream::open(&fleet.world, &admin, "?topics=crm.customer", None).await;
    let opened = wire.open("/?topics=crm.customer", &bearer).await;
    assert!(opened.starts_with("HTTP/1.1 101"), "{opened}");
    let body = json!({ "name": "Bea", "walk_in": true });
    let made = admin.post("/customers", body).await.expect(StatusCode::CREATED);
    let mut told = Value::Null;
    while told["position"] != json!(made.position()) {
        told = serde_json::from_str(&wire.text().await.unwrap()).unwrap();
    }
    assert_eq!(told["id"], json!(made.id()));
    // A process that has just heard of the one before tells of that, too.
    let mut streamed = stream.next().await;
    while streamed.0 < made.position() {
        streamed = stream.next().await;
    }
    assert_eq!(streamed, (made.position(), told));
}

/// The document of the program as it is released.
fn api_document() -> Value {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let document = std::fs::read_to_string(root.join("schemas/openapi.json")).unwrap();
    serde_json::from_str(&document).unwrap()
}
