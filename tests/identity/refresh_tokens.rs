//! S-08: refresh tokens rotate, and reuse of one ends the session.

use std::collections::BTreeSet;

use futures::future::join_all;
use reqwest::StatusCode;
use serde_json::json;
use sqlx::PgPool;
use tests::world::{Answer, Caller, World};

#[tokio::test]
async fn iam_3_a_token_used_twice_ends_the_session_of_thief_and_victim() {
    let mut world = World::start().await;
    let client = world.user_with_role(&world.admin().await, "client_user", json!({})).await;
    let db = world.database().await;
    let r1 = client.refresh_token.clone().unwrap();
    let r2 = renewed(&renew(&client, &r1).await);
    let r3 = renewed(&renew(&client, &r2).await);

    // R1 was replaced by R2, and R2 by R3: R1 must now be in other hands than R2.
    renew(&client, &r1).await.expect(StatusCode::UNAUTHORIZED);
    renew(&client, &r3).await.expect(StatusCode::UNAUTHORIZED);
    client.get("/me").await.expect(StatusCode::UNAUTHORIZED);
    let reused = "select count(*) from event_store.events where type = 'SessionReuseDetected'";
    assert_eq!(count(&db, reused).await, 1);

    // The user is notified at the next sign-in.
    let again = world.login(&client.email).await;
    world.wait_until_settled().await;
    let inbox = again.get("/notifications").await.body;
    assert_eq!(inbox["data"][0]["kind"], "session_reused", "{inbox}");

    // No token is stored in plain text.
    let tokens = "select count(*) from identity_store.refresh_tokens t where t::text like $1";
    for token in [&r1, &r2, &r3] {
        let stored: i64 =
            sqlx::query_scalar(tokens).bind(format!("%{token}%")).fetch_one(&db).await.unwrap();
        assert_eq!(stored, 0);
    }
    db.close().await;
    world.stop().await;
}

#[tokio::test]
async fn iam_3_a_lost_answer_is_given_again_within_a_minute_and_not_later() {
    let mut world = World::start().await;
    let client = world.user_with_role(&world.admin().await, "client_user", json!({})).await;
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
    let client = world.user_with_role(&world.admin().await, "client_user", json!({})).await;
    let r1 = client.refresh_token.clone().unwrap();

    let answers = join_all((0..20).map(|_| renew(&client, &r1))).await;
    let successors: BTreeSet<_> = answers.iter().map(renewed).collect();
    assert_eq!(successors.len(), 1, "S-22: {successors:?}");
    renew(&client, successors.first().unwrap()).await.expect(StatusCode::OK);
    world.stop().await;
}

#[tokio::test]
async fn iam_3_after_a_crash_between_exchange_and_answer_the_client_repeats_the_request() {
    let fault = [("FAILPOINTS", "session.after_exchange=return")];
    let mut world = World::start_with(&fault).await;
    let client = world.user_with_role(&world.admin().await, "client_user", json!({})).await;
    let r1 = client.refresh_token.clone().unwrap();
    let lost = client
        .send(reqwest::Method::POST, "/jwt/refresh", &[], Some(json!({ "refresh_token": r1 })))
        .await;
    assert!(lost.is_err(), "{lost:?}");
    world.wait_for_exit().await;

    world.run(&[]).await;
    let r2 = renewed(&renew(&client, &r1).await);
    assert_eq!(renewed(&renew(&client, &r1).await), r2);
    renew(&client, &r2).await.expect(StatusCode::OK);
    world.stop().await;
}

#[tokio::test]
async fn a_session_ends_for_good_however_often_it_was_renewed() {
    let mut world = World::start().await;
    let client = world.user_with_role(&world.admin().await, "client_user", json!({})).await;
    let r2 = renewed(&renew(&client, client.refresh_token.as_ref().unwrap()).await);

    // Only a refresh token of ours renews a session.
    for wrong in ["", "x", client.token.as_ref().unwrap(), &r2[1..]] {
        renew(&client, wrong).await.expect(StatusCode::UNAUTHORIZED);
    }
    // A refresh token is not accepted as an access token.
    client.with_token(Some(&r2)).get("/me").await.expect(StatusCode::UNAUTHORIZED);
    client.post("/auth/logout", json!({})).await.expect(StatusCode::NO_CONTENT);
    renew(&client, &r2).await.expect(StatusCode::UNAUTHORIZED);
    client.get("/me").await.expect(StatusCode::UNAUTHORIZED);
    world.stop().await;
}

#[tokio::test]
async fn a_session_that_rests_for_too_long_has_ended_and_that_of_staff_sooner() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let client = world.user_with_role(&admin, "client_user", json!({})).await;
    let employee = world.user_with_role(&admin, "employee", json!({})).await;
    let db = world.database().await;
    let age = async |time: &'static str| {
        let sql = "update identity_store.refresh_tokens
             set claimed_at = claimed_at - $1::interval, rests_until = rests_until - $1::interval";
        sqlx::query(sql).bind(time).execute(&db).await.unwrap();
    };
    let session_count = async |caller: &Caller| {
        let sessions = caller.get("/auth/sessions").await.expect(StatusCode::OK).body;
        sessions["data"].as_array().unwrap().len()
    };
    world.wait_until_settled().await;
    let employee_token = renewed(&renew(&employee, employee.refresh_token.as_ref().unwrap()).await);
    let client_token = renewed(&renew(&client, client.refresh_token.as_ref().unwrap()).await);
    age("11 hours").await;
    let employee_token = renewed(&renew(&employee, &employee_token).await);
    assert_eq!(session_count(&employee).await, 1);
    age("13 hours").await;
    assert_eq!(
        (session_count(&employee).await, session_count(&client).await),
        (0, 1),
        "nobody can renew it"
    );
    renew(&employee, &employee_token).await.expect(StatusCode::UNAUTHORIZED);
    let client_token = renewed(&renew(&client, &client_token).await);
    age("15 days").await;
    renew(&client, &client_token).await.expect(StatusCode::UNAUTHORIZED);
    client.get("/me").await.expect(StatusCode::UNAUTHORIZED);
    db.close().await;
    world.stop().await;
}

async fn renew(client: &Caller, token: &str) -> Answer {
    client.with_token(None).post("/jwt/refresh", json!({ "refresh_token": token })).await
}

#[track_caller]
fn renewed(answer: &Answer) -> String {
    let token = answer.body["refresh_token"].as_str();
    token.unwrap_or_else(|| panic!("{} {}", answer.status, answer.body)).to_owned()
}

async fn count(db: &PgPool, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(db).await.unwrap()
}
