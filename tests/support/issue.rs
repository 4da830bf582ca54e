use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tests::world::{Caller, World};
use uuid::Uuid;

#[tokio::test]
async fn sup_1_what_is_internal_never_reaches_a_client() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let agent = world.someone(&admin, "support_agent", json!({})).await;
    let client = world.someone(&admin, "client_user", json!({})).await;
    let other = world.someone(&admin, "client_user", json!({})).await;

    let issue = client.post("/issues", json!({ "title": "No print", "text": "It jams." })).await;
    let issue = issue.expect(StatusCode::CREATED).id();
    let comments = format!("/issues/{issue}/comments");
    say(&agent, issue, "Try turning it off.", "public").await.expect(StatusCode::CREATED);
    let last = say(&agent, issue, "He never does.", "internal").await.expect(StatusCode::CREATED);
    let internal = last.id();
    let position = last.position();

    let shown = |answer: Value| answer["data"].as_array().unwrap().len();
    assert_eq!(shown(agent.get_at(&comments, position).await.body), 2);
    let seen = client.get_at(&comments, position).await.expect(StatusCode::OK);
    assert_eq!(shown(seen.body), 1);
    let path = format!("/issues/{issue}");
    for path in [&path, &comments, &format!("{path}/history"), "/issues"] {
        let answer = client.get_at(path, position).await.expect(StatusCode::OK).body.to_string();
        assert!(!answer.contains("He never does"), "{path}: {answer}");
        assert!(!answer.contains(&internal.to_string()), "{path}: {answer}");
    }
    let item = client.get_at(&path, position).await.body;
    assert_eq!(item["data"]["number"], 1, "{item}");
    assert_eq!(item["data"]["comments"], 1, "{item}");

    // What is not his he does not see, and what he may not do he is told.
    other.get_at(&path, position).await.expect(StatusCode::NOT_FOUND);
    other.get_at(&comments, position).await.expect(StatusCode::NOT_FOUND);
    say(&other, issue, "Me too.", "public").await.expect(StatusCode::NOT_FOUND);
    say(&client, issue, "Psst.", "internal").await.expect(StatusCode::FORBIDDEN);
    let secret = format!("{comments}/{internal}");
    let touch = client.patch(&secret, json!({ "text": "Mine" })).await;
    touch.expect(StatusCode::NOT_FOUND);
    world.stop().await;
}

#[tokio::test]
async fn sup_3_an_agent_who_changes_a_comment_says_why() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let agent = world.someone(&admin, "support_agent", json!({})).await;
    let client = world.someone(&admin, "client_user", json!({})).await;

    let issue = client.post("/issues", json!({ "title": "No print", "text": "It jams." })).await;
    let issue = issue.expect(StatusCode::CREATED).id();
    let said = say_once(&client, issue, "My password is 1234.").await.id();
    let again = say_once(&client, issue, "My password is 1234.").await;
    assert_eq!(again.expect(StatusCode::CREATED).id(), said, "it was said once");
    let comment = format!("/issues/{issue}/comments/{said}");

    let unexplained = agent.delete(&comment).await.expect(StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(unexplained.body["invariant"], "SUP-3");
    client.patch(&comment, json!({ "text": "Never mind." })).await.expect(StatusCode::OK);
    let deleted = agent.delete(&format!("{comment}?reason=a%20password")).await;
    let position = deleted.expect(StatusCode::OK).position();

    let thread = client.get_at(&format!("/issues/{issue}/comments"), position).await.body;
    let tombstone = &thread["data"][0];
    assert_eq!(tombstone["text"], Value::Null, "{thread}");
    assert!(tombstone["deleted_at"].is_string() && tombstone["edited_at"].is_string(), "{thread}");

    // What was taken back no history tells the client any more.
    let history = format!("/issues/{issue}/history");
    for (reader, reads) in [(&agent, true), (&client, false)] {
        let told = reader.get(&history).await.expect(StatusCode::OK).body.to_string();
        assert_eq!(told.contains("1234") && told.contains("Never mind"), reads, "{told}");
        assert_eq!(told.contains("1234") || told.contains("Never mind"), reads, "{told}");
    }

    // When the key is no longer kept, it says something new.
    let db = world.database().await;
    sqlx::raw_sql("delete from event_store.idempotency").execute(&db).await.unwrap();
    db.close().await;
    let later = say_once(&client, issue, "And another thing.").await.expect(StatusCode::CREATED);
    assert_ne!(later.id(), said);
    let thread = client.get_at(&format!("/issues/{issue}/comments"), later.position()).await.body;
    assert_eq!(thread["data"][1]["text"], "And another thing.", "{thread}");
    world.stop().await;
}

#[tokio::test]
async fn sup_2_what_a_client_says_of_what_is_over_opens_an_issue_that_goes_on_from_it() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let agent = world.someone(&admin, "support_agent", json!({})).await;
    let client = world.someone(&admin, "client_user", json!({})).await;
    let issue = json!({ "title": "No print", "text": "It jams.", "priority": "high" });
    let issue = client.post("/issues", issue).await.expect(StatusCode::CREATED).id();
    let path = format!("/issues/{issue}");
    agent.post(&format!("{path}/close"), json!({})).await.expect(StatusCode::OK);
    say(&agent, issue, "By the way.", "public").await.expect(StatusCode::CONFLICT);

    let said = say_once(&client, issue, "It jams again.").await.expect(StatusCode::CREATED);
    let other = said.id();
    assert_eq!(said.headers["location"], format!("/api/v1/issues/{other}"));
    let again = say_once(&client, issue, "It jams again.").await;
    assert_eq!(again.expect(StatusCode::CREATED).id(), other, "it was said once");
    world.settled().await;

    for reader in [&client, &agent] {
        let from = reader.get(&path).await.expect(StatusCode::OK).body;
        assert_eq!(from["data"]["continued_in"], json!([other]), "{from}");
        assert_eq!(from["data"]["status"], "closed", "{from}");
        let to = reader.get(&format!("/issues/{other}")).await.expect(StatusCode::OK).body;
        assert_eq!(to["data"]["linked_to"], issue.to_string(), "{to}");
        let said = ["title", "text", "priority", "status"].map(|field| &to["data"][field]);
        assert_eq!(said, ["No print", "It jams again.", "high", "open"], "{to}");
        assert_eq!(to["data"]["number"], 2, "{to}");
    }
    let here = client.get(&format!("{path}/comments")).await.expect(StatusCode::OK).body;
    assert_eq!(here["data"], json!([]), "it is said there");
    world.stop().await;
}

async fn say_once(by: &Caller, issue: Uuid, text: &str) -> tests::world::Answer {
    let key = [("Idempotency-Key", "comment".to_owned())];
    let path = format!("/issues/{issue}/comments");
    by.send(Method::POST, &path, &key, Some(json!({ "text": text }))).await.unwrap()
}

async fn say(by: &Caller, issue: Uuid, text: &str, visibility: &str) -> tests::world::Answer {
    let said = json!({ "text": text, "visibility": visibility });
    by.post(&format!("/issues/{issue}/comments"), said).await
}
