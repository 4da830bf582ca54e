//! A process of ours on a data folder of its own, and what can be seen of it.

use std::{
    fs,
    io::Read,
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::Value;
use tempfile::TempDir;

/// A process; a test that fails leaves none running.
pub(crate) struct Process(pub(crate) Child);

pub(crate) fn folder() -> TempDir {
    tempfile::Builder::new().prefix("servicebook").tempdir_in("/tmp").unwrap()
}

pub(crate) fn servicebook(data: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_servicebook"));
    command
        .args(words)
        .env("SERVICEBOOK_DATA", data)
        .env("SERVICEBOOK_WEBSOCKET_LISTEN", "127.0.0.1:0")
        .env_remove("DATABASE_URL")
        .env_remove("NATS_URL")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

impl Process {
    /// Starts one that keeps engines, and waits until they can be reached.
    pub(crate) fn start(mut command: Command, data: &Path) -> Self {
        let mut process = Self(command.spawn().unwrap());
        let deadline = Instant::now() + Duration::from_mins(1);
        while running(data)["pid"] != process.0.id() {
            let failed = process.0.try_wait().unwrap().is_some() || Instant::now() > deadline;
            assert!(!failed, "it did not start: {}", process.said());
            sleep(Duration::from_millis(5));
        }
        process
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.0.id().try_into().unwrap()), signal).unwrap();
    }

    pub(crate) fn ends(&mut self) -> ExitStatus {
        self.0.wait().unwrap()
    }

    pub(crate) fn stop(mut self) -> String {
        self.signal(Signal::SIGINT);
        let ended = self.ends();
        let said = self.said();
        assert!(ended.success(), "{said}");
        said
    }

    /// What it said, once it has ended or is to be ended.
    pub(crate) fn said(&mut self) -> String {
        let _ = self.0.kill();
        let mut said = String::new();
        self.0.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        said
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.0.try_wait().is_ok_and(|ended| ended.is_none()) {
            self.signal(Signal::SIGINT);
            self.ends();
        }
    }
}

/// Where its engines are, as it tells other processes.
pub(crate) fn running(data: &Path) -> Value {
    let told = fs::read(data.join("running.json")).unwrap_or_else(|_| b"null".into());
    serde_json::from_slice(&told).unwrap_or_default()
}

/// The process ids of Postgres and nats-server.
pub(crate) fn children(data: &Path) -> [i32; 2] {
    ["postgres/postmaster.pid", "nats/server.pid"].map(|file| {
        let told = fs::read_to_string(data.join(file)).unwrap();
        told.lines().next().unwrap().trim().parse().unwrap()
    })
}

/// Whether a process runs. One that ended, but was not buried yet, has no command line.
pub(crate) fn lives(pid: i32) -> bool {
    fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|line| !line.is_empty())
}

pub(crate) fn kill_9(pid: i32) {
    kill(Pid::from_raw(pid), Signal::SIGKILL).unwrap();
}

/// Waits for something that comes true by itself.
pub(crate) async fn until<F: Future<Output = bool>>(what: &str, condition: impl Fn() -> F) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !condition().await {
        assert!(Instant::now() < deadline, "{what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
