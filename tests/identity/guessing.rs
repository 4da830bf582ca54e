//! S-04: nobody guesses his way in.

use std::{
    cmp::Ordering,
    time::{Duration, Instant},
};

use reqwest::StatusCode;
use serde_json::json;
use tests::world::{Answer, Caller, PASSWORD, World};

#[tokio::test]
async fn iam_4_after_five_failures_the_account_rests_and_so_does_one_that_does_not_exist() {
    let mut world = World::start().await;
    let guest = world.guest();
    let client = world.someone(&world.admin().await, "client_user", json!({})).await;
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
        // Nor does the right password help now; and one session that is open stays open.
        sign_in(&guest, login, PASSWORD).await.expect(StatusCode::TOO_MANY_REQUESTS);
    }
    client.get("/me").await.expect(StatusCode::OK);

    let db = world.database().await;
    let failures: Vec<bool> = sqlx::query_scalar(
        "select data ? 'user' from event_store.events where type = 'SessionLoginFailed' order by position",
    ).fetch_all(&db).await.unwrap();
    assert_eq!(failures, [[true; 5], [false; 5]].concat());
    // A quarter of an hour later all is forgotten.
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
    let client = world.someone(&world.admin().await, "client_user", json!({})).await;
    let guest = world.guest();
    let guesses: Vec<_> = (0..40).map(|guess| format!("guess number {guess}")).collect();
    let answers = guesses.iter().map(|guess| sign_in(&guest, &client.email, guess));
    let answers = futures::future::join_all(answers).await;
    let tried = answers.iter().filter(|answer| answer.status == StatusCode::UNAUTHORIZED);
    assert_eq!(tried.count(), 5);
    world.stop().await;
}

#[tokio::test]
async fn iam_4_time_does_not_tell_who_has_an_account() {
    let mut world = World::start().await;
    let client = world.someone(&world.admin().await, "client_user", json!({})).await;
    let db = world.database().await;
    let guest = world.guest();
    let mut chances = Vec::new();
    // One in a hundred samples looks as if there were a difference where there is none.
    while chances.len() < 3 && chances.last().is_none_or(|chance| *chance <= 0.01) {
        let (mut known, mut unknown) = (Vec::new(), Vec::new());
        for _ in 0..40 {
            for (login, times) in
                [(client.email.as_str(), &mut known), ("nobody@example.org", &mut unknown)]
            {
                sqlx::query("delete from identity_store.attempts").execute(&db).await.unwrap();
                let begun = Instant::now();
                sign_in(&guest, login, "a wrong password").await.expect(StatusCode::UNAUTHORIZED);
                times.push(begun.elapsed());
            }
        }
        chances.push(mann_whitney(&known, &unknown));
    }
    assert!(chances.iter().any(|chance| *chance > 0.01), "{chances:?}");
    db.close().await;
    world.stop().await;
}

async fn sign_in(guest: &Caller, login: &str, password: &str) -> Answer {
    guest.post("/jwt", json!({ "login": login, "password": password })).await
}

/// How probable it is that two samples differ so much, if they are of one kind (two-sided, by the
/// normal approximation).
#[expect(clippy::cast_precision_loss, reason = "there are few of them")]
fn mann_whitney(first: &[Duration], second: &[Duration]) -> f64 {
    let wins = first.iter().flat_map(|a| second.iter().map(move |b| a.cmp(b)));
    let won: f64 = wins
        .map(|order| match order {
            Ordering::Less => 1.,
            Ordering::Equal => 0.5,
            Ordering::Greater => 0.,
        })
        .sum();
    let (n, m) = (first.len() as f64, second.len() as f64);
    let z = (won - n * m / 2.).abs() / (n * m * (n + m + 1.) / 12.).sqrt();
    // The tail of the normal distribution (Abramowitz and Stegun, 26.2.17).
    let step = 1. / (1. + 0.231_641_9 * z);
    let series = [0.319_381_530, -0.356_563_782, 1.781_477_937, -1.821_255_978, 1.330_274_429];
    let tail = series.iter().rev().fold(0., |sum, factor| (sum + factor) * step);
    2. * tail * (-z * z / 2.).exp() / (2. * std::f64::consts::PI).sqrt()
}
