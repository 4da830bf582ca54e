//! Objects in a folder: whole, in ranges, listed, removed, or not there at all.

use futures::TryStreamExt;
use tempfile::TempDir;
use uuid::Uuid;

use super::*;

/// More than one part, and not an even number of reads.
const LARGE: usize = (9 << 20) + 17;

fn folder() -> (TempDir, Objects) {
    let folder = tempfile::tempdir().unwrap();
    let objects = Objects::in_folder(&folder.path().join("objects")).unwrap();
    (folder, objects)
}

fn key() -> ObjectKey {
    ObjectKey::new("files", Uuid::now_v7())
}

async fn put(objects: &Objects, key: &ObjectKey, bytes: &[u8]) -> StoredObject {
    let parts: Vec<_> = bytes.chunks(100_000).map(Bytes::copy_from_slice).map(Ok).collect();
    objects.put::<ObjectError>(key, stream::iter(parts)).await.unwrap()
}

async fn read(objects: &Objects, key: &ObjectKey, range: Range<u64>) -> Vec<u8> {
    let parts: Vec<_> = objects.read(key, range).try_collect().await.unwrap();
    parts.concat()
}

fn pattern(size: usize) -> Vec<u8> {
    (0..size).map(|at| u8::try_from(at % 251).unwrap()).collect()
}

#[tokio::test]
async fn what_was_written_is_read_whole_and_in_ranges() {
    let ((_folder, objects), key) = (folder(), key());
    let bytes = pattern(LARGE);
    let stored = put(&objects, &key, &bytes).await;
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &bytes);
    assert_eq!((stored.size, stored.sha256.as_slice()), (LARGE as u64, digest.as_ref()));
    assert_eq!(objects.size(&key).await.unwrap(), LARGE as u64);
    assert!(read(&objects, &key, 0..LARGE as u64).await == bytes);
    assert_eq!(read(&objects, &key, 250..253).await, [250, 0, 1]);
    let empty = ObjectKey::new("files", Uuid::now_v7());
    assert_eq!(put(&objects, &empty, b"").await.size, 0);
    assert_eq!(read(&objects, &empty, 0..0).await, b"");
}

#[tokio::test]
async fn what_was_given_up_is_not_there() {
    let ((_folder, objects), key) = (folder(), key());
    let broken = stream::iter([
        Ok(Bytes::from(pattern(LARGE))),
        Err(ObjectError::Unavailable { location: String::new(), why: "broke off".into() }),
    ]);
    assert!(objects.put(&key, broken).await.unwrap_err().is_transient());
    assert!(matches!(objects.size(&key).await, Err(ObjectError::Missing { .. })));
    assert_eq!(objects.list("files").try_collect::<Vec<_>>().await.unwrap(), []);
}

#[tokio::test]
async fn what_was_removed_is_gone_and_may_be_removed_again() {
    let ((_folder, objects), key) = (folder(), key());
    let (part, other) = (key.part(Uuid::now_v7()), ObjectKey::new("exports", Uuid::now_v7()));
    for key in [&key.part(Uuid::now_v7()), &part, &other] {
        put(&objects, key, b"bytes").await;
    }
    let listed: Vec<_> = objects.list("files").try_collect().await.unwrap();
    assert_eq!(listed.len(), 2);
    assert!(listed.iter().any(|listed| listed.key == part && listed.size == 5));
    assert_eq!(part.ids().next(), key.ids().next());
    for _ in 0..2 {
        objects.delete(&part).await.unwrap();
    }
    assert_eq!(objects.list("files").try_collect::<Vec<_>>().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_store_that_is_away_says_where_it_should_be() {
    let (folder, objects) = folder();
    objects.check().await.unwrap();
    drop(folder);
    let away = objects.check().await.unwrap_err();
    assert!(away.is_transient() && away.to_string().contains("objects"), "{away}");
    // Nobody listens on this port.
    let server = S3Settings {
        endpoint: Some("http://127.0.0.1:9".into()),
        region: "eu-central-1".into(),
        bucket: "salon".into(),
        key_id: "id".into(),
        secret: "hush".into(),
        path_style: true,
    };
    assert!(!format!("{server:?}").contains("hush"));
    let away = Objects::on_s3(&server).unwrap().check().await.unwrap_err();
    assert!(away.is_transient() && away.to_string().contains("127.0.0.1:9/salon"), "{away}");
}
