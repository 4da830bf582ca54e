//! Comments on issues: visibility, edits and deletions, and issues that continue a closed one.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tests::world::{Caller, World};
use uuid::Uuid;

#[tokio::test]
async fn sup_1_internal_comments_never_reach_a_client() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let agent = world.user_with_role(&admin, "support_agent", json!({})).await;
    let client = world.user_with_role(&admin, "client_user", json!({})).await;
    let other = world.user_with_role(&admin, "client_user", json!({})).await;

    let issue = client.post("/issues", json!({ "title": "No print", "text": "It jams." })).await;
    let issue = issue.expect(StatusCode::CREATED).id();
    let comments = format!("/issues/{issue}/comments");
    comment_on(&agent, issue, "Try turning it off.", "public").await.expect(StatusCode::CREATED);
    let last =
        comment_on(&agent, issue, "He never does.", "internal").await.expect(StatusCode::CREATED);
    let internal = last.id();
    let position = last.position();

    let row_count = |answer: Value| answer["data"].as_array().unwrap().len();
    assert_eq!(row_count(agent.get_at(&comments, position).await.body), 2);
    let visible = client.get_at(&comments, position).await.expect(StatusCode::OK);
    assert_eq!(row_count(visible.body), 1);
    let path = format!("/issues/{issue}");
    for path in [&path, &comments, &format!("{path}/history"), "/issues"] {
        let answer = client.get_at(path, position).await.expect(StatusCode::OK).body.to_string();
        assert!(!answer.contains("He never does"), "{path}: {answer}");
        assert!(!answer.contains(&internal.to_string()), "{path}: {answer}");
    }
    // Clients learn what staff are called where these answered them, and nowhere else.
    let agent_id = agent.get("/me").await.body["data"]["user"].as_str().unwrap().to_owned();
    let assign = json!({ "to": agent_id });
    let position = agent.post(&format!("{path}/assign"), assign).await.position();
    let names = async |caller: &Caller, path: &str| {
        let path = format!("{path}?include=names");
        caller.get_at(&path, position).await.expect(StatusCode::OK).body["names"].clone()
    };
    let agent_name = json!({ "topic": "identity.user", "name": "support_agent" });
    assert_eq!(names(&client, &comments).await[&agent_id], agent_name);
    assert_eq!(names(&agent, &path).await[&agent_id], agent_name);
    for path in [&path, "/issues", &format!("{path}/history")] {
        let names = names(&client, path).await;
        assert_eq!(names[&agent_id], Value::Null, "{path}: {names}");
    }
    let item = client.get_at(&path, position).await.body;
    assert_eq!(item["data"]["number"], 1, "{item}");
    assert_eq!(item["data"]["comments"], 1, "{item}");

    // Issues of others are not found; a missing right is forbidden.
    other.get_at(&path, position).await.expect(StatusCode::NOT_FOUND);
    other.get_at(&comments, position).await.expect(StatusCode::NOT_FOUND);
    comment_on(&other, issue, "Me too.", "public").await.expect(StatusCode::NOT_FOUND);
    comment_on(&client, issue, "Psst.", "internal").await.expect(StatusCode::FORBIDDEN);
    let secret = format!("{comments}/{internal}");
    let refused = client.patch(&secret, json!({ "text": "Mine" })).await;
    refused.expect(StatusCode::NOT_FOUND);
    world.stop().await;
}

