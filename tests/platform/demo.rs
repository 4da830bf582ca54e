//! The demonstration's public passwords open nothing on a server that other machines can reach.

use std::process::Output;

use reqwest::StatusCode;
use serde_json::json;
use tests::world::World;

use crate::identity::accounts::mails;

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
    assert!(!signs_in(&world, "servicebook-demo").await);
}
