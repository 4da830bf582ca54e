//! S-04: guessing passwords from one or many places does not get anybody in.

use std::{
    cmp::Ordering,
    collections::BTreeMap,
    net::Ipv4Addr,
    time::{Duration, Instant},
};

use futures::{StreamExt, future, stream};
use reqwest::{Method, StatusCode};
use serde_json::json;
use tests::{
    effort,
    world::{Answer, Caller, PASSWORD, World},
};

use super::second_factor::AuthenticatorApp;

/// The number of guesses; five times as many are what S-04 asks for.
const GUESSES: usize = 2_000;
/// The number of timed answers, half of them for existing accounts; five times as many are S-04's.
const SAMPLES: usize = 400;
/// The number of concurrent requests while answers are timed.
const AT_ONCE: usize = 8;

#[tokio::test]
async fn iam_4_after_five_failures_the_account_rests_and_so_does_one_that_does_not_exist() {
    let mut world = World::start().await;
    let guest = world.guest();
    let client = world.user_with_role(&world.admin().await, "client_user", json!({})).await;
    for login in [client.email.as_str(), "nobody@example.org"] {
        let mut answers = Vec::new();
        for guess in 0..6 {
            answers.push(sign_in(&guest, login, &format!("guess number {guess}")).await);
        }
        let last = answers.pop().unwrap();
        for answer in &answers {
            assert_eq!(
                (answer.status, &answer.body["code"]),
                (StatusCode::UNAUTHORIZED, &json!("not_signed_in"))
            );
        }
        assert_eq!(last.body["invariant"], "IAM-4", "{}", last.body);
        let wait: u64 = last.expect(StatusCode::TOO_MANY_REQUESTS).headers["retry-after"]
            .to_str()
            .unwrap()
            .parse()
            .unwrap();
        assert!((1..=31).contains(&wait), "{wait}");
        // The right password is refused now as well; open sessions go on.
        sign_in(&guest, login, PASSWORD).await.expect(StatusCode::TOO_MANY_REQUESTS);
    }
    client.get("/me").await.expect(StatusCode::OK);

    let db = world.database().await;
    let failures: Vec<bool> = sqlx::query_scalar(
        "select user_id is not null from identity_store.failed_sign_ins order by id",
    )
    .fetch_all(&db)
    .await
    .unwrap();
    assert_eq!(failures, [[true; 5], [false; 5]].concat());
    // After a quarter of an hour one further attempt is allowed.
    sqlx::query("update identity_store.attempts set last = last - interval '16 minutes'")
        .execute(&db)
        .await
        .unwrap();
    sign_in(&guest, &client.email, PASSWORD).await.expect(StatusCode::OK);
    db.close().await;
    world.stop().await;
}

#[tokio::test]
async fn iam_4_many_guesses_at_once_are_many() {
    let mut world = World::start().await;
    let client = world.user_with_role(&world.admin().await, "client_user", json!({})).await;
    let guest = world.guest();
    let guesses: Vec<_> = (0..40).map(|guess| format!("guess number {guess}")).collect();
    let answers = guesses.iter().map(|guess| sign_in(&guest, &client.email, guess));
    let answers = future::join_all(answers).await;
    let tried = answers.iter().filter(|answer| answer.status == StatusCode::UNAUTHORIZED);
    assert_eq!(tried.count(), 5);
    world.stop().await;
}

