use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
};

use reqwest::StatusCode;
use serde_json::json;
use tests::world::World;

#[tokio::test]
async fn not_4_who_is_told_is_told_once_and_a_rebuild_tells_nobody() {
    let mut world = World::alone_with(&[("SERVICEBOOK_LOG_TO", "both")]).await;
    let admin = world.admin().await;
    let agent = world.someone(&admin, "support_agent", json!({})).await;
    let client = world.someone(&admin, "client_user", json!({ "language": "de" })).await;

    let issue = client.post("/issues", json!({ "title": "No print", "text": "It jams." })).await;
    let issue = issue.expect(StatusCode::CREATED).id();
    let comments = format!("/issues/{issue}/comments");
    for (text, visibility) in [("Off and on?", "public"), ("He never does.", "internal")] {
        let said = json!({ "text": text, "visibility": visibility });
        agent.post(&comments, said).await.expect(StatusCode::CREATED);
    }
    world.settled().await;

    // Of the comment that he may read, and of no other.
    let inbox = client.get("/notifications").await.expect(StatusCode::OK).body;
    let [notification] = &inbox["data"].as_array().unwrap()[..] else { panic!("{inbox}") };
    assert_eq!(notification["kind"], "issue_commented");
    assert_eq!(notification["about_id"], issue.to_string());
    assert_eq!(client.get("/notifications/unread").await.body["data"]["count"], 1);
    let [letter] = &letters(&world)[..] else { panic!("{:?}", letters(&world)) };
    let words = fs::read_to_string(letter).unwrap();
    let id = notification["id"].as_str().unwrap();
    assert!(words.contains(&format!("Message-ID: <{id}@")), "{words}");
    assert!(words.contains("Subject: Anfrage 1: ein neuer Kommentar"), "{words}");
    assert!(!words.contains("Off and on"), "{words}");

    // Nobody else can see it, nor anything that lies here; and that it is a file is told.
    let mut open = Vec::new();
    let seen = open_to_others(&world.data(), &mut open);
    assert!(seen > 1_000 && open.is_empty(), "of {seen}: {open:?}");
    let log = fs::read_to_string(world.data().join("logs/servicebook.log")).unwrap();
    for log in [world.log(), log] {
        assert!(log.contains("mails are sent to nobody, they are files in"), "{log}");
    }

    // The letter is gone, and nobody writes it again.
    fs::remove_file(letter).unwrap();
    world.told(&["rebuild", "notifications.notification"]);
    world.stop().await;
    world.run(&[]).await;
    world.settled().await;
    assert_eq!(letters(&world), Vec::<PathBuf>::new());

    let path = format!("/notifications/{id}");
    let read = client.patch(&path, json!({ "read": true })).await.expect(StatusCode::OK);
    let seen = client.get_at(&path, read.position()).await.expect(StatusCode::OK).body;
    assert_eq!(seen["data"]["read"], true, "{seen}");
    agent.get(&path).await.expect(StatusCode::NOT_FOUND);
    let gone = client.delete(&path).await.expect(StatusCode::OK);
    client.get_at(&path, gone.position()).await.expect(StatusCode::NOT_FOUND);
    world.stop().await;
}

fn letters(world: &World) -> Vec<PathBuf> {
    let Ok(folder) = fs::read_dir(world.data().join("mail")) else { return Vec::new() };
    folder.map(|file| file.unwrap().path()).collect()
}

/// Looks through a folder for what others than its owner may do something with; how much there is.
/// Those whom Postgres runs as may pass through the data folder itself.
fn open_to_others(folder: &Path, open: &mut Vec<String>) -> usize {
    let mine = fs::metadata(folder).unwrap();
    let passing = if mine.uid() == 0 && folder.join("postgres").is_dir() { 0o010 } else { 0 };
    let mut note = |path: &Path, mode: u32| {
        if mode != 0 {
            open.push(format!("{} {mode:o}", path.display()));
        }
    };
    note(folder, mine.mode() & 0o077 & !passing);
    let mut seen = 0;
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            // What Postgres has just removed is open to nobody.
            let Ok(about) = fs::symlink_metadata(&path) else { continue };
            seen += 1;
            note(&path, about.permissions().mode() & 0o077);
            if about.is_dir() {
                folders.push(path);
            }
        }
    }
    seen
}
