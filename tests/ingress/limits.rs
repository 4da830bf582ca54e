//! Size and rate limits, security headers, deprecation of API versions, and compression.

use std::time::{Duration, Instant};

use futures::future::join_all;
use infra::config::Config;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tests::world::{Caller, World};
use tokio::time::sleep;

use super::raw_connection::RawConnection;
use crate::scheduling::salon::{Salon, start_in_days};

/// The resident memory of the program in MB.
pub(super) fn resident_memory(world: &World) -> f64 {
    let status = format!("/proc/{}/status", world.running().pid);
    let status = std::fs::read_to_string(status).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<f64>().unwrap() / 1024.0
}

#[tokio::test]
async fn s_09_oversized_requests_are_refused_at_once_without_costs() {
    let world = World::start().await;
    let admin = world.admin().await;
    let created = admin.post("/customers", json!({ "name": "Anna", "walk_in": true })).await;
    let item = format!("/customers/{}", created.id());
    admin.get_at(&item, created.position()).await.expect(StatusCode::OK);
    let idle = resident_memory(&world);

    for path in ["/customers?limit=1000000000", "/customers?sort=(((((name", "/audit?limit=-1"] {
        admin.get(path).await.expect(StatusCode::UNPROCESSABLE_ENTITY);
    }
    let filters = "&filter[kind]=person".repeat(2_000);
    let many = admin.get(&format!("/customers?{}", &filters[1..])).await;
    assert!(many.status.is_success() || many.status.is_client_error(), "{}", many.status);

    for (body, length) in [("[0,1,2,", 7 << 20), (r#"{"name":"x"#, 10 << 20)] {
        let status = post_partial(&world, &admin, "application/json", body, length).await;
        assert_eq!(status, 413, "before it has come whole");
    }
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(post_raw(&world, &admin, "application/json", &deep).await, 400);

    let mut connection = RawConnection::connect(&world.address()).await;
    connection
        .send(format!("GET /health HTTP/1.1\r\nHost: h\r\nX: {}\r\n\r\n", "x".repeat(80_000)))
        .await;
    assert_eq!(connection.status().await, 431, "a head of 80 kB");
    let mut connection = RawConnection::connect(&world.address()).await;
    connection
        .send(format!("GET /health HTTP/1.1\r\nHost: h\r\n{}\r\n", "A: b\r\n".repeat(5_000)))
        .await;
    assert_eq!(connection.status().await, 431, "5,000 headers");

    // Other requests are still answered in time.
    let calls = (0..200).map(|_| async {
        let began = Instant::now();
        admin.get(&item).await.expect(StatusCode::OK);
        began.elapsed()
    });
    let slowest = join_all(calls).await.into_iter().max().unwrap();
    assert!(slowest.as_secs() < 5, "{slowest:?}");
    assert!(resident_memory(&world) < 2.0 * idle, "{} MB, idle {idle} MB", resident_memory(&world));
}

/// The status of the answer to a body of any content type.
async fn post_raw(world: &World, caller: &Caller, content_type: &str, body: &str) -> u16 {
    post_partial(world, caller, content_type, body, body.len()).await
}

/// As [`post_raw`], with a `Content-Length` that may exceed the body sent so far.
async fn post_partial(
    world: &World,
    caller: &Caller,
    content_type: &str,
    body: &str,
    length: usize,
) -> u16 {
    let mut connection = RawConnection::connect(&world.address()).await;
    let token = caller.token.as_deref().unwrap();
    connection
        .send(format!(
            "POST /api/v1/customers HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: {content_type}\r\nContent-Length: {length}\r\n\r\n{body}"
        ))
        .await;
    connection.status().await
}

#[tokio::test]
async fn s_10_a_compressed_body_is_refused_before_it_can_burst() {
    let world = World::start().await;
    let admin = world.admin().await;
    let idle = resident_memory(&world);
    for encoding in ["gzip", "br", "deflate", "zstd", "gzip, gzip"] {
        let content_type = format!("application/json\r\nContent-Encoding: {encoding}");
        let status = post_raw(&world, &admin, &content_type, &"\u{1f}".repeat(100_000)).await;
        assert_eq!(status, 415, "{encoding}");
    }
    assert!(resident_memory(&world) < idle + 64.0);
}

#[tokio::test]
async fn s_19_every_answer_says_what_a_browser_may_do_with_it() {
    let origin = "https://app.example.com";
    let environment =
        [("SERVICEBOOK_PUBLIC_URL", "https://book.example.com"), ("SERVICEBOOK_ORIGINS", origin)];
    let world = World::start_with(&environment).await;
    let guest = world.guest();
    for path in ["/health", "/api/v1/products", "/api/v1/nowhere", "/api/v1/openapi.json"] {
        let headers = guest.get(path).await.headers;
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("strict-transport-security", "max-age=63072000; includeSubDomains"),
        ] {
            assert_eq!(
                headers.get(name).map(|actual| actual.to_str().unwrap()),
                Some(value),
                "{path}"
            );
        }
        assert!(!headers.contains_key("server") && !headers.contains_key("x-powered-by"));
        assert_eq!(headers["x-request-id"].len(), 36);
    }

    // Monitoring is not public.
    guest.get("/metrics").await.expect(StatusCode::NOT_FOUND);
    assert_eq!(guest.get("/ready").await.body, json!({ "ready": true }));
    let internal =
        async |path| reqwest::get(world.internal_url(path)).await.unwrap().text().await.unwrap();
    assert!(internal("/ready").await.contains(r#"{"name":"read models","ok":true}"#));
    assert!(internal("/metrics").await.contains("servicebook_http_request_seconds_count"));

    let headers_for = async |origin: &str, method: Method| {
        let headers =
            [("Origin", origin.to_owned()), ("Access-Control-Request-Method", "POST".to_owned())];
        guest.send(method, "/api/v1/products", &headers, None).await.unwrap().headers
    };
    for method in [Method::GET, Method::OPTIONS] {
        assert_eq!(
            headers_for(origin, method.clone()).await["access-control-allow-origin"],
            origin
        );
        for foreign in ["https://app.example.com.evil.example", "http://app.example.com", "null"] {
            let headers = headers_for(foreign, method.clone()).await;
            assert!(!headers.contains_key("access-control-allow-origin"), "{foreign}");
        }
    }
    let refused = guest.send(Method::TRACE, "/api/v1/products", &[], None).await.unwrap();
    refused.expect(StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn a_caller_above_its_rate_is_told_when_to_come_back() {
    // Later entries override earlier ones.
    let rates = format!("{}, user=30/h, /api/v1/jwt=20/m", Config::default().rates);
    let world = World::start_with(&[("SERVICEBOOK_RATES", &rates)]).await;
    let admin = world.admin().await;
    let answers = join_all((0..40).map(|_| admin.get("/me"))).await;
    let refused: Vec<_> = answers.iter().filter(|answer| answer.status == 429).collect();
    assert!((5..=20).contains(&refused.len()), "{}", refused.len());
    let wait: u64 = refused[0].headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=120).contains(&wait), "{wait}");
    assert_eq!(refused[0].body["code"], "too_many_requests");
    world.guest().get("/products").await.expect(StatusCode::OK);

    let guess = json!({ "login": "admin@example.com", "password": "wrong" });
    // A client cannot claim another address.
    let guesses = join_all((0..40).map(|number| {
        let from = [("X-Forwarded-For", format!("198.51.100.{number}"))];
        let (guest, guess) = (world.guest(), guess.clone());
        async move { guest.send(Method::POST, "/jwt", &from, Some(guess)).await.unwrap().status }
    }));
    assert!(guesses.await.contains(&StatusCode::TOO_MANY_REQUESTS));

    // The OAuth pages have limits by default, and tokens one of their own.
    for (page, visits) in [
        ("/oauth2/sign-in", 80),
        ("/oauth2/consent", 80),
        ("/oauth2/token", 140),
        ("/oauth2/introspect", 40),
    ] {
        let (client, page) = (reqwest::Client::new(), world.url(page));
        let visits = join_all((0..visits).map(|_| client.post(&page).send())).await;
        let refused = visits.into_iter().filter(|visit| visit.as_ref().unwrap().status() == 429);
        assert!(refused.count() > 10, "{page}");
    }
}

#[tokio::test]
async fn a_path_without_a_version_leads_to_the_first_one() {
    let world = World::start().await;
    let address = world.address();
    let head_of = async |line: &str| {
        let mut connection = RawConnection::connect(&address).await;
        connection.send(format!("{line} HTTP/1.1\r\nHost: h\r\n\r\n")).await;
        connection.head().await.to_lowercase()
    };
    let moved = head_of("POST /api/customers?dry=1").await;
    assert!(moved.starts_with("http/1.1 308"), "{moved}");
    assert!(moved.contains("location: /api/v1/customers?dry=1\r\n"), "{moved}");
    assert!(moved.contains("deprecation: @") && moved.contains("rel=\"successor-version\""));
    for unknown in ["GET /api/candles", "GET /api/v2/customers", "GET /apix/customers"] {
        assert!(head_of(unknown).await.starts_with("http/1.1 404"), "{unknown}");
    }
    // A client that follows the redirect keeps method and body.
    let admin = world.admin().await;
    let walk_in = json!({ "name": "Anna", "walk_in": true });
    admin.post("/api/customers", walk_in).await.expect(StatusCode::CREATED);
}

#[tokio::test]
async fn a_deprecated_version_announces_its_end_and_its_use_is_counted_by_client() {
    let until = |date| format!("v1=2020-01-01..{date} https://book.example.com/v2");
    let world = World::start_with(&[("SERVICEBOOK_DEPRECATIONS", &until("2100-01-01"))]).await;
    let admin = world.admin().await;
    let answer = admin.get("/me").await.expect(StatusCode::OK);
    assert_eq!(answer.headers["deprecation"], "@1577836800");
    assert_eq!(answer.headers["sunset"], "Fri, 01 Jan 2100 00:00:00 GMT");
    let me = answer.body["data"]["user"].clone();
    let is_counted = async || {
        let usage = admin.get("/usage").await.expect(StatusCode::OK).body;
        let usage = usage["data"].as_array().unwrap().clone();
        usage.iter().any(|used| used["client"] == me && used["version"] == "v1")
    };
    let began = Instant::now();
    while !is_counted().await {
        assert!(began.elapsed().as_secs() < 10, "it is not counted");
    }
    let client = world.user_with_role(&admin, "client_user", json!({})).await;
    client.get("/usage").await.expect(StatusCode::FORBIDDEN);

    let ended = World::start_with(&[("SERVICEBOOK_DEPRECATIONS", &until("2021-01-01"))]).await;
    let gone = ended.guest().get("/products").await.expect(StatusCode::GONE).body;
    assert_eq!(gone["help"], "https://book.example.com/v2");
}

#[tokio::test]
async fn a_large_answer_is_compressed_if_the_client_accepts_that() {
    let world = World::start().await;
    let accept = [("Accept-Encoding", "gzip".to_owned())];
    let guest = world.guest();
    let answer = guest.send(Method::GET, "/openapi.json", &accept, None).await.unwrap();
    assert_eq!(answer.headers["content-encoding"], "gzip");
    let plain = guest.get("/openapi.json").await;
    assert!(!plain.headers.contains_key("content-encoding"));
    assert!(matches!(plain.body, Value::Object(_)));
}

#[tokio::test]
async fn s_22_of_50_simultaneous_requests_for_one_slot_exactly_one_wins() {
    let world = World::start().await;
    let salon = Salon::open(world.admin().await).await;
    let (address, start) = (world.address(), start_in_days(4));
    let token = salon.admin.token.clone().unwrap();
    let customers = join_all((0..50).map(|_| salon.customer())).await;
    // All but the last byte of each request is sent before any can be answered.
    let connections = customers.into_iter().map(async |customer| {
        let body = salon.cut_request(customer, &start).to_string();
        let (most, last) = body.split_at(body.len() - 1);
        let mut connection = RawConnection::connect(&address).await;
        connection
            .send(format!(
                "POST /api/v1/appointments HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{most}",
                body.len()
            ))
            .await;
        (connection, last.to_owned())
    });
    let connections = join_all(connections).await;
    let answers = join_all(connections.into_iter().map(async |(mut connection, last)| {
        connection.send(last).await;
        connection.status().await
    }));
    let answers = answers.await;
    let count = |status| answers.iter().filter(|answer| **answer == status).count();
    assert_eq!((count(201), count(409)), (1, 49), "{answers:?}");
    // Whatever this has kept busy, the program holds as many connections as it may.
    let db = world.database().await;
    let query = "select count(*) from pg_stat_activity
         where datname = current_database() and backend_type = 'client backend'
             and pid <> pg_backend_pid()";
    let begun = Instant::now();
    loop {
        let held: i64 = sqlx::query_scalar(query).fetch_one(&db).await.unwrap();
        if held <= 20 {
            break;
        }
        // One that was given up may take a moment to end; those of the program stay for minutes.
        assert!(begun.elapsed() < Duration::from_secs(10), "{held} connections");
        sleep(Duration::from_millis(100)).await;
    }
}
