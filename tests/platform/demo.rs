//! The demonstration business has passwords that everybody knows.

use std::process::Output;

use reqwest::StatusCode;
use serde_json::json;
use tests::world::World;

const PUBLIC: (&str, &str) = ("SERVICEBOOK_PUBLIC_URL", "https://book.example.com");

#[track_caller]
fn refused(output: &Output, why: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains(why), "{said}");
}

async fn signs_in(world: &World, password: &str) -> bool {
    let login = json!({ "login": "ada@salon.example", "password": password });
    world.guest().post("/jwt", login).await.status == StatusCode::OK
}

#[tokio::test]
async fn s_14_a_demonstration_comes_into_no_business_and_its_passwords_open_nothing_for_the_world()
{
    let mut world = World::start().await;
    world.admin().await;
    refused(&world.servicebook(&["demo"]), "There is a business in this log already");
    let public = world.program(&["demo"]).env(PUBLIC.0, PUBLIC.1).output().unwrap();
    refused(&public, "People reach this server at https://book.example.com");
    assert!(!signs_in(&world, "servicebook-demo").await);

    // Who says so twice has it, and can load the rest of it once it is begun.
    world.told(&["demo", "--anyway"]);
    world.told(&["demo"]);
    assert!(signs_in(&world, "servicebook-demo").await);
    world.stop().await;
    world.spawn(&[PUBLIC]);
    assert!(!world.died().await.success());
    assert!(world.log().contains("the password of the demonstration"), "{}", world.log());

    // Where the world comes in, it has a password of its own.
    let world = World::start_with(&[PUBLIC]).await;
    let loaded = world.program(&["demo", "--anyway"]).env(PUBLIC.0, PUBLIC.1).output().unwrap();
    let told = String::from_utf8(loaded.stdout).unwrap();
    let password = told.split("with the password ").nth(1).and_then(|it| it.split(' ').next());
    assert!(signs_in(&world, password.unwrap()).await, "{told}");
    assert!(!signs_in(&world, "servicebook-demo").await);
}
