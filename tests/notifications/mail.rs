//! A notification arrives once, in the inbox and as a mail file that only its owner can read; a
//! rebuild sends nothing.

use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
};

use reqwest::StatusCode;
use serde_json::json;
use tests::world::World;

#[tokio::test]
async fn not_4_a_notification_is_sent_once_and_a_rebuild_sends_none() {
    let mut world = World::isolated_with(&[("SERVICEBOOK_LOG_TO", "both")]).await;
    let admin = world.admin().await;
    let agent = world.user_with_role(&admin, "support_agent", json!({})).await;
    let client = world.user_with_role(&admin, "client_user", json!({ "language": "de" })).await;

    let issue = client.post("/issues", json!({ "title": "No print", "text": "It jams." })).await;
    let issue = issue.expect(StatusCode::CREATED).id();
    let comments = format!("/issues/{issue}/comments");
    for (text, visibility) in [("Off and on?", "public"), ("He never does.", "internal")] {
        let comment = json!({ "text": text, "visibility": visibility });
        agent.post(&comments, comment).await.expect(StatusCode::CREATED);
    }
    world.wait_until_settled().await;

    // About the comment that they may read, and no other.
    let inbox = client.get("/notifications").await.expect(StatusCode::OK).body;
    let [notification] = &inbox["data"].as_array().unwrap()[..] else { panic!("{inbox}") };
    assert_eq!(notification["kind"], "issue_commented");
    assert_eq!(notification["about_id"], issue.to_string());
    assert_eq!(client.get("/notifications/unread").await.body["data"]["count"], 1);
    let [mail] = &mails(&world)[..] else { panic!("{:?}", mails(&world)) };
    let text = fs::read_to_string(mail).unwrap();
    let id = notification["id"].as_str().unwrap();
    assert!(text.contains(&format!("Message-ID: <{id}@")), "{text}");
    assert!(text.contains("Subject: Anfrage 1: ein neuer Kommentar"), "{text}");
    assert!(!text.contains("Off and on"), "{text}");

    // No other user of this machine can read the data folder; the log says that mails are files.
    let mut accessible = Vec::new();
    let entry_count = accessible_to_others(&world.data(), &mut accessible);
    assert!(entry_count > 1_000 && accessible.is_empty(), "of {entry_count}: {accessible:?}");
    let log = fs::read_to_string(world.data().join("logs/servicebook.log")).unwrap();
    for log in [world.log(), log] {
        assert!(log.contains("mails are sent to nobody, they are files in"), "{log}");
    }

    // The mail file is gone, and is not written again.
    fs::remove_file(mail).unwrap();
    world.cli(&["rebuild", "notifications.notification"]);
    world.stop().await;
    world.run(&[]).await;
    world.wait_until_settled().await;
    assert_eq!(mails(&world), Vec::<PathBuf>::new());

    let path = format!("/notifications/{id}");
    let read = client.patch(&path, json!({ "read": true })).await.expect(StatusCode::OK);
    let item = client.get_at(&path, read.position()).await.expect(StatusCode::OK).body;
    assert_eq!(item["data"]["read"], true, "{item}");
    agent.get(&path).await.expect(StatusCode::NOT_FOUND);
    let gone = client.delete(&path).await.expect(StatusCode::OK);
    client.get_at(&path, gone.position()).await.expect(StatusCode::NOT_FOUND);

    // What they muted is in their inbox only.
    let muted = json!({ "muted": ["issue_commented"] });
    client.put("/notifications/preferences", muted).await.expect(StatusCode::OK);
    let preferences = client.get("/notifications/preferences").await.expect(StatusCode::OK).body;
    assert_eq!(preferences["data"]["muted"], json!(["issue_commented"]));
    let links = json!({ "muted": ["password_reset"] });
    let refused = client.put("/notifications/preferences", links).await;
    let refused = refused.expect(StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused.body["invariant"], "NOT-2");
    let comment = json!({ "text": "And now?", "visibility": "public" });
    agent.post(&comments, comment).await.expect(StatusCode::CREATED);
    world.wait_until_settled().await;
    assert_eq!(client.get("/notifications/unread").await.body["data"]["count"], 1);
    assert_eq!(mails(&world), Vec::<PathBuf>::new());
    world.stop().await;
}

fn mails(world: &World) -> Vec<PathBuf> {
    let Ok(folder) = fs::read_dir(world.data().join("mail")) else { return Vec::new() };
    folder.map(|file| file.unwrap().path()).collect()
}

/// Collects the entries of a folder that users other than its owner may access; answers how many
/// entries there are. The user that Postgres runs as may traverse the data folder itself.
fn accessible_to_others(folder: &Path, accessible: &mut Vec<String>) -> usize {
    let mine = fs::metadata(folder).unwrap();
    let traversable = if mine.uid() == 0 && folder.join("postgres").is_dir() { 0o010 } else { 0 };
    let mut record = |path: &Path, mode: u32| {
        if mode != 0 {
            accessible.push(format!("{} {mode:o}", path.display()));
        }
    };
    record(folder, mine.mode() & 0o077 & !traversable);
    let mut entry_count = 0;
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            // Postgres may have removed it meanwhile.
            let Ok(metadata) = fs::symlink_metadata(&path) else { continue };
            entry_count += 1;
            record(&path, metadata.permissions().mode() & 0o077);
            if metadata.is_dir() {
                folders.push(path);
            }
        }
    }
    entry_count
}
