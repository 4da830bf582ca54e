//! Several processes behind a gateway: they are killed, stopped and started without a failed request.

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
use reqwest::{Method, StatusCode, redirect::Policy};
use serde_json::{Value, json};
use tests::world::{Caller, World, free_port};
use tokio::{task::JoinHandle, time::sleep};

use super::{push::EventStream, raw_connection::RawConnection};
use crate::faults::oracles;

/// All contexts but `crm`.
pub(super) const OTHER_CONTEXTS: &str = "analytics,catalog,documents,files,identity,licensing,notifications,organizations,\
                    platform,purchasing,reports,scheduling,support";

/// A process of a fleet.
pub(crate) struct Process {
    child: Child,
    pub(super) address: String,
    /// The address of health and metrics: `127.0.0.1:…`.
    internal: String,
}

impl Process {
    pub(crate) fn start(world: &World, args: &[&str], address: String) -> Self {
        Self::start_with(world, args, address, &[])
    }

    fn start_with(
        world: &World,
        args: &[&str],
        address: String,
        environment: &[(&str, &str)],
    ) -> Self {
        let log = world.data().with_file_name("fleet.log");
        let log = std::fs::File::options().create(true).append(true).open(log).unwrap();
        let internal = format!("127.0.0.1:{}", free_port());
        let child = world
            .cli_command(args)
            .env("SERVICEBOOK_LISTEN", &address)
            .env("SERVICEBOOK_INTERNAL_LISTEN", &internal)
            // Tokens of one process are valid at all.
            .env("SERVICEBOOK_PUBLIC_URL", world.url(""))
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn();
        Self { child: child.unwrap(), address, internal }
    }

