//! Files are scanned before anybody gets them, where somebody scans.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::json;
use tests::world::{Caller, SentFile, World};
use tokio::time::sleep;
use uuid::Uuid;

/// What a scan came to.
async fn scanned(caller: &Caller, file: Uuid) -> serde_json::Value {
    for _ in 0..200 {
        let row = caller.get(&format!("/files/{file}")).await;
        if row.status == StatusCode::OK && row.body["data"]["scan"] != "unscanned" {
            return row.body["data"].clone();
        }
        sleep(Duration::from_millis(50)).await;
    }
    panic!("{file} is not scanned");
}

#[tokio::test]
async fn fil_4_what_a_scan_finds_to_be_harmful_is_given_to_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("scan");
    std::fs::write(&script, "if grep -q EICAR; then echo Eicar-Test; exit 1; fi").unwrap();
    let scan = format!("/bin/sh {}", script.display());
    let mut world = World::start_with(&[("SERVICEBOOK_SCAN", &scan)]).await;
    let admin = world.admin().await;
    let upload = async |bytes: &'static [u8]| {
        let sent = SentFile { name: "a.txt", media_type: "text/plain", bytes };
        admin.upload("/files", &[], sent).await.expect(StatusCode::CREATED).id()
    };
    let (harmful, clean) = (upload(b"EICAR").await, upload(b"harmless").await);
    assert_eq!(scanned(&admin, clean).await["scan"], "clean");
    let found = scanned(&admin, harmful).await;
    assert_eq!((&found["scan"], &found["reason"]), (&json!("quarantined"), &json!("Eicar-Test")));
    admin.get(&format!("/files/{clean}/content")).await.expect(StatusCode::OK);
    let refused = admin.get(&format!("/files/{harmful}/content")).await;
    let refused = refused.expect(StatusCode::NOT_FOUND);
    assert_eq!(
        (&refused.body["code"], &refused.body["invariant"]),
        (&json!("quarantined"), &json!("FIL-4"))
    );
    let issue = json!({ "title": "No print", "text": "It jams." });
    let issue = admin.post("/issues", issue).await.expect(StatusCode::CREATED).id();
    let attach = json!({ "file": harmful });
    let refused = admin.post(&format!("/issues/{issue}/attachments"), attach).await;
    refused.expect(StatusCode::UNPROCESSABLE_ENTITY);
    world.stop().await;
}
