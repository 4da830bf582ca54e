//! S-07: getting an account, and getting back into it.

use reqwest::StatusCode;
use serde_json::json;
use tests::world::{Caller, PASSWORD, World};

const OTHER: &str = "seven purple lanterns over water";

#[tokio::test]
async fn iam_9_who_signs_up_chooses_a_password_by_the_link_in_his_mail() {
    let mut world = World::start().await;
    let guest = world.guest();
    let email = "anna@example.org";
    // Whatever people are called, the letter is one to them.
    let anna = json!({ "email": email, "name": "Anna\r\nBcc: eve@example.org" });
    guest.post("/auth/register", anna.clone()).await.expect(StatusCode::ACCEPTED);
    // A second time is not told from the first, and sends nothing within a minute.
    guest.post("/auth/register", anna).await.expect(StatusCode::ACCEPTED);
    world.settled().await;
    let [link] = &links(&world, "verify-email")[..] else { panic!("{:?}", letters(&world)) };

    // A link for one thing is none for another, and a password must be one.
    follow(&guest, "password/reset", link, OTHER).await.expect(StatusCode::UNPROCESSABLE_ENTITY);
    let weak = follow(&guest, "verify-email", link, "short").await;
    assert_eq!(weak.expect(StatusCode::UNPROCESSABLE_ENTITY).body["invariant"], "IAM-5");
    follow(&guest, "verify-email", link, OTHER).await.expect(StatusCode::NO_CONTENT);
    let twice = follow(&guest, "verify-email", link, OTHER).await;
    assert_eq!(twice.expect(StatusCode::UNPROCESSABLE_ENTITY).body["invariant"], "IAM-9");

    let login = json!({ "login": email, "password": OTHER });
    guest.post("/jwt", login).await.expect(StatusCode::OK);

    // Three links are sent to an address, and one after a while; that no more are is told to nobody,
    // and is so whether there is an account or not.
    let bert = json!({ "email": "bert@example.org", "name": "Bert" });
    let forgot = json!({ "login": " Bert@Example.ORG" });
    for _ in 0..3 {
        guest.post("/auth/password/forgot", forgot.clone()).await.expect(StatusCode::ACCEPTED);
    }
    guest.post("/auth/register", bert.clone()).await.expect(StatusCode::ACCEPTED);
    let db = world.database().await;
    let accounts = "select count(*) from event_store.events where type = 'UserSignedUp'";
    let accounts = async || -> i64 { sqlx::query_scalar(accounts).fetch_one(&db).await.unwrap() };
    assert_eq!(accounts().await, 1, "Anna's");
    let later = "update identity_store.attempts set last = last - interval '1 minute'";
    sqlx::query(later).execute(&db).await.unwrap();
    guest.post("/auth/register", bert).await.expect(StatusCode::ACCEPTED);
    assert_eq!(accounts().await, 2);
    db.close().await;
    world.stop().await;
}

#[tokio::test]
async fn iam_9_a_forgotten_password_is_replaced_once_by_the_link_and_ends_all_sessions() {
    let mut world = World::start().await;
    let guest = world.guest();
    let client = world.someone(&world.admin().await, "client_user", json!({})).await;
    for login in [client.email.as_str(), "nobody@example.org", "no address"] {
        let forgot = json!({ "login": login });
        guest.post("/auth/password/forgot", forgot).await.expect(StatusCode::ACCEPTED);
    }
    world.settled().await;
    let [link] = &links(&world, "reset-password")[..] else { panic!("{:?}", letters(&world)) };
    let mut forged = link.clone();
    forged.replace_range(30..34, "AAAA");
    follow(&guest, "password/reset", &forged, OTHER).await.expect(StatusCode::UNPROCESSABLE_ENTITY);

    // Of several at once one wins.
    let at_once = (0..8).map(|_| follow(&guest, "password/reset", link, OTHER));
    let answers = futures::future::join_all(at_once).await;
    let won = answers.iter().filter(|answer| answer.status == StatusCode::NO_CONTENT);
    assert_eq!(won.count(), 1, "{answers:?}");

    client.get("/me").await.expect(StatusCode::UNAUTHORIZED);
    let refresh = json!({ "refresh_token": client.refresh_token });
    guest.post("/jwt/refresh", refresh).await.expect(StatusCode::UNAUTHORIZED);
    let login = json!({ "login": client.email, "password": OTHER });
    let token = guest.post("/jwt", login).await.expect(StatusCode::OK);
    world.settled().await;
    let inbox = guest.with(token.body["access_token"].as_str()).get("/notifications").await.body;
    assert_eq!(inbox["data"][0]["kind"], "password_changed", "{inbox}");
    world.stop().await;
}

