//! The demonstration says that it is one, and its public passwords open nothing on a server that other machines can
//! reach.

use std::{process::Output, time::Duration};

use reqwest::StatusCode;
use serde_json::{Value, json};
use tests::world::{Caller, World};
use tokio::time::sleep;

use crate::{identity::accounts::mails, site::Browser};

const PUBLIC_URL: (&str, &str) = ("SERVICEBOOK_PUBLIC_URL", "https://book.example.com");

#[track_caller]
fn assert_refused(output: &Output, expected: &str) {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && errors.contains(expected), "{errors}");
}

async fn signs_in(world: &World, password: &str) -> bool {
    let login = json!({ "login": "ada@salon.example", "password": password });
    world.guest().post("/jwt", login).await.status == StatusCode::OK
}

#[tokio::test]
async fn s_14_the_demonstration_is_not_loaded_into_a_business_and_its_passwords_fail_in_public() {
    let mut world = World::start().await;
    world.admin().await;
    assert_refused(&world.try_cli(&["demo"]), "There is a business in this log already");
    let public = world.cli_command(&["demo"]).env(PUBLIC_URL.0, PUBLIC_URL.1).output().unwrap();
    assert_refused(&public, "People reach this server at https://book.example.com");
    assert!(!signs_in(&world, "servicebook-demo").await);

    // `--anyway` loads it into a business; a load that has begun can be repeated.
    world.cli(&["demo", "--anyway"]);
    world.cli(&["demo"]);
    // None of its customers is mailed what they have booked.
    world.wait_until_settled().await;
    assert!(!mails(&world).iter().any(|mail| mail.contains("@home.example")));
    assert!(signs_in(&world, "servicebook-demo").await);
    world.stop().await;
    world.spawn(&[PUBLIC_URL]);
    assert!(!world.wait_for_exit().await.success());
    assert!(world.log().contains("the password of the demonstration"), "{}", world.log());

    // On a public server the demonstration gets a random password.
    let world = World::start_with(&[PUBLIC_URL]).await;
    let loaded =
        world.cli_command(&["demo", "--anyway"]).env(PUBLIC_URL.0, PUBLIC_URL.1).output().unwrap();
    let output = String::from_utf8(loaded.stdout).unwrap();
    let password =
        output.split("with the password ").nth(1).and_then(|rest| rest.split(' ').next());
    assert!(signs_in(&world, password.unwrap()).await, "{output}");
    let shown = shown_when_loaded(&world).await;
    assert_eq!(shown, json!({ "accounts": [] }), "the password is a secret");
    assert!(!signs_in(&world, "servicebook-demo").await);
}

/// What everybody is told of the demonstration, as soon as the server has noticed it.
async fn shown_when_loaded(world: &World) -> Value {
    for _ in 0..100 {
        let answer = world.guest().get("/public/demonstration").await.expect(StatusCode::OK);
        if !answer.body["data"].is_null() {
            return answer.body["data"].clone();
        }
        sleep(Duration::from_millis(100)).await;
    }
    panic!("nothing says that the demonstration is loaded");
}

/// Says so, each in the language that is asked for: a page, one of a mistake, and one without the business.
const PAGES: [&str; 3] = ["/", "/nowhere", "/forgot"];
const NOTICE: &str = "Dies ist eine Vorführung: ";

async fn signed_in(world: &World, login: &str, password: &str) -> Caller {
    let login = json!({ "login": login, "password": password });
    let tokens = world.guest().post("/jwt", login).await.expect(StatusCode::OK);
    world.guest().with_token(tokens.body["access_token"].as_str())
}

#[tokio::test]
async fn every_page_of_the_demonstration_says_what_it_is_and_no_other() {
    let mut world = World::start().await;
    let browser = Browser::new(&world);
    for path in PAGES {
        assert!(!browser.get(path).await.html.contains("class=\"demonstration\""), "{path}");
    }
    let admin = world.admin().await;
    assert_eq!(admin.get("/me").await.body["data"].get("demonstration"), None);
    let shown = world.guest().get("/public/demonstration").await.expect(StatusCode::OK);
    assert_eq!(shown.body, json!({ "data": null }));

    world.cli(&["demo", "--anyway"]);
    let shown = shown_when_loaded(&world).await;
    for path in PAGES {
        assert!(browser.get(path).await.html.contains(NOTICE), "{path}");
    }
    let mut russian = Browser::new(&world);
    russian.languages = "ru";
    assert!(russian.get("/").await.html.contains("Это демонстрация"));
    assert_eq!(admin.get("/me").await.body["data"]["demonstration"], true);

    // Everybody who is named gets in; the customer has been there, and will come again.
    let password = shown["password"].as_str().unwrap();
    world.wait_until_settled().await;
    for account in shown["accounts"].as_array().unwrap() {
        let caller = signed_in(&world, account["login"].as_str().unwrap(), password).await;
        let me = caller.get("/me").await.expect(StatusCode::OK).body;
        assert_eq!(me["data"]["role"], account["role"], "{account}");
        assert_eq!(!me["data"]["customer"].is_null(), account["is_customer"], "{account}");
        if account["is_customer"] == true {
            let visits = caller.get("/appointments").await.expect(StatusCode::OK).body;
            let visits = visits["data"].as_array().unwrap().clone();
            let are =
                |status: &str| visits.iter().filter(|visit| visit["status"] == status).count();
            assert_eq!((are("completed"), are("pending") + are("confirmed")), (2, 2), "{visits:?}");
        }
    }

    // A process that starts later knows it before it serves.
    world.stop().await;
    world.run(&[]).await;
    assert!(Browser::new(&world).get("/").await.html.contains(NOTICE));
}
