//! Another master key takes the place of the present one.

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use futures::future::join_all;
use lease::Lease;
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
            let mut made = 0;
            while !stop.load(Ordering::Relaxed) {
                let customer = json!({ "name": format!("Anna {client}-{made}"), "walk_in": true });
                admin.post("/customers", customer).await.expect(StatusCode::CREATED);
                made += 1;
            }
            made
        })
    });
    let load: Vec<_> = load.collect();
    let file = world.data().join("master.key");
    let keys = || fs::read_to_string(&file).unwrap().lines().map(str::to_owned).collect::<Vec<_>>();
    let old = keys();

    // Broken off in the middle, nothing is lost: both keys are there.
    let mut broken = world.program(&["keys", "rotate-master"]);
    let broken = broken.env("FAILPOINTS", "exchange.after_page=return").output().unwrap();
    assert!(!broken.status.success() && keys().len() == 2 && keys()[1] == old[0]);
    let new = keys()[0].clone();
    let told = world.told(&["keys", "rotate-master"]);
    assert!(told.contains("which is now the only one in"), "{told}");
    assert_eq!(keys(), std::slice::from_ref(&new), "what was begun is brought to its end");
    let told = world.told(&["keys", "rotate-master"]);
    assert!(!told.starts_with("0 keys") && keys().len() == 1 && keys()[0] != new, "{told}");
    stop.store(true, Ordering::Relaxed);
    let made: usize = join_all(load).await.into_iter().map(|made| made.unwrap()).sum();
    assert!(made > 20, "{made}");

    // Whatever follows from the key but is not wrapped by it is as before: tokens, claims, tickets.
    let refresh = json!({ "refresh_token": admin.refresh_token });
    admin.post("/jwt/refresh", refresh).await.expect(StatusCode::OK);
    world.login("admin@example.com").await;
    world.settled().await;
    let told = world.told(&["rebuild", "crm.customer"]);
    assert!(told.contains("equal to the live one to the byte"), "{told}");
    world.told(&["verify"]);
    let db = world.database().await;
    let masters = "select count(*) from key_store.masters";
    let masters = async || -> i64 { sqlx::query_scalar(masters).fetch_one(&db).await.unwrap() };
    assert_eq!(masters().await, 1);

    // Of two at once the second is told so, and touches nothing.
    let before = keys();
    let lease = Lease::acquire(&db.connect_options(), "master key").await.unwrap();
    let second = world.servicebook(&["keys", "rotate-master"]);
    let said = String::from_utf8_lossy(&second.stderr);
    assert!(!second.status.success() && said.contains("is being exchanged already"), "{said}");
    assert_eq!((keys(), masters().await), (before, 1));
    drop(lease);
    db.close().await;
    world.stop().await;

    let present = fs::read(&file).unwrap();
    fs::write(&file, &old[0]).unwrap();
    let refused = world.servicebook(&["status"]);
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success() && said.contains("another master key"), "{said}");
    fs::write(&file, present).unwrap();
    world.run(&[]).await;
    world.login("admin@example.com").await;
}
