//! A real nats-server in a directory of its own, and a log in memory.

use std::{
    collections::HashMap,
    env,
    fs::{self, File},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use async_nats::jetstream::consumer::{DeliverPolicy, pull::OrderedConfig};
use bus::{Bus, EventSource, Options, Relay};
use chrono::DateTime;
use domain::{Meta, RawEvent};
use futures::StreamExt;
use serde_json::value::RawValue;
use tempfile::TempDir;
use tokio::{task::JoinHandle, time::timeout};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Longer than anything here takes, on a busy machine too.
pub(crate) const LONG: Duration = Duration::from_mins(1);

/// The example of users.
const ACCOUNTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../infra/nats/accounts.conf");

/// A server that is killed without warning when it is dropped, and on command.
pub(crate) struct Server {
    dir: TempDir,
    port: u16,
    monitor: u16,
    process: Child,
}

impl Server {
    pub(crate) fn start() -> Self {
        Self::configured("sync_interval: always")
    }

    /// With these settings of `JetStream`.
    pub(crate) fn configured(storage: &str) -> Self {
        Self::launched(storage, false)
    }

    /// With the users of the example for deployments that bring their own server.
    pub(crate) fn with_accounts() -> Self {
        Self::launched("sync_interval: always", true)
    }

    fn launched(storage: &str, accounts: bool) -> Self {
        let dir = TempDir::new().unwrap();
        let (port, monitor) = (free_port(), free_port());
        let store = dir.path().join("store");
        let store = store.display();
        let config = format!(
            "listen: 127.0.0.1:{port}\nhttp: 127.0.0.1:{monitor}\n\
             jetstream {{ store_dir: \"{store}\", {storage} }}\n"
        );
        let users = fs::read_to_string(ACCOUNTS).unwrap();
        fs::write(dir.path().join("accounts.conf"), users).unwrap();
        let config = if accounts { config + "include accounts.conf\n" } else { config };
        fs::write(dir.path().join("nats.conf"), config).unwrap();
        let process = launch(dir.path(), port);
        Self { dir, port, monitor, process }
    }

    pub(crate) fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// The address for a user of the example.
    pub(crate) fn url_of(&self, user: &str) -> String {
        let password = if user == "servicebook" { "operator" } else { user };
        format!("nats://{user}:CHANGE-ME-{password}@127.0.0.1:{}", self.port)
    }

    pub(crate) async fn bus_of(&self, user: &str) -> Bus {
        Bus::connect(&self.url_of(user), Options::default()).await.unwrap()
    }

    /// A client of somebody's own, as a user of the example.
    pub(crate) async fn client_of(&self, user: &str) -> async_nats::Client {
        let password = format!("CHANGE-ME-{user}");
        let login = async_nats::ConnectOptions::with_user_and_password(user.into(), password);
        login.connect(self.url()).await.unwrap()
    }

    pub(crate) fn monitor(&self) -> String {
        format!("127.0.0.1:{}", self.monitor)
    }

    /// kill -9.
    pub(crate) fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Stops it without its connections noticing (`STOP`), or lets it go on (`CONT`).
    pub(crate) fn signal(&self, signal: &str) {
        let process = self.process.id().to_string();
        let sent = Command::new("kill").args(["-s", signal, &process]).status().unwrap();
        assert!(sent.success());
    }

    pub(crate) fn restart(&mut self) {
        self.process = launch(self.dir.path(), self.port);
    }

    /// Loses everything that a killed server had stored.
    pub(crate) fn wipe(&self) {
        fs::remove_dir_all(self.dir.path().join("store")).unwrap();
    }

    /// Keeps a copy of what a killed server has stored.
    pub(crate) fn back_up(&self) {
        copy(&self.dir.path().join("store"), &self.dir.path().join("backup"));
    }

    /// Sets a killed server back to the copy.
    pub(crate) fn restore_backup(&self) {
        self.wipe();
        copy(&self.dir.path().join("backup"), &self.dir.path().join("store"));
    }

    pub(crate) async fn bus(&self) -> Bus {
        Bus::connect(&self.url(), Options::default()).await.unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// The one that the environment names, else the one of this checkout, else the one on the PATH.
fn binary() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.tools/nats-server");
    match env::var_os("NATS_SERVER_BIN") {
        Some(binary) => binary.into(),
        None if own.exists() => own,
        None => "nats-server".into(),
    }
}

pub(crate) fn launch(dir: &Path, port: u16) -> Child {
    let log = File::options().create(true).append(true).open(dir.join("log")).unwrap();
    let mut command = Command::new(binary());
    command.arg("-c").arg(dir.join("nats.conf")).stderr(log);
    let mut process =
        command.spawn().expect("no nats-server: run infra/up once, or set NATS_SERVER_BIN");
    for _ in 0..500 {
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return process;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    process.kill().unwrap();
    process.wait().unwrap();
    panic!("nats-server does not start:\n{}", fs::read_to_string(dir.join("log")).unwrap());
}

pub(crate) fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// A log that lasts as long as the test.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<RawEvent>>>);

impl Log {
    /// A log of so many events; another seed makes other events.
    pub(crate) fn of(seed: u128, events: i64) -> Self {
        let log = Self::default();
        log.grow(seed, events);
        log
    }

    pub(crate) fn grow(&self, seed: u128, events: i64) {
        let mut all = self.0.lock().unwrap();
        let from = i64::try_from(all.len()).unwrap() + 1;
        all.extend((from..from + events).map(|position| event(seed, position)));
    }

    /// Grows by events of so many bytes each.
    pub(crate) fn grow_big(&self, events: i64, bytes: usize) {
        self.grow(1, events);
        for event in self.0.lock().unwrap().iter_mut() {
            event.data =
                RawValue::from_string(format!(r#"{{"x":"{}"}}"#, "x".repeat(bytes))).unwrap();
        }
    }

    pub(crate) fn len(&self) -> i64 {
        i64::try_from(self.0.lock().unwrap().len()).unwrap()
    }

    pub(crate) fn texts(&self) -> Vec<String> {
        self.0.lock().unwrap().iter().map(text).collect()
    }

    /// A relay between this log and a bus, in the background.
    pub(crate) fn relay(&self, bus: Bus) -> Running {
        let stop = CancellationToken::new();
        let relay = Relay::new(bus, self.clone());
        let task = tokio::spawn({
            let stop = stop.clone();
            async move { relay.run(&stop).await }
        });
        Running { stop, task }
    }
}

impl EventSource for Log {
    async fn head(&self) -> anyhow::Result<i64> {
        Ok(self.len())
    }

    async fn events_after(&self, position: i64, limit: usize) -> anyhow::Result<Vec<RawEvent>> {
        let skip = usize::try_from(position)?;
        Ok(self.0.lock().unwrap().iter().skip(skip).take(limit).cloned().collect())
    }
}

pub(crate) fn event(seed: u128, position: i64) -> RawEvent {
    let id = Uuid::from_u128(seed << 64 | u128::try_from(position).unwrap());
    let data = format!(r#"{{"name": "{}", "n": {position}}}"#, "x".repeat(200));
    RawEvent {
        position,
        stream: "crm.customer".into(),
        id,
        version: 1,
        kind: "CustomerCreated".into(),
        schema: 1,
        data: RawValue::from_string(data).unwrap(),
        meta: Meta { command: id, ..Meta::default() },
        recorded_at: DateTime::from_timestamp_micros(1_800_000_000_000_000 + position).unwrap(),
    }
}

pub(crate) fn text(event: &RawEvent) -> String {
    String::from_utf8(bus::to_cloud_event(event).unwrap()).unwrap()
}

/// A relay at work.
pub(crate) struct Running {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Running {
    pub(crate) async fn stop(self) {
        self.stop.cancel();
        timeout(LONG, self.task).await.unwrap().unwrap();
    }
}

/// All messages of the bus, as an ordinary NATS client reads them.
pub(crate) async fn read_all(server: &Server) -> Vec<String> {
    read_at(&server.url()).await
}

/// The same, of a server or several at an address.
pub(crate) async fn read_at(url: &str) -> Vec<String> {
    let servers: Vec<_> = url.split(',').map(|url| url.parse().unwrap()).collect();
    let servers: Vec<async_nats::ServerAddr> = servers;
    let client = async_nats::connect(servers).await.unwrap();
    let stream = async_nats::jetstream::new(client).get_stream("EVENTS").await.unwrap();
    let count = usize::try_from(stream.cached_info().state.last_sequence).unwrap();
    let everything = OrderedConfig { deliver_policy: DeliverPolicy::All, ..Default::default() };
    // A cluster that has just got a server back may need a moment.
    let begun = Instant::now();
    let consumer = loop {
        match stream.create_consumer(everything.clone()).await {
            Ok(consumer) => break consumer,
            Err(why) => assert!(begun.elapsed() < LONG, "{why}"),
        }
    };
    let messages = consumer.messages().await.unwrap().take(count);
    let read = messages.enumerate().map(|(index, message)| {
        let message = message.unwrap();
        assert_eq!(message.info().unwrap().stream_sequence, index as u64 + 1);
        String::from_utf8(message.payload.to_vec()).unwrap()
    });
    timeout(LONG, read.collect()).await.unwrap()
}

/// When the stream was created: another time is another stream.
pub(crate) async fn created(server: &Server) -> String {
    let client = async_nats::connect(server.url()).await.unwrap();
    match async_nats::jetstream::new(client).get_stream("EVENTS").await {
        Ok(stream) => stream.cached_info().created.to_string(),
        // It is being replaced.
        Err(_) => String::new(),
    }
}

/// Waits until the bus holds as much as the log, and the same.
pub(crate) async fn wait_until_equal(server: &Server, log: &Log) {
    let equal = async {
        loop {
            if last_sequence(server).await == Some(u64::try_from(log.len()).unwrap()) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(LONG, equal).await.expect("the bus never gets as far as the log");
    let (bus, log) = (read_all(server).await, log.texts());
    assert_eq!(bus.len(), log.len());
    for (bus, log) in bus.iter().zip(&log) {
        assert_eq!(bus, log);
    }
}

async fn last_sequence(server: &Server) -> Option<u64> {
    let client = async_nats::connect(server.url()).await.ok()?;
    let stream = async_nats::jetstream::new(client).get_stream("EVENTS").await.ok()?;
    Some(stream.cached_info().state.last_sequence)
}

pub(crate) fn metadata(pairs: &[(&str, &str)]) -> HashMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}
