//! How soon what is taken away in one process is gone in another one, under load.

use std::{
    process::Child,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use futures::{StreamExt, stream};
use reqwest::StatusCode;
use serde_json::json;
use tests::{
    held::{Giver, Kind},
    world::{Caller, World, free_port},
};
use tokio::{task::JoinHandle, time::sleep};

use crate::{client::rate, report::Report};

/// How often each kind is taken away.
const TRIES: usize = 200;
/// How many at the same time.
const AT_ONCE: usize = 8;
/// How many clients write and read meanwhile, half of them at each process.
const CLIENTS: usize = 8;
/// What every one must be gone within, in milliseconds.
const BOUND: f64 = 1_000.0;

pub(crate) async fn measure(report: &mut Report) {
    let world = World::alone().await;
    let admin = world.admin().await;
    let base = format!("http://127.0.0.1:{}", free_port());
    let mut other = beside(&world, &base).await;
    let mut done = 0;
    for kind in Kind::ALL {
        // All of it takes longer than a token lasts.
        let admin = world.login(&admin.email).await;
        let giver = Giver::new(&world, &admin).await;
        let load = Load::start([admin.clone(), admin.at(&base)]);
        let tries = stream::iter(0..TRIES).map(|_| async {
            let held = giver.give(kind).await;
            let elsewhere = held.by.at(&base);
            while elsewhere.get(&held.path).await.status != StatusCode::OK {
                sleep(Duration::from_millis(20)).await;
            }
            held.take_away().await;
            let taken = Instant::now();
            while elsewhere.get(&held.path).await.status == StatusCode::OK {
                sleep(Duration::from_millis(2)).await;
            }
            taken.elapsed().as_secs_f64() * 1000.0
        });
        let times: Vec<f64> = tries.buffer_unordered(AT_ONCE).collect().await;
        let figures = rate(times, Duration::from_secs(1));
        report.at_most(&format!("{kind:?} gone elsewhere, p50"), (figures.p50, "ms"), BOUND);
        report.at_most(&format!("{kind:?} gone elsewhere, p99"), (figures.p99, "ms"), BOUND);
        done += load.stop().await;
    }
    eprintln!("meanwhile {done} requests of others were answered");
    other.kill().unwrap();
    other.wait().unwrap();
}

/// Another process that serves the API.
async fn beside(world: &World, base: &str) -> Child {
    let child = world
        .program(&["run", "api"])
        .env("SERVICEBOOK_LISTEN", base.trim_start_matches("http://"))
        .env("SERVICEBOOK_PUBLIC_URL", world.url(""))
        .spawn()
        .unwrap();
    while reqwest::get(format!("{base}/ready")).await.is_err() {
        sleep(Duration::from_millis(20)).await;
    }
    child
}

/// Clients that write and read without a pause.
struct Load {
    stop: Arc<AtomicBool>,
    clients: Vec<JoinHandle<usize>>,
}

impl Load {
    fn start(callers: [Caller; 2]) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let clients = callers.into_iter().cycle().take(CLIENTS).map(|caller| {
            let stop = Arc::clone(&stop);
            tokio::spawn(async move {
                let mut done = 0;
                while !stop.load(Ordering::Relaxed) {
                    let body = json!({ "name": "Anna", "walk_in": true });
                    caller.post("/customers", body).await.expect(StatusCode::CREATED);
                    caller.get("/customers?limit=1").await.expect(StatusCode::OK);
                    done += 2;
                }
                done
            })
        });
        Self { stop: Arc::clone(&stop), clients: clients.collect() }
    }

    async fn stop(self) -> usize {
        self.stop.store(true, Ordering::Relaxed);
        let mut done = 0;
        for client in self.clients {
            done += client.await.unwrap();
        }
        done
    }
}
