//! Clients that go on whatever happens, and send again what they got no answer to. They do what a
//! business does: customers, appointments, licences, issues and comments on them.

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

use super::history::{Act, History, Look, Outcome};

/// How often a request without an answer is sent again, under the same key.
const ATTEMPTS: usize = 200;
/// How long a client waits before it sends again.
const PAUSE: Duration = Duration::from_millis(100);

/// A load that goes on until it is stopped.
pub(crate) struct Load {
    stop: Arc<AtomicBool>,
    clients: Vec<JoinHandle<()>>,
    history: Arc<Mutex<History>>,
}

impl Load {
    /// Starts so many clients; `seed` decides what they do.
    pub(crate) fn start(caller: &Caller, clients: u64, seed: u64) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let history = Arc::new(Mutex::new(History::default()));
        let ground = Arc::new(OnceCell::new());
        let clients = (0..clients).map(|client| {
            let client = Client {
                ground: ground.clone(),
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

    /// How many acts have come to an end.
    pub(crate) fn count(&self) -> usize {
        self.history.lock().unwrap().acts.len()
    }

    /// Waits until so many more acts have come to an end.
    pub(crate) async fn goes_on(&self, more: usize) {
        let (begun, goal) = (Instant::now(), self.count() + more);
        while self.count() < goal {
            assert!(begun.elapsed() < Duration::from_mins(1), "the load does not go on");
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Lets every client finish what it does, and gives the history.
    pub(crate) async fn stop(self) -> History {
        self.stop.store(true, Ordering::Relaxed);
        for client in self.clients {
            client.await.unwrap();
        }
        let history = self.history.lock().unwrap();
        history.clone()
    }
}

/// What there must be before clients can do anything.
struct Ground {
    service: Uuid,
    room: Uuid,
    cabinet: Uuid,
    product: Uuid,
    /// Who is told of every comment.
    reporter: Uuid,
}

struct Client {
    caller: Caller,
    ground: Arc<OnceCell<Ground>>,
    history: Arc<Mutex<History>>,
    random: u64,
    customers: Vec<Uuid>,
    issues: Vec<Uuid>,
    seed: u64,
    number: u64,
    count: u64,
}

/// Something to be done: where, how, and to what, if that is there already.
struct Deed {
    kind: &'static str,
    path: String,
    on: Option<Uuid>,
    body: Value,
}

impl Client {
    async fn run(mut self, stop: Arc<AtomicBool>) {
        let ground = self.ground.clone();
        let ground = ground.get_or_init(|| lay(&self.caller, self.seed)).await;
        while !stop.load(Ordering::Relaxed) {
            let deed = self.choose(ground);
            self.act(deed).await;
        }
    }

    fn choose(&mut self, ground: &Ground) -> Deed {
        let text = format!("Word {}-{}-{}", self.seed, self.number, self.count);
        let new = |kind, body| Deed { kind, path: format!("/{kind}"), on: None, body };
        let Some(customer) = self.one_of(|client| &client.customers) else {
            return new("customers", json!({ "name": text, "walk_in": true }));
        };
        match self.draw(10) {
            0..=2 => new("customers", json!({ "name": text, "walk_in": true })),
            3..=4 => Deed {
                kind: "customers",
                path: format!("/customers/{customer}/rename"),
                on: Some(customer),
                body: json!({ "name": text }),
            },
            5..=6 => {
                // Few enough slots that some are wanted by more than there is room for.
                let start = at(self.draw(2), self.draw(16));
                let Ground { service, room, .. } = ground;
                let resources = [room];
                let body = json!({
                    "customer": customer, "service": service, "resources": resources,
                    "start": start,
                });
                new("appointments", body)
            }
            7 => {
                let Ground { cabinet, product, .. } = ground;
                let from = "2030-01-01T00:00:00Z";
                new("licenses", json!({ "cabinet": cabinet, "product": product, "from": from }))
            }
            drawn => {
                let issue = self.one_of(|client| &client.issues).filter(|_| drawn == 8);
                let Some(issue) = issue else {
                    let reporter = ground.reporter;
                    let issue = json!({ "title": text, "text": text, "reporter": reporter });
                    return new("issues", issue);
                };
                Deed {
                    kind: "issues",
                    path: format!("/issues/{issue}/comments"),
                    on: Some(issue),
                    body: json!({ "text": text, "visibility": "public" }),
                }
            }
        }
    }

    fn one_of(&mut self, of: impl Fn(&Self) -> &Vec<Uuid>) -> Option<Uuid> {
        let known = of(self).len() as u64;
        let drawn = usize::try_from(self.draw(known.max(1))).ok()?;
        of(self).get(drawn).copied()
    }

    async fn act(&mut self, Deed { kind, path, on, body }: Deed) {
        self.count += 1;
        let key = format!("{}-{}-{}", self.seed, self.number, self.count);
        let begun = Instant::now();
        let mut outcome = persist(&self.caller, &path, &key, &body).await;
        if let (Outcome::Done { id, .. }, Some(on)) = (&mut outcome, on) {
            *id = on;
        }
        if let Outcome::Done { id, version: 1, .. } = outcome {
            match kind {
                "customers" => self.customers.push(id),
                "issues" => self.issues.push(id),
                _ => {}
            }
        }
        let act = Act { key, begun, ended: Instant::now(), outcome };
        let done = act.done();
        self.history.lock().unwrap().acts.push(act);
        if let Some((id, version, position)) = done {
            let naming = self.draw(2) == 0;
            self.look(kind, id, naming.then_some((version, position))).await;
        }
    }

    /// Asks for something, and may name the position and the version of what it knows of it.
    async fn look(&self, kind: &str, id: Uuid, known: Option<(i32, i64)>) {
        let header = known.map(|(_, position)| ("X-Min-Position", position.to_string()));
        let path = format!("/{kind}/{id}");
        let answer = self.caller.send(Method::GET, &path, header.as_slice(), None).await;
        let Ok(Answer { status, headers, body }) = answer else { return };
        let told = match (status, body["meta"]["version"].as_i64()) {
            (StatusCode::OK, Some(version)) => i32::try_from(version).unwrap(),
            (StatusCode::NOT_FOUND, _) => 0,
            _ => return,
        };
        // Who is told that an answer may be stale knows what it is worth.
        let least = known.filter(|_| !headers.contains_key("Warning")).map(|(version, _)| version);
        let look = Look { client: self.number, id, least, told };
        self.history.lock().unwrap().looks.push(look);
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

/// Makes what there must be, however often it takes.
async fn lay(caller: &Caller, seed: u64) -> Ground {
    let days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    let day = |day| json!({ "day": day, "from": "09:00:00", "until": "18:00:00" });
    let weekly: Vec<Value> = days.into_iter().map(day).collect();
    let make = async |kind: &str, body: Value| {
        let (path, key) = (format!("/{kind}"), format!("ground-{seed}-{kind}"));
        match persist(caller, &path, &key, &body).await {
            Outcome::Done { id, .. } => id,
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
    Ground {
        room: make("resources", room).await,
        service: make("services", class).await,
        cabinet: make("cabinets", json!({ "name": "Acme" })).await,
        product: make("products", json!({ "sku": format!("S-{seed}"), "name": "Sail" })).await,
        reporter: make("users", reporter).await,
    }
}

/// Sends a request until there is an answer that says what became of it.
async fn persist(caller: &Caller, path: &str, key: &str, body: &Value) -> Outcome {
    for _ in 0..ATTEMPTS {
        let header = [("Idempotency-Key", key.to_owned())];
        let answer = caller.send(Method::POST, path, &header, Some(body.clone())).await;
        if let Some(known) = answer.ok().and_then(|answer| judge(&answer)) {
            return known;
        }
        sleep(PAUSE).await;
    }
    Outcome::Unknown
}

/// Some half hour of some day to come, by the clock on the wall.
#[expect(clippy::disallowed_methods, reason = "the program under test has the same clock")]
fn at(day: u64, half: u64) -> String {
    let date = chrono::Utc::now().date_naive() + chrono::Days::new(3 + day);
    format!("{date}T{:02}:{:02}:00", 9 + half / 2, half % 2 * 30)
}

/// What an answer says; `None` when it says that nothing is known.
fn judge(answer: &Answer) -> Option<Outcome> {
    match answer.status.as_u16() {
        200 | 201 => Some(Outcome::Done {
            id: answer.id(),
            version: i32::try_from(answer.body["meta"]["version"].as_i64()?).ok()?,
            position: answer.position(),
        }),
        status @ 400..500 if status != 408 && status != 429 => Some(Outcome::Refused(status)),
        _ => None,
    }
}
