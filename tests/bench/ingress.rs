//! Measures what the ingress costs: the gateway before a read, and the check of a token.

use std::{
    net::SocketAddr,
    process::Child,
    time::{Duration, Instant},
};

use api::Tokens;
use sealing::SigningKey;
use serde_json::json;
use tests::world::{World, free_port};
use tokio::time::sleep;

use crate::{
    client::{load, request},
    report::Report,
};

const MEASUREMENT: Duration = Duration::from_secs(6);
const WARM_UP: Duration = Duration::from_secs(1);
/// How many tokens are checked.
const CHECKS: u32 = 20_000;

pub(crate) async fn measure(report: &mut Report) {
    let world = World::isolated().await;
    let admin = world.admin().await;
    let token = admin.token.clone().unwrap();
    let made = admin.post("/customers", json!({ "name": "Anna", "walk_in": true })).await;
    let path = format!("/api/v1/customers/{}", made.id());
    world.wait_until_settled().await;

    let direct: SocketAddr = world.address().parse().unwrap();
    let via_gateway: SocketAddr = format!("127.0.0.1:{}", free_port()).parse().unwrap();
    let mut gateway = gateway(&world, via_gateway).await;
    let get = {
        let token = token.clone();
        move |_| request("GET", &path, Some(&token), "")
    };
    // One request after the other on one connection: this measures latency, not load.
    load(direct, 1, WARM_UP, get.clone()).await;
    let direct_rate = load(direct, 1, MEASUREMENT, get.clone()).await;
    load(via_gateway, 1, WARM_UP, get.clone()).await;
    let gateway_rate = load(via_gateway, 1, MEASUREMENT, get).await;
    gateway.kill().unwrap();
    gateway.wait().unwrap();
    let added = gateway_rate.p50 - direct_rate.p50;
    report.at_most("gateway, added to a GET at p50", (added, "ms"), 0.35);

    let micros = token_check_time(&world, &token).await;
    report.at_most("check of a JWT, its first time", (micros, "µs"), 60.0);
}

async fn gateway(world: &World, address: SocketAddr) -> Child {
    let child = world
        .cli_command(&["run", "gateway"])
        .env("SERVICEBOOK_LISTEN", address.to_string())
        .env("SERVICEBOOK_WEBSOCKET_LISTEN", "127.0.0.1:0")
        .env("SERVICEBOOK_ROUTES", format!("/={}", world.address()))
        .spawn()
        .unwrap();
    while tokio::net::TcpStream::connect(address).await.is_err() {
        sleep(Duration::from_millis(10)).await;
    }
    child
}

/// How long it takes to check a token that was not seen before, in microseconds.
async fn token_check_time(world: &World, token: &str) -> f64 {
    let master = world.master().await;
    let keys = SigningKey::ensure_current(&world.database().await, &master).await.unwrap();
    let tokens = Tokens::new(world.url(""), &keys).unwrap();
    let began = Instant::now();
    for _ in 0..CHECKS {
        tokens.verify(token).unwrap();
    }
    began.elapsed().as_secs_f64() * 1_000_000.0 / f64::from(CHECKS)
}
