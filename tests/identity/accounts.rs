//! S-07: registration, password reset, and changes of password and address, by links in mails.

use reqwest::StatusCode;
use serde_json::json;
use tests::world::{Caller, PASSWORD, World};

const NEW_PASSWORD: &str = "seven purple lanterns over water";

#[tokio::test]
async fn iam_9_a_new_user_chooses_a_password_by_the_link_in_their_mail() {
    let mut world = World::start().await;
    let guest = world.guest();
    let email = "anna@example.org";
    // No name injects a header into the mail, and none is sent to what is no plain address.
    for (field, value) in [
        ("name", "Anna\r\nBcc: eve@example.org"),
        ("name", "Anna\rX"),
        ("email", "anna@[127.0.0.2]"),
        ("email", "\"anna 1\"@example.org"),
    ] {
        let mut new = json!({ "email": email, "name": "Anna" });
        new[field] = json!(value);
        let refused = guest.post("/auth/register", new).await;
        let refused = refused.expect(StatusCode::UNPROCESSABLE_ENTITY).body;
        assert_eq!(refused["fields"][0]["pointer"], format!("/{field}"), "{refused}");
    }
    let anna = json!({ "email": email, "name": "Anna" });
    guest.post("/auth/register", anna.clone()).await.expect(StatusCode::ACCEPTED);
    // A second request is answered as the first, but sends no mail within a minute.
    guest.post("/auth/register", anna).await.expect(StatusCode::ACCEPTED);
    world.wait_until_settled().await;
    let [link] = &links(&world, "verify-email")[..] else { panic!("{:?}", mails(&world)) };

    // A link serves its own purpose only, and the password must be acceptable.
    use_link(&guest, "password/reset", link, NEW_PASSWORD)
        .await
        .expect(StatusCode::UNPROCESSABLE_ENTITY);
    let weak = use_link(&guest, "verify-email", link, "short").await;
    assert_eq!(weak.expect(StatusCode::UNPROCESSABLE_ENTITY).body["invariant"], "IAM-5");
    use_link(&guest, "verify-email", link, NEW_PASSWORD).await.expect(StatusCode::NO_CONTENT);
    let twice = use_link(&guest, "verify-email", link, NEW_PASSWORD).await;
    assert_eq!(twice.expect(StatusCode::UNPROCESSABLE_ENTITY).body["invariant"], "IAM-9");

    let login = json!({ "login": email, "password": NEW_PASSWORD });
    guest.post("/jwt", login).await.expect(StatusCode::OK);

    // At most three links are sent to an address, then one after a while. The answer does not show
    // that, nor whether there is an account.
    let bert = json!({ "email": "bert@example.org", "name": "Bert" });
    let forgot = json!({ "login": " Bert@Example.ORG" });
    let tagged = json!({ "login": "bert+1@example.org" });
    for forgot in [&forgot, &tagged, &forgot] {
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
    let client = world.user_with_role(&world.admin().await, "client_user", json!({})).await;
    for login in [client.email.as_str(), "nobody@example.org", "no address"] {
        let forgot = json!({ "login": login });
        guest.post("/auth/password/forgot", forgot).await.expect(StatusCode::ACCEPTED);
    }
    world.wait_until_settled().await;
    let [link] = &links(&world, "reset")[..] else { panic!("{:?}", mails(&world)) };
    let mut forged = link.clone();
    forged.replace_range(30..34, "AAAA");
    use_link(&guest, "password/reset", &forged, NEW_PASSWORD)
        .await
        .expect(StatusCode::UNPROCESSABLE_ENTITY);

    // Of several at once, one succeeds.
    let at_once = (0..8).map(|_| use_link(&guest, "password/reset", link, NEW_PASSWORD));
    let answers = futures::future::join_all(at_once).await;
    let won = answers.iter().filter(|answer| answer.status == StatusCode::NO_CONTENT);
    assert_eq!(won.count(), 1, "{answers:?}");

    client.get("/me").await.expect(StatusCode::UNAUTHORIZED);
    let refresh = json!({ "refresh_token": client.refresh_token });
    guest.post("/jwt/refresh", refresh).await.expect(StatusCode::UNAUTHORIZED);
    let login = json!({ "login": client.email, "password": NEW_PASSWORD });
    let token = guest.post("/jwt", login).await.expect(StatusCode::OK);
    world.wait_until_settled().await;
    let inbox =
        guest.with_token(token.body["access_token"].as_str()).get("/notifications").await.body;
    assert_eq!(inbox["data"][0]["kind"], "password_changed", "{inbox}");
    world.stop().await;
}

#[tokio::test]
async fn iam_5_a_password_is_changed_with_the_current_one_and_only_the_new_session_goes_on() {
    let mut world = World::start().await;
    let client = world.user_with_role(&world.admin().await, "client_user", json!({})).await;
    let other_session = world.login(&client.email).await;
    let change = |current: &str, password: &str| {
        let change = json!({ "current": current, "password": password });
        let client = client.clone();
        async move { client.post("/auth/password/change", change).await }
    };
    change("not it", NEW_PASSWORD).await.expect(StatusCode::FORBIDDEN);
    for weak in ["too short", "passwordpassword", "123456789012345"] {
        let refused = change(PASSWORD, weak).await;
        let refused = refused.expect(StatusCode::UNPROCESSABLE_ENTITY).body;
        assert_eq!(
            (&refused["invariant"], &refused["fields"][0]["pointer"]),
            (&json!("IAM-5"), &json!("/password")),
            "{refused}"
        );
    }
    let changed = change(PASSWORD, NEW_PASSWORD).await.expect(StatusCode::OK);
    for old in [&client, &other_session] {
        old.get("/me").await.expect(StatusCode::UNAUTHORIZED);
    }
    client
        .with_token(changed.body["access_token"].as_str())
        .get("/me")
        .await
        .expect(StatusCode::OK);
    world.stop().await;
}

#[tokio::test]
async fn iam_9_a_new_address_counts_once_its_owner_has_confirmed_it() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let client = world.user_with_role(&admin, "client_user", json!({})).await;
    let other = world.user_with_role(&admin, "client_user", json!({})).await;
    let guest = world.guest();
    let change_email = |password: &str, email: &str| {
        let change = json!({ "password": password, "email": email });
        let client = client.clone();
        async move { client.post("/auth/email/change", change).await }
    };
    change_email("not it", "anna@example.org").await.expect(StatusCode::FORBIDDEN);
    change_email(PASSWORD, "no address").await.expect(StatusCode::UNPROCESSABLE_ENTITY);
    change_email(PASSWORD, "anna@example.org").await.expect(StatusCode::ACCEPTED);
    world.wait_until_settled().await;
    let [link] = &links(&world, "change-email")[..] else { panic!("{:?}", mails(&world)) };
    // The link goes to the new address only, a notice to the old one only.
    let mails = mails(&world);
    let sent_to =
        |address: &str| mails.iter().filter(|mail| mail.contains(address)).collect::<Vec<_>>();
    let [new] = sent_to("anna@example.org")[..] else { panic!("{mails:?}") };
    assert!(new.contains(link));
    assert!(sent_to(&client.email).iter().all(|mail| !mail.contains(link)));
    assert_eq!(sent_to(&client.email).len(), 1, "{mails:?}");
    // Until it is confirmed, the old address stays valid.
    world.login(&client.email).await;

    use_link(&guest, "verify-email", link, NEW_PASSWORD)
        .await
        .expect(StatusCode::UNPROCESSABLE_ENTITY);
    let confirm =
        async |token: &str| guest.post("/auth/email/confirm", json!({ "token": token })).await;
    confirm(link).await.expect(StatusCode::NO_CONTENT);
    let twice = confirm(link).await.expect(StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(twice.body["invariant"], "IAM-9");
    let old = json!({ "login": client.email, "password": PASSWORD });
    guest.post("/jwt", old).await.expect(StatusCode::UNAUTHORIZED);
    let client = world.login("anna@example.org").await;

    // IAM-1: an address in use stays with its user; only the confirmation by link shows that it is.
    let taken = json!({ "password": PASSWORD, "email": other.email });
    client.post("/auth/email/change", taken).await.expect(StatusCode::ACCEPTED);
    world.wait_until_settled().await;
    let links = links(&world, "change-email");
    let link = links.iter().find(|other| *other != link).unwrap();
    let taken = confirm(link).await.expect(StatusCode::CONFLICT);
    assert_eq!(taken.body["invariant"], "IAM-1", "{}", taken.body);
    world.login(&other.email).await;
    world.stop().await;
}

#[tokio::test]
async fn iam_5_a_breached_password_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("breached");
    // The SHA-1 of that password, and how often it was seen.
    std::fs::write(&list, "47E46F5533CA894AE2281B973DAFDF856E0E8D9F:3\n").unwrap();
    let list = list.to_str().unwrap();
    let mut world = World::start_with(&[("SERVICEBOOK_BREACHED_PASSWORDS", list)]).await;
    let client = world.user_with_role(&world.admin().await, "client_user", json!({})).await;
    let change = |password: &str| json!({ "current": PASSWORD, "password": password });
    let refused = client.post("/auth/password/change", change(NEW_PASSWORD)).await;
    let refused = refused.expect(StatusCode::UNPROCESSABLE_ENTITY).body;
    assert_eq!(refused["invariant"], "IAM-5", "{refused}");
    assert!(refused.to_string().contains("breach"), "{refused}");
    let good = change("eight purple lanterns over water");
    client.post("/auth/password/change", good).await.expect(StatusCode::OK);
    world.stop().await;
}

async fn use_link(
    guest: &Caller,
    purpose: &str,
    token: &str,
    password: &str,
) -> tests::world::Answer {
    let body = json!({ "token": token, "password": password });
    guest.post(&format!("/auth/{purpose}"), body).await
}

/// The texts of the mails that were sent, decoded.
pub(crate) fn mails(world: &World) -> Vec<String> {
    let Ok(folder) = std::fs::read_dir(world.data().join("mail")) else { return Vec::new() };
    // One that is just being written has another name by the time it is read.
    let mails = folder.filter_map(|file| std::fs::read_to_string(file.unwrap().path()).ok());
    // Quoted-printable breaks long lines.
    mails.map(|mail| mail.replace("=\r\n", "").replace("=3D", "=")).collect()
}

/// The tokens of the links to a page that were sent.
pub(crate) fn links(world: &World, page: &str) -> Vec<String> {
    let page = format!("/{page}?token=");
    let found = mails(world).into_iter().filter_map(|mail| {
        let (_, rest) = mail.split_once(&page)?;
        Some(rest.split_whitespace().next()?.to_owned())
    });
    found.collect()
}
