//! The issue report counts the issues that the caller may see.

use reqwest::StatusCode;
use serde_json::{Value, json};
use tests::world::{Caller, World};
use uuid::Uuid;

#[tokio::test]
async fn sup_8_everybody_counts_the_issues_that_they_may_see() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let cabinet = async |name: &str| {
        let cabinet = admin.post("/cabinets", json!({ "name": name })).await;
        cabinet.expect(StatusCode::CREATED).id()
    };
    let (acme, bolt) = (cabinet("Acme").await, cabinet("Bolt").await);
    let member = |cabinet: Uuid, reach: &str| json!({ "membership": { "cabinet": cabinet, "reach": reach } });
    let agent = world.user_with_role(&admin, "support_agent", json!({})).await;
    let client_admin = world.user_with_role(&admin, "client_admin", member(acme, "subtree")).await;
    let client_user = world.user_with_role(&admin, "client_user", member(acme, "own")).await;
    let other = world.user_with_role(&admin, "client_user", member(bolt, "cabinet")).await;
    let stranger = world.user_with_role(&admin, "client_user", json!({})).await;
    let mut position = 0;
    for (caller, kind) in [
        (&client_admin, "open"),
        (&client_user, "open"),
        (&client_user, "resolved"),
        (&other, "open"),
    ] {
        let issue = json!({ "title": "No print", "text": "It jams." });
        let issue = caller.post("/issues", issue).await.expect(StatusCode::CREATED);
        position = issue.position();
        if kind == "resolved" {
            let me = agent.get("/me").await.body["data"]["user"].clone();
            let path = format!("/issues/{}", issue.id());
            agent.post(&format!("{path}/assign"), json!({ "to": me })).await.expect(StatusCode::OK);
            let resolved = agent.post(&format!("{path}/resolve"), json!({})).await;
            position = resolved.expect(StatusCode::OK).position();
        }
    }

    let path = "/reports/issues";
    let counted = async |caller: &Caller, query: &str| -> Vec<(Value, Value, i64)> {
        let answer = caller.get_at(&format!("{path}?{query}"), position).await;
        let answer = answer.expect(StatusCode::OK).body;
        let rows = answer["data"].as_array().unwrap().iter();
        let row = |row: &Value| {
            assert_eq!(row["age_days"], 0, "{row}");
            assert_eq!(row["assignee"].is_null(), row["status"] == "open", "{row}");
            (row["cabinet"].clone(), row["status"].clone(), row["issues"].as_i64().unwrap())
        };
        rows.map(row).collect()
    };
    let (acme, bolt) = (json!(acme), json!(bolt));
    let of_acme = [(acme.clone(), json!("open"), 2), (acme.clone(), json!("resolved"), 1)].to_vec();
    let of_bolt = [(bolt.clone(), json!("open"), 1)].to_vec();
    let by_status =
        |cabinet: &Value| format!("sort=status&filter[cabinet]={}", cabinet.as_str().unwrap());
    for staff in [&admin, &agent] {
        assert_eq!(counted(staff, "").await.iter().map(|row| row.2).sum::<i64>(), 4);
        assert_eq!(counted(staff, &by_status(&acme)).await, of_acme);
        let within = format!("cabinet_id={}", bolt.as_str().unwrap());
        assert_eq!(counted(staff, &within).await, of_bolt);
    }
    assert_eq!(counted(&client_admin, "sort=status").await, of_acme);
    assert_eq!(counted(&other, "").await, of_bolt);
    assert_eq!(counted(&other, &by_status(&acme)).await, []);
    let own = [(acme.clone(), json!("open"), 1), (acme.clone(), json!("resolved"), 1)];
    assert_eq!(counted(&client_user, "sort=status").await, own);
    assert_eq!(counted(&stranger, "").await, []);

    let foreign = format!("{path}?cabinet_id={}", bolt.as_str().unwrap());
    let refused = client_admin.get(&foreign).await.expect(StatusCode::FORBIDDEN).body;
    assert_eq!(refused["code"], "cabinet_out_of_reach", "{refused}");
    world.guest().get(path).await.expect(StatusCode::UNAUTHORIZED);
    let analyst = world.user_with_role(&admin, "analyst", json!({})).await;
    analyst.get(path).await.expect(StatusCode::FORBIDDEN);

    world.cli(&["rebuild", "support.issue_client"]);
    assert_eq!(counted(&client_admin, "sort=status").await, of_acme);
    world.stop().await;
}
