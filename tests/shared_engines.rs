//! The engines that all tests of one run share: each test has its own database and its own account on
//! the bus there. The program `shared-engines`, a setup script of nextest, runs them.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, postgres::PgConnectOptions};
use tokio::{net::TcpStream, time::sleep};

use crate::{
    database::start_engines,
    process::{data_folder, free_port},
    world::{copy_folder, initialized_data},
};

/// The variable that names the folder of the shared engines.
pub const FOLDER: &str = "TEST_ENGINES";
/// At most so many tests of one run can use the shared engines.
const MAX_SLOTS: u32 = 2_000;

/// The database that a slot's database is copied from.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Template {
    /// The schema of the store and nothing in it.
    Empty,
    /// What the program has made by the end of its first start.
    Started,
}

impl Template {
    fn name(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Started => "servicebook",
        }
    }
}

/// A test's database and account on the shared engines. Dropping it drops the database.
#[derive(Debug)]
pub(crate) struct Slot {
    server: PgConnectOptions,
    name: String,
    pub(crate) database_url: String,
    pub(crate) nats_url: String,
    /// The file with the master key of the template [`Template::Started`].
    pub(crate) master_key: PathBuf,
}

impl Slot {
    /// A copy of a template, and an account; nothing if no engines are shared in this run.
    pub(crate) async fn acquire(template: Template) -> Option<Self> {
        let folder = PathBuf::from(std::env::var_os(FOLDER)?);
        let number = (1..MAX_SLOTS)
            .find(|number| fs::File::create_new(folder.join(format!("test-{number}"))).is_ok())
            .unwrap();
        let [database, nats] =
            ["database", "nats"].map(|name| fs::read_to_string(folder.join(name)).unwrap());
        let server: PgConnectOptions = database.parse().unwrap();
        let server = server.database("postgres");
        let name = format!("test_{number}");
        let slot = Self {
            database_url: database.replace("/servicebook?", &format!("/{name}?")),
            nats_url: format!("nats://{}:test@{nats}", user_name(number)),
            master_key: folder.join("data/master.key"),
            server,
            name,
        };
        let create = format!("create database {} template {}", slot.name, template.name());
        // What the migrations grant on the database itself is not copied.
        let grant = format!("grant create on database {} to servicebook_app", slot.name);
        execute(&slot.server, &[&create, &grant]).await;
        Some(slot)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let drop = format!("drop database {} with (force)", self.name);
        // The test may have a runtime, which cannot wait here.
        let server = self.server.clone();
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(execute(&server, &[&drop]));
        });
        let _ = dropping.join();
    }
}

async fn execute(server: &PgConnectOptions, statements: &[&str]) {
    let mut connection = server.connect().await.unwrap();
    for statement in statements {
        connection.execute(AssertSqlSafe((*statement).to_owned())).await.unwrap();
    }
    connection.close().await.unwrap();
}

/// The user of an account on the bus.
fn user_name(number: u32) -> String {
    format!("test-{number}")
}

/// Starts engines and stops them when the process `test_run` ends. Calls `ready` with their folder as
/// soon as they can be reached.
pub async fn serve(test_run: i32, ready: impl FnOnce(&Path)) {
    let folder = data_folder();
    let folder = folder.path();
    copy_folder(&initialized_data().await, &folder.join("data"));
    let engines = start_engines(&folder.join("data")).await;
    let server = engines.owner_options().unwrap();
    execute(&server, &["create database empty"]).await;
    let mut empty = server.clone().database("empty").connect().await.unwrap();
    infra::MIGRATOR.run(&mut empty).await.unwrap();
    empty.close().await.unwrap();
    let mut nats = start_nats(folder).await;
    fs::write(folder.join("database"), engines.database_url.reveal()).unwrap();
    ready(folder);
    while kill(Pid::from_raw(test_run), None).is_ok() {
        sleep(Duration::from_millis(500)).await;
    }
    engines.stop().await;
    let _ = kill(Pid::from_raw(i32::try_from(nats.id()).unwrap()), Signal::SIGTERM);
    let _ = nats.wait();
}

/// A nats-server with an account for each test.
async fn start_nats(folder: &Path) -> Child {
    let address = format!("127.0.0.1:{}", free_port());
    let account = |number| {
        let user = user_name(number);
        format!("  {user} {{ jetstream: enabled, users: [{{ user: {user}, password: test }}] }}\n")
    };
    let accounts: String = (1..MAX_SLOTS).map(account).collect();
    let settings = format!(
        "listen: \"{address}\"\nmax_payload: 8MB\n\
         jetstream {{ store_dir: \"{}\", max_file_store: 64TB, sync_interval: always }}\n\
         accounts {{\n{accounts}}}\n",
        folder.join("store").display()
    );
    let file = folder.join("nats.conf");
    fs::write(&file, settings).unwrap();
    let mut server = Command::new("nats-server");
    server.arg("-c").arg(&file).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let server = server.spawn().unwrap();
    while TcpStream::connect(&address).await.is_err() {
        sleep(Duration::from_millis(10)).await;
    }
    fs::write(folder.join("nats"), address).unwrap();
    server
}
