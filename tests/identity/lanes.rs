//! IAM-4: what is guessed is counted once, whatever it is called and wherever it is guessed; and what
//! others guess keeps no owner out.

use std::{net::Ipv4Addr, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use futures::future::join_all;
use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::{PgPool, postgres::types::PgInterval};
use tests::world::{Answer, Caller, PASSWORD, World};

use super::second_factor::App;

#[tokio::test]
async fn iam_4_an_account_is_counted_once_however_it_is_written_and_a_code_is_no_second_way() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let client = world.someone(&admin, "client_user", json!({})).await;
    let (guest, db) = (world.guest(), world.database().await);
    // Letters of full width are the same mailbox.
    let wide = |places: usize| -> String {
        let wide = |letter: char| char::from_u32(u32::from(letter) + 0xfee0).unwrap();
        let letters = client.email.chars().enumerate();
        letters.map(|(place, it)| if place < places { wide(it) } else { it }).collect()
    };
    for places in 0..5 {
        let guess = sign_in(&guest, &wide(places), "a guess", None).await;
        guess.expect(StatusCode::UNAUTHORIZED);
    }
    for places in 0..6 {
        let locked = sign_in(&guest, &wide(places), PASSWORD, None).await;
        locked.expect(StatusCode::TOO_MANY_REQUESTS);
    }
    // Nobody asks for a code here: whoever sends one gets no further, and learns nothing.
    for password in ["a guess", PASSWORD] {
        let guess = sign_in(&guest, &client.email, password, Some("000000")).await;
        assert_eq!(guess.expect(StatusCode::UNAUTHORIZED).body["code"], "not_signed_in");
    }
    // What is sent as a login does not lock what somebody does in their session.
    let me = client.get("/me").await.body["data"]["user"].as_str().unwrap().to_owned();
    let guesses = (0..8).map(|_| sign_in(&guest, &me, "a guess", None));
    join_all(guesses).await;
    let password = json!({ "password": PASSWORD });
    client.post("/auth/mfa/totp", password.clone()).await.expect(StatusCode::OK);

    // A clock that is put back keeps nobody out.
    let back = "update identity_store.attempts set last = last + interval '1 hour'";
    sqlx::query(back).execute(&db).await.unwrap();
    sign_in(&guest, &client.email, PASSWORD, None).await.expect(StatusCode::OK);
    db.close().await;
    world.stop().await;
}

