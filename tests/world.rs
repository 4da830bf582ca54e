//! The whole program, started as a user starts it, on data of its own: a database and an account on
//! the engines that all tests of a run share, or engines of its own.

use std::{
    collections::HashMap,
    io::Write,
    net::{IpAddr, Ipv4Addr},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Output, Stdio},
    time::{Duration, Instant, UNIX_EPOCH},
};

use engines::Running;
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use projections::Projector;
use reqwest::StatusCode;
use sealing::{MasterKey, WrappingKey};
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection, PgPool, postgres::PgPoolOptions};
use tokio::time::sleep;
use uuid::Uuid;

pub use crate::{
    caller::{Answer, Caller},
    process::{binary, free_port},
};
use crate::{
    process::engine_pid,
    shared::{Share, Template},
};

/// How long a system that is well may take to get anywhere.
const PATIENCE: Duration = Duration::from_mins(1);
/// The password of everybody.
pub const PASSWORD: &str = "correct horse battery staple";

/// A `servicebook up` with a data folder of its own.
pub struct World {
    folder: tempfile::TempDir,
    _share: Option<Share>,
    port: u16,
    push_port: u16,
    internal_port: u16,
    child: Option<Child>,
    /// What every program of it finds in its environment.
    environment: Vec<(String, String)>,
}

impl World {
    /// Starts it on the engines that all tests of the run share, and waits until it is ready.
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// As [`World::start`], with more environment: `FAILPOINTS`, settings.
    pub async fn start_with(settings: &[(&str, &str)]) -> Self {
        let Some(share) = Share::take(Template::Started).await else {
            return Self::alone_with(settings).await;
        };
        let key = share.master_key.clone();
        let environment = vec![
            ("DATABASE_URL".into(), share.database_url.clone()),
            ("NATS_URL".into(), share.nats_url.clone()),
        ];
        let mut world = Self::placed(environment, Some(share));
        std::fs::create_dir(world.data()).unwrap();
        std::fs::copy(key, world.data().join("master.key")).unwrap();
        world.run(settings).await;
        world
    }

    /// Starts it on engines of its own: for tests that are about these, or look into its data folder.
    pub async fn alone() -> Self {
        Self::alone_with(&[]).await
    }

    /// As [`World::alone`], with more environment.
    pub async fn alone_with(environment: &[(&str, &str)]) -> Self {
        let mut world = Self::at_rest().await;
        world.run(environment).await;
        world
    }

    /// One that has engines of its own and does not run, as it is after the first start.
    pub async fn at_rest() -> Self {
        let world = Self::elsewhere(Vec::new());
        copy(&first_start().await, &world.data());
        world
    }

    /// A place for one that has nothing but what is set in its environment.
    pub fn elsewhere(environment: Vec<(String, String)>) -> Self {
        Self::placed(environment, None)
    }

    fn placed(environment: Vec<(String, String)>, share: Option<Share>) -> Self {
        let folder = tempfile::Builder::new().prefix("servicebook-").tempdir_in("/tmp").unwrap();
        let [port, push_port, internal_port] = [(); 3].map(|()| free_port());
        Self { folder, _share: share, port, push_port, internal_port, child: None, environment }
    }

    /// Starts it again, on the same data.
    pub async fn run(&mut self, environment: &[(&str, &str)]) {
        self.spawn(environment);
        self.ready().await;
    }

    /// Starts it without waiting.
    pub fn spawn(&mut self, environment: &[(&str, &str)]) {
        let log = self.folder.path().join("up.log");
        let log = std::fs::File::options().create(true).append(true).open(log).unwrap();
        let child = self
            .program(&["up"])
            // Others that are started on the same data find a port by themselves.
            .env("SERVICEBOOK_INTERNAL_LISTEN", format!("127.0.0.1:{}", self.internal_port))
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn();
        self.child = Some(child.unwrap());
    }

