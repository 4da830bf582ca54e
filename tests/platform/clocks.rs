//! Clocks that are wrong, and who says so.

use reqwest::StatusCode;
use serde_json::json;
use tests::world::World;

use crate::ingress::fleet::Process;

#[tokio::test]
async fn a_process_whose_clock_is_wrong_records_nothing_and_says_why() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let anna = || json!({ "name": "Anna", "walk_in": true });
    let ahead = [("FAILPOINTS", "clock.ahead=return")];
    let wrong = Process::beside(&world, &ahead).await;
    let (ready, said) = wrong.ready().await;
    assert_eq!(ready, StatusCode::SERVICE_UNAVAILABLE, "{said}");
    assert!(said.contains("\"clocks\"") && said.contains("in the database"), "{said}");
    let refused = admin.at(&wrong.url("")).post("/customers", anna()).await;
    let refused = refused.expect(StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(refused.body["code"], "clocks_disagree");
    assert!(refused.headers.contains_key("retry-after"));
    let status = world.program(&["status"]).envs(ahead).output().unwrap();
    let status = String::from_utf8(status.stdout).unwrap();
    assert!(
        status.contains("Clocks       it is") && status.contains("in the database"),
        "{status}"
    );

    // One that was wrong once, when the last event was recorded, is told of, and stops nobody.
    assert!(!world.told(&["status"]).contains("Clocks"));
    world.settled().await;
    let dated = "begin;
         select pg_advisory_xact_lock(7305014226);
         insert into event_store.events
         select position + 1, 'crm.flag', gen_random_uuid(), 1, 'FlagRaised', 1, '{}',
             meta - 'subjects', clock_timestamp() + interval '1 year'
         from event_store.events order by position desc limit 1;
         commit";
    sqlx::raw_sql(dated).execute(&world.database().await).await.unwrap();
    assert!(world.told(&["status"]).contains("the last event is dated"));
    world.ready().await;
    admin.post("/customers", anna()).await.expect(StatusCode::CREATED);
    assert!(!world.told(&["status"]).contains("Clocks"));
    drop(wrong);
    world.stop().await;
}
