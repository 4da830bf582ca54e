//! Clocks that disagree stop writing, and `status` and `/ready` say so.

use reqwest::StatusCode;
use serde_json::json;
use tests::world::World;

use crate::ingress::fleet::Process;

#[tokio::test]
async fn a_process_whose_clock_is_wrong_records_nothing_and_says_why() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let customer = || json!({ "name": "Anna", "walk_in": true });
    let ahead = [("FAILPOINTS", "clock.ahead=return")];
    let skewed = Process::start_api(&world, &ahead).await;
    let (ready, body) = skewed.ready().await;
    assert_eq!(ready, StatusCode::SERVICE_UNAVAILABLE, "{body}");
    assert!(body.contains("\"clocks\"") && body.contains("in the database"), "{body}");
    let refused = admin.with_base(&skewed.url("")).post("/customers", customer()).await;
    let refused = refused.expect(StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(refused.body["code"], "clocks_disagree");
    assert!(refused.headers.contains_key("retry-after"));
    let status = world.cli_command(&["status"]).envs(ahead).output().unwrap();
    let status = String::from_utf8(status.stdout).unwrap();
    assert!(
        status.contains("Clocks       it is") && status.contains("in the database"),
        "{status}"
    );

    // An event dated in the future is reported by `status`, and does not stop writing.
    assert!(!world.cli(&["status"]).contains("Clocks"));
    world.wait_until_settled().await;
    let future_event = "begin;
         select pg_advisory_xact_lock(7305014226);
         insert into event_store.events
         select position + 1, 'crm.flag', gen_random_uuid(), 1, 'FlagRaised', 1, '{}',
             meta - 'subjects', clock_timestamp() + interval '1 year'
         from event_store.events order by position desc limit 1;
         commit";
    sqlx::raw_sql(future_event).execute(&world.database().await).await.unwrap();
    assert!(world.cli(&["status"]).contains("the last event is dated"));
    world.wait_until_ready().await;
    admin.post("/customers", customer()).await.expect(StatusCode::CREATED);
    assert!(!world.cli(&["status"]).contains("Clocks"));
    drop(skewed);
    world.stop().await;
}
