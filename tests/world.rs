//! The program under test, started as an operator starts it, on its own data: a database and an account
//! on the engines that all tests of a run share, or engines of its own.

mod accounts;
mod initialized;
mod load;
mod settled;

use std::{
    path::PathBuf,
    process::{Child, Command, ExitStatus, Output, Stdio},
    time::{Duration, Instant},
};

use engines::RunningDeployment;
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use sealing::{MasterKey, WrappingKey};
use sqlx::{PgPool, postgres::PgPoolOptions};
use tokio::time::sleep;

pub(crate) use self::initialized::{copy_folder, initialized_data};
pub use crate::{
    caller::{Answer, Caller, SentFile},
    process::{data_folder, free_port, program_path},
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
        let folder = data_folder();
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
    pub fn running(&self) -> RunningDeployment {
        RunningDeployment::find(&self.data()).unwrap().unwrap()
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
        MasterKey::load_or_create(&mut db, keys, None).await.unwrap()
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
