//! What is revoked in one process is invalid in every other, and its streams end.

use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};
use serde_json::json;
use tests::{
    revocable::{AccessFixtures, AccessKind},
    world::{Caller, World},
};
use tokio::time::{sleep, timeout};

use super::{fleet::Process, raw_connection::RawConnection};

/// Revocation takes a second at most; on a busy machine it may take longer.
const REVOCATION_LIMIT: Duration = Duration::from_secs(5);

#[tokio::test]
async fn fleet_what_is_taken_away_in_one_process_is_gone_in_the_others_at_once() {
    let world = World::start().await;
    let admin = world.admin().await;
    let other = Process::start_api(&world, &[]).await;
    // A process that cannot follow the log trusts nothing that it has cached.
    let cut_off = Process::start_api(&world, &[("FAILPOINTS", "changes.follow=return")]).await;
    let fixtures = AccessFixtures::new(&world, &admin).await;
    let mut all = vec![];
    for kind in AccessKind::ALL {
        let access = fixtures.create(kind).await;
        all.push((kind, access));
    }
    // The read models have all of it.
    world.wait_until_settled().await;
    for (kind, access) in all {
        let callers = [&other, &cut_off].map(|process| access.caller.with_base(&process.url("")));
        let mut streams = vec![];
        for caller in callers.iter().chain([&access.caller]) {
            let answer = caller.get(&access.path).await;
            assert_eq!(answer.status, StatusCode::OK, "{kind:?}: {}", answer.body);
            let stream = caller.begin(Method::GET, "/stream", &[], None).await.unwrap();
            assert_eq!(stream.status(), StatusCode::OK, "{kind:?}");
            streams.push(stream);
        }
        access.revoke().await;
        // Invalid at once in the process that revoked it, and in the one that trusts no cache.
        for caller in [&access.caller, &callers[1]] {
            let answer = caller.get(&access.path).await;
            assert!(is_invalid(kind, answer.status), "{kind:?}: {} {}", answer.status, answer.body);
        }
        let began = Instant::now();
        while !is_invalid(kind, callers[0].get(&access.path).await.status) {
            assert!(began.elapsed() < REVOCATION_LIMIT, "{kind:?} goes on");
            sleep(Duration::from_millis(10)).await;
        }
        for mut stream in streams.into_iter().filter(|_| kind.ends_credential()) {
            let ended = async { while let Ok(Some(_)) = stream.chunk().await {} };
            assert!(timeout(REVOCATION_LIMIT, ended).await.is_ok(), "{kind:?}: a stream goes on");
        }
    }
}

fn is_invalid(kind: AccessKind, status: StatusCode) -> bool {
    let expected =
        if kind.ends_credential() { StatusCode::UNAUTHORIZED } else { StatusCode::NOT_FOUND };
    assert!(status == expected || status == StatusCode::OK, "{kind:?}: {status}");
    status == expected
}

#[tokio::test]
async fn nobody_holds_more_streams_than_they_may_and_others_go_on() {
    let rates = [("SERVICEBOOK_RATES", "user_streams=3, address_streams=5")];
    let world = World::start_with(&rates).await;
    let admin = world.admin().await;
    let other = world.user_with_role(&admin, "employee", json!({})).await;
    let third = world.user_with_role(&admin, "employee", json!({})).await;
    let open =
        async |caller: &Caller| caller.begin(Method::GET, "/stream", &[], None).await.unwrap();
    let mut streams = vec![];
    for _ in 0..3 {
        streams.push(open(&admin).await);
    }
    let refused = open(&admin).await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(refused.headers().contains_key("retry-after"));
    for _ in 0..2 {
        streams.push(open(&other).await);
    }
    assert!(streams.iter().all(|stream| stream.status() == StatusCode::OK));
    assert_eq!(open(&third).await.status(), StatusCode::TOO_MANY_REQUESTS, "at one address");
    drop(streams);
    let began = Instant::now();
    while open(&third).await.status() != StatusCode::OK {
        assert!(began.elapsed() < REVOCATION_LIMIT, "whoever left makes no room");
        sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_websocket_opens_from_our_own_origin_only_and_a_position_beyond_the_log_resets_it() {
    let world = World::start().await;
    let admin = world.admin().await;
    let bearer = format!("Authorization: Bearer {}\r\n", admin.token.as_deref().unwrap());
    let port = world.address().split_once(':').unwrap().1.to_owned();
    for (origin, status) in [
        (format!("http://127.0.0.1:{port}"), "101"),
        (format!("https://127.0.0.1:{port}"), "403"),
        ("http://127.0.0.1".into(), "403"),
        (format!("http://127.0.0.1.evil.example:{port}"), "403"),
        ("null".into(), "403"),
    ] {
        let mut connection = RawConnection::connect(&world.address()).await;
        let answer = connection.open("/ws", &format!("{bearer}Origin: {origin}\r\n")).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{origin}: {answer}");
    }
    let mut connection = RawConnection::connect(&world.address()).await;
    let opened = connection.open("/ws?topics=crm.customer&after=1000000", &bearer).await;
    assert!(opened.starts_with("HTTP/1.1 101"), "{opened}");
    let nudge: serde_json::Value = serde_json::from_str(&connection.text().await.unwrap()).unwrap();
    assert_eq!(nudge["topic"], "reset", "{nudge}");
}
