//! IAM-4: attempts are counted per account, however the login is spelled and wherever it is sent; and
//! attempts of others do not lock out the owner.

use std::{net::Ipv4Addr, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use futures::future::join_all;
use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::{PgPool, postgres::types::PgInterval};
use tests::world::{Answer, Caller, PASSWORD, World};

use super::second_factor::AuthenticatorApp;

#[tokio::test]
async fn iam_4_an_account_is_counted_once_however_it_is_written_and_a_code_is_no_second_way() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let client = world.user_with_role(&admin, "client_user", json!({})).await;
    let (guest, db) = (world.guest(), world.database().await);
    // A login in full-width letters means the same mailbox.
    let full_width = |places: usize| -> String {
        let widen = |character: char| char::from_u32(u32::from(character) + 0xfee0).unwrap();
        let characters = client.email.chars().enumerate();
        characters
            .map(|(place, character)| if place < places { widen(character) } else { character })
            .collect()
    };
    for places in 0..5 {
        let guess = sign_in(&guest, &full_width(places), "a guess", None).await;
        guess.expect(StatusCode::UNAUTHORIZED);
    }
    for places in 0..6 {
        let locked = sign_in(&guest, &full_width(places), PASSWORD, None).await;
        locked.expect(StatusCode::TOO_MANY_REQUESTS);
    }
    // The account has no second factor: sending a code neither helps nor reveals anything.
    for password in ["a guess", PASSWORD] {
        let guess = sign_in(&guest, &client.email, password, Some("000000")).await;
        assert_eq!(guess.expect(StatusCode::UNAUTHORIZED).body["code"], "not_signed_in");
    }
    // Attempts with a user id as login do not lock that user's session.
    let me = client.get("/me").await.body["data"]["user"].as_str().unwrap().to_owned();
    let guesses = (0..8).map(|_| sign_in(&guest, &me, "a guess", None));
    join_all(guesses).await;
    let password = json!({ "password": PASSWORD });
    client.post("/auth/mfa/totp", password.clone()).await.expect(StatusCode::OK);

    // A clock that is set back locks nobody out.
    let back = "update identity_store.attempts set last = last + interval '1 hour'";
    sqlx::query(back).execute(&db).await.unwrap();
    sign_in(&guest, &client.email, PASSWORD, None).await.expect(StatusCode::OK);
    db.close().await;
    world.stop().await;
}

#[tokio::test]
async fn iam_4_a_device_that_signed_in_before_has_a_limit_of_its_own() {
    let mut world = World::start().await;
    let client = world.user_with_role(&world.admin().await, "client_user", json!({})).await;
    let guest = world.guest();
    let signed_in = sign_in(&guest, &client.email, PASSWORD, None).await.expect(StatusCode::OK);
    let device = signed_in.body["device_token"].as_str().unwrap().to_owned();
    let answer = guest.post("/auth/login", credentials(&client.email, PASSWORD, None)).await;
    let answer = answer.expect(StatusCode::OK);
    let cookies = answer.headers.get_all("set-cookie").iter();
    let mut cookies =
        cookies.map(|cookie| cookie.to_str().unwrap().split(';').next().unwrap().to_owned());
    let cookie = cookies.find(|cookie| cookie.starts_with("__Host-device=")).unwrap();
    let at_device = async |device: &str, password: &str| {
        let mut login = credentials(&client.email, password, None);
        login["device_token"] = json!(device);
        guest.post("/jwt", login).await
    };
    let in_browser = async || {
        let login = Some(credentials(&client.email, PASSWORD, None));
        let cookie = [("Cookie", cookie.clone())];
        guest.send(reqwest::Method::POST, "/auth/login", &cookie, login).await.unwrap()
    };
    for _ in 0..6 {
        sign_in(&guest, &client.email, "a guess", None).await;
    }
    sign_in(&guest, &client.email, PASSWORD, None).await.expect(StatusCode::TOO_MANY_REQUESTS);
    at_device(&device, PASSWORD).await.expect(StatusCode::OK);
    in_browser().await.expect(StatusCode::OK);
    at_device("made up", PASSWORD).await.expect(StatusCode::TOO_MANY_REQUESTS);
    // A device token gives nothing for other accounts.
    let mut other = credentials("nobody@example.org", "a guess", None);
    other["device_token"] = json!(device);
    guest.post("/jwt", other).await.expect(StatusCode::UNAUTHORIZED);

    // Attempts at a device are limited as well, and do not lock another device.
    for _ in 0..5 {
        at_device(&device, "a guess").await.expect(StatusCode::UNAUTHORIZED);
    }
    at_device(&device, PASSWORD).await.expect(StatusCode::TOO_MANY_REQUESTS);
    in_browser().await.expect(StatusCode::OK);

    // Ending all sessions invalidates device tokens.
    client.delete("/auth/sessions").await.expect(StatusCode::NO_CONTENT);
    in_browser().await.expect(StatusCode::TOO_MANY_REQUESTS);
    world.stop().await;
}