#[tokio::test]
async fn iam_4_a_device_that_was_here_before_has_a_lane_of_its_own() {
    let mut world = World::start().await;
    let client = world.someone(&world.admin().await, "client_user", json!({})).await;
    let guest = world.guest();
    let welcome = sign_in(&guest, &client.email, PASSWORD, None).await.expect(StatusCode::OK);
    let device = welcome.body["device_token"].as_str().unwrap().to_owned();
    let cookie = guest.post("/auth/login", login(&client.email, PASSWORD, None)).await;
    let set = cookie.expect(StatusCode::OK);
    let cookie = set.headers.get_all("set-cookie").iter();
    let mut cookie = cookie.map(|it| it.to_str().unwrap().split(';').next().unwrap().to_owned());
    let cookie = cookie.find(|it| it.starts_with("__Host-device=")).unwrap();
    let at_device = async |device: &str, password: &str| {
        let mut login = login(&client.email, password, None);
        login["device_token"] = json!(device);
        guest.post("/jwt", login).await
    };
    let in_browser = async || {
        let login = Some(login(&client.email, PASSWORD, None));
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
    // Nor does it open others.
    let mut other = login("nobody@example.org", "a guess", None);
    other["device_token"] = json!(device);
    guest.post("/jwt", other).await.expect(StatusCode::UNAUTHORIZED);

    // It is no way to guess without end, and locks no other.
    for _ in 0..5 {
        at_device(&device, "a guess").await.expect(StatusCode::UNAUTHORIZED);
    }
    at_device(&device, PASSWORD).await.expect(StatusCode::TOO_MANY_REQUESTS);
    in_browser().await.expect(StatusCode::OK);

    // It is known no more once all sessions were ended.
    client.delete("/auth/sessions").await.expect(StatusCode::NO_CONTENT);
    in_browser().await.expect(StatusCode::TOO_MANY_REQUESTS);
    world.stop().await;
}

#[tokio::test]
async fn iam_4_codes_are_counted_over_all_places_and_nobody_else_uses_them_up() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let client = world.someone(&admin, "client_user", json!({})).await;
    let (app, client) = App::enrolled_by(&client).await;
    // From very many networks, with a code that is made up.
    let guesses = (0..15).flat_map(|network| (0..5).map(move |guess| (network, guess)));
    let guesses = guesses.map(|(network, guess)| {
        let guest = world.guest_at(Ipv4Addr::new(127, 0, 100 + network, 1));
        let (email, code) = (client.email.clone(), format!("10000{guess}"));
        async move { sign_in(&guest, &email, "a guess", Some(&code)).await.status }
    });
    let tried = join_all(guesses).await;
    // Unless too many others are signing in just then.
    assert!(tried.iter().all(|it| [401, 429, 503].contains(&it.as_u16())), "{tried:?}");
    let fresh = world.guest_at(Ipv4Addr::new(127, 0, 9, 1));
    let welcome = sign_in(&fresh, &client.email, PASSWORD, Some(&app.code(1))).await;
    let device = welcome.expect(StatusCode::OK).body["device_token"].clone();

    // Whoever knows the password, and is in a session, guesses codes no more often.
    let present = |code: usize| json!({ "password": PASSWORD, "code": format!("10000{code}") });
    for (guess, place) in ["totp/disable", "recovery-codes"].into_iter().cycle().take(5).enumerate()
    {
        let place = format!("/auth/mfa/{place}");
        client.post(&place, present(guess)).await.expect(StatusCode::FORBIDDEN);
    }
    for place in ["mfa/totp/disable", "mfa/recovery-codes", "email/change"] {
        let mut present = present(6);
        if place == "email/change" {
            present["email"] = json!("elsewhere@example.org");
        }
        let locked = client.post(&format!("/auth/{place}"), present).await;
        let locked = locked.expect(StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(locked.body["invariant"], "IAM-4");
    }
    let elsewhere = world.guest_at(Ipv4Addr::new(127, 0, 10, 1));
    let wrong = sign_in(&elsewhere, &client.email, PASSWORD, Some("100009")).await;
    assert!(wrong.status == 429 || wrong.status == 401, "{}", wrong.body);
    // Where the owner was before, they still get in: until the code that comes next is valid, with
    // none that was used.
    let mut known = login(&client.email, PASSWORD, Some("100009"));
    known["device_token"] = device;
    fresh.post("/jwt", known).await.expect(StatusCode::UNAUTHORIZED);
    world.stop().await;
}

/// How many guesses are made at one bucket within a day by somebody who goes on when refused after so
/// many minutes, or, of none, as soon as it is possible.
async fn in_a_day(db: &PgPool, (free, rest): (i32, Duration), minutes: i64) -> u32 {
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
async fn iam_4_so_many_guesses_are_made_in_a_day_however_somebody_waits() {
    let mut world = World::start().await;
    let db = world.database().await;
    let (quarter, hour) = (Duration::from_mins(15), Duration::from_hours(1));
    // Guesses at an account, those of a network, and links.
    for (free, rest, most) in [(5, quarter, 104), (50, quarter, 1_000), (3, hour, 32)] {
        let mut guesses = Vec::new();
        for minutes in [0, 1, 15, 16, 30, 75, 150] {
            guesses.push(in_a_day(&db, (free, rest), minutes).await);
        }
        assert_eq!(guesses.iter().max(), Some(&most), "{guesses:?}");
    }
    db.close().await;
    world.stop().await;
}

fn login(login: &str, password: &str, code: Option<&str>) -> Value {
    json!({ "login": login, "password": password, "code": code })
}

async fn sign_in(guest: &Caller, name: &str, password: &str, code: Option<&str>) -> Answer {
    guest.post("/jwt", login(name, password, code)).await
}
