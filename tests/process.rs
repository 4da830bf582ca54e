//! Ports, process ids and the path of the program under test.

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
};

use nix::{sys::statvfs::statvfs, unistd::Pid};
use tempfile::TempDir;
use uuid::Uuid;

/// A port on which nothing listens. It lies below the range from which the system takes ports for
/// outgoing connections: one of those could be taken before the test listens on it.
pub fn free_port() -> u16 {
    loop {
        let [.., high, low] = Uuid::now_v7().into_bytes();
        let port = 12_000 + u16::from_be_bytes([high, low]) % 20_000;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// A folder for the data of one test: in memory, if there is enough of it, as a database is hundreds of
/// files, made and removed.
pub fn data_folder() -> TempDir {
    const MEMORY: &str = "/dev/shm";
    const NEEDED: u64 = 4 << 30;
    let free = statvfs(MEMORY).map(|at| at.blocks_available() * at.fragment_size());
    let parent = if free.is_ok_and(|free| free >= NEEDED) { MEMORY } else { "/tmp" };
    tempfile::Builder::new().prefix("servicebook-").tempdir_in(parent).unwrap()
}

/// The process id of an engine, from its pid file.
pub(crate) fn engine_pid(data: &Path, engine: &str) -> Option<Pid> {
    let file = match engine {
        "postgres" => data.join("postgres/postmaster.pid"),
        _ => data.join("nats/server.pid"),
    };
    let text = std::fs::read_to_string(file).ok()?;
    text.lines().next()?.trim().parse().ok().map(Pid::from_raw)
}

/// The program under test, built with the tests.
pub fn program_path() -> PathBuf {
    // Tests lie in `deps`, beside which cargo puts the programs.
    let this = std::env::current_exe().unwrap();
    let folder = this.ancestors().skip(1).find(|folder| !folder.ends_with("deps"));
    folder.unwrap().join("servicebook")
}