    /// Waits until it serves.
    pub async fn ready(&mut self) {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            let answer = reqwest::get(self.url("/ready")).await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return;
            }
            if let Some(status) = self.child.as_mut().and_then(|child| child.try_wait().unwrap()) {
                panic!("it ended with {status}:\n{}", self.log());
            }
            sleep(Duration::from_millis(50)).await;
        }
        panic!("it is not ready after {PATIENCE:?}:\n{}", self.log());
    }

    /// Kills it as a power cut would, engines left as they are.
    pub fn kill(&mut self) {
        let mut child = self.child.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Waits until it has killed itself at a fail point.
    pub async fn died(&mut self) -> ExitStatus {
        let begun = Instant::now();
        while self.lives() {
            assert!(begun.elapsed() < PATIENCE, "it lives on:\n{}", self.log());
            sleep(Duration::from_millis(20)).await;
        }
        self.child.take().unwrap().wait().unwrap()
    }

    /// Whether it still runs.
    pub fn lives(&mut self) -> bool {
        self.child.as_mut().is_some_and(|child| child.try_wait().unwrap().is_none())
    }

    /// Asks it to stop, and waits until it has.
    pub async fn stop(&mut self) {
        if let Some(child) = &self.child {
            kill(Pid::from_raw(i32::try_from(child.id()).unwrap()), Signal::SIGTERM).unwrap();
            let status = self.died().await;
            assert!(status.success(), "{status}:\n{}", self.log());
        }
    }

    /// What it said so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("up.log")).unwrap_or_default()
    }

    /// Sends a signal to an engine: `postgres` or `nats`.
    pub fn signal(&self, engine: &str, signal: Signal) {
        kill(engine_pid(&self.data(), engine).unwrap(), signal).unwrap();
    }

    /// Where the bus keeps its messages.
    pub fn bus_store(&self) -> PathBuf {
        self.data().join("nats/store")
    }

    /// Its data folder.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address())
    }

    /// Where it listens, but for WebSockets: `127.0.0.1:…`.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Where it listens for WebSockets alone.
    pub fn push_address(&self) -> String {
        format!("127.0.0.1:{}", self.push_port)
    }

    /// Where it tells those who watch over it.
    pub fn internal_url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.internal_port)
    }

    /// Another command of the program, on the same data: its words as one would type them.
    pub fn servicebook(&self, words: &[&str]) -> Output {
        self.program(words).stdin(Stdio::null()).output().unwrap()
    }

    /// As [`World::servicebook`]; its answer, which must be a good one.
    pub fn told(&self, words: &[&str]) -> String {
        let output = self.servicebook(words);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "servicebook {}: {errors}", words.join(" "));
        String::from_utf8(output.stdout).unwrap()
    }

    /// The program, to be run on this data.
    pub fn program(&self, words: &[&str]) -> Command {
        let mut program = Command::new(binary());
        program
            .args(words)
            .env_remove("DATABASE_URL")
            .env_remove("NATS_URL")
            .env("SERVICEBOOK_DATA", self.data())
            .env("SERVICEBOOK_LISTEN", format!("127.0.0.1:{}", self.port))
            .env("SERVICEBOOK_WEBSOCKET_LISTEN", self.push_address())
            // A test asks as often as it likes, unless it is about that.
            .env("SERVICEBOOK_RATES", "off")
            .envs(self.environment.iter().map(|(name, value)| (name, value)));
        program
    }

    /// Where it can be reached, and its engines.
    pub fn running(&self) -> Running {
        Running::find(&self.data()).unwrap().unwrap()
    }

    /// Its database, as the owner.
    pub async fn database(&self) -> PgPool {
        let url = self.address_of("DATABASE_URL");
        PgPoolOptions::new().max_connections(4).connect(&url).await.unwrap()
    }

    /// The address of an engine: the one that is set by this name, or its own.
    fn address_of(&self, name: &str) -> String {
        if let Some((_, url)) = self.environment.iter().find(|(set, _)| set == name) {
            return url.clone();
        }
        let running = self.running();
        let url = if name == "NATS_URL" { running.nats_url } else { running.database_url };
        url.reveal().to_owned()
    }

    /// Its master key, as the program itself has it.
    pub async fn master(&self) -> MasterKey {
        let file = std::fs::read_to_string(self.data().join("master.key")).unwrap();
        let keys = file.lines().map(|key| WrappingKey::from_base64(key).unwrap()).collect();
        let mut db = self.database().await.acquire().await.unwrap();
        MasterKey::load(&mut db, keys, None).await.unwrap()
    }

    /// Its bus.
    pub async fn bus(&self) -> async_nats::jetstream::Context {
        self.try_bus().await.unwrap()
    }

    async fn try_bus(&self) -> Result<async_nats::jetstream::Context, async_nats::ConnectError> {
        // The client does not read the login itself.
        let url: async_nats::ServerAddr = self.address_of("NATS_URL").parse().unwrap();
        let [user, password] =
            [url.username(), url.password()].map(|word| word.unwrap().to_owned());
        let options = async_nats::ConnectOptions::with_user_and_password(user, password);
        Ok(async_nats::jetstream::new(options.connect(url).await?))
    }

    /// An administrator, logged in.
    pub async fn admin(&self) -> Caller {
        let email = "admin@example.com";
        let mut child = self
            .program(&["admin", "create", "--email", email, "--name", "Ada", "--password-stdin"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(PASSWORD.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        self.login(email).await
    }

    /// Someone of a role, made by an administrator and logged in; `more` goes into his account.
    pub async fn someone(&self, admin: &Caller, role: &str, more: Value) -> Caller {
        let email = format!("{role}-{}@example.com", Uuid::now_v7().simple());
        let mut account =
            json!({ "email": email, "name": role, "password": PASSWORD, "role": role });
        for (field, value) in more.as_object().into_iter().flatten() {
            account[field] = value.clone();
        }
        let email = account["email"].as_str().unwrap().to_owned();
        admin.post("/users", account).await.expect(StatusCode::CREATED);
        self.login(&email).await
    }

    /// Logs in, as soon as the account is known.
    pub async fn login(&self, email: &str) -> Caller {
        let guest = self.guest();
        let begun = Instant::now();
        loop {
            let login = json!({ "login": email, "password": PASSWORD });
            let answer = guest.post("/jwt", login).await;
            if answer.status == StatusCode::OK {
                let token = |name: &str| answer.body[name].as_str().map(str::to_owned);
                let (token, refresh_token) = (token("access_token"), token("refresh_token"));
                return Caller { token, refresh_token, email: email.into(), ..guest };
            }
            assert!(begun.elapsed() < PATIENCE, "{} {}", answer.status, answer.body);
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// Somebody nobody knows.
    pub fn guest(&self) -> Caller {
        self.guest_at(Ipv4Addr::LOCALHOST)
    }

    /// The same, from another address: `127.…`, all of which are this machine's own.
    pub fn guest_at(&self, address: Ipv4Addr) -> Caller {
        let client = reqwest::Client::builder()
            .timeout(Duration::from_secs(30))
            .local_address(IpAddr::from(address))
            .build()
            .unwrap();
        let (token, refresh_token, email) = (None, None, String::new());
        Caller { client, base: self.url(""), token, refresh_token, email }
    }

    /// Waits until bus, read models and workers have all that is in the log.
    pub async fn settled(&self) {
        let begun = Instant::now();
        let mut before = None;
        while begun.elapsed() < PATIENCE {
            let head = self.head_if_reached().await;
            // Workers may have just made new events of the last ones: twice the same is at rest.
            if head.is_some() && head == before {
                return;
            }
            before = head;
            sleep(Duration::from_millis(300)).await;
        }
        panic!("it does not come to rest: {}", self.told(&["status"]));
    }

    /// The last position of the log, if everybody has got there; nothing while an engine is away.
    async fn head_if_reached(&self) -> Option<i64> {
        let mut db = PgConnection::connect(&self.address_of("DATABASE_URL")).await.ok()?;
        // Followers first: a log that grows meanwhile must not hide a lag.
        let models = "select name, position from projections.checkpoints";
        let models: HashMap<String, i64> =
            sqlx::query_as(models).fetch_all(&mut db).await.ok()?.into_iter().collect();
        let workers = "select position from workers.checkpoints";
        let workers: Vec<i64> = sqlx::query_scalar(workers).fetch_all(&mut db).await.ok()?;
        let bus = self.try_bus().await.ok()?.get_stream("EVENTS").await.ok()?;
        let bus = i64::try_from(bus.cached_info().state.last_sequence).unwrap();
        let head = "select coalesce(max(position), 0) from event_store.events";
        let head: i64 = sqlx::query_scalar(head).fetch_one(&mut db).await.ok()?;
        db.close().await.ok()?;
        let has =
            |model: &Projector| models.get(model.name).is_some_and(|&reached| reached >= head);
        let all_have = projections::all().all(has) && workers.into_iter().all(|at| at >= head);
        (all_have && bus >= head).then_some(head)
    }
}

/// The data of a world that was started once and stopped. It is made by the first test that wants a
/// world, and kept beside the program as long as that is the same: most of a first start is work
/// for a cluster and keys that look alike every time.
pub(crate) async fn first_start() -> PathBuf {
    let program = std::fs::metadata(binary()).unwrap();
    let made = program.modified().unwrap().duration_since(UNIX_EPOCH).unwrap().as_nanos();
    let folder = binary().with_file_name("worlds");
    std::fs::create_dir_all(&folder).unwrap();
    let lock = std::fs::File::create(folder.join("lock")).unwrap();
    // Whoever comes meanwhile waits until it is made.
    lock.lock().unwrap();
    let data = folder.join(made.to_string());
    if !data.exists() {
        for older in std::fs::read_dir(&folder).unwrap() {
            let older = older.unwrap().path();
            if older.is_dir() {
                std::fs::remove_dir_all(older).unwrap();
            }
        }
        let mut world = World::elsewhere(Vec::new());
        world.run(&[]).await;
        world.settled().await;
        world.stop().await;
        // Two that knew each other's address and password would take each other's place.
        for file in ["address", "logins.json"] {
            std::fs::remove_file(world.data().join("nats").join(file)).unwrap();
        }
        let draft = folder.join("draft");
        copy(&world.data(), &draft);
        std::fs::rename(draft, &data).unwrap();
    }
    data
}

/// Copies a folder with all that is in it, as whoever owns it.
pub(crate) fn copy(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-a").args([from, to]).status().unwrap();
    assert!(copied.success(), "{} cannot be copied", from.display());
}

impl Drop for World {
    /// Leaves no process behind, whatever the test came to.
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = kill(Pid::from_raw(i32::try_from(child.id()).unwrap()), Signal::SIGTERM);
            let _ = child.wait();
        }
        for engine in ["postgres", "nats"] {
            if let Some(pid) = engine_pid(&self.data(), engine) {
                let _ = kill(pid, Signal::SIGKILL);
            }
        }
    }
}
