//! Files on a server that speaks S3: what is there is what was sent, and the server may be away for a while.

use std::time::{Duration, Instant};

use reqwest::{Method, Response, StatusCode};
use serde_json::json;
use tests::{
    tus::{Upload, content, file_of, long_text},
    world::{Caller, SentFile, World},
};
use tokio::time::sleep;

use super::{
    downloads::{expect_links, fetch},
    s3_server::S3Server,
    text,
};

/// More than one part of a request to S3.
const SIZE: usize = 10_000_000;
/// How long a server that was started again may take.
const TIMEOUT: Duration = Duration::from_secs(30);

#[tokio::test]
async fn files_on_an_s3_server_are_what_was_sent_and_wait_for_it() {
    let mut server = S3Server::start().await;
    let settings = server.settings();
    let settings = settings.each_ref().map(|(name, value)| (*name, value.as_str()));
    let mut world = World::start_with(&settings).await;
    let admin = world.admin().await;
    let client = world.user_with_role(&admin, "client_user", json!({})).await;

    let bytes = long_text(SIZE);
    let sent = SentFile { name: "a.log", media_type: "text/plain", bytes: &bytes };
    let form = client.upload("/files", &[], sent).await.expect(StatusCode::CREATED).id();
    let form = format!("/files/{form}");
    let upload = Upload::of_text(&client, bytes.len()).await;
    upload.send_and_break_off(0, &bytes[..6_000_000]).await;
    upload.wait_for_offset(6_000_000).await;
    let resumed = file_of(&upload.send(6_000_000, &bytes[6_000_000..]).await);
    world.wait_until_settled().await;
    let mut expected = Vec::new();
    for file in [&form, &resumed] {
        let row = client.get(file).await.expect(StatusCode::OK).body;
        let hash = row["data"]["sha256"].as_str().unwrap().to_owned();
        expected.push((file.trim_start_matches('/').to_owned(), SIZE, hash));
        assert!(content(&client, file).await == bytes);
    }
    expected.sort();
    assert_eq!(server.objects().await, expected, "nothing else is there");
    let range = [("range", "bytes=5000000-5000004")];
    let (status, range, part) = fetch(&client, &format!("{form}/content"), &range).await;
    assert_eq!((status, &*range), (206, "bytes 5000000-5000004/10000000"));
    assert_eq!(part.as_bytes(), &bytes[5_000_000..5_000_005]);

    let small = SentFile { name: "a.txt", media_type: "text/plain", bytes: b"0123456789" };
    let small = client.upload("/files", &[], small).await.expect(StatusCode::CREATED).id();
    expect_links(&world, &client, small).await;
    expect_pause(&mut server, &mut world, &client, &form).await;
    assert!(content(&client, &resumed).await == bytes);
    world.stop().await;
}

/// While the server is away everything that takes it says so, and all of it works again when it is back.
async fn expect_pause(server: &mut S3Server, world: &mut World, client: &Caller, file: &str) {
    let upload = Upload::of_text(client, 8).await;
    assert_eq!(upload.send(0, b"It").await.status(), StatusCode::NO_CONTENT);
    server.kill();
    let refused = client.upload("/files", &[], text("b.txt")).await;
    let refused = refused.expect(StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(refused.body["code"], "unavailable", "{}", refused.body);
    assert!(refused.headers.contains_key("retry-after"));
    client.get(&format!("{file}/content")).await.expect(StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(upload.send(2, b" jams.").await.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(upload.offset().await, Some(2));
    let ready = reqwest::get(world.internal_url("/ready")).await.unwrap();
    assert_eq!(ready.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(ready.text().await.unwrap().contains("objects"));
    let settings = server.settings();
    let status = world.cli_command(&["status"]).envs(settings).output().unwrap();
    let status = String::from_utf8(status.stdout).unwrap();
    let is_told = ["not available", "does not answer"].iter().any(|why| status.contains(why));
    assert!(is_told && status.contains("/salon"), "{status}");

    server.run().await;
    world.wait_until_ready().await;
    let done = file_of(&send_when_back(&upload).await);
    assert_eq!(content(client, &done).await, "It jams.");
    let deleted = client.send(Method::DELETE, &done, &[], None).await.unwrap();
    deleted.expect(StatusCode::OK);
    world.wait_until_settled().await;
    let left: Vec<_> = server.objects().await.into_iter().map(|(key, ..)| key).collect();
    assert!(!left.contains(&done.trim_start_matches('/').to_owned()), "{left:?}");
    assert!(left.iter().all(|key| key.starts_with("files/")), "{left:?}");
}

/// Sends the rest until it is taken: a server that answers need not have found all that it stores yet.
async fn send_when_back(upload: &Upload) -> Response {
    let begun = Instant::now();
    loop {
        let answer = upload.send(2, b" jams.").await;
        if answer.status() != StatusCode::SERVICE_UNAVAILABLE || begun.elapsed() > TIMEOUT {
            return answer;
        }
        sleep(Duration::from_millis(200)).await;
    }
}
