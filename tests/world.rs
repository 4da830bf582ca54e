//! The program under test, started as an operator starts it, on its own data: a database and an account
//! on the engines that all tests of a run share, or engines of its own.

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
    process::{free_port, program_path},
};
use crate::{
    process::engine_pid,
    shared_engines::{Slot, Template},
};

/// How long a healthy system may take for anything a test waits for.
const TIMEOUT: Duration = Duration::from_mins(1);
/// The password of every account that tests create.
pub const PASSWORD: &str = "correct horse battery staple";

/// A running (or stopped) `servicebook up` with its own data folder. Dropping it ends the program and
/// its engines.
pub struct World {
    folder: tempfile::TempDir,
    _slot: Option<Slot>,
    port: u16,
    push_port: u16,
    internal_port: u16,
    child: Option<Child>,
    /// Environment variables of every program that it starts.
    environment: Vec<(String, String)>,
}

impl World {
    /// Starts it on the engines that all tests of the run share, and waits until it is ready.
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// As [`World::start`], with more environment: `FAILPOINTS`, settings.
    pub async fn start_with(settings: &[(&str, &str)]) -> Self {
        let Some(slot) = Slot::acquire(Template::Started).await else {
            return Self::isolated_with(settings).await;
        };
        let key = slot.master_key.clone();
        let environment = vec![
            ("DATABASE_URL".into(), slot.database_url.clone()),
            ("NATS_URL".into(), slot.nats_url.clone()),
        ];
        let mut world = Self::create(environment, Some(slot));
        std::fs::create_dir(world.data()).unwrap();
        std::fs::copy(key, world.data().join("master.key")).unwrap();
        world.run(settings).await;
        world
    }

    /// Starts it on its own engines: for tests that disturb these, or look into the data folder.
    pub async fn isolated() -> Self {
        Self::isolated_with(&[]).await
    }

    /// As [`World::isolated`], with more environment.
    pub async fn isolated_with(environment: &[(&str, &str)]) -> Self {
        let mut world = Self::stopped().await;
        world.run(environment).await;
        world
    }

    /// Not running, with its own engines: as it is after the first start and a stop.
    pub async fn stopped() -> Self {
        let world = Self::with_environment(Vec::new());
        copy_folder(&initialized_data().await, &world.data());
        world
    }

    /// Not running, with an empty data folder and this environment.
    pub fn with_environment(environment: Vec<(String, String)>) -> Self {
        Self::create(environment, None)
    }

    fn create(environment: Vec<(String, String)>, slot: Option<Slot>) -> Self {
        let folder = tempfile::Builder::new().prefix("servicebook-").tempdir_in("/tmp").unwrap();
        let [port, push_port, internal_port] = [(); 3].map(|()| free_port());
        Self { folder, _slot: slot, port, push_port, internal_port, child: None, environment }
    }

    /// Starts it again, on the same data.
    pub async fn run(&mut self, environment: &[(&str, &str)]) {
        self.spawn(environment);
        self.wait_until_ready().await;
    }

    /// Starts it without waiting.
    pub fn spawn(&mut self, environment: &[(&str, &str)]) {
        let log = self.folder.path().join("up.log");
        let log = std::fs::File::options().create(true).append(true).open(log).unwrap();
        let child = self
            .cli_command(&["up"])
            // Other processes on the same data choose a port themselves.
            .env("SERVICEBOOK_INTERNAL_LISTEN", format!("127.0.0.1:{}", self.internal_port))
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn();
        self.child = Some(child.unwrap());
    }

