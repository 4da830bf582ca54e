//! The bus on a real nats-server, which is killed, wiped and set back.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests")]

mod access;
mod cluster;
mod common;
mod ingest;
mod registry;
mod relay;
mod subscription;