    /// Starts a further process with the whole API of a running world, and waits until it serves.
    pub(crate) async fn start_api(world: &World, environment: &[(&str, &str)]) -> Self {
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

    fn start_contexts(world: &World, contexts: &str) -> Self {
        let address = format!("127.0.0.1:{}", free_port());
        Self::start(world, &["run", "api", "--contexts", contexts], address)
    }

    fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.child.id().try_into().unwrap()), signal).unwrap();
    }

    /// Asks it to stop, and waits until it has.
    pub(crate) async fn stop(&mut self) {
        self.signal(Signal::SIGTERM);
        self.wait_for_exit().await;
    }

    async fn wait_for_exit(&mut self) {
        while self.child.try_wait().unwrap().is_none() {
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until its own address reports that it is ready, with metrics and health.
    async fn wait_until_ready(&self) {
        let get = async |path: &str| reqwest::get(format!("http://{}{path}", self.internal)).await;
        let began = Instant::now();
        while !get("/ready").await.is_ok_and(|ready| ready.status().is_success()) {
            assert!(began.elapsed() < Duration::from_mins(1), "it is not ready");
            sleep(Duration::from_millis(20)).await;
        }
        assert!(get("/metrics").await.unwrap().status().is_success());
        assert!(get("/health").await.unwrap().status().is_success());
    }

    /// The answer of `/ready` at its internal address, with the result of each check.
    pub(crate) async fn ready(&self) -> (StatusCode, String) {
        let answer = reqwest::get(format!("http://{}/ready", self.internal)).await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    }

    /// Its metrics; empty while it cannot be reached.
    async fn metrics(&self) -> String {
        match reqwest::get(format!("http://{}/metrics", self.internal)).await {
            Ok(metrics) => metrics.text().await.unwrap_or_default(),
            Err(_) => String::new(),
        }
    }

    /// The number of requests for customers that it has answered.
    pub(super) async fn customer_requests(&self) -> u64 {
        let metrics = self.metrics().await;
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

/// Engines, workers, two processes for customers, one for the other contexts, and the gateway at the
/// address of the world.
struct Fleet {
    customers: Vec<Process>,
    _others: Vec<Process>,
    world: World,
}

impl Fleet {
    async fn start() -> Self {
        let world = World::stopped().await;
        let any_address = || format!("127.0.0.1:{}", free_port());
        let mut others = vec![Process::start(&world, &["run", "engines"], any_address())];
        let running = world.data().join("running.json");
        let began = Instant::now();
        while !running.exists() {
            assert!(began.elapsed() < Duration::from_mins(1), "the engines do not start");
            sleep(Duration::from_millis(20)).await;
        }
        for role in ["relay", "projector", "worker"] {
            others.push(Process::start(&world, &["run", role], any_address()));
            others.last().unwrap().wait_until_ready().await;
        }
        let gateway = Process::start(&world, &["run", "gateway"], world.address());
        the_api_is_missed_while_only_the_pages_are_served(&world, &gateway).await;
        others.push(gateway);
        let customers =
            vec![Process::start_contexts(&world, "crm"), Process::start_contexts(&world, "crm")];
        others.push(Process::start_contexts(&world, OTHER_CONTEXTS));
        let mut fleet = Self { customers, _others: others, world };
        fleet.world.wait_until_ready().await;
        fleet.wait_until_joined(2).await;
        fleet
    }

    /// Waits until the newest `count` customer processes serve and the gateway knows of them.
    async fn wait_until_joined(&self, count: usize) {
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

/// Clients that send every request once and record each failure.
struct CustomerLoad {
    stop: Arc<AtomicBool>,
    clients: Vec<JoinHandle<(usize, Vec<String>)>>,
}

impl CustomerLoad {
    /// `keyed` clients send an idempotency key with each command.
    fn start(caller: &Caller, keyed: bool) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let clients = (0..8).map(|client| {
            let (caller, stop) = (caller.clone(), Arc::clone(&stop));
            tokio::spawn(async move {
                let (mut count, mut failures) = (0, Vec::new());
                while !stop.load(Ordering::Relaxed) {
                    count += 1;
                    let header = [("Idempotency-Key", format!("{client}-{count}"))];
                    let header: &[_] = if keyed { &header } else { &[] };
                    let body = json!({ "name": "Anna", "walk_in": true });
                    let created = caller.send(Method::POST, "/customers", header, Some(body)).await;
                    let found = caller.send(Method::GET, "/customers?limit=1", &[], None).await;
                    for answer in [created, found] {
                        match answer {
                            Ok(answer) if answer.status.is_success() => {}
                            Ok(answer) => {
                                failures.push(format!("{} {}", answer.status, answer.body));
                            }
                            Err(error) => failures.push(format!("{error:?}")),
                        }
                    }
                }
                (count, failures)
            })
        });
        Self { stop: Arc::clone(&stop), clients: clients.collect() }
    }

    /// The number of commands sent, and all failures.
    async fn stop(self) -> (usize, Vec<String>) {
        self.stop.store(true, Ordering::Relaxed);
        let (mut count, mut failures) = (0, Vec::new());
        for client in self.clients {
            let (done, failed) = client.await.unwrap();
            count += done;
            failures.extend(failed);
        }
        (count, failures)
    }
}

async fn count_customers(fleet: &Fleet) -> usize {
    let db = fleet.world.database().await;
    let count = "select count(*) from event_store.events where type = 'CustomerCreated'";
    let count: i64 = sqlx::query_scalar(count).fetch_one(&db).await.unwrap();
    count.try_into().unwrap()
}

#[tokio::test]
async fn fleet_no_request_that_may_be_repeated_is_lost_when_one_of_two_is_killed() {
    let mut fleet = Fleet::start().await;
    let admin = fleet.world.admin().await;
    let load = CustomerLoad::start(&admin, true);
    sleep(Duration::from_secs(2)).await;
    assert!(
        fleet.customers[0].customer_requests().await > 0
            && fleet.customers[1].customer_requests().await > 0
    );
    fleet.customers[0].signal(Signal::SIGKILL);
    sleep(Duration::from_secs(3)).await;

    let new = Process::start_contexts(&fleet.world, "crm");
    while reqwest::get(format!("http://{}/health", new.address)).await.is_err() {
        sleep(Duration::from_millis(10)).await;
    }
    let joined = Instant::now();
    while new.customer_requests().await == 0 {
        assert!(joined.elapsed() < Duration::from_secs(2), "it takes no traffic");
        sleep(Duration::from_millis(20)).await;
    }
    let (count, failures) = load.stop().await;
    assert!(failures.is_empty(), "{} of {count}: {}", failures.len(), failures[0]);
    assert_eq!(count_customers(&fleet).await, count, "each was done once");
    fleet.customers.push(new);
}

/// For how many seconds a process is restarted each second.
fn restart_seconds() -> usize {
    4 * tests::effort()
}

#[tokio::test]
async fn t_37_fleet_a_restart_a_second_fails_no_request() {
    let mut fleet = Fleet::start().await;
    // Four processes, so that each has long joined before it is the next to leave.
    for _ in 0..2 {
        fleet.customers.push(Process::start_contexts(&fleet.world, "crm"));
    }
    fleet.wait_until_joined(2).await;
    let admin = fleet.world.admin().await;
    // Without keys no command may be repeated.
    let load = CustomerLoad::start(&admin, false);
    let mut leaving = Vec::new();
    for _ in 0..restart_seconds() {
        let tick = sleep(Duration::from_secs(1));
        // A start may take long on a busy machine: the other processes must be serving.
        fleet.wait_until_joined(fleet.customers.len() - 1).await;
        let old = fleet.customers.remove(0);
        old.signal(Signal::SIGTERM);
        leaving.push(old);
        fleet.customers.push(Process::start_contexts(&fleet.world, "crm"));
        tick.await;
    }
    for old in &mut leaving {
        old.wait_for_exit().await;
    }
    let (count, failures) = load.stop().await;
    assert!(failures.is_empty(), "{} of {count}: {}", failures.len(), failures[0]);
    assert_eq!(count_customers(&fleet).await, count);
    let world = &fleet.world;
    world.wait_until_settled().await;
    let db = world.database().await;
    let log = oracles::read_log(&db).await;
    let mut failures = oracles::log_order(&log);
    failures.extend(oracles::bus_equals_log(&log, &oracles::read_bus(world).await));
    failures.extend(oracles::verify(world));
    failures.extend(oracles::rebuilds_equal_live(world));
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

async fn the_api_is_missed_while_only_the_pages_are_served(world: &World, gateway: &Process) {
    let site = Process::start(world, &["run", "site"], format!("127.0.0.1:{}", free_port()));
    let began = Instant::now();
    while !reqwest::get(world.url("/book")).await.is_ok_and(|page| page.status().is_success()) {
        assert!(began.elapsed() < Duration::from_mins(1), "no pages are served");
        sleep(Duration::from_millis(20)).await;
    }
    for path in ["/api/v1/products", "/oauth2/token"] {
        let answer = reqwest::get(world.url(path)).await.unwrap();
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE, "{path}");
        assert!(answer.headers().contains_key("retry-after"), "{path}");
    }
    let nowhere = reqwest::get(world.url("/api/v1/nowhere")).await.unwrap();
    assert_eq!(nowhere.status(), StatusCode::NOT_FOUND);
    let (status, why) = gateway.ready().await;
    assert!(status == StatusCode::SERVICE_UNAVAILABLE && why.contains("/api/v1/products"), "{why}");
    // One that is frozen accepts connections and answers none.
    site.signal(Signal::SIGSTOP);
    let began = Instant::now();
    let page = reqwest::get(world.url("/book")).await.unwrap();
    assert_eq!(page.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(began.elapsed() < Duration::from_secs(12), "{:?}", began.elapsed());
    site.signal(Signal::SIGCONT);
    let began = Instant::now();
    while reqwest::get(world.url("/book")).await.unwrap().status() != StatusCode::OK {
        assert!(began.elapsed() < Duration::from_mins(1), "it does not come back");
        sleep(Duration::from_millis(50)).await;
    }
    drop(site);
}

async fn the_pages_are_served_by_a_process_of_their_own(world: &World) {
    let site = Process::start(world, &["run", "site"], format!("127.0.0.1:{}", free_port()));
    site.wait_until_ready().await;
    let client = reqwest::Client::builder().redirect(Policy::none()).build().unwrap();
    for (url, status) in [
        (site.url("/book"), StatusCode::OK),
        (site.url("/api/v1/products"), StatusCode::NOT_FOUND),
        (world.url("/book"), StatusCode::OK),
        // Nothing is published, so the homepage is the portal.
        (world.url("/"), StatusCode::SEE_OTHER),
    ] {
        let page = client.get(&url).header("accept", "text/html").send().await.unwrap();
        assert_eq!(page.status(), status, "{url}");
    }
}

#[tokio::test]
async fn fleet_a_gateway_serves_all_contexts_at_one_address() {
    let fleet = Fleet::start().await;
    let admin = fleet.world.admin().await;
    let document = admin.get("/openapi.json").await.expect(StatusCode::OK).body;
    assert_eq!(document["paths"], api_document()["paths"], "the document is whole");
    let single = reqwest::get(format!("http://{}/api/v1/products", fleet.customers[0].address));
    assert_eq!(single.await.unwrap().status(), StatusCode::NOT_FOUND, "it serves customers only");
    admin.get("/products").await.expect(StatusCode::OK);
    admin.get("/nowhere").await.expect(StatusCode::NOT_FOUND);

    // A rate limit is divided among the processes: four serve the API now.
    let address = format!("127.0.0.1:{}", free_port());
    let args = ["run", "api", "--contexts", "catalog"];
    let limited =
        Process::start_with(&fleet.world, &args, address, &[("SERVICEBOOK_RATES", "user=40/h")]);
    limited.wait_until_ready().await;
    let began = Instant::now();
    while !limited.metrics().await.contains("servicebook_rates_divided_among 4\n") {
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
    the_pages_are_served_by_a_process_of_their_own(&fleet.world).await;

    // The gateway passes on the trace; an event keeps it.
    let trace = "0af7651916cd43dd8448eb211c80319c";
    let headers = [
        ("traceparent", format!("00-{trace}-b7ad6b7169203331-01")),
        ("X-Forwarded-For", "203.0.113.7".to_owned()),
    ];
    let body = json!({ "name": "Anna", "walk_in": true });
    let created = admin.send(Method::POST, "/api/customers", &headers, Some(body)).await.unwrap();
    let created = created.expect(StatusCode::CREATED);
    let db = fleet.world.database().await;
    let meta = "select meta from event_store.events where position = $1";
    let meta: Value =
        sqlx::query_scalar(meta).bind(created.position()).fetch_one(&db).await.unwrap();
    let recorded = meta["trace"].as_str().unwrap();
    assert!(
        recorded.starts_with(&format!("00-{trace}-")) && !recorded.contains("b7ad6b71"),
        "{recorded}"
    );

    // Live push passes through the gateway.
    let mut connection = RawConnection::connect(&fleet.world.push_address()).await;
    let bearer = format!("Authorization: Bearer {}\r\n", admin.token.as_deref().unwrap());
    let mut stream = EventStream::open(&fleet.world, &admin, "?topics=crm.customer", None).await;
    let opened = connection.open("/?topics=crm.customer", &bearer).await;
    assert!(opened.starts_with("HTTP/1.1 101"), "{opened}");
    let body = json!({ "name": "Bea", "walk_in": true });
    let created = admin.post("/customers", body).await.expect(StatusCode::CREATED);
    let mut nudge = Value::Null;
    while nudge["position"] != json!(created.position()) {
        nudge = serde_json::from_str(&connection.text().await.unwrap()).unwrap();
    }
    assert_eq!(nudge["id"], json!(created.id()));
    // The stream may begin with the event before.
    let mut streamed = stream.next().await;
    while streamed.0 < created.position() {
        streamed = stream.next().await;
    }
    assert_eq!(streamed, (created.position(), nudge));
}

/// The published OpenAPI document.
fn api_document() -> Value {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let document = std::fs::read_to_string(root.join("schemas/openapi.json")).unwrap();
    serde_json::from_str(&document).unwrap()
}
