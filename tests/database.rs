//! A migrated database without events for one test, on a real Postgres.

use std::{path::Path, sync::Arc};

use chrono::{DateTime, Utc};
use commands::{Clock, Commands, Settings};
use engines::Engines;
use infra::config::Config;
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use sealing::{KeyRing, MasterKey, WrappingKey};
use sqlx::{
    PgPool, Row,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tempfile::TempDir;

use crate::{
    process::{data_folder, engine_pid},
    shared_engines::{Slot, Template},
};

/// A database with the schema of the store and nothing in it.
pub struct Database {
    /// As the owner, who may do what the application may not.
    pub owner: PgPool,
    /// As the application.
    pub app: PgPool,
    pub options: PgConnectOptions,
    pub master: MasterKey,
    /// The Postgres that only this test uses, and its folder.
    isolated: Option<(Engines, TempDir)>,
    /// Its database on the Postgres that all tests of the run share.
    _slot: Option<Slot>,
}

impl Database {
    /// On the Postgres that all tests of the run share, if there is one.
    pub async fn new() -> Self {
        let Some(slot) = Slot::acquire(Template::Empty).await else {
            return Self::isolated().await;
        };
        let owner = slot.database_url.parse().unwrap();
        Self { _slot: Some(slot), ..Self::on(owner).await }
    }

    /// On a Postgres that only this test uses.
    pub async fn isolated() -> Self {
        let folder = data_folder();
        let engines = start_engines(&folder.path().join("data")).await;
        let owner = engines.owner_options().unwrap();
        Self { isolated: Some((engines, folder)), ..Self::on(owner).await }
    }

    async fn on(owner_options: PgConnectOptions) -> Self {
        let owner = PgPoolOptions::new().max_connections(4).connect_with(owner_options.clone());
        let owner = owner.await.unwrap();
        infra::MIGRATOR.run(&owner).await.unwrap();
        let options = owner_options.options([("role", "servicebook_app")]);
        let app = PgPoolOptions::new().max_connections(8).connect_with(options.clone());
        let app = app.await.unwrap();
        let keys = vec![WrappingKey::generate().unwrap()];
        let mut connection = owner.acquire().await.unwrap();
        let master = MasterKey::load_or_create(&mut connection, keys, None).await.unwrap();
        drop(connection);
        Self { owner, app, options, master, isolated: None, _slot: None }
    }

    /// The write side, with the system's clock.
    #[expect(clippy::disallowed_methods, reason = "the system's clock is what is needed")]
    pub fn commands(&self) -> Commands {
        self.commands_with(Arc::new(Utc::now), true)
    }

    /// The write side, with a clock of the test's own.
    pub fn commands_at(&self, clock: Clock) -> Commands {
        self.commands_with(clock, false)
    }

    /// The write side, with a clock that is the system's or not.
    pub fn commands_with(&self, clock: Clock, is_world_clock: bool) -> Commands {
        Commands::new(Settings {
            db: self.app.clone(),
            appender: self.options.clone(),
            master: self.master.clone(),
            clock,
            is_world_clock,
        })
    }

    /// One number, by a query as the owner.
    pub async fn count(&self, query: &'static str) -> i64 {
        sqlx::query(query).fetch_one(&self.owner).await.unwrap().get(0)
    }

    /// What `servicebook verify` finds wrong with the log. No read models are built here, so their
    /// absence is no fault.
    pub async fn faults(&self) -> Vec<String> {
        let keys = KeyRing::new(self.app.clone(), self.master.clone());
        let mut report = integrity::verify(&self.options, &keys, |_, _| {}).await.unwrap();
        report.faults.retain(|fault| !fault.ends_with("was never built"));
        report.faults
    }

    /// Sends a signal to every process of its own Postgres; see [`Database::isolated`].
    pub fn signal(&self, signal: Signal) {
        let (_, folder) = self.isolated.as_ref().unwrap();
        let server = engine_pid(&folder.path().join("data"), "postgres").unwrap();
        let children = format!("/proc/{server}/task/{server}/children");
        let children = std::fs::read_to_string(children).unwrap();
        let children = children.split_whitespace().map(|pid| Pid::from_raw(pid.parse().unwrap()));
        for process in children.chain([server]) {
            // A session may have ended in between.
            let _ = kill(process, signal);
        }
    }

    /// Ends its own engines; shared ones go on.
    pub async fn stop(self) {
        self.owner.close().await;
        self.app.close().await;
        if let Some((engines, _folder)) = self.isolated {
            engines.stop().await;
        }
    }
}

/// Starts Postgres on a data folder, without the bus.
pub(crate) async fn start_engines(data: &Path) -> Engines {
    let data = data.display().to_string();
    let settings = [("SERVICEBOOK_DATA", data), ("NATS_URL", "nats://unused".into())];
    let settings = settings.map(|(name, value)| (name.to_owned(), value)).into_iter();
    let config = Config::load(None, std::env::vars().chain(settings)).unwrap().config;
    Engines::start(&config.engine_settings().unwrap()).await.unwrap()
}

/// A clock that stands still.
pub fn frozen_clock(at: DateTime<Utc>) -> Clock {
    Arc::new(move || at)
}
