//! Files: what is taken, who gets it, in which parts, and that nothing of it stays.

mod attachments;
mod downloads;
mod exports;
mod s3;
mod s3_server;
mod saved_exports;
mod scans;
mod sweep;
mod uploads;

use std::{path::Path, time::Duration};

use tests::world::{SentFile, World};
use tokio::time::sleep;

/// A small text file.
fn text(name: &str) -> SentFile<'_> {
    SentFile { name, media_type: "text/plain", bytes: b"It jams." }
}

/// How many objects the world keeps.
fn object_count(world: &World) -> usize {
    files_below(&world.data().join("objects"))
}

fn files_below(folder: &Path) -> usize {
    let Ok(entries) = folder.read_dir() else { return 0 };
    let count = |entry: std::fs::DirEntry| {
        if entry.file_type().unwrap().is_dir() { files_below(&entry.path()) } else { 1 }
    };
    entries.map(|entry| count(entry.unwrap())).sum()
}

async fn expect_object_count(world: &World, expected: usize) {
    for _ in 0..200 {
        if object_count(world) == expected {
            return;
        }
        sleep(Duration::from_millis(50)).await;
    }
    panic!("there are {} objects", object_count(world));
}
