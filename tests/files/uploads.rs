//! Uploads go on after a break, in any process, and leave a file or nothing.

use std::time::Duration;

use axum::body::Bytes;
use futures::{StreamExt, stream};
use reqwest::{
    Method, StatusCode,
    header::{CONTENT_TYPE, HeaderValue},
};
use serde_json::{Value, json};
use tests::{
    tus::{Upload, begin, content, file_of, long_text},
    world::World,
};
use tokio::time::sleep;

use super::expect_object_count;
use crate::ingress::fleet::Process;

/// The size of the parts in which uploads are kept.
const PART: usize = 4 << 20;

#[tokio::test]
async fn an_upload_goes_on_after_a_break_in_any_process() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let mut other = Process::start_api(&world, &[]).await;
    let bytes = long_text(2 * PART + 100_000);
    let upload = Upload::of_text(&admin, bytes.len()).await;
    upload.send_and_break_off(0, &bytes[..PART + 5_000]).await;
    // Nothing of what came before the break is lost.
    upload.wait_for_offset(PART + 5_000).await;
    let wrong = upload.send(0, b"line").await;
    assert_eq!(wrong.status(), StatusCode::CONFLICT);
    let elsewhere = upload.at(&other.url(""));
    elsewhere.send_and_break_off(PART + 5_000, &bytes[PART + 5_000..PART + 5_001]).await;
    elsewhere.wait_for_offset(PART + 5_001).await;

    let done = elsewhere.send(PART + 5_001, &bytes[PART + 5_001..]).await;
    let file = file_of(&done);
    assert_eq!(done.headers()["upload-offset"], *bytes.len().to_string());
    let position = done.headers()["x-position"].to_str().unwrap().parse().unwrap();
    let row = admin.get_at(&file, position).await.expect(StatusCode::OK).body;
    assert_eq!(
        (&row["data"]["name"], &row["data"]["size"]),
        (&json!("a.log"), &json!(bytes.len()))
    );
    assert!(content(&admin, &file).await == bytes);
    expect_object_count(&world, 1).await;
    // Who has not heard the answer is told where the file is.
    assert_eq!(upload.offset().await, Some(bytes.len()));
    let ended = admin.get(&upload.path).await.expect(StatusCode::OK);
    assert_eq!(ended.headers["location"], *format!("/api/v1{file}"));
    assert_eq!(ended.body["data"]["file"], row["data"]["id"]);
    admin.delete(&upload.path).await.expect(StatusCode::CONFLICT);
    other.stop().await;
    world.stop().await;
}

#[tokio::test]
async fn an_upload_survives_that_its_process_is_killed() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let bytes = long_text(2 * PART + 100_000);
    let upload = Upload::of_text(&admin, bytes.len()).await;
    // While it takes bytes in: whole parts are kept.
    let head = Bytes::copy_from_slice(&bytes[..PART + 5_000]);
    let sending = stream::iter([Ok(head)]).chain(stream::pending());
    let sending = tokio::spawn({
        let upload = upload.clone();
        async move { upload.send_stream(0, sending).await }
    });
    upload.wait_for_offset(PART).await;
    world.kill();
    assert!(sending.await.unwrap().is_err());
    // While it records the file: the end is sent again, and makes one.
    world.run(&[("FAILPOINTS", "append.after_commit=return")]).await;
    assert_eq!(upload.offset().await, Some(PART));
    let rest = bytes.len() - 1_000;
    let kept = upload.send(PART, &bytes[PART..rest]).await;
    assert_eq!(kept.headers()["upload-offset"], *rest.to_string());
    upload.request(rest).body(bytes[rest..].to_vec()).send().await.unwrap_err();
    world.wait_for_exit().await;
    world.run(&[]).await;
    assert_eq!(upload.offset().await, Some(rest));
    let done = loop {
        let answer = upload.send(rest, &bytes[rest..]).await;
        // For a moment it is not known that nobody makes it any more.
        if answer.status() != StatusCode::LOCKED {
            break answer;
        }
        sleep(Duration::from_millis(200)).await;
    };
    assert!(content(&admin, &file_of(&done)).await == bytes);
    world.stop().await;
}

#[tokio::test]
async fn of_two_requests_at_once_the_later_goes_on() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let bytes = long_text(2 * PART);
    let upload = Upload::of_text(&admin, bytes.len()).await;
    let (first, second) = (bytes[..PART + 10].to_vec(), vec![b'x'; PART]);
    let late = stream::once(async move {
        sleep(Duration::from_secs(1)).await;
        Ok(second.into())
    });
    let first = stream::iter([Ok(first.into())]).chain(late);
    let earlier = tokio::spawn({
        let upload = upload.clone();
        async move { upload.send_stream(0, first).await }
    });
    upload.wait_for_offset(PART).await;
    let file = file_of(&upload.send(PART, &bytes[PART..]).await);
    if let Ok(earlier) = earlier.await.unwrap() {
        assert!(earlier.status().is_client_error(), "{}", earlier.status());
    }
    assert!(content(&admin, &file).await == bytes);
    expect_object_count(&world, 1).await;
    world.stop().await;
}

