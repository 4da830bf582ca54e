//! Measures how soon access that is revoked in one process is gone in another one, under load.

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
    revocable::{AccessFixtures, AccessKind},
    world::{Caller, World, free_port},
};
use tokio::{task::JoinHandle, time::sleep};

use crate::{client::rate, report::Report};

/// How often each kind of access is revoked.
const REPETITIONS: usize = 200;
/// How many are revoked at the same time.
const CONCURRENCY: usize = 8;
/// How many clients write and read meanwhile, half of them at each process.
const CLIENTS: usize = 8;
/// The bound for each percentile.
const MAX_MILLISECONDS: f64 = 1_000.0;

pub(crate) async fn measure(report: &mut Report) {
    let world = World::isolated().await;
    let admin = world.admin().await;
    let base = format!("http://127.0.0.1:{}", free_port());
    let mut other = start_second_process(&world, &base).await;
    let mut done = 0;
    for kind in AccessKind::ALL {
        // All of it takes longer than a token lasts.
        let admin = world.login(&admin.email).await;
        let fixtures = AccessFixtures::new(&world, &admin).await;
        let load = Load::start([admin.clone(), admin.with_base(&base)]);
        let repetitions = stream::iter(0..REPETITIONS).map(|_| async {
            let access = fixtures.create(kind).await;
            let other_process = access.caller.with_base(&base);
            while other_process.get(&access.path).await.status != StatusCode::OK {
                sleep(Duration::from_millis(20)).await;
            }
            access.revoke().await;
            let revoked = Instant::now();
            while other_process.get(&access.path).await.status == StatusCode::OK {
                sleep(Duration::from_millis(2)).await;
            }
            revoked.elapsed().as_secs_f64() * 1000.0
        });
        let times: Vec<f64> = repetitions.buffer_unordered(CONCURRENCY).collect().await;
        let figures = rate(times, Duration::from_secs(1));
        report.at_most(
            &format!("{kind:?} gone elsewhere, p50"),
            (figures.p50, "ms"),
            MAX_MILLISECONDS,
        );
        report.at_most(
            &format!("{kind:?} gone elsewhere, p99"),
            (figures.p99, "ms"),
            MAX_MILLISECONDS,
        );
        done += load.stop().await;
    }
    eprintln!("meanwhile {done} requests of others were answered");
    other.kill().unwrap();
    other.wait().unwrap();
}

/// Another process that serves the API.
async fn start_second_process(world: &World, base: &str) -> Child {
    let child = world
        .cli_command(&["run", "api"])
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