#[tokio::test]
async fn sup_3_an_agent_who_changes_a_comment_says_why() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let agent = world.user_with_role(&admin, "support_agent", json!({})).await;
    let client = world.user_with_role(&admin, "client_user", json!({})).await;

    let issue = client.post("/issues", json!({ "title": "No print", "text": "It jams." })).await;
    let issue = issue.expect(StatusCode::CREATED).id();
    let comment_id = comment_once(&client, issue, "My password is 1234.").await.id();
    let again = comment_once(&client, issue, "My password is 1234.").await;
    assert_eq!(again.expect(StatusCode::CREATED).id(), comment_id, "it was said once");
    let path = format!("/issues/{issue}/comments/{comment_id}");

    let without_reason = agent.delete(&path).await.expect(StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(without_reason.body["invariant"], "SUP-3");
    client.patch(&path, json!({ "text": "Never mind." })).await.expect(StatusCode::OK);
    let deleted = agent.delete(&format!("{path}?reason=a%20password")).await;
    let position = deleted.expect(StatusCode::OK).position();

    let thread = client.get_at(&format!("/issues/{issue}/comments"), position).await.body;
    let tombstone = &thread["data"][0];
    assert_eq!(tombstone["text"], Value::Null, "{thread}");
    assert!(tombstone["deleted_at"].is_string() && tombstone["edited_at"].is_string(), "{thread}");

    // The client does not find the old texts in the history any more.
    let history = format!("/issues/{issue}/history");
    for (reader, can_read) in [(&agent, true), (&client, false)] {
        let events = reader.get(&history).await.expect(StatusCode::OK).body.to_string();
        assert_eq!(events.contains("1234") && events.contains("Never mind"), can_read, "{events}");
        assert_eq!(events.contains("1234") || events.contains("Never mind"), can_read, "{events}");
    }

    // Once the key has expired, it can be used for another comment.
    let db = world.database().await;
    sqlx::raw_sql("delete from event_store.idempotency").execute(&db).await.unwrap();
    db.close().await;
    let later =
        comment_once(&client, issue, "And another thing.").await.expect(StatusCode::CREATED);
    assert_ne!(later.id(), comment_id);
    let thread = client.get_at(&format!("/issues/{issue}/comments"), later.position()).await.body;
    assert_eq!(thread["data"][1]["text"], "And another thing.", "{thread}");
    world.stop().await;
}

#[tokio::test]
async fn sup_2_a_client_comment_on_a_closed_issue_opens_a_continuing_issue() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let agent = world.user_with_role(&admin, "support_agent", json!({})).await;
    let client = world.user_with_role(&admin, "client_user", json!({})).await;
    let issue = json!({ "title": "No print", "text": "It jams.", "priority": "high" });
    let issue = client.post("/issues", issue).await.expect(StatusCode::CREATED).id();
    let path = format!("/issues/{issue}");
    agent.post(&format!("{path}/close"), json!({})).await.expect(StatusCode::OK);
    comment_on(&agent, issue, "By the way.", "public").await.expect(StatusCode::CONFLICT);

    let comment = comment_once(&client, issue, "It jams again.").await.expect(StatusCode::CREATED);
    let other = comment.id();
    assert_eq!(comment.headers["location"], format!("/api/v1/issues/{other}"));
    let again = comment_once(&client, issue, "It jams again.").await;
    assert_eq!(again.expect(StatusCode::CREATED).id(), other, "it was said once");
    world.wait_until_settled().await;

    for reader in [&client, &agent] {
        let closed = reader.get(&path).await.expect(StatusCode::OK).body;
        assert_eq!(closed["data"]["continued_in"], json!([other]), "{closed}");
        assert_eq!(closed["data"]["status"], "closed", "{closed}");
        let continued = reader.get(&format!("/issues/{other}")).await.expect(StatusCode::OK).body;
        assert_eq!(continued["data"]["linked_to"], issue.to_string(), "{continued}");
        let fields = ["title", "text", "priority", "status"].map(|field| &continued["data"][field]);
        assert_eq!(fields, ["No print", "It jams again.", "high", "open"], "{continued}");
        assert_eq!(continued["data"]["number"], 2, "{continued}");
    }
    let old_thread = client.get(&format!("{path}/comments")).await.expect(StatusCode::OK).body;
    assert_eq!(old_thread["data"], json!([]), "it is said there");
    world.stop().await;
}

async fn comment_once(caller: &Caller, issue: Uuid, text: &str) -> tests::world::Answer {
    let key = [("Idempotency-Key", "comment".to_owned())];
    let path = format!("/issues/{issue}/comments");
    caller.send(Method::POST, &path, &key, Some(json!({ "text": text }))).await.unwrap()
}

async fn comment_on(
    caller: &Caller,
    issue: Uuid,
    text: &str,
    visibility: &str,
) -> tests::world::Answer {
    let comment = json!({ "text": text, "visibility": visibility });
    caller.post(&format!("/issues/{issue}/comments"), comment).await
}
