//! Whoever gets a link by mail can do by its page what the mail says.

use reqwest::StatusCode;
use serde_json::json;
use tests::world::{PASSWORD, World};

use super::Browser;
use crate::identity::accounts::links;

const NEW_PASSWORD: &str = "seven purple lanterns over water";

#[tokio::test]
async fn iam_9_every_link_in_a_mail_leads_to_a_page_that_does_what_the_mail_says() {
    let mut world = World::start().await;
    let browser = Browser::new(&world);
    let admin = world.admin().await;
    let link = async |page: &str| {
        world.wait_until_settled().await;
        links(&world, page).pop().unwrap_or_else(|| panic!("no link to {page}"))
    };

    // What is wrong is said beside its field, and what was right stays filled in.
    let page =
        browser.get("/sign-up").await.says(StatusCode::OK, &["Konto anlegen", "lang=\"de\""]);
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'self'"), "{policy}");
    let sheet = page.html.split("href=\"").find(|rest| rest.starts_with("/site.css")).unwrap();
    let sheet = browser.get(sheet.split('"').next().unwrap()).await;
    sheet.says(StatusCode::OK, &["--accent", ".public"]);
    let anna = "anna@example.org";
    browser
        .send("/sign-up", &[("email", "no address"), ("name", "Anna <b>")])
        .await
        .says(StatusCode::UNPROCESSABLE_ENTITY, &["id=\"email-more\"", "value=\"Anna &lt;b&gt;\""]);
    let foreign = [("email", anna), ("name", "Anna")];
    let foreign = browser.send_from("cross-site", "/sign-up", &foreign).await;
    browser
        .send("/sign-up", &[("email", anna), ("name", "Anna")])
        .await
        .says(StatusCode::ACCEPTED, &["Bitte sehen Sie in Ihre E-Mails"]);

    let token = link("verify-email").await;
    let verify = format!("/verify-email?token={token}");
    browser.get(&verify).await.says(StatusCode::OK, &["Willkommen", &token]);
    let choose = async |page: &str, token: &str, password: &str| {
        browser.send(page, &[("token", token), ("password", password)]).await
    };
    choose("/verify-email", &token, "short")
        .await
        .says(StatusCode::UNPROCESSABLE_ENTITY, &["id=\"password-more\"", "zu kurz"]);
    choose("/verify-email", &token, PASSWORD).await.says(StatusCode::OK, &["Ihr Konto ist bereit"]);
    world.login(anna).await;
    browser.get(&verify).await.says(StatusCode::GONE, &["Dieser Link gilt nicht mehr"]);

    browser.send("/forgot", &[("email", anna)]).await.says(StatusCode::ACCEPTED, &["30 Minuten"]);
    let token = link("reset").await;
    browser.get(&format!("/reset?token={token}")).await.says(StatusCode::OK, &["überall sonst"]);
    choose("/reset", &token, NEW_PASSWORD).await.says(StatusCode::OK, &["Passwort ist geändert"]);
    choose("/reset", &token, NEW_PASSWORD).await.says(StatusCode::GONE, &["/forgot"]);

    let guest = world.guest();
    let login = json!({ "login": anna, "password": NEW_PASSWORD });
    let signed_in = guest.post("/jwt", login).await.expect(StatusCode::OK).body;
    let change = json!({ "password": NEW_PASSWORD, "email": "anna@example.com" });
    let caller = guest.with_token(signed_in["access_token"].as_str());
    caller.post("/auth/email/change", change).await.expect(StatusCode::ACCEPTED);
    let token = link("change-email").await;
    browser
        .get(&format!("/change-email?token={token}"))
        .await
        .says(StatusCode::OK, &["Bestätigen"]);
    browser
        .send("/change-email", &[("token", &token)])
        .await
        .says(StatusCode::OK, &["Ihre Adresse ist geändert"]);

    let acme = admin.post("/cabinets", json!({ "name": "Acme & Co" })).await.id();
    let invite = json!({ "email": "bert@example.org", "role": "client_user" });
    admin.post(&format!("/cabinets/{acme}/invitations"), invite).await.expect(StatusCode::CREATED);
    let token = link("invitation").await;
    let invitation = format!("/invitation?token={token}");
    browser.get(&invitation).await.says(StatusCode::OK, &["eingeladen zu Acme &amp; Co"]);
    let accept = async |password: &str| {
        let fields = [("token", &*token), ("name", "Bert"), ("password", password)];
        browser.send("/invitation", &fields).await
    };
    accept("short").await.says(StatusCode::UNPROCESSABLE_ENTITY, &["value=\"Bert\"", "zu kurz"]);
    accept(PASSWORD).await.says(StatusCode::OK, &["Sie gehören jetzt dazu"]);
    let bert = world.login("bert@example.org").await;
    let cabinets = bert.get("/me/cabinets").await.expect(StatusCode::OK).body;
    assert!(cabinets.to_string().contains(&acme.to_string()), "{cabinets}");
    browser.get(&invitation).await.says(StatusCode::GONE, &["Dieser Link gilt nicht mehr"]);

    // Whoever looks with a browser is answered by a page, whatever is wrong, and programs by a problem.
    browser.get("/status").await.says(StatusCode::OK, &["Alles funktioniert", "<time datetime"]);
    browser.get("/no-such-page").await.says(StatusCode::NOT_FOUND, &["<h1>Hier ist nichts</h1>"]);
    foreign.says(StatusCode::FORBIDDEN, &["<h1>Das ist nicht erlaubt</h1>"]);
    let api = browser.get("/api/v1/no-such-thing").await;
    assert_eq!(api.headers["content-type"], "application/problem+json");
    let program = reqwest::get(world.url("/no-such-page")).await.unwrap();
    assert_eq!(program.headers()["content-type"], "application/problem+json");
    world.stop().await;
}
