//! The engines as a person meets them: `servicebook run engines` on real binaries.

#![expect(clippy::unwrap_used, reason = "a test may fail")]

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
use sqlx::{Connection, PgConnection};
use tempfile::TempDir;

/// A process of ours on a data folder of its own.
struct Process(Child);

fn servicebook(data: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_servicebook"));
    command
        .args(words)
        .env("SERVICEBOOK_DATA", data)
        .env_remove("DATABASE_URL")
        .env_remove("NATS_URL")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn start(data: &Path) -> Process {
    let mut process = Process(servicebook(data, &["run", "engines"]).spawn().unwrap());
    let deadline = Instant::now() + Duration::from_mins(1);
    while running(data)["pid"] != process.0.id() {
        let failed = process.0.try_wait().unwrap().is_some() || Instant::now() > deadline;
        assert!(!failed, "it did not start: {}", process.said());
        sleep(Duration::from_millis(5));
    }
    process
}

impl Process {
    fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.0.id().try_into().unwrap()), signal).unwrap();
    }

    fn ends(&mut self) -> ExitStatus {
        self.0.wait().unwrap()
    }

    fn stop(mut self) -> String {
        self.signal(Signal::SIGINT);
        assert!(self.ends().success());
        self.said()
    }

    /// What it said, once it has ended or is to be ended.
    fn said(&mut self) -> String {
        let _ = self.0.kill();
        let mut said = String::new();
        self.0.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        said
    }
}

/// A test that fails leaves nothing running.
impl Drop for Process {
    fn drop(&mut self) {
        if self.0.try_wait().is_ok_and(|ended| ended.is_none()) {
            self.signal(Signal::SIGINT);
            self.ends();
        }
    }
}

/// Where its engines are, as it tells other processes.
fn running(data: &Path) -> Value {
    let told = fs::read(data.join("running.json")).unwrap_or_else(|_| b"null".into());
    serde_json::from_slice(&told).unwrap()
}

async fn connect(data: &Path) -> sqlx::Result<PgConnection> {
    PgConnection::connect(running(data)["database_url"].as_str().unwrap()).await
}

async fn write(data: &Path, text: &str) {
    let mut db = connect(data).await.unwrap();
    sqlx::query("create table if not exists notes (text text)").execute(&mut db).await.unwrap();
    sqlx::query("insert into notes values ($1)").bind(text).execute(&mut db).await.unwrap();
}

async fn read(data: &Path) -> Vec<String> {
    let mut db = connect(data).await.unwrap();
    sqlx::query_scalar("select text from notes").fetch_all(&mut db).await.unwrap()
}

async fn nats(data: &Path) -> anyhow::Result<async_nats::Client> {
    let url = running(data)["nats_url"].as_str().unwrap().to_owned();
    let address: async_nats::ServerAddr = url.parse()?;
    let [user, password] =
        [address.username(), address.password()].map(|word| word.unwrap().into());
    Ok(async_nats::ConnectOptions::with_user_and_password(user, password).connect(address).await?)
}

fn pid(file: &Path) -> Option<i32> {
    fs::read_to_string(file).ok()?.lines().next()?.trim().parse().ok()
}

/// Whether a process runs. One that ended, but was not buried yet, has no command line.
fn lives(pid: i32) -> bool {
    fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|line| !line.is_empty())
}

/// The process ids of Postgres and nats-server.
fn children(data: &Path) -> [i32; 2] {
    ["postgres/postmaster.pid", "nats/server.pid"].map(|file| pid(&data.join(file)).unwrap())
}

