//! Starts the program on a data folder, and looks at its processes and files.

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

/// A child process, which is stopped when dropped.
pub(crate) struct Process(pub(crate) Child);

pub(crate) fn temp_folder() -> TempDir {
    tempfile::Builder::new().prefix("servicebook").tempdir_in("/tmp").unwrap()
}

pub(crate) fn servicebook(data: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_servicebook"));
    command
        .args(args)
        .env("SERVICEBOOK_DATA", data)
        .env("SERVICEBOOK_WEBSOCKET_LISTEN", "127.0.0.1:0")
        .env_remove("DATABASE_URL")
        .env_remove("NATS_URL")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

impl Process {
    /// Starts a process with engines, and waits until they can be reached.
    pub(crate) fn start(mut command: Command, data: &Path) -> Self {
        let mut process = Self(command.spawn().unwrap());
        let deadline = Instant::now() + Duration::from_mins(1);
        while running_info(data)["pid"] != process.0.id() {
            let failed = process.0.try_wait().unwrap().is_some() || Instant::now() > deadline;
            assert!(!failed, "it did not start: {}", process.stderr());
            sleep(Duration::from_millis(5));
        }
        process
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.0.id().try_into().unwrap()), signal).unwrap();
    }

    pub(crate) fn wait_for_exit(&mut self) -> ExitStatus {
        self.0.wait().unwrap()
    }

    pub(crate) fn stop(mut self) -> String {
        self.signal(Signal::SIGINT);
        let ended = self.wait_for_exit();
        let stderr = self.stderr();
        assert!(ended.success(), "{stderr}");
        stderr
    }

    /// Kills the process if it still runs, and returns its standard error.
    pub(crate) fn stderr(&mut self) -> String {
        let _ = self.0.kill();
        let mut stderr = String::new();
        self.0.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        stderr
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.0.try_wait().is_ok_and(|ended| ended.is_none()) {
            self.signal(Signal::SIGINT);
            self.wait_for_exit();
        }
    }
}

/// The content of `running.json`: the addresses that it announces to other processes.
pub(crate) fn running_info(data: &Path) -> Value {
    let text = fs::read(data.join("running.json")).unwrap_or_else(|_| b"null".into());
    serde_json::from_slice(&text).unwrap_or_default()
}

/// The process ids of Postgres and nats-server.
pub(crate) fn engine_pids(data: &Path) -> [i32; 2] {
    ["postgres/postmaster.pid", "nats/server.pid"].map(|file| {
        let text = fs::read_to_string(data.join(file)).unwrap();
        text.lines().next().unwrap().trim().parse().unwrap()
    })
}

/// Whether a process is running. A zombie has no command line.
pub(crate) fn is_running(pid: i32) -> bool {
    fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|line| !line.is_empty())
}

pub(crate) fn kill_9(pid: i32) {
    kill(Pid::from_raw(pid), Signal::SIGKILL).unwrap();
}

/// Polls until a condition is true, at most 30 seconds.
pub(crate) async fn wait_until<F: Future<Output = bool>>(
    expectation: &str,
    condition: impl Fn() -> F,
) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !condition().await {
        assert!(Instant::now() < deadline, "{expectation}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
