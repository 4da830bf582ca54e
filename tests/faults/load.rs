//! Clients that send commands of a business (customers, appointments, licences, issues, comments)
//! through all faults, and repeat what was not answered.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tests::world::{Answer, Caller, PASSWORD};
use tokio::{sync::OnceCell, task::JoinHandle, time::sleep};
use uuid::Uuid;

use super::history::{ClientRead, ClientWrite, History, Outcome};

/// How often a request without an answer is sent again, under the same key.
const ATTEMPTS: usize = 200;
/// How long a client waits before it sends again.
const PAUSE: Duration = Duration::from_millis(100);

/// A load that runs until it is stopped.
pub(crate) struct Load {
    stop: Arc<AtomicBool>,
    clients: Vec<JoinHandle<()>>,
    history: Arc<Mutex<History>>,
}

impl Load {
    /// Starts clients; `seed` decides what they do.
    pub(crate) fn start(caller: &Caller, clients: u64, seed: u64) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let history = Arc::new(Mutex::new(History::default()));
        let fixtures = Arc::new(OnceCell::new());
        let clients = (0..clients).map(|client| {
            let client = LoadClient {
                fixtures: fixtures.clone(),
                caller: caller.clone(),
                history: history.clone(),
                random: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(client + 1),
                customers: Vec::new(),
                issues: Vec::new(),
                seed,
                number: client,
                count: 0,
            };
            tokio::spawn(client.run(stop.clone()))
        });
        let clients = clients.collect();
        Self { stop, clients, history }
    }

    /// The number of commands that have ended, in whatever way.
    pub(crate) fn write_count(&self) -> usize {
        self.history.lock().unwrap().writes.len()
    }

    /// Waits until `more` further commands have ended.
    pub(crate) async fn wait_for_writes(&self, more: usize) {
        let (begun, goal) = (Instant::now(), self.write_count() + more);
        while self.write_count() < goal {
            assert!(begun.elapsed() < Duration::from_mins(1), "the load does not go on");
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Lets every client finish its current command, and returns the history.
    pub(crate) async fn stop(self) -> History {
        self.stop.store(true, Ordering::Relaxed);
        for client in self.clients {
            client.await.unwrap();
        }
        let history = self.history.lock().unwrap();
        history.clone()
    }
}

/// What must exist before the clients begin.
struct Fixtures {
    service: Uuid,
    room: Uuid,
    cabinet: Uuid,
    product: Uuid,
    /// Is notified of every comment.
    reporter: Uuid,
}

struct LoadClient {
    caller: Caller,
    fixtures: Arc<OnceCell<Fixtures>>,
    history: Arc<Mutex<History>>,
    random: u64,
    customers: Vec<Uuid>,
    issues: Vec<Uuid>,
    seed: u64,
    number: u64,
    count: u64,
}

/// A command to send; `on` is the existing aggregate that it changes.
struct Command {
    kind: &'static str,
    path: String,
    on: Option<Uuid>,
    body: Value,
}

impl LoadClient {
    async fn run(mut self, stop: Arc<AtomicBool>) {
        let fixtures = self.fixtures.clone();
        let fixtures = fixtures.get_or_init(|| create_fixtures(&self.caller, self.seed)).await;
        while !stop.load(Ordering::Relaxed) {
            let command = self.choose(fixtures);
            self.execute(command).await;
        }
    }

    fn choose(&mut self, fixtures: &Fixtures) -> Command {
        let text = format!("Word {}-{}-{}", self.seed, self.number, self.count);
        let new = |kind, body| Command { kind, path: format!("/{kind}"), on: None, body };
        let Some(customer) = self.choose_from(|client| &client.customers) else {
            return new("customers", json!({ "name": text, "walk_in": true }));
        };
        match self.draw(10) {
            0..=2 => new("customers", json!({ "name": text, "walk_in": true })),
            3..=4 => Command {
                kind: "customers",
                path: format!("/customers/{customer}/rename"),
                on: Some(customer),
                body: json!({ "name": text }),
            },
            5..=6 => {
                // Few enough slots that some are requested more often than the capacity allows.
                let start = slot_start(self.draw(2), self.draw(16));
                let Fixtures { service, room, .. } = fixtures;
                let resources = [room];
                let body = json!({
                    "customer": customer, "service": service, "resources": resources,
                    "start": start,
                });
                new("appointments", body)
            }
            7 => {
                let Fixtures { cabinet, product, .. } = fixtures;
                let from = "2030-01-01T00:00:00Z";
                new("licenses", json!({ "cabinet": cabinet, "product": product, "from": from }))
            }
            drawn => {
                let issue = self.choose_from(|client| &client.issues).filter(|_| drawn == 8);
                let Some(issue) = issue else {
                    let reporter = fixtures.reporter;
                    let issue = json!({ "title": text, "text": text, "reporter": reporter });
                    return new("issues", issue);
                };
                Command {
                    kind: "issues",
                    path: format!("/issues/{issue}/comments"),
                    on: Some(issue),
                    body: json!({ "text": text, "visibility": "public" }),
                }
            }
        }
    }

    fn choose_from(&mut self, ids: impl Fn(&Self) -> &Vec<Uuid>) -> Option<Uuid> {
        let count = ids(self).len() as u64;
        let drawn = usize::try_from(self.draw(count.max(1))).ok()?;
        ids(self).get(drawn).copied()
    }

    async fn execute(&mut self, Command { kind, path, on, body }: Command) {
        self.count += 1;
        let key = format!("{}-{}-{}", self.seed, self.number, self.count);
        let begun = Instant::now();
        let mut outcome = send_until_answered(&self.caller, &path, &key, &body).await;
        if let (Outcome::Acknowledged { id, .. }, Some(on)) = (&mut outcome, on) {
            *id = on;
        }
        if let Outcome::Acknowledged { id, version: 1, .. } = outcome {
            match kind {
                "customers" => self.customers.push(id),
                "issues" => self.issues.push(id),
                _ => {}
            }
        }
        let write = ClientWrite { key, begun, ended: Instant::now(), outcome };
        let acknowledged = write.acknowledged();
        self.history.lock().unwrap().writes.push(write);
        if let Some((id, version, position)) = acknowledged {
            let requires = self.draw(2) == 0;
            self.read(kind, id, requires.then_some((version, position))).await;
        }
    }

    /// Reads an item, and may require the version and position of the last acknowledged write.
    async fn read(&self, kind: &str, id: Uuid, required: Option<(i32, i64)>) {
        let header = required.map(|(_, position)| ("X-Min-Position", position.to_string()));
        let path = format!("/{kind}/{id}");
        let answer = self.caller.send(Method::GET, &path, header.as_slice(), None).await;
        let Ok(Answer { status, headers, body }) = answer else { return };
        let version = match (status, body["meta"]["version"].as_i64()) {
            (StatusCode::OK, Some(version)) => i32::try_from(version).unwrap(),
            (StatusCode::NOT_FOUND, _) => 0,
            _ => return,
        };
        // An answer with a warning of staleness need not be fresh.
        let at_least =
            required.filter(|_| !headers.contains_key("Warning")).map(|(version, _)| version);
        let read = ClientRead { client: self.number, id, at_least, version };
        self.history.lock().unwrap().reads.push(read);
    }

    /// The next number of this client's own sequence (splitmix64), below a bound.
    fn draw(&mut self, bound: u64) -> u64 {
        self.random = self.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut x = self.random;
        x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (x ^ (x >> 31)) % bound
    }
}

/// Creates the fixtures, with retries.
async fn create_fixtures(caller: &Caller, seed: u64) -> Fixtures {
    let days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    let day = |day| json!({ "day": day, "from": "09:00:00", "until": "18:00:00" });
    let weekly: Vec<Value> = days.into_iter().map(day).collect();
    let create = async |kind: &str, body: Value| {
        let (path, key) = (format!("/{kind}"), format!("ground-{seed}-{kind}"));
        match send_until_answered(caller, &path, &key, &body).await {
            Outcome::Acknowledged { id, .. } => id,
            outcome => panic!("{kind}: {outcome:?}"),
        }
    };
    let room = json!({
        "kind": "room", "name": "Room", "capacity": 2, "zone": "Europe/Berlin", "weekly": weekly,
    });
    let class = json!({
        "name": "Class", "phases": [{ "minutes": 60, "needs": ["room"] }], "step_minutes": 30,
    });
    let reporter = json!({
        "email": format!("reporter-{seed}@example.com"), "name": "Rita", "role": "client_user",
        "password": PASSWORD,
    });
    Fixtures {
        room: create("resources", room).await,
        service: create("services", class).await,
        cabinet: create("cabinets", json!({ "name": "Acme" })).await,
        product: create("products", json!({ "sku": format!("S-{seed}"), "name": "Sail" })).await,
        reporter: create("users", reporter).await,
    }
}

/// Repeats a request until an answer shows its outcome.
async fn send_until_answered(caller: &Caller, path: &str, key: &str, body: &Value) -> Outcome {
    for _ in 0..ATTEMPTS {
        let header = [("Idempotency-Key", key.to_owned())];
        let answer = caller.send(Method::POST, path, &header, Some(body.clone())).await;
        if let Some(outcome) = answer.ok().and_then(|answer| outcome_of(&answer)) {
            return outcome;
        }
        sleep(PAUSE).await;
    }
    Outcome::Unknown
}

/// The local time of a half hour after 9:00, at least three days ahead.
#[expect(clippy::disallowed_methods, reason = "the program under test has the same clock")]
fn slot_start(day: u64, half_hour: u64) -> String {
    let date = chrono::Utc::now().date_naive() + chrono::Days::new(3 + day);
    format!("{date}T{:02}:{:02}:00", 9 + half_hour / 2, half_hour % 2 * 30)
}

/// The outcome that an answer shows; `None` when it leaves that open.
fn outcome_of(answer: &Answer) -> Option<Outcome> {
    match answer.status.as_u16() {
        200 | 201 => Some(Outcome::Acknowledged {
            id: answer.id(),
            version: i32::try_from(answer.body["meta"]["version"].as_i64()?).ok()?,
            position: answer.position(),
        }),
        status @ 400..500 if status != 408 && status != 429 => Some(Outcome::Refused(status)),
        _ => None,
    }
}
