//! Measures commands and reads over HTTP against plain endpoints on the same Postgres, and how soon the
//! effect of a command is visible.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tests::world::{Caller, World};
use tokio::time::{interval, sleep};

use crate::{
    client::{self, Client, load, request},
    plain,
    report::Report,
};

const MEASUREMENT: Duration = Duration::from_secs(6);
const WARM_UP: Duration = Duration::from_secs(1);
/// The rate of commands while the time until they are visible is measured.
const COMMANDS_PER_SECOND: u32 = 200;

const NEW_CUSTOMER: &str = r#"{"name":"Anna Beispiel","walk_in":true}"#;

pub(crate) async fn measure(report: &mut Report) {
    let world = World::isolated().await;
    let ours: SocketAddr = world.url("")["http://".len()..].parse().unwrap();
    let database_url = world.running().database_url;
    let (_child, plain) = plain::start(database_url.reveal()).await;
    let admin = world.admin().await;
    let token = admin.token.clone().unwrap();

    report.at_most("memory of the idle system", (idle_memory(&world).await, "MB"), 150.0);

    for (connections, goal) in [(16, 1.0), (64, 1.5)] {
        let plain_request = move |_| request("POST", "/customers", None, NEW_CUSTOMER);
        let token = token.clone();
        let own_request = move |_| request("POST", "/api/v1/customers", Some(&token), NEW_CUSTOMER);
        load(plain, connections, WARM_UP, plain_request).await;
        let reference = load(plain, connections, MEASUREMENT, plain_request).await;
        load(ours, connections, WARM_UP, own_request.clone()).await;
        let value = load(ours, connections, MEASUREMENT, own_request).await;
        let metric = format!("POST /customers, {connections} connections");
        let reference = ("axum + sqlx insert", reference.per_second);
        report.at_least(&metric, (value.per_second, "req/s"), reference, goal);
    }

    let plain_path = first_path(plain, "/customers", None).await;
    let own_path = first_path(ours, "/api/v1/customers", Some(&token)).await;
    world.wait_until_settled().await;
    let get = move |_| request("GET", &plain_path, None, "");
    load(plain, 16, WARM_UP, get.clone()).await;
    let reference = load(plain, 16, MEASUREMENT, get).await;
    let get = {
        let token = token.clone();
        move |_| request("GET", &own_path, Some(&token), "")
    };
    load(ours, 16, WARM_UP, get.clone()).await;
    let value = load(ours, 16, MEASUREMENT, get).await;
    let reference = ("axum + sqlx select", reference.per_second);
    report.at_least(
        "GET /customers/{id}, 16 connections",
        (value.per_second, "req/s"),
        reference,
        0.8,
    );

    let seen = time_until_visible(&admin).await;
    report.at_most("answer to visible, p99 at 200 commands/s", (seen, "ms"), 50.0);
}

/// Creates one and gives its path.
async fn first_path(address: SocketAddr, path: &str, token: Option<&str>) -> String {
    let mut client = Client::connect(address).await;
    let body = client.send(&request("POST", path, token, NEW_CUSTOMER)).await;
    let body: Value = serde_json::from_slice(&body).unwrap();
    let id = body["id"].as_str().or(body["data"]["id"].as_str()).unwrap();
    format!("{path}/{id}")
}

/// The time from the answer to a command until a read shows its effect, in milliseconds (p99).
async fn time_until_visible(caller: &Caller) -> f64 {
    let mut pace = interval(Duration::from_secs(1) / COMMANDS_PER_SECOND);
    let mut waiting = Vec::new();
    for _ in 0..COMMANDS_PER_SECOND * 8 {
        pace.tick().await;
        let caller = caller.clone();
        waiting.push(tokio::spawn(async move {
            let answer = caller.post("/customers", json!({ "name": "Bea", "walk_in": true })).await;
            let answered = Instant::now();
            let path = format!("/customers/{}", answer.id());
            let position = [("X-Min-Position", answer.position().to_string())];
            let seen = caller.send(Method::GET, &path, &position, None).await.unwrap();
            assert_eq!(seen.status, StatusCode::OK);
            answered.elapsed().as_secs_f64() * 1000.0
        }));
    }
    let mut times = Vec::new();
    for probe in waiting {
        times.push(probe.await.unwrap());
    }
    client::rate(times, Duration::from_secs(8)).p99
}

/// Resident memory of the program itself once it has nothing to do, in MB.
async fn idle_memory(world: &World) -> f64 {
    sleep(Duration::from_secs(3)).await;
    let status = std::fs::read_to_string(format!("/proc/{}/status", world.running().pid)).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<f64>().unwrap() / 1024.0
}