#[tokio::test]
async fn s_11_uploads_are_refused_as_early_as_they_can_be() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let client = world.user_with_role(&admin, "client_user", json!({})).await;
    for (name, media_type, length, code) in [
        ("a.svg", "image/svg+xml", 10, "type_not_allowed"),
        ("a.exe", "image/png", 10, "extension_mismatch"),
        ("a.txt", "text/plain", (2 << 30) + 1, "file_too_large"),
        ("a.txt", "text/plain", 0, "invalid"),
    ] {
        let refused = begin(&client, name, media_type, length).await;
        let refused = refused.expect(StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(refused.body["code"], code, "{}", refused.body);
    }
    let old = [("Tus-Resumable", "0.2.2".to_owned())];
    let old = client.send(Method::POST, "/uploads", &old, None).await.unwrap();
    assert_eq!(old.expect(StatusCode::PRECONDITION_FAILED).headers["tus-version"], "1.0.0");
    world.guest().post("/uploads", json!({})).await.expect(StatusCode::UNAUTHORIZED);

    // What is no text is noticed by its first bytes, and there is nothing to go on with.
    let upload = Upload::of_text(&client, 2 * PART).await;
    let page = [b"<!DOCTYPE html>".as_slice(), &long_text(PART)].concat();
    assert_eq!(upload.send(0, &page).await.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(upload.offset().await, None);
    let upload = Upload::of_text(&client, 9).await;
    assert_eq!(upload.send(0, b"MZ\x90\0\x03\0").await.status(), StatusCode::NO_CONTENT);
    assert_eq!(upload.send(6, b"MZ.").await.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(upload.offset().await, None);
    expect_object_count(&world, 0).await;

    let upload = Upload::of_text(&client, 5).await;
    let text = [(CONTENT_TYPE, HeaderValue::from_static("text/plain"))].into_iter().collect();
    let form = upload.request(0).headers(text).body("a").send().await;
    assert_eq!(form.unwrap().status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(upload.send(0, b"123456").await.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(upload.send(0, b"123").await.status(), StatusCode::NO_CONTENT);
    let foreign = Upload { caller: admin.clone(), path: upload.path.clone() };
    assert_eq!(foreign.offset().await, None);
    assert_eq!(foreign.send(3, b"45").await.status(), StatusCode::NOT_FOUND);
    admin.delete(&upload.path).await.expect(StatusCode::NOT_FOUND);
    client.delete(&upload.path).await.expect(StatusCode::NO_CONTENT);
    assert_eq!(upload.send(3, b"45").await.status(), StatusCode::NOT_FOUND);
    expect_object_count(&world, 0).await;
    world.stop().await;
}

#[tokio::test]
async fn unfinished_uploads_are_bounded_expire_and_go_with_their_owner() {
    let mut world = World::start().await;
    let (admin, db) = (world.admin().await, world.database().await);
    let client = world.user_with_role(&admin, "client_user", json!({})).await;
    let mut uploads = Vec::new();
    for _ in 0..4 {
        uploads.push(Upload::of_text(&client, 2 << 30).await);
    }
    let refused = begin(&client, "a.txt", "text/plain", 1).await.expect(StatusCode::CONFLICT);
    assert_eq!(refused.body["code"], "too_many_uploads");
    let named = refused.body["uploads"].as_array().unwrap();
    assert!(
        uploads.iter().zip(named).all(|(upload, id)| upload.path.ends_with(id.as_str().unwrap()))
    );
    client.delete(&uploads[0].path).await.expect(StatusCode::NO_CONTENT);
    for _ in 0..17 {
        begin(&client, "a.txt", "text/plain", 9).await.expect(StatusCode::CREATED);
    }
    begin(&client, "a.txt", "text/plain", 9).await.expect(StatusCode::CONFLICT);

    let expire = "update uploads.uploads set expires_at = clock_timestamp() where id = $1::uuid";
    let id = uploads[1].path.rsplit('/').next().unwrap();
    sqlx::query(expire).bind(id).execute(&db).await.unwrap();
    assert_eq!(uploads[1].offset().await, None);
    assert_eq!(uploads[1].send(0, b"It").await.status(), StatusCode::NOT_FOUND);
    let last = begin(&client, "a.txt", "text/plain", 9).await.expect(StatusCode::CREATED);
    let upload = Upload { caller: client.clone(), path: format!("/uploads/{}", last.id()) };
    assert_eq!(upload.send(0, b"It").await.status(), StatusCode::NO_CONTENT);
    expect_object_count(&world, 1).await;
    let sealed: Vec<Value> = sqlx::query_scalar("select to_jsonb(u) from uploads.uploads u")
        .fetch_all(&db)
        .await
        .unwrap();
    assert!(!sealed.is_empty() && sealed.iter().all(|row| !row.to_string().contains("a.txt")));

    let user = client.get("/me").await.body["data"]["user"].as_str().unwrap().to_owned();
    world.cli(&["erase", &user, "--reason", "requested"]);
    expect_object_count(&world, 0).await;
    world.wait_until_settled().await;
    let left: i64 =
        sqlx::query_scalar("select count(*) from uploads.uploads").fetch_one(&db).await.unwrap();
    assert_eq!(left, 0);
    db.close().await;
    world.stop().await;
}