#[tokio::test]
async fn iam_5_a_password_is_changed_by_who_knows_it_and_only_his_new_session_goes_on() {
    let mut world = World::start().await;
    let client = world.someone(&world.admin().await, "client_user", json!({})).await;
    let elsewhere = world.login(&client.email).await;
    let change = |current: &str, password: &str| {
        let change = json!({ "current": current, "password": password });
        let client = client.clone();
        async move { client.post("/auth/password/change", change).await }
    };
    change("not it", OTHER).await.expect(StatusCode::FORBIDDEN);
    for weak in ["too short", "passwordpassword", "123456789012345"] {
        let refused = change(PASSWORD, weak).await;
        let refused = refused.expect(StatusCode::UNPROCESSABLE_ENTITY).body;
        assert_eq!(
            (&refused["invariant"], &refused["fields"][0]["pointer"]),
            (&json!("IAM-5"), &json!("/password")),
            "{refused}"
        );
    }
    let changed = change(PASSWORD, OTHER).await.expect(StatusCode::OK);
    for old in [&client, &elsewhere] {
        old.get("/me").await.expect(StatusCode::UNAUTHORIZED);
    }
    client.with(changed.body["access_token"].as_str()).get("/me").await.expect(StatusCode::OK);
    world.stop().await;
}

#[tokio::test]
async fn iam_9_another_address_is_ones_own_once_it_was_shown_to_be() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let client = world.someone(&admin, "client_user", json!({})).await;
    let other = world.someone(&admin, "client_user", json!({})).await;
    let guest = world.guest();
    let ask = |password: &str, email: &str| {
        let change = json!({ "password": password, "email": email });
        let client = client.clone();
        async move { client.post("/auth/email/change", change).await }
    };
    ask("not it", "anna@example.org").await.expect(StatusCode::FORBIDDEN);
    ask(PASSWORD, "no address").await.expect(StatusCode::UNPROCESSABLE_ENTITY);
    ask(PASSWORD, "anna@example.org").await.expect(StatusCode::ACCEPTED);
    world.settled().await;
    let [link] = &links(&world, "change-email")[..] else { panic!("{:?}", letters(&world)) };
    // The link goes to the new address, and word of it to the old one; neither to the other.
    let letters = letters(&world);
    let to = |address: &str| letters.iter().filter(|it| it.contains(address)).collect::<Vec<_>>();
    let [new] = to("anna@example.org")[..] else { panic!("{letters:?}") };
    assert!(new.contains(link));
    assert!(to(&client.email).iter().all(|letter| !letter.contains(link)));
    assert_eq!(to(&client.email).len(), 1, "{letters:?}");
    // Until then all is as it was.
    world.login(&client.email).await;

    follow(&guest, "verify-email", link, OTHER).await.expect(StatusCode::UNPROCESSABLE_ENTITY);
    let confirm =
        async |token: &str| guest.post("/auth/email/confirm", json!({ "token": token })).await;
    confirm(link).await.expect(StatusCode::NO_CONTENT);
    let twice = confirm(link).await.expect(StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(twice.body["invariant"], "IAM-9");
    let old = json!({ "login": client.email, "password": PASSWORD });
    guest.post("/jwt", old).await.expect(StatusCode::UNAUTHORIZED);
    let client = world.login("anna@example.org").await;

    // IAM-1: what is somebody else's stays his, and only who reads his mail is told.
    let taken = json!({ "password": PASSWORD, "email": other.email });
    client.post("/auth/email/change", taken).await.expect(StatusCode::ACCEPTED);
    world.settled().await;
    let links = links(&world, "change-email");
    let link = links.iter().find(|other| *other != link).unwrap();
    let taken = confirm(link).await.expect(StatusCode::CONFLICT);
    assert_eq!(taken.body["invariant"], "IAM-1", "{}", taken.body);
    world.login(&other.email).await;
    world.stop().await;
}

#[tokio::test]
async fn iam_5_a_password_of_a_breach_is_nobodys() {
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("breached");
    // The SHA-1 of that password, and how often it was seen.
    std::fs::write(&list, "47E46F5533CA894AE2281B973DAFDF856E0E8D9F:3\n").unwrap();
    let list = list.to_str().unwrap();
    let mut world = World::start_with(&[("SERVICEBOOK_BREACHED_PASSWORDS", list)]).await;
    let client = world.someone(&world.admin().await, "client_user", json!({})).await;
    let change = |password: &str| json!({ "current": PASSWORD, "password": password });
    let refused = client.post("/auth/password/change", change(OTHER)).await;
    let refused = refused.expect(StatusCode::UNPROCESSABLE_ENTITY).body;
    assert_eq!(refused["invariant"], "IAM-5", "{refused}");
    assert!(refused.to_string().contains("breach"), "{refused}");
    let good = change("eight purple lanterns over water");
    client.post("/auth/password/change", good).await.expect(StatusCode::OK);
    world.stop().await;
}

async fn follow(guest: &Caller, what: &str, token: &str, password: &str) -> tests::world::Answer {
    let said = json!({ "token": token, "password": password });
    guest.post(&format!("/auth/{what}"), said).await
}

/// The letters that were sent, as they are read.
pub(super) fn letters(world: &World) -> Vec<String> {
    let Ok(folder) = std::fs::read_dir(world.data().join("mail")) else { return Vec::new() };
    let letters = folder.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
    // Quoted-printable breaks long lines.
    letters.map(|letter| letter.replace("=\r\n", "").replace("=3D", "=")).collect()
}

/// What stands behind the # of the links that were sent.
pub(crate) fn links(world: &World, place: &str) -> Vec<String> {
    let place = format!("{place}#");
    let found = letters(world).into_iter().filter_map(|letter| {
        let (_, rest) = letter.split_once(&place)?;
        Some(rest.split_whitespace().next()?.to_owned())
    });
    found.collect()
}