#[tokio::test]
async fn iam_4_codes_are_counted_over_all_networks_and_others_do_not_use_up_the_attempts() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let client = world.user_with_role(&admin, "client_user", json!({})).await;
    let (app, client) = AuthenticatorApp::enrolled_by(&client).await;
    // From very many networks, with made-up codes.
    let guesses = (0..15).flat_map(|network| (0..5).map(move |guess| (network, guess)));
    let guesses = guesses.map(|(network, guess)| {
        let guest = world.guest_at(Ipv4Addr::new(127, 0, 100 + network, 1));
        let (email, code) = (client.email.clone(), format!("10000{guess}"));
        async move { sign_in(&guest, &email, "a guess", Some(&code)).await.status }
    });
    let tried = join_all(guesses).await;
    // 503 only if the server is overloaded by other sign-ins.
    assert!(tried.iter().all(|status| [401, 429, 503].contains(&status.as_u16())), "{tried:?}");
    let home_network = world.guest_at(Ipv4Addr::new(127, 0, 9, 1));
    let signed_in = sign_in(&home_network, &client.email, PASSWORD, Some(&app.code(1))).await;
    let device = signed_in.expect(StatusCode::OK).body["device_token"].clone();

    // Within a session, with the password, no more codes can be tried.
    let proof = |code: usize| json!({ "password": PASSWORD, "code": format!("10000{code}") });
    for (guess, path) in ["totp/disable", "recovery-codes"].into_iter().cycle().take(5).enumerate()
    {
        let path = format!("/auth/mfa/{path}");
        client.post(&path, proof(guess)).await.expect(StatusCode::FORBIDDEN);
    }
    for path in ["mfa/totp/disable", "mfa/recovery-codes", "email/change"] {
        let mut proof = proof(6);
        if path == "email/change" {
            proof["email"] = json!("elsewhere@example.org");
        }
        let locked = client.post(&format!("/auth/{path}"), proof).await;
        let locked = locked.expect(StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(locked.body["invariant"], "IAM-4");
    }
    let other_network = world.guest_at(Ipv4Addr::new(127, 0, 10, 1));
    let wrong = sign_in(&other_network, &client.email, PASSWORD, Some("100009")).await;
    assert!(wrong.status == 429 || wrong.status == 401, "{}", wrong.body);
    // From their known device the owner can still try: the password and a wrong code are refused as
    // such, and not as one attempt too many.
    let mut from_device = credentials(&client.email, PASSWORD, Some("100009"));
    from_device["device_token"] = device;
    home_network.post("/jwt", from_device).await.expect(StatusCode::UNAUTHORIZED);
    world.stop().await;
}

/// The number of guesses that one bucket allows within a day. After a refusal the attacker waits that
/// many minutes; with 0, only as long as they must.
async fn guesses_per_day(db: &PgPool, (free, rest): (i32, Duration), minutes: i64) -> u32 {
    let bucket = format!("{free} {minutes}");
    let begun: DateTime<Utc> = "2030-01-01T00:00:00Z".parse().unwrap();
    let (mut now, mut guesses) = (begun, 0);
    while now < begun + TimeDelta::days(1) {
        let wait = "select identity_store.attempt($1, $2, $3, $4)";
        let wait = sqlx::query_scalar(wait).bind(bucket.as_bytes()).bind(free).bind(now);
        match wait.bind(rest).fetch_one(db).await.unwrap() {
            None::<PgInterval> => guesses += 1,
            Some(wait) if minutes == 0 => now += TimeDelta::microseconds(wait.microseconds),
            Some(_) => now += TimeDelta::minutes(minutes),
        }
    }
    guesses
}

#[tokio::test]
async fn iam_4_the_guesses_of_a_day_are_limited_however_the_attacker_waits() {
    let mut world = World::start().await;
    let db = world.database().await;
    let (quarter, hour) = (Duration::from_mins(15), Duration::from_hours(1));
    // The buckets of accounts, of networks, and of links.
    for (free, rest, most) in [(5, quarter, 104), (50, quarter, 1_000), (3, hour, 32)] {
        let mut guesses = Vec::new();
        for minutes in [0, 1, 15, 16, 30, 75, 150] {
            guesses.push(guesses_per_day(&db, (free, rest), minutes).await);
        }
        assert_eq!(guesses.iter().max(), Some(&most), "{guesses:?}");
    }
    db.close().await;
    world.stop().await;
}

fn credentials(login: &str, password: &str, code: Option<&str>) -> Value {
    json!({ "login": login, "password": password, "code": code })
}

async fn sign_in(guest: &Caller, name: &str, password: &str, code: Option<&str>) -> Answer {
    guest.post("/jwt", credentials(name, password, code)).await
}
