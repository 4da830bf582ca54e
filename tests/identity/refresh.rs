//! S-08: refresh tokens rotate, and one that comes twice ends the session.

use std::collections::BTreeSet;

use futures::future::join_all;
use reqwest::StatusCode;
use serde_json::json;
use sqlx::PgPool;
use tests::world::{Answer, Caller, World};

#[tokio::test]
async fn iam_3_a_token_that_comes_twice_ends_the_session_of_thief_and_victim() {
    let mut world = World::start().await;
    let client = world.someone(&world.admin().await, "client_user", json!({})).await;
    let db = world.database().await;
    let r1 = client.refresh_token.clone().unwrap();
    let r2 = renewed(&renew(&client, &r1).await);
    let r3 = renewed(&renew(&client, &r2).await);

    // R1 was followed by R2, and that by R3: whoever brings R1 now is not who brought R2.
    renew(&client, &r1).await.expect(StatusCode::UNAUTHORIZED);
    renew(&client, &r3).await.expect(StatusCode::UNAUTHORIZED);
    client.get("/me").await.expect(StatusCode::UNAUTHORIZED);
    let reused = "select count(*) from event_store.events where type = 'SessionReuseDetected'";
    assert_eq!(count(&db, reused).await, 1);

    // Somebody who is signed in anew is told.
    let again = world.login(&client.email).await;
    world.settled().await;
    let inbox = again.get("/notifications").await.body;
    assert_eq!(inbox["data"][0]["kind"], "session_reused", "{inbox}");

    // Neither a token nor a secret is kept.
    let tokens = "select count(*) from identity_store.refresh_tokens t where t::text like $1";
    for token in [&r1, &r2, &r3] {
        let kept: i64 =
            sqlx::query_scalar(tokens).bind(format!("%{token}%")).fetch_one(&db).await.unwrap();
        assert_eq!(kept, 0);
    }
    db.close().await;
    world.stop().await;
}

#[tokio::test]
async fn iam_3_a_lost_answer_is_given_again_within_a_minute_and_not_later() {
    let mut world = World::start().await;
    let client = world.someone(&world.admin().await, "client_user", json!({})).await;
    let db = world.database().await;
    let r1 = client.refresh_token.clone().unwrap();

    let r2 = renewed(&renew(&client, &r1).await);
    assert_eq!(renewed(&renew(&client, &r1).await), r2);

    sqlx::query(
        "update identity_store.refresh_tokens set claimed_at = claimed_at - interval '61 s'",
    )
    .execute(&db)
    .await
    .unwrap();
    renew(&client, &r1).await.expect(StatusCode::UNAUTHORIZED);
    renew(&client, &r2).await.expect(StatusCode::UNAUTHORIZED);
    db.close().await;
    world.stop().await;
}

#[tokio::test]
async fn iam_3_of_twenty_renewals_at_once_one_family_survives() {
    let mut world = World::start().await;
    let client = world.someone(&world.admin().await, "client_user", json!({})).await;
    let r1 = client.refresh_token.clone().unwrap();

    let answers = join_all((0..20).map(|_| renew(&client, &r1))).await;
    let successors: BTreeSet<_> = answers.iter().map(renewed).collect();
    assert_eq!(successors.len(), 1, "S-22: {successors:?}");
    renew(&client, successors.first().unwrap()).await.expect(StatusCode::OK);
    world.stop().await;
}

#[tokio::test]
async fn iam_3_killed_between_exchange_and_answer_the_client_asks_again() {
    let fault = [("FAILPOINTS", "session.after_exchange=return")];
    let mut world = World::start_with(&fault).await;
    let client = world.someone(&world.admin().await, "client_user", json!({})).await;
    let r1 = client.refresh_token.clone().unwrap();
    let lost = client
        .send(reqwest::Method::POST, "/jwt/refresh", &[], Some(json!({ "refresh_token": r1 })))
        .await;
    assert!(lost.is_err(), "{lost:?}");
    world.died().await;

    world.run(&[]).await;
    let r2 = renewed(&renew(&client, &r1).await);
    assert_eq!(renewed(&renew(&client, &r1).await), r2);
    renew(&client, &r2).await.expect(StatusCode::OK);
    world.stop().await;
}

#[tokio::test]
async fn a_session_ends_for_good_however_often_it_was_renewed() {
    let mut world = World::start().await;
    let client = world.someone(&world.admin().await, "client_user", json!({})).await;
    let r2 = renewed(&renew(&client, client.refresh_token.as_ref().unwrap()).await);

    // What is no refresh token of ours renews nothing.
    for wrong in ["", "x", client.token.as_ref().unwrap(), &r2[1..]] {
        renew(&client, wrong).await.expect(StatusCode::UNAUTHORIZED);
    }
    // Nor is a refresh token an access token.
    client.with(Some(&r2)).get("/me").await.expect(StatusCode::UNAUTHORIZED);
    client.post("/auth/logout", json!({})).await.expect(StatusCode::NO_CONTENT);
    renew(&client, &r2).await.expect(StatusCode::UNAUTHORIZED);
    client.get("/me").await.expect(StatusCode::UNAUTHORIZED);
    world.stop().await;
}

#[tokio::test]
async fn a_session_that_rests_for_too_long_has_ended_and_that_of_staff_sooner() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let client = world.someone(&admin, "client_user", json!({})).await;
    let employee = world.someone(&admin, "employee", json!({})).await;
    let db = world.database().await;
    let rest = async |time: &'static str| {
        let rest = "update identity_store.refresh_tokens
             set claimed_at = claimed_at - $1::interval, rests_until = rests_until - $1::interval";
        sqlx::query(rest).bind(time).execute(&db).await.unwrap();
    };
    let listed = async |by: &Caller| {
        let sessions = by.get("/auth/sessions").await.expect(StatusCode::OK).body;
        sessions["data"].as_array().unwrap().len()
    };
    world.settled().await;
    let of_employee = renewed(&renew(&employee, employee.refresh_token.as_ref().unwrap()).await);
    let of_client = renewed(&renew(&client, client.refresh_token.as_ref().unwrap()).await);
    rest("11 hours").await;
    let of_employee = renewed(&renew(&employee, &of_employee).await);
    assert_eq!(listed(&employee).await, 1);
    rest("13 hours").await;
    assert_eq!((listed(&employee).await, listed(&client).await), (0, 1), "nobody can renew it");
    renew(&employee, &of_employee).await.expect(StatusCode::UNAUTHORIZED);
    let of_client = renewed(&renew(&client, &of_client).await);
    rest("15 days").await;
    renew(&client, &of_client).await.expect(StatusCode::UNAUTHORIZED);
    client.get("/me").await.expect(StatusCode::UNAUTHORIZED);
    db.close().await;
    world.stop().await;
}

async fn renew(client: &Caller, token: &str) -> Answer {
    client.with(None).post("/jwt/refresh", json!({ "refresh_token": token })).await
}

#[track_caller]
fn renewed(answer: &Answer) -> String {
    let token = answer.body["refresh_token"].as_str();
    token.unwrap_or_else(|| panic!("{} {}", answer.status, answer.body)).to_owned()
}

async fn count(db: &PgPool, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(db).await.unwrap()
}
