//! Measures how much more memory the program has while 2 GB go in by an upload in pieces, one of which breaks off,
//! and while they go out again.

use axum::body::Bytes;
use futures::{StreamExt, stream};
use reqwest::Method;
use tests::{
    tus::{Upload, file_of},
    world::World,
};

use crate::report::Report;

/// How many pieces are sent, each of so many blocks of so many bytes: 2 GB.
const SIZES: [usize; 3] = [20, 1_000, 100_000];
/// How much of a piece is sent before the break.
const BROKEN: usize = 30_000_000;
/// In MB, above what the program has before.
const MAX_MEMORY: f64 = 50.0;

pub(crate) async fn measure(report: &mut Report) {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let [pieces, blocks, block_size] = SIZES;
    let (piece, length) = (blocks * block_size, pieces * blocks * block_size);
    let block = Bytes::from("0123456789abcdef".repeat(block_size / 16));
    let upload = Upload::of_text(&admin, length).await;

    let before = world.forget_peak_memory();
    let mut offset = 0;
    let last = loop {
        if offset == length / 2 {
            upload.send_and_break_off(offset, &vec![b'x'; BROKEN]).await;
            upload.wait_for_offset(offset + BROKEN).await;
            offset += BROKEN;
        }
        let blocks = (piece - offset % piece) / block_size;
        let body = stream::iter(std::iter::repeat_n(block.clone(), blocks)).map(Ok);
        let answer = upload.send_stream(offset, body).await.unwrap();
        offset += blocks * block_size;
        if offset == length {
            break answer;
        }
    };
    let file = file_of(&last);
    let more = f64::from(world.peak_memory().saturating_sub(before)) / 1024.0;
    report.at_most("2 GB up in pieces, memory", (more, "MB"), MAX_MEMORY);

    let before = world.forget_peak_memory();
    let content = admin.begin(Method::GET, &format!("{file}/content"), &[], None).await.unwrap();
    let mut size = 0;
    let mut bytes = content.bytes_stream();
    while let Some(part) = bytes.next().await {
        size += part.unwrap().len();
    }
    assert_eq!(size, length);
    let more = f64::from(world.peak_memory().saturating_sub(before)) / 1024.0;
    report.at_most("2 GB down, memory", (more, "MB"), MAX_MEMORY);
    world.stop().await;
}
