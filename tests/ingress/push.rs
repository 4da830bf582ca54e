//! Live push: who is told what, and that nothing is missed.

use std::{net::Ipv4Addr, time::Duration};

use futures::future::join_all;
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};
use tests::world::{Caller, World};
use tokio::time::{Instant, timeout};

use super::wire::Wire;

const PATIENCE: Duration = Duration::from_secs(20);

/// A stream of server-sent events.
pub(super) struct Stream {
    response: Response,
    text: String,
}

impl Stream {
    pub(super) async fn open(
        world: &World,
        caller: &Caller,
        query: &str,
        after: Option<i64>,
    ) -> Self {
        let url = world.url(&format!("/api/v1/stream{query}"));
        let client = reqwest::Client::new();
        let mut request = client.get(url).bearer_auth(caller.token.as_deref().unwrap());
        if let Some(after) = after {
            request = request.header("Last-Event-ID", after);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { response, text: String::new() }
    }

    /// The next event that has data, with its id.
    pub(super) async fn next(&mut self) -> (i64, Value) {
        timeout(PATIENCE, self.read()).await.unwrap()
    }

    async fn read(&mut self) -> (i64, Value) {
        loop {
            while let Some((event, rest)) = self.text.split_once("\n\n") {
                let field = |name: &str| {
                    event.lines().find_map(|line| line.strip_prefix(name)).map(str::trim)
                };
                let id = field("id:").unwrap().parse().unwrap();
                let data = field("data:").filter(|data| !data.is_empty());
                let data = data.map(|data| serde_json::from_str(data).unwrap());
                let rest = rest.to_owned();
                self.text = rest;
                if let Some(data) = data {
                    return (id, data);
                }
            }
            let chunk = self.response.chunk().await.unwrap().unwrap();
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }
}

async fn customer(admin: &Caller) -> (Value, i64) {
    let created = admin.post("/customers", json!({ "name": "Anna", "walk_in": true })).await;
    (json!(created.id()), created.position())
}

#[tokio::test]
async fn what_happens_is_told_by_name_alone_and_can_be_asked_for() {
    let world = World::start().await;
    let admin = world.admin().await;
    world.settled().await;
    let mut stream = Stream::open(&world, &admin, "?topics=crm.customer", None).await;
    let (id, position) = customer(&admin).await;
    let (event, nudge) = stream.next().await;
    assert_eq!(event, position);
    assert_eq!(
        nudge,
        json!({
            "topic": "crm.customer", "id": id, "type": "CustomerCreated", "position": position,
        })
    );
    let path = format!("/customers/{}", id.as_str().unwrap());
    admin.get(&path).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn who_comes_back_misses_nothing_and_hears_nothing_twice() {
    let world = World::start().await;
    let admin = world.admin().await;
    let (_, first) = customer(&admin).await;
    let mut positions = Vec::new();
    for _ in 0..20 {
        positions.push(customer(&admin).await.1);
    }
    let mut stream = Stream::open(&world, &admin, "?topics=crm", Some(first)).await;
    positions.push(customer(&admin).await.1);
    let mut told = Vec::new();
    while told.len() < positions.len() {
        told.push(stream.next().await.0);
    }
    assert_eq!(told, positions);
}

#[tokio::test]
async fn who_is_ahead_of_what_was_told_hears_nothing_twice() {
    let world = World::start().await;
    let admin = world.admin().await;
    for _ in 0..10 {
        let (_, known) = customer(&admin).await;
        let mut stream = Stream::open(&world, &admin, "?topics=crm.customer", Some(known)).await;
        let (_, new) = customer(&admin).await;
        assert_eq!(stream.next().await.0, new);
    }
}

#[tokio::test]
async fn clients_are_told_of_what_is_theirs_and_of_nothing_internal() {
    let world = World::start().await;
    let admin = world.admin().await;
    let client = world.someone(&admin, "client_user", json!({})).await;
    world.settled().await;
    let mut stream = Stream::open(&world, &client, "", None).await;
    let mut agent = Stream::open(&world, &admin, "?topics=support.issue", None).await;

    customer(&admin).await;
    let question = json!({ "title": "Broken", "text": "It does not start." });
    let foreign = admin.post("/issues", question.clone()).await.expect(StatusCode::CREATED);
    let own = client.post("/issues", question).await.expect(StatusCode::CREATED);
    let comments = format!("/issues/{}/comments", own.id());
    let comment = json!({ "text": "for us alone", "visibility": "internal" });
    let internal = admin.post(&comments, comment).await.expect(StatusCode::CREATED);
    let comment = json!({ "text": "we look at it", "visibility": "public" });
    admin.post(&comments, comment).await.expect(StatusCode::CREATED);

    let mut heard = Vec::new();
    while heard.len() < 2 {
        let (event, nudge) = stream.next().await;
        if nudge["topic"] == "support.issue" {
            assert_eq!(nudge["id"], json!(own.id()));
            let public = nudge["type"] != "IssueCommented" || event > internal.position();
            assert!(public, "{nudge}");
            heard.push(nudge["type"].clone());
        } else {
            assert_eq!(nudge["topic"], "notifications.notification", "{nudge}");
        }
    }
    assert_eq!(heard, ["IssueOpened", "IssueCommented"]);

    let mut all = Vec::new();
    while all.iter().filter(|kind| **kind == "IssueCommented").count() < 2 {
        all.push(agent.next().await.1["type"].clone());
    }
    assert_eq!(all.iter().filter(|kind| **kind == "IssueOpened").count(), 2, "{}", foreign.id());
}

#[tokio::test]
async fn nobody_listens_without_a_right_or_to_what_is_not_there() {
    let world = World::start().await;
    let admin = world.admin().await;
    let client = world.someone(&admin, "client_user", json!({})).await;
    world.guest().get("/stream").await.expect(StatusCode::UNAUTHORIZED);
    client.get("/stream?topics=purchasing").await.expect(StatusCode::FORBIDDEN);
    admin.get("/stream?topics=candles").await.expect(StatusCode::UNPROCESSABLE_ENTITY);
    let mut wire = Wire::connect(&world.address()).await;
    wire.send("GET /ws HTTP/1.1\r\nHost: h\r\n\r\n").await;
    assert_eq!(wire.status().await, 401);
    let token = admin.token.as_deref().unwrap();
    let mut wire = Wire::connect(&world.address()).await;
    wire.send(format!("GET /ws HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {token}\r\n\r\n"))
        .await;
    assert_eq!(wire.status().await, 426, "this is no WebSocket");
}

#[tokio::test]
async fn a_websocket_tells_the_same_on_its_own_port_and_beside_the_rest() {
    let world = World::start().await;
    let admin = world.admin().await;
    world.settled().await;
    let token = admin.token.as_deref().unwrap();
    let bearer = format!("Authorization: Bearer {token}\r\n");
    let protocol = format!("Sec-WebSocket-Protocol: servicebook, bearer.{token}\r\n");
    let mut beside = Wire::connect(&world.address()).await;
    let mut own = Wire::connect(&world.push_address()).await;
    let opened = beside.open("/ws?topics=crm.customer", &bearer).await;
    assert!(opened.starts_with("HTTP/1.1 101"), "{opened}");
    let opened = own.open("/?topics=crm.customer", &protocol).await;
    assert!(opened.contains("sec-websocket-protocol: servicebook\r\n"), "{opened}");

    let (id, position) = customer(&admin).await;
    for wire in [&mut beside, &mut own] {
        let told: Value = serde_json::from_str(&wire.text().await.unwrap()).unwrap();
        assert_eq!((&told["id"], &told["position"]), (&id, &json!(position)));
    }
    // Beginning where another one left off.
    let mut later = Wire::connect(&world.address()).await;
    later.open(&format!("/ws?topics=crm.customer&after={}", position - 1), &bearer).await;
    let told: Value = serde_json::from_str(&later.text().await.unwrap()).unwrap();
    assert_eq!(told["position"], json!(position));

    for (headers, status) in [
        ("", "401"),
        ("Authorization: Bearer nonsense\r\n", "401"),
        (&format!("{bearer}Origin: https://evil.example\r\n"), "403"),
    ] {
        let mut wire = Wire::connect(&world.address()).await;
        let answer = wire.open("/ws", headers).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{answer}");
    }
    let mut elsewhere = Wire::connect(&world.push_address()).await;
    elsewhere.send("GET /api/v1/products HTTP/1.1\r\nHost: h\r\n\r\n").await;
    assert_eq!(elsewhere.status().await, 404, "nothing else is served there");
}

#[tokio::test]
async fn one_read_model_that_hangs_delays_no_other() {
    let world = World::start().await;
    let admin = world.admin().await;
    world.settled().await;
    let db = world.database().await;
    let mut held = db.begin().await.unwrap();
    let hold = "select from projections.checkpoints where name = 'crm.customer' for update";
    sqlx::query(hold).execute(&mut *held).await.unwrap();
    let mut stream = Stream::open(&world, &admin, "?topics=catalog.product", None).await;
    let began = Instant::now();
    for number in 0..8 {
        customer(&admin).await;
        let product = json!({ "sku": format!("P{number}"), "name": "CAD" });
        let made = admin.post("/products", product).await.expect(StatusCode::CREATED);
        assert_eq!(stream.next().await.0, made.position());
    }
    // It is waited for two seconds, once.
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    held.rollback().await.unwrap();
}

#[tokio::test]
async fn five_thousand_who_only_listen_take_little_room_and_all_are_told() {
    const LISTENERS: usize = 5_000;
    let world = World::start().await;
    let admin = world.admin().await;
    let token = admin.token.clone().unwrap();
    world.settled().await;
    let before = super::limits::memory(&world);
    let mut wires = Vec::with_capacity(LISTENERS);
    // No network may hold more than a part of all connections.
    for place in (1..).take(LISTENERS / 100) {
        let opened = join_all((0..100).map(async |_| {
            let from = Ipv4Addr::new(127, 0, 1, place);
            let mut wire = Wire::connect_from(from, &world.address()).await;
            let bearer = format!("Authorization: Bearer {token}\r\n");
            let head = wire.open("/ws?topics=crm.customer", &bearer).await;
            assert!(head.starts_with("HTTP/1.1 101"), "{head}");
            wire
        }));
        wires.extend(opened.await);
    }
    let more = super::limits::memory(&world) - before;
    assert!(more <= 50.0, "{more:.0} MB for {LISTENERS}");
    customer(&admin).await;
    let told = join_all(wires.iter_mut().map(Wire::text)).await;
    assert_eq!(told.iter().flatten().count(), LISTENERS);
}
