//! Clients that go on whatever happens, and send again what they got no answer to.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tests::world::{Answer, Caller};
use tokio::{task::JoinHandle, time::sleep};
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
        let clients = (0..clients).map(|client| {
            let client = Client {
                caller: caller.clone(),
                history: history.clone(),
                random: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(client + 1),
                customers: Vec::new(),
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

struct Client {
    caller: Caller,
    history: Arc<Mutex<History>>,
    random: u64,
    customers: Vec<Uuid>,
    seed: u64,
    number: u64,
    count: u64,
}

impl Client {
    async fn run(mut self, stop: Arc<AtomicBool>) {
        while !stop.load(Ordering::Relaxed) {
            let (path, body) = self.choose();
            self.act(&path, body).await;
        }
    }

    /// Half of the acts make a customer; the others change one.
    fn choose(&mut self) -> (String, Value) {
        let name = format!("Person {}-{}-{}", self.seed, self.number, self.count);
        let known = self.customers.len() as u64;
        match self.draw(4) {
            2 | 3 if known > 0 => {
                let drawn = usize::try_from(self.draw(known)).unwrap();
                let id = self.customers[drawn];
                (format!("/customers/{id}/rename"), json!({ "name": name }))
            }
            _ => ("/customers".into(), json!({ "name": name, "walk_in": true })),
        }
    }

    async fn act(&mut self, path: &str, body: Value) {
        self.count += 1;
        let key = format!("{}-{}-{}", self.seed, self.number, self.count);
        let begun = Instant::now();
        let mut outcome = Outcome::Unknown;
        for _ in 0..ATTEMPTS {
            let header = [("Idempotency-Key", key.clone())];
            let answer = self.caller.send(Method::POST, path, &header, Some(body.clone())).await;
            if let Some(known) = answer.ok().and_then(|answer| judge(&answer)) {
                outcome = known;
                break;
            }
            sleep(PAUSE).await;
        }
        if let Outcome::Done { id, version: 1, .. } = outcome {
            self.customers.push(id);
        }
        let act = Act { key, begun, ended: Instant::now(), outcome };
        let done = act.done();
        self.history.lock().unwrap().acts.push(act);
        if let Some((id, version, position)) = done {
            let naming = self.draw(2) == 0;
            self.look(id, naming.then_some((version, position))).await;
        }
    }

    /// Asks for a customer, and may name the position and the version of what it knows of him.
    async fn look(&self, id: Uuid, known: Option<(i32, i64)>) {
        let header = known.map(|(_, position)| ("X-Min-Position", position.to_string()));
        let path = format!("/customers/{id}");
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