    /// Waits until it serves.
    pub async fn wait_until_ready(&mut self) {
        let begun = Instant::now();
        while begun.elapsed() < TIMEOUT {
            let answer = reqwest::get(self.url("/ready")).await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return;
            }
            if let Some(status) = self.child.as_mut().and_then(|child| child.try_wait().unwrap()) {
                panic!("it exited with {status}:\n{}", self.log());
            }
            sleep(Duration::from_millis(50)).await;
        }
        panic!("it is not ready after {TIMEOUT:?}:\n{}", self.log());
    }

    /// Kills it as a power cut would; its engines go on.
    pub fn kill(&mut self) {
        let mut child = self.child.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Waits until the process has ended, for example at a fail point.
    pub async fn wait_for_exit(&mut self) -> ExitStatus {
        let begun = Instant::now();
        while self.is_running() {
            assert!(begun.elapsed() < TIMEOUT, "it is still running:\n{}", self.log());
            sleep(Duration::from_millis(20)).await;
        }
        self.child.take().unwrap().wait().unwrap()
    }

    /// Whether the process is still running.
    pub fn is_running(&mut self) -> bool {
        self.child.as_mut().is_some_and(|child| child.try_wait().unwrap().is_none())
    }

    /// Asks it to stop, and waits until it has ended.
    pub async fn stop(&mut self) {
        if let Some(child) = &self.child {
            kill(Pid::from_raw(i32::try_from(child.id()).unwrap()), Signal::SIGTERM).unwrap();
            let status = self.wait_for_exit().await;
            assert!(status.success(), "{status}:\n{}", self.log());
        }
    }

    /// Its output so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("up.log")).unwrap_or_default()
    }

    /// Sends a signal to an engine: `postgres` or `nats`.
    pub fn signal(&self, engine: &str, signal: Signal) {
        kill(engine_pid(&self.data(), engine).unwrap(), signal).unwrap();
    }

    /// The folder in which the bus stores its messages.
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

    /// The address of its HTTP listener: `127.0.0.1:…`.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// The address of its listener for WebSockets.
    pub fn push_address(&self) -> String {
        format!("127.0.0.1:{}", self.push_port)
    }

    /// A URL of its internal listener, which serves monitoring.
    pub fn internal_url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.internal_port)
    }

    /// Runs another command of the program on the same data, with these arguments.
    pub fn try_cli(&self, args: &[&str]) -> Output {
        self.cli_command(args).stdin(Stdio::null()).output().unwrap()
    }

    /// As [`World::try_cli`]; its standard output. It must succeed.
    pub fn cli(&self, args: &[&str]) -> String {
        let output = self.try_cli(args);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "servicebook {}: {errors}", args.join(" "));
        String::from_utf8(output.stdout).unwrap()
    }

    /// A command of the program on this data, not started yet.
    pub fn cli_command(&self, args: &[&str]) -> Command {
        let mut program = Command::new(program_path());
        program
            .args(args)
            .env_remove("DATABASE_URL")
            .env_remove("NATS_URL")
            .env("SERVICEBOOK_DATA", self.data())
            .env("SERVICEBOOK_LISTEN", format!("127.0.0.1:{}", self.port))
            .env("SERVICEBOOK_WEBSOCKET_LISTEN", self.push_address())
            // Only tests of rate limits set rates.
            .env("SERVICEBOOK_RATES", "off")
            .envs(self.environment.iter().map(|(name, value)| (name, value)));
        program
    }

    /// The addresses of the running system and of its engines.
    pub fn running(&self) -> Running {
        Running::find(&self.data()).unwrap().unwrap()
    }

    /// Its database, as the owner.
    pub async fn database(&self) -> PgPool {
        let url = self.engine_url("DATABASE_URL");
        PgPoolOptions::new().max_connections(4).connect(&url).await.unwrap()
    }

    /// The address of an engine: from the variable of this name if it is set, or its own engine's.
    fn engine_url(&self, name: &str) -> String {
        if let Some((_, url)) = self.environment.iter().find(|(variable, _)| variable == name) {
            return url.clone();
        }
        let running = self.running();
        let url = if name == "NATS_URL" { running.nats_url } else { running.database_url };
        url.reveal().to_owned()
    }

    /// Its master key, as the program loads it.
    pub async fn master(&self) -> MasterKey {
        let file = std::fs::read_to_string(self.data().join("master.key")).unwrap();
        let keys = file.lines().map(|key| WrappingKey::from_base64(key).unwrap()).collect();
        let mut db = self.database().await.acquire().await.unwrap();
        MasterKey::load(&mut db, keys, None).await.unwrap()
    }

    /// A connection to its bus.
    pub async fn bus(&self) -> async_nats::jetstream::Context {
        self.try_bus().await.unwrap()
    }

    async fn try_bus(&self) -> Result<async_nats::jetstream::Context, async_nats::ConnectError> {
        // The client does not take the login from the address.
        let url: async_nats::ServerAddr = self.engine_url("NATS_URL").parse().unwrap();
        let [user, password] =
            [url.username(), url.password()].map(|part| part.unwrap().to_owned());
        let options = async_nats::ConnectOptions::with_user_and_password(user, password);
        Ok(async_nats::jetstream::new(options.connect(url).await?))
    }

    /// Creates an administrator on the command line, and logs in.
    pub async fn admin(&self) -> Caller {
        let email = "admin@example.com";
        let mut child = self
            .cli_command(&[
                "admin",
                "create",
                "--email",
                email,
                "--name",
                "Ada",
                "--password-stdin",
            ])
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

    /// Creates a user with a role, and logs in; `fields` are added to the request.
    pub async fn user_with_role(&self, admin: &Caller, role: &str, fields: Value) -> Caller {
        let email = format!("{role}-{}@example.com", Uuid::now_v7().simple());
        let mut account =
            json!({ "email": email, "name": role, "password": PASSWORD, "role": role });
        for (field, value) in fields.as_object().into_iter().flatten() {
            account[field] = value.clone();
        }
        let email = account["email"].as_str().unwrap().to_owned();
        admin.post("/users", account).await.expect(StatusCode::CREATED);
        self.login(&email).await
    }

    /// Logs in, as soon as the read model has the account.
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
            assert!(begun.elapsed() < TIMEOUT, "{} {}", answer.status, answer.body);
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// A caller who is not signed in.
    pub fn guest(&self) -> Caller {
        self.guest_at(Ipv4Addr::LOCALHOST)
    }

    /// The same, from another address of this machine: `127.…`.
    pub fn guest_at(&self, address: Ipv4Addr) -> Caller {
        let client = reqwest::Client::builder()
            .timeout(Duration::from_secs(30))
            .local_address(IpAddr::from(address))
            .build()
            .unwrap();
        let (token, refresh_token, email) = (None, None, String::new());
        Caller { client, base: self.url(""), token, refresh_token, email }
    }

    /// Waits until bus, read models and workers have reached the end of the log.
    pub async fn wait_until_settled(&self) {
        let begun = Instant::now();
        let mut before = None;
        while begun.elapsed() < TIMEOUT {
            let head = self.head_if_reached().await;
            // Workers may have just appended new events: it is settled when two looks see the same.
            if head.is_some() && head == before {
                return;
            }
            before = head;
            sleep(Duration::from_millis(300)).await;
        }
        panic!("it does not come to rest: {}", self.cli(&["status"]));
    }

    /// The last position of the log if all followers have reached it; nothing while an engine is down.
    async fn head_if_reached(&self) -> Option<i64> {
        let mut db = PgConnection::connect(&self.engine_url("DATABASE_URL")).await.ok()?;
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
        let has_reached =
            |model: &Projector| models.get(model.name).is_some_and(|&reached| reached >= head);
        let all_have =
            projections::all().all(has_reached) && workers.into_iter().all(|at| at >= head);
        (all_have && bus >= head).then_some(head)
    }
}