/// A forged header by which the attacker claims another address for each guess.
fn forged_address(guess: usize) -> [(&'static str, String); 1] {
    [("X-Forwarded-For", format!("198.51.{}.{}", guess / 250 % 250, guess % 250))]
}

/// The number of answers by status of many guesses, 64 of them at once.
async fn guess(
    guest: &Caller,
    logins: impl Iterator<Item = (String, String)>,
) -> BTreeMap<u16, usize> {
    let guesses = logins.enumerate().map(|(number, (login, password))| async move {
        let body = json!({ "login": login, "password": password });
        let answer =
            guest.send(Method::POST, "/jwt", &forged_address(number), Some(body)).await.unwrap();
        answer.status.as_u16()
    });
    let answers = stream::iter(guesses).buffer_unordered(64);
    answers
        .fold(BTreeMap::new(), async |mut counts, status| {
            *counts.entry(status).or_default() += 1;
            counts
        })
        .await
}

#[tokio::test]
async fn s_04_of_thousands_of_passwords_for_one_account_hardly_any_is_tried() {
    let mut world = World::start().await;
    let victim = world.user_with_role(&world.admin().await, "client_user", json!({})).await;
    let (app, _) = AuthenticatorApp::enrolled_by(&victim).await;
    let guesses = GUESSES * effort();
    let passwords = (0..guesses).map(|guess| format!("guess number {guess}"));
    let email = &victim.email;
    let counts = guess(&world.guest(), passwords.map(|password| (email.clone(), password))).await;
    // Five are allowed at once, and a few more as time passes.
    assert!((5..=8).contains(&counts[&401]), "{counts:?}");
    assert_eq!(counts[&401] + counts[&429], guesses, "{counts:?}");

    // The victim signs in from another network with both factors.
    let home_network = world.guest_at(Ipv4Addr::new(127, 0, 9, 1));
    let login = json!({ "login": victim.email, "password": PASSWORD, "code": app.code(1) });
    home_network.post("/jwt", login).await.expect(StatusCode::OK);
    world.stop().await;
}

#[tokio::test]
async fn s_04_of_one_password_for_thousands_of_accounts_hardly_any_is_tried() {
    let mut world = World::start().await;
    let client = world.user_with_role(&world.admin().await, "client_user", json!({})).await;
    let logins = (0..GUESSES * effort()).map(|guess| format!("anna.{guess}@example.com"));
    let sprayed = logins.map(|login| (login, "Summer-2026!".to_owned()));
    let counts = guess(&world.guest(), sprayed).await;
    // Fifty are allowed, unless the server is overloaded by other sign-ins.
    assert!((30..=56).contains(&counts[&401]), "{counts:?}");
    assert!(counts.keys().all(|status| [401, 429, 503].contains(status)), "{counts:?}");
    let login = json!({ "login": client.email, "password": PASSWORD });
    world.guest().post("/jwt", login.clone()).await.expect(StatusCode::TOO_MANY_REQUESTS);
    let other_network = world.guest_at(Ipv4Addr::new(127, 0, 9, 1));
    other_network.post("/jwt", login).await.expect(StatusCode::OK);

    // From very many networks at once: as many as the machine can take are tried, the others get 503.
    let networks = (0..600_usize).map(|network| {
        let [high, low] = u16::try_from(network).unwrap().to_be_bytes();
        let guest = world.guest_at(Ipv4Addr::new(127, 1 + high, low, 1));
        let login = json!({ "login": format!("bert.{network}@example.com"), "password": "guess" });
        async move { guest.post("/jwt", login).await }
    });
    let answers = future::join_all(networks).await;
    let busy: Vec<_> = answers.iter().filter(|answer| answer.status == 503).collect();
    let tried = answers.iter().filter(|answer| answer.status == 401).count();
    assert_eq!(tried + busy.len(), answers.len(), "{:?}", answers.last());
    assert!(tried > 0 && !busy.is_empty(), "{tried} were tried");
    assert_eq!(busy[0].body["code"], "overloaded");
    world.stop().await;
}

#[tokio::test]
async fn s_04_a_proxy_that_is_trusted_says_from_where_somebody_comes() {
    let proxies = [("SERVICEBOOK_TRUSTED_PROXIES", "127.0.0.0/8")];
    let mut world = World::start_with(&proxies).await;
    let client = world.user_with_role(&world.admin().await, "client_user", json!({})).await;
    let guest = world.guest();
    let sign_in = async |from: &str, login: &str, password: &str| {
        let from = [("X-Forwarded-For", from.to_owned())];
        let login = json!({ "login": login, "password": password });
        guest.send(Method::POST, "/jwt", &from, Some(login)).await.unwrap().status
    };
    let guesses = (0..51).map(|guess| format!("anna.{guess}@example.com"));
    let guesses: Vec<_> = guesses.collect();
    let guesses = guesses.iter().map(|login| sign_in("198.51.100.7", login, "a guess"));
    let answers = future::join_all(guesses).await;
    assert!(answers.contains(&StatusCode::TOO_MANY_REQUESTS), "{answers:?}");
    let same = sign_in("198.51.100.8", &client.email, PASSWORD).await;
    assert_eq!(same, StatusCode::TOO_MANY_REQUESTS, "the same network");
    assert_eq!(sign_in("203.0.113.1", &client.email, PASSWORD).await, StatusCode::OK);
    world.stop().await;
}

#[tokio::test]
async fn s_04_time_does_not_tell_who_has_an_account() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let (db, guest) = (world.database().await, world.guest());
    // Several accounts are timed at once, but so few that none waits for another.
    let accounts = (0..AT_ONCE).map(|_| world.user_with_role(&admin, "client_user", json!({})));
    let accounts = future::join_all(accounts).await;
    let mut p_values = Vec::new();
    // One time in a hundred a difference shows where there is none.
    while p_values.len() < 2 && p_values.last().is_none_or(|p_value| *p_value <= 0.01) {
        let samples = accounts.iter().enumerate().map(async |(number, existing)| {
            let unknown = format!("nobody.{number}@example.com");
            let (mut existing_times, mut unknown_times) = (Vec::new(), Vec::new());
            for _ in 0..SAMPLES * effort() / 2 / AT_ONCE {
                for (login, times) in
                    [(&existing.email, &mut existing_times), (&unknown, &mut unknown_times)]
                {
                    sqlx::query("delete from identity_store.attempts").execute(&db).await.unwrap();
                    let begun = Instant::now();
                    let answer = sign_in(&guest, login, "a wrong password").await;
                    answer.expect(StatusCode::UNAUTHORIZED);
                    times.push(begun.elapsed());
                }
            }
            (existing_times, unknown_times)
        });
        let (existing, unknown): (Vec<_>, Vec<_>) =
            future::join_all(samples).await.into_iter().unzip();
        p_values.push(mann_whitney(&existing.concat(), &unknown.concat()));
    }
    assert!(p_values.iter().any(|p_value| *p_value > 0.01), "{p_values:?}");
    db.close().await;
    world.stop().await;
}

