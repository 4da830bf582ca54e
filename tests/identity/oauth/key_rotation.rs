//! S-06: signing keys rotate under load without failing a valid token.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

use serde_json::{Value, json};
use tests::world::World;
use tokio::{sync::Mutex, time::sleep};

use super::{TIMEOUT, misuse::ClientApplication, register_service};

/// Ages keys by more than the time between their publication and first use.
const AGE_KEYS: &str =
    "update key_store.signing set created_at = created_at - interval '16 minutes'";

#[tokio::test]
async fn s_06_keys_rotate_under_load_and_no_good_token_fails() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let service = ClientApplication::new(&world, &register_service(&admin, "employee").await);
    let load = TokenLoad::start(&world, service);
    let before = published_keys(&world).await;
    assert_eq!(before.len(), 2, "one of each algorithm");
    let old = load.newest_header().await;

    world.cli(&["keys", "rotate"]);
    world.cli(&["keys", "rotate"]);
    wait_until(async || published_keys(&world).await.len() == 4).await;
    assert_eq!(load.newest_header().await, old, "a new key signs before everybody knows it");

    let database = world.database().await;
    sqlx::raw_sql(AGE_KEYS).execute(&database).await.unwrap();
    wait_until(async || load.newest_header().await != old).await;
    assert!(published_keys(&world).await.is_superset(&before), "what signed lately must be known");

    // An old key stays published as long as tokens of it are valid, so the load drops them first.
    load.drop_tokens().await;
    sqlx::raw_sql(AGE_KEYS).execute(&database).await.unwrap();
    wait_until(async || published_keys(&world).await.is_disjoint(&before)).await;
    assert_eq!(published_keys(&world).await.len(), 2);

    let (answered, failed) = load.stop().await;
    assert!(answered > 100, "that was no load: {answered}");
    assert_eq!(failed, 0, "of {answered}");
    database.close().await;
    world.stop().await;
}

/// A service that keeps getting tokens and keeps using all of them.
struct TokenLoad {
    tokens: Arc<Mutex<Vec<String>>>,
    counts: Arc<[AtomicUsize; 2]>,
    task: tokio::task::JoinHandle<()>,
}

impl TokenLoad {
    fn start(world: &World, service: ClientApplication) -> Self {
        let tokens: Arc<Mutex<Vec<String>>> = Arc::default();
        let counts: Arc<[AtomicUsize; 2]> = Arc::default();
        let (mut caller, stored, counters) =
            (world.guest(), Arc::clone(&tokens), Arc::clone(&counts));
        let task = tokio::spawn(async move {
            loop {
                let answer = service.token(&[("grant_type", "client_credentials")]).await;
                let token = answer["access_token"].as_str().map(str::to_owned);
                let all = {
                    let mut stored = stored.lock().await;
                    stored.extend(token);
                    stored.clone()
                };
                for token in all {
                    caller.token = Some(token);
                    let failed =
                        usize::from(!caller.get("/products?limit=1").await.status.is_success());
                    counters[0].fetch_add(1, Ordering::Relaxed);
                    counters[1].fetch_add(failed, Ordering::Relaxed);
                }
                sleep(std::time::Duration::from_millis(200)).await;
            }
        });
        Self { tokens, counts, task }
    }

    /// The header of the newest token, which names its key.
    async fn newest_header(&self) -> String {
        let began = Instant::now();
        loop {
            if let Some(token) = self.tokens.lock().await.last() {
                return token.split('.').next().unwrap().to_owned();
            }
            assert!(began.elapsed() < TIMEOUT, "there are no tokens");
            sleep(std::time::Duration::from_millis(50)).await;
        }
    }

    /// Drops all tokens so far and waits for a new one.
    async fn drop_tokens(&self) {
        self.tokens.lock().await.clear();
        self.newest_header().await;
    }

    /// Returns the number of answered requests, and how many of them failed.
    async fn stop(self) -> (usize, usize) {
        self.task.abort();
        let _ = self.task.await;
        let [answered, failed] = &*self.counts;
        (answered.load(Ordering::Relaxed), failed.load(Ordering::Relaxed))
    }
}

/// The key ids of the published keys.
async fn published_keys(world: &World) -> BTreeSet<String> {
    let published: Value =
        reqwest::get(world.url("/oauth2/jwks")).await.unwrap().json().await.unwrap();
    let keys = published["keys"].as_array().unwrap();
    for key in keys {
        assert_eq!(key["use"], json!("sig"));
        assert!(key.get("d").is_none(), "a private half: {key}");
    }
    keys.iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

async fn wait_until(condition: impl AsyncFn() -> bool) {
    let began = Instant::now();
    while !condition().await {
        assert!(began.elapsed() < TIMEOUT, "it does not become so");
        sleep(std::time::Duration::from_millis(100)).await;
    }
}
