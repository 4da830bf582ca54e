//! Files are given out whole or in ranges, to who may see them or shows a link, with little memory.

use futures::stream;
use reqwest::{Body, StatusCode};
use sealing::LinkToken;
use serde_json::json;
use tests::world::{Caller, SentFile, World};
use uuid::{NoContext, Timestamp, Uuid};

/// How much more memory an upload and a download of any size take, in kB.
const MEMORY: u32 = 50_000;

pub(super) async fn fetch(
    caller: &Caller,
    path: &str,
    headers: &[(&str, &str)],
) -> (u16, String, String) {
    let headers: Vec<_> =
        headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    let answer = caller.begin(reqwest::Method::GET, path, &headers, None).await.unwrap();
    let range = answer.headers().get("content-range").map(|range| range.to_str().unwrap());
    let (status, range) = (answer.status().as_u16(), range.unwrap_or_default().to_owned());
    (status, range, answer.text().await.unwrap())
}

#[tokio::test]
async fn a_file_is_given_out_in_ranges_and_by_links_that_end() {
    let mut world = World::start().await;
    let (admin, guest) = (world.admin().await, world.guest());
    let client = world.user_with_role(&admin, "client_user", json!({})).await;
    let sent = SentFile { name: "a.txt", media_type: "text/plain", bytes: b"0123456789" };
    let file = client.upload("/files", &[], sent).await.expect(StatusCode::CREATED).id();
    let path = format!("/files/{file}/content");
    let whole = client.get(&path).await.expect(StatusCode::OK);
    let tag = whole.headers["etag"].to_str().unwrap().to_owned();

    let (range, seen) = ("range", "if-range");
    for (headers, expected) in [
        (vec![(range, "bytes=2-4")], (206, "bytes 2-4/10", "234")),
        (vec![(range, "bytes=-3")], (206, "bytes 7-9/10", "789")),
        (vec![(range, "bytes=8-"), (seen, &tag)], (206, "bytes 8-9/10", "89")),
        (vec![(range, "bytes=8-"), (seen, "\"other\"")], (200, "", "0123456789")),
        (vec![("if-none-match", &tag)], (304, "", "")),
    ] {
        let (status, range, body) = fetch(&client, &path, &headers).await;
        assert_eq!((status, &*range, &*body), expected, "{headers:?}");
    }
    assert_eq!(fetch(&client, &path, &[(range, "bytes=10-")]).await.0, 416);
    guest.get(&path).await.expect(StatusCode::UNAUTHORIZED);

    expect_links(&world, &client, file).await;
    client.get(&path).await.expect(StatusCode::NOT_FOUND);
    world.stop().await;
}

/// A link to a file that holds "0123456789" leads to it until it ends or the file is deleted; no other one does.
pub(super) async fn expect_links(world: &World, client: &Caller, file: Uuid) {
    let guest = world.guest();
    let link = client.post(&format!("/files/{file}/links"), json!({})).await;
    let link = link.expect(StatusCode::OK).body["data"]["url"].as_str().unwrap().to_owned();
    assert_eq!(fetch(&guest, &link, &[("range", "bytes=0-0")]).await.2, "0");
    let forged = |purpose: &str, master: &_, expires: u64| {
        let nonce = Uuid::new_v7(Timestamp::from_unix(NoContext, expires, 0));
        format!("/public/files/{}", LinkToken::new(master, purpose, file, nonce, ""))
    };
    let master = world.master().await;
    assert_eq!(fetch(&guest, &forged("file", &master, 4_000_000_000), &[]).await.0, 200);
    let other = sealing::MasterKey::generate().unwrap();
    for wrong in [
        forged("file", &master, 1_700_000_000),
        forged("reset", &master, 4_000_000_000),
        forged("file", &other, 4_000_000_000),
        link.replacen("/files/", "/files/A", 1),
        "/public/files/none".into(),
    ] {
        assert_eq!(fetch(&guest, &wrong, &[]).await.0, 404, "{wrong}");
    }
    client.delete(&format!("/files/{file}")).await.expect(StatusCode::OK);
    guest.get(&link).await.expect(StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn two_hundred_megabytes_go_in_and_out_with_little_memory() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let small = SentFile { name: "a.txt", media_type: "text/plain", bytes: b"x" };
    admin.upload("/files", &[], small).await.expect(StatusCode::CREATED);
    let before = world.peak_memory();

    let head = "--border\r\nContent-Disposition: form-data; name=\"file\"; filename=\"big.log\"\r\n\
                Content-Type: text/plain\r\n\r\n";
    let line = format!("{}\n", "0123456789abcdef".repeat(4_096));
    let count = 200_000_000 / line.len();
    let parts = std::iter::once(head.to_owned())
        .chain(std::iter::repeat_n(line.clone(), count))
        .chain(["\r\n--border--\r\n".to_owned()]);
    let body = Body::wrap_stream(stream::iter(parts.map(Ok::<_, std::io::Error>)));
    let request = admin.client.post(format!("{}/api/v1/files", admin.base)).body(body);
    let request = request.header("Content-Type", "multipart/form-data; boundary=border");
    let answer = request.bearer_auth(admin.token.as_ref().unwrap()).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::CREATED);
    let created: serde_json::Value = answer.json().await.unwrap();
    let path = format!("/files/{}/content", created["data"]["id"].as_str().unwrap());
    let mut answer = admin.begin(reqwest::Method::GET, &path, &[], None).await.unwrap();
    let mut size = 0;
    while let Some(part) = answer.chunk().await.unwrap() {
        size += part.len();
    }
    assert_eq!(size, count * line.len());
    let more = world.peak_memory() - before;
    assert!(more < MEMORY, "{more} kB more");
    world.stop().await;
}