async fn sign_in(guest: &Caller, login: &str, password: &str) -> Answer {
    guest.post("/jwt", json!({ "login": login, "password": password })).await
}

/// The p-value of the two-sided Mann-Whitney U test, by the normal approximation: how probable such a
/// difference is between samples of one distribution.
#[expect(clippy::cast_precision_loss, reason = "there are few of them")]
fn mann_whitney(first: &[Duration], second: &[Duration]) -> f64 {
    let orders = first.iter().flat_map(|a| second.iter().map(move |b| a.cmp(b)));
    let u: f64 = orders
        .map(|order| match order {
            Ordering::Less => 1.,
            Ordering::Equal => 0.5,
            Ordering::Greater => 0.,
        })
        .sum();
    let (n, m) = (first.len() as f64, second.len() as f64);
    let z = (u - n * m / 2.).abs() / (n * m * (n + m + 1.) / 12.).sqrt();
    // The tail of the normal distribution (Abramowitz and Stegun, 26.2.17).
    let step = 1. / (1. + 0.231_641_9 * z);
    let series = [0.319_381_530, -0.356_563_782, 1.781_477_937, -1.821_255_978, 1.330_274_429];
    let tail = series.iter().rev().fold(0., |sum, factor| (sum + factor) * step);
    2. * tail * (-z * z / 2.).exp() / (2. * std::f64::consts::PI).sqrt()
}
