//! The processes of a system, seen from outside.

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
};

use nix::unistd::Pid;
use uuid::Uuid;

/// A port on which nobody listens. It is none that the system gives to those who connect somewhere:
/// one of those could be taken before it is listened on.
pub fn free_port() -> u16 {
    loop {
        let [.., high, low] = Uuid::now_v7().into_bytes();
        let port = 12_000 + u16::from_be_bytes([high, low]) % 20_000;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// The process of an engine, by the file in which it keeps its number.
pub(crate) fn engine_pid(data: &Path, engine: &str) -> Option<Pid> {
    let file = match engine {
        "postgres" => data.join("postgres/postmaster.pid"),
        _ => data.join("nats/server.pid"),
    };
    let text = std::fs::read_to_string(file).ok()?;
    text.lines().next()?.trim().parse().ok().map(Pid::from_raw)
}

/// The program under test, built with the tests.
pub fn binary() -> PathBuf {
    // Tests lie in `deps`, beside which cargo puts the programs.
    let this = std::env::current_exe().unwrap();
    let folder = this.ancestors().skip(1).find(|folder| !folder.ends_with("deps"));
    folder.unwrap().join("servicebook")
}