/// A data folder as the first start leaves it. The first test that needs one makes it, and it is kept
/// beside the program until that is built anew: most of a first start makes a cluster and keys that are
/// alike every time.
pub(crate) async fn initialized_data() -> PathBuf {
    let program = std::fs::metadata(program_path()).unwrap();
    let built = program.modified().unwrap().duration_since(UNIX_EPOCH).unwrap().as_nanos();
    let folder = program_path().with_file_name("worlds");
    std::fs::create_dir_all(&folder).unwrap();
    let lock = std::fs::File::create(folder.join("lock")).unwrap();
    // Other tests wait here until it is made.
    lock.lock().unwrap();
    let data = folder.join(built.to_string());
    if !data.exists() {
        for older in std::fs::read_dir(&folder).unwrap() {
            let older = older.unwrap().path();
            if older.is_dir() {
                std::fs::remove_dir_all(older).unwrap();
            }
        }
        let mut world = World::with_environment(Vec::new());
        world.run(&[]).await;
        world.wait_until_settled().await;
        world.stop().await;
        // Copies with the same address and logins would connect to each other's bus.
        for file in ["address", "logins.json"] {
            std::fs::remove_file(world.data().join("nats").join(file)).unwrap();
        }
        let draft = folder.join("draft");
        copy_folder(&world.data(), &draft);
        std::fs::rename(draft, &data).unwrap();
    }
    data
}

/// Copies a folder with its content and owners.
pub(crate) fn copy_folder(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-a").args([from, to]).status().unwrap();
    assert!(copied.success(), "{} cannot be copied", from.display());
}

impl Drop for World {
    /// Leaves no process behind, also when the test failed.
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
