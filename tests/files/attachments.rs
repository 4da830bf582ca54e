//! Files that are attached to issues.

use reqwest::StatusCode;
use serde_json::{Value, json};
use tests::world::{SentFile, World};

use super::{expect_object_count, object_count, text};

#[tokio::test]
async fn sup_12_an_attachment_is_seen_by_who_sees_the_issue_and_goes_with_its_bytes() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let agent = world.user_with_role(&admin, "support_agent", json!({})).await;
    let client = world.user_with_role(&admin, "client_user", json!({})).await;
    let other = world.user_with_role(&admin, "client_user", json!({})).await;
    let open = async |title| {
        let issue = json!({ "title": title, "text": "It jams." });
        client.post("/issues", issue).await.expect(StatusCode::CREATED).id()
    };
    let (issue, another) = (open("No print").await, open("No scan").await);
    world.wait_until_settled().await;
    let path = format!("/issues/{issue}/attachments");

    let attached = client.upload(&path, &[], text("log.txt")).await.expect(StatusCode::CREATED);
    let internal = [("visibility", "internal")];
    client.upload(&path, &internal, text("b.txt")).await.expect(StatusCode::FORBIDDEN);
    let note = agent.upload(&path, &internal, text("note.txt")).await.expect(StatusCode::CREATED);
    other.upload(&path, &[], text("c.txt")).await.expect(StatusCode::NOT_FOUND);
    let names = |answer: Value| -> Vec<String> {
        let rows = answer["data"].as_array().unwrap().iter();
        rows.map(|row| row["name"].as_str().unwrap().to_owned()).collect()
    };
    let (file, position) = (attached.id(), note.position());
    assert_eq!(names(client.get_at(&path, position).await.body), ["log.txt"]);
    assert_eq!(names(agent.get_at(&path, position).await.body), ["log.txt", "note.txt"]);
    other.get_at(&path, position).await.expect(StatusCode::NOT_FOUND);
    for (reader, id, status) in [
        (&client, file, StatusCode::OK),
        (&agent, file, StatusCode::OK),
        (&other, file, StatusCode::NOT_FOUND),
        (&client, note.id(), StatusCode::NOT_FOUND),
        (&agent, note.id(), StatusCode::OK),
    ] {
        let answer = reader.get(&format!("{path}/{id}")).await.expect(status);
        assert!(status != StatusCode::OK || answer.body == "It jams.", "{}", answer.body);
    }
    // What was refused left nothing; a file is attached once.
    world.wait_until_settled().await;
    expect_object_count(&world, 2).await;
    let again = json!({ "file": file });
    let elsewhere = format!("/issues/{another}/attachments");
    let taken = client.post(&elsewhere, again).await.expect(StatusCode::CONFLICT);
    assert_eq!(taken.body["invariant"], "SUP-12");
    let in_use = client.delete(&format!("/files/{file}")).await.expect(StatusCode::CONFLICT);
    assert_eq!(in_use.body["invariant"], "FIL-5");
    let foreign = json!({ "file": file });
    let foreign = agent.post(&elsewhere, foreign).await.expect(StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(foreign.body["code"], "unknown_file");

    client.delete(&format!("{path}/{file}")).await.expect(StatusCode::OK);
    client.get(&format!("{path}/{file}")).await.expect(StatusCode::NOT_FOUND);
    expect_object_count(&world, 1).await;
    // Whoever is erased takes what they uploaded along.
    let kept = client.upload("/files", &[], text("kept.txt")).await.expect(StatusCode::CREATED);
    assert_eq!(object_count(&world), 2);
    let user = client.get("/me").await.body["data"]["user"].as_str().unwrap().to_owned();
    world.cli(&["erase", &user, "--reason", "requested"]);
    expect_object_count(&world, 1).await;
    let gone = format!("/files/{}", kept.id());
    world.wait_until_settled().await;
    let row = admin.get(&gone).await.expect(StatusCode::OK).body;
    assert_eq!((&row["data"]["name"], &row["data"]["deleted"]), (&Value::Null, &json!(true)));
    world.stop().await;
}

#[tokio::test]
async fn s_11_what_is_not_what_it_says_is_refused_and_names_are_harmless() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let png: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
    for (name, media_type, bytes, code) in [
        ("a.png", "image/png", b"<html><script>alert(1)</script>".as_slice(), "type_mismatch"),
        ("a.svg", "image/svg+xml", b"<svg onload=alert(1)>", "type_not_allowed"),
        ("a.html", "text/html", b"<html>", "type_not_allowed"),
        ("a.txt", "text/plain", b"<!DOCTYPE html><script>", "type_mismatch"),
        ("a.pdf", "application/pdf", png, "type_mismatch"),
        ("a.exe", "image/png", png, "extension_mismatch"),
        ("a.txt", "text/plain", b"MZ\x90\0\x03\0", "type_mismatch"),
        ("a.zip", "application/x-zip", b"PK\x03\x04", "type_not_allowed"),
    ] {
        let sent = SentFile { name, media_type, bytes };
        let refused = admin.upload("/files", &[], sent).await;
        let refused = refused.expect(StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(refused.body["code"], code, "{name}: {}", refused.body);
    }
    assert_eq!(object_count(&world), 0, "nothing of it is kept");
    // What is also something else is kept, and never shown as a page.
    for (name, media_type, bytes, kept) in [
        ("..\\..\\x.png", "image/png", png, "x.png"),
        ("../../etc/passwd", "text/plain", b"root", "passwd"),
        ("invoice\u{202e}gnp.png", "image/png", png, "invoicegnp.png"),
        ("CON", "text/plain", b"x", "_CON"),
        ("a.pdf", "application/pdf", b"%PDF-1.7\n<html><script>alert(1)</script>", "a.pdf"),
        ("a.gif", "image/gif", b"GIF89a\x01\0PK\x03\x04", "a.gif"),
    ] {
        let sent = SentFile { name, media_type, bytes };
        let id = admin.upload("/files", &[], sent).await.expect(StatusCode::CREATED).id();
        let content = admin.get(&format!("/files/{id}/content")).await.expect(StatusCode::OK);
        let header = |name: &str| content.headers[name].to_str().unwrap().to_owned();
        assert!(header("content-disposition").starts_with("attachment; "), "{name}");
        assert!(header("content-disposition").ends_with(&format!("''{kept}")), "{name}");
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("content-security-policy"), "default-src 'none'; sandbox");
        assert_eq!(header("cache-control"), "private, no-cache");
    }
    let long = format!("{}.txt", "é".repeat(255));
    let sent = SentFile { name: &long, media_type: "text/plain", bytes: b"x" };
    let id = admin.upload("/files", &[], sent).await.expect(StatusCode::CREATED).id();
    world.wait_until_settled().await;
    let row = admin.get(&format!("/files/{id}")).await.body;
    assert!(row["data"]["name"].as_str().unwrap().len() <= 255, "{row}");
    world.stop().await;
}
