//! Live push by server-sent events and WebSockets: who receives which nudges, with none missed.

use std::{net::Ipv4Addr, time::Duration};

use futures::future::join_all;
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};
use tests::world::{Caller, World};
use tokio::time::{Instant, timeout};

use super::raw_connection::RawConnection;

const TIMEOUT: Duration = Duration::from_secs(20);

/// A stream of server-sent events.
pub(super) struct EventStream {
    response: Response,
    text: String,
}

impl EventStream {
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
        timeout(TIMEOUT, self.read()).await.unwrap()
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

async fn create_customer(admin: &Caller) -> (Value, i64) {
    let created = admin.post("/customers", json!({ "name": "Anna", "walk_in": true })).await;
    (json!(created.id()), created.position())
}

#[tokio::test]
async fn an_event_is_pushed_without_its_data_which_can_be_read_then() {
    let world = World::start().await;
    let admin = world.admin().await;
    world.wait_until_settled().await;
    let mut stream = EventStream::open(&world, &admin, "?topics=crm.customer", None).await;
    let (id, position) = create_customer(&admin).await;
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
async fn a_client_that_reconnects_misses_nothing_and_gets_nothing_twice() {
    let world = World::start().await;
    let admin = world.admin().await;
    let (_, first) = create_customer(&admin).await;
    let mut positions = Vec::new();
    for _ in 0..20 {
        positions.push(create_customer(&admin).await.1);
    }
    let mut stream = EventStream::open(&world, &admin, "?topics=crm", Some(first)).await;
    positions.push(create_customer(&admin).await.1);
    let mut received = Vec::new();
    while received.len() < positions.len() {
        received.push(stream.next().await.0);
    }
    assert_eq!(received, positions);
}

#[tokio::test]
async fn a_client_ahead_of_the_push_gets_nothing_twice() {
    let world = World::start().await;
    let admin = world.admin().await;
    for _ in 0..10 {
        let (_, last) = create_customer(&admin).await;
        let mut stream =
            EventStream::open(&world, &admin, "?topics=crm.customer", Some(last)).await;
        let (_, new) = create_customer(&admin).await;
        assert_eq!(stream.next().await.0, new);
    }
}

#[tokio::test]
async fn clients_receive_nudges_of_what_is_theirs_and_of_nothing_internal() {
    let world = World::start().await;
    let admin = world.admin().await;
    let client = world.user_with_role(&admin, "client_user", json!({})).await;
    world.wait_until_settled().await;
    let mut stream = EventStream::open(&world, &client, "", None).await;
    let mut agent = EventStream::open(&world, &admin, "?topics=support.issue", None).await;

    create_customer(&admin).await;
    let question = json!({ "title": "Broken", "text": "It does not start." });
    let foreign = admin.post("/issues", question.clone()).await.expect(StatusCode::CREATED);
    let own = client.post("/issues", question).await.expect(StatusCode::CREATED);
    let comments = format!("/issues/{}/comments", own.id());
    let comment = json!({ "text": "for us alone", "visibility": "internal" });
    let internal = admin.post(&comments, comment).await.expect(StatusCode::CREATED);
    let comment = json!({ "text": "we look at it", "visibility": "public" });
    admin.post(&comments, comment).await.expect(StatusCode::CREATED);

    let mut received = Vec::new();
    while received.len() < 2 {
        let (event, nudge) = stream.next().await;
        if nudge["topic"] == "support.issue" {
            assert_eq!(nudge["id"], json!(own.id()));
            let public = nudge["type"] != "IssueCommented" || event > internal.position();
            assert!(public, "{nudge}");
            received.push(nudge["type"].clone());
        } else {
            assert_eq!(nudge["topic"], "notifications.notification", "{nudge}");
        }
    }
    assert_eq!(received, ["IssueOpened", "IssueCommented"]);

    let mut all = Vec::new();
    while all.iter().filter(|kind| **kind == "IssueCommented").count() < 2 {
        all.push(agent.next().await.1["type"].clone());
    }
    assert_eq!(all.iter().filter(|kind| **kind == "IssueOpened").count(), 2, "{}", foreign.id());
}

#[tokio::test]
async fn a_stream_needs_a_right_and_topics_that_exist() {
    let world = World::start().await;
    let admin = world.admin().await;
    let client = world.user_with_role(&admin, "client_user", json!({})).await;
    world.guest().get("/stream").await.expect(StatusCode::UNAUTHORIZED);
    client.get("/stream?topics=purchasing").await.expect(StatusCode::FORBIDDEN);
    admin.get("/stream?topics=candles").await.expect(StatusCode::UNPROCESSABLE_ENTITY);
    let mut connection = RawConnection::connect(&world.address()).await;
    connection.send("GET /ws HTTP/1.1\r\nHost: h\r\n\r\n").await;
    assert_eq!(connection.status().await, 401);
    let token = admin.token.as_deref().unwrap();
    let mut connection = RawConnection::connect(&world.address()).await;
    connection
        .send(format!("GET /ws HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {token}\r\n\r\n"))
        .await;
    assert_eq!(connection.status().await, 426, "this is no WebSocket");
}

#[tokio::test]
async fn a_websocket_pushes_the_same_on_its_own_port_and_on_that_of_the_api() {
    let world = World::start().await;
    let admin = world.admin().await;
    world.wait_until_settled().await;
    let token = admin.token.as_deref().unwrap();
    let bearer = format!("Authorization: Bearer {token}\r\n");
    let protocol = format!("Sec-WebSocket-Protocol: servicebook, bearer.{token}\r\n");
    let mut shared = RawConnection::connect(&world.address()).await;
    let mut own = RawConnection::connect(&world.push_address()).await;
    let opened = shared.open("/ws?topics=crm.customer", &bearer).await;
    assert!(opened.starts_with("HTTP/1.1 101"), "{opened}");
    let opened = own.open("/?topics=crm.customer", &protocol).await;
    assert!(opened.contains("sec-websocket-protocol: servicebook\r\n"), "{opened}");

    let (id, position) = create_customer(&admin).await;
    for connection in [&mut shared, &mut own] {
        let nudge: Value = serde_json::from_str(&connection.text().await.unwrap()).unwrap();
        assert_eq!((&nudge["id"], &nudge["position"]), (&id, &json!(position)));
    }
    // Resuming after a position.
    let mut later = RawConnection::connect(&world.address()).await;
    later.open(&format!("/ws?topics=crm.customer&after={}", position - 1), &bearer).await;
    let nudge: Value = serde_json::from_str(&later.text().await.unwrap()).unwrap();
    assert_eq!(nudge["position"], json!(position));

    for (headers, status) in [
        ("", "401"),
        ("Authorization: Bearer nonsense\r\n", "401"),
        (&format!("{bearer}Origin: https://evil.example\r\n"), "403"),
    ] {
        let mut connection = RawConnection::connect(&world.address()).await;
        let answer = connection.open("/ws", headers).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{answer}");
    }
    let mut other_path = RawConnection::connect(&world.push_address()).await;
    other_path.send("GET /api/v1/products HTTP/1.1\r\nHost: h\r\n\r\n").await;
    assert_eq!(other_path.status().await, 404, "nothing else is served there");
}

#[tokio::test]
async fn one_read_model_that_hangs_delays_no_other() {
    let world = World::start().await;
    let admin = world.admin().await;
    world.wait_until_settled().await;
    let db = world.database().await;
    let mut transaction = event_store::begin(&db).await.unwrap();
    let lock = "select from projections.checkpoints where name = 'crm.customer' for update";
    sqlx::query(lock).execute(&mut *transaction).await.unwrap();
    let mut stream = EventStream::open(&world, &admin, "?topics=catalog.product", None).await;
    let began = Instant::now();
    for number in 0..8 {
        create_customer(&admin).await;
        let product = json!({ "sku": format!("P{number}"), "name": "CAD" });
        let created = admin.post("/products", product).await.expect(StatusCode::CREATED);
        assert_eq!(stream.next().await.0, created.position());
    }
    // The push waits for it two seconds, once.
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    transaction.rollback().await.unwrap();
}

#[tokio::test]
async fn five_thousand_idle_listeners_take_little_memory_and_all_are_notified() {
    const LISTENERS: usize = 5_000;
    let world = World::start().await;
    let admin = world.admin().await;
    let token = admin.token.clone().unwrap();
    world.wait_until_settled().await;
    let before = super::limits::resident_memory(&world);
    let mut connections = Vec::with_capacity(LISTENERS);
    // One network may hold only a part of all connections.
    for place in (1..).take(LISTENERS / 100) {
        let opened = join_all((0..100).map(async |_| {
            let from = Ipv4Addr::new(127, 0, 1, place);
            let mut connection = RawConnection::connect_from(from, &world.address()).await;
            let bearer = format!("Authorization: Bearer {token}\r\n");
            let head = connection.open("/ws?topics=crm.customer", &bearer).await;
            assert!(head.starts_with("HTTP/1.1 101"), "{head}");
            connection
        }));
        connections.extend(opened.await);
    }
    let more = super::limits::resident_memory(&world) - before;
    assert!(more <= 50.0, "{more:.0} MB for {LISTENERS}");
    create_customer(&admin).await;
    let received = join_all(connections.iter_mut().map(RawConnection::text)).await;
    assert_eq!(received.iter().flatten().count(), LISTENERS);
}