/// Waits for something that comes true by itself.
async fn until<F: Future<Output = bool>>(what: &str, condition: impl Fn() -> F) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !condition().await {
        assert!(Instant::now() < deadline, "{what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn folder() -> TempDir {
    tempfile::Builder::new().prefix("servicebook").tempdir_in("/tmp").unwrap()
}

#[tokio::test]
async fn they_keep_what_they_were_given_and_start_again_within_two_seconds() {
    let data = folder();
    let data = data.path();
    let process = start(data);
    write(data, "kept").await;
    nats(data).await.unwrap();
    let address = running(data)["nats_url"].clone();
    let [postgres, nats] = children(data);
    let said = process.stop();
    assert!(!lives(postgres) && !lives(nats), "nothing is left behind: {said}");
    assert!(!data.join("running.json").exists());

    let began = Instant::now();
    let process = start(data);
    assert!(began.elapsed() < Duration::from_secs(2), "took {:?}", began.elapsed());
    assert_eq!(read(data).await, ["kept"]);
    assert_eq!(running(data)["nats_url"], address, "the address stays");
    process.stop();
}

#[tokio::test]
async fn a_start_after_a_kill_finds_nothing_in_its_way() {
    let data = folder();
    let data = data.path();
    let mut process = start(data);
    write(data, "kept").await;
    let orphans = children(data);
    process.signal(Signal::SIGKILL);
    process.ends();
    assert!(orphans.into_iter().all(lives), "they are orphans now");

    let process = start(data);
    assert_eq!(read(data).await, ["kept"]);
    assert!(!orphans.into_iter().any(lives), "and gone");
    nats(data).await.unwrap();
    process.stop();
}

#[tokio::test]
async fn an_engine_that_is_killed_comes_back_by_itself() {
    let data = folder();
    let data = data.path();
    let process = start(data);
    write(data, "kept").await;
    let before = children(data);
    for pid in before {
        kill(Pid::from_raw(pid), Signal::SIGKILL).unwrap();
    }
    until("Postgres is back", async || connect(data).await.is_ok()).await;
    assert_eq!(read(data).await, ["kept"]);
    until("nats-server is back", async || nats(data).await.is_ok()).await;
    let after = children(data);
    assert!(before.into_iter().zip(after).all(|(before, after)| before != after));
    let said = process.stop();
    assert!(said.contains("died") && said.contains("started again"), "{said}");
    assert!(!after.into_iter().any(lives));
}

#[test]
fn two_cannot_work_on_one_folder() {
    let data = folder();
    let first = start(data.path());
    let mut second = Process(servicebook(data.path(), &["run", "engines"]).spawn().unwrap());
    assert!(!second.ends().success());
    let said = second.said();
    assert!(said.contains("already runs") && said.contains(&first.0.id().to_string()), "{said}");
    first.stop();
}

#[tokio::test]
async fn a_postgres_that_forgets_is_refused_with_what_to_change() {
    let data = folder();
    let process = start(data.path());
    let url = running(data.path())["database_url"].as_str().unwrap().to_owned();
    let mut db = connect(data.path()).await.unwrap();
    sqlx::query("alter role servicebook set synchronous_commit = off")
        .execute(&mut db)
        .await
        .unwrap();
    let other = folder();
    let refused = servicebook(other.path(), &["migrate"])
        .env("DATABASE_URL", url)
        .env("NATS_URL", "nats://127.0.0.1:1")
        .output()
        .unwrap();
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(!refused.status.success());
    assert!(said.contains("synchronous_commit = off"), "{said}");
    assert!(said.contains("Set `synchronous_commit = on`"), "{said}");
    process.stop();
}

#[tokio::test]
async fn nobody_else_can_talk_to_them() {
    use std::os::unix::fs::PermissionsExt;
    let data = folder();
    let process = start(data.path());
    let sockets = fs::metadata(data.path().join("run")).unwrap();
    assert_eq!(sockets.permissions().mode() & 0o777, 0o700);
    let reachable = fs::metadata(data.path().join("running.json")).unwrap();
    assert_eq!(reachable.permissions().mode() & 0o777, 0o600);
    let url = running(data.path())["nats_url"].as_str().unwrap().to_owned();
    let (_, host) = url.rsplit_once('@').unwrap();
    assert!(async_nats::connect(host).await.is_err(), "without the password");
    let mut db = connect(data.path()).await.unwrap();
    let network: String =
        sqlx::query_scalar("show listen_addresses").fetch_one(&mut db).await.unwrap();
    assert_eq!(network, "");
    process.stop();
}
