//! What the edge costs: the gateway before a question, and the check of a token.

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

const LONG: Duration = Duration::from_secs(6);
const SHORT: Duration = Duration::from_secs(1);
/// How many tokens are checked.
const CHECKS: u32 = 20_000;

pub(crate) async fn measure(report: &mut Report) {
    let world = World::alone().await;
    let admin = world.admin().await;
    let token = admin.token.clone().unwrap();
    let made = admin.post("/customers", json!({ "name": "Anna", "walk_in": true })).await;
    let path = format!("/api/v1/customers/{}", made.id());
    world.settled().await;

    let directly: SocketAddr = world.address().parse().unwrap();
    let through: SocketAddr = format!("127.0.0.1:{}", free_port()).parse().unwrap();
    let mut gateway = gateway(&world, through).await;
    let get = {
        let token = token.clone();
        move |_| request("GET", &path, Some(&token), "")
    };
    // One after the other on one connection: what is measured is the way, not the load.
    load(directly, 1, SHORT, get.clone()).await;
    let short = load(directly, 1, LONG, get.clone()).await;
    load(through, 1, SHORT, get.clone()).await;
    let long = load(through, 1, LONG, get).await;
    gateway.kill().unwrap();
    gateway.wait().unwrap();
    let added = long.p50 - short.p50;
    report.at_most("gateway, added to a GET at p50", (added, "ms"), 0.35);

    let check = check(&world, &token).await;
    report.at_most("check of a JWT, its first time", (check, "µs"), 60.0);
}

async fn gateway(world: &World, address: SocketAddr) -> Child {
    let child = world
        .program(&["run", "gateway"])
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
async fn check(world: &World, token: &str) -> f64 {
    let master = world.master().await;
    let keys = SigningKey::current(&world.database().await, &master).await.unwrap();
    let tokens = Tokens::new(world.url(""), &keys).unwrap();
    let began = Instant::now();
    for _ in 0..CHECKS {
        tokens.verify(token).unwrap();
    }
    began.elapsed().as_secs_f64() * 1_000_000.0 / f64::from(CHECKS)
}
