//! Rotating the master key: under load, interrupted, and twice at once.

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use futures::future::join_all;
use lease::Leases;
use reqwest::StatusCode;
use serde_json::json;
use tests::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn s_14_the_master_key_is_exchanged_under_load_and_the_old_one_opens_nothing_any_more() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let stop = Arc::new(AtomicBool::new(false));
    let load = (0..4).map(|client| {
        let (admin, stop) = (admin.clone(), Arc::clone(&stop));
        tokio::spawn(async move {
            let mut created = 0;
            while !stop.load(Ordering::Relaxed) {
                let customer =
                    json!({ "name": format!("Anna {client}-{created}"), "walk_in": true });
                admin.post("/customers", customer).await.expect(StatusCode::CREATED);
                created += 1;
            }
            created
        })
    });
    let load: Vec<_> = load.collect();
    let file = world.data().join("master.key");
    let keys = || fs::read_to_string(&file).unwrap().lines().map(str::to_owned).collect::<Vec<_>>();
    let old = keys();

    // If it is interrupted nothing is lost: both keys are in the file.
    let mut interrupted = world.cli_command(&["keys", "rotate-master"]);
    let interrupted = interrupted.env("FAILPOINTS", "exchange.after_page=return").output().unwrap();
    assert!(!interrupted.status.success() && keys().len() == 2 && keys()[1] == old[0]);
    let new = keys()[0].clone();
    let output = world.cli(&["keys", "rotate-master"]);
    assert!(output.contains("which is now the only one in"), "{output}");
    assert_eq!(keys(), std::slice::from_ref(&new), "what was begun is brought to its end");
    let output = world.cli(&["keys", "rotate-master"]);
    assert!(!output.starts_with("0 keys") && keys().len() == 1 && keys()[0] != new, "{output}");
    stop.store(true, Ordering::Relaxed);
    let created: usize = join_all(load).await.into_iter().map(|created| created.unwrap()).sum();
    assert!(created > 20, "{created}");

    // What is derived from the key, but not wrapped by it, stays valid: tokens, claims, tickets.
    let refresh = json!({ "refresh_token": admin.refresh_token });
    admin.post("/jwt/refresh", refresh).await.expect(StatusCode::OK);
    world.login("admin@example.com").await;
    world.wait_until_settled().await;
    let output = world.cli(&["rebuild", "crm.customer"]);
    assert!(output.contains("equal to the live one to the byte"), "{output}");
    world.cli(&["verify"]);
    let db = world.database().await;
    let masters = "select count(*) from key_store.masters";
    let masters = async || -> i64 { sqlx::query_scalar(masters).fetch_one(&db).await.unwrap() };
    assert_eq!(masters().await, 1);

    // While one rotation runs, a second one is refused and changes nothing.
    let before = keys();
    let lease = Leases::new(&db.connect_options()).acquire("master key").await.unwrap();
    let second = world.try_cli(&["keys", "rotate-master"]);
    let errors = String::from_utf8_lossy(&second.stderr);
    assert!(!second.status.success() && errors.contains("is being exchanged already"), "{errors}");
    assert_eq!((keys(), masters().await), (before, 1));
    drop(lease);
    db.close().await;
    world.stop().await;

    let present = fs::read(&file).unwrap();
    fs::write(&file, &old[0]).unwrap();
    let refused = world.try_cli(&["status"]);
    let errors = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success() && errors.contains("another master key"), "{errors}");
    fs::write(&file, present).unwrap();
    world.run(&[]).await;
    world.login("admin@example.com").await;
}
