//! The two servers Servicebook stands on: Postgres keeps what happened, nats-server spreads it.
//!
//! Either is somebody else's (its address is set), or a private one that is our child, lives in
//! the data folder and can be reached by nobody else. Whichever it is, it is refused when it would
//! lose what it acknowledged.

mod child;
mod leftover;
mod logins;
mod nats;
mod postgres;
mod safety;
mod state;

use std::{collections::BTreeMap, path::Path, str::FromStr};

use anyhow::{Context, ensure};
use bus::Process;
use sqlx::{Executor, PgConnection, postgres::PgConnectOptions};

use self::{
    child::Child,
    nats::{Nats, Urls},
    postgres::Postgres,
};
use crate::config::{Config, Secret};

pub(crate) use logins::Logins;
pub(crate) use nats::{restart as restart_nats, url as nats_url};
pub(crate) use state::private;
pub use state::{DataFolder, Running};

/// As whom the program works on the database: it may append events, and change none.
const ROLE: &str = "servicebook_app";

/// The engines, reachable and checked.
#[derive(Debug)]
pub struct Engines {
    pub database_url: Secret,
    pub nats_url: Secret,
    /// Addresses of the bus for processes that run alone; none where the bus is somebody else's.
    nats_users: BTreeMap<Process, Secret>,
    /// Whether Postgres is the private one of a data folder.
    private: bool,
    /// Where the process that runs on them serves HTTP, if it told.
    pub http: Option<String>,
    postgres: Option<Child>,
    nats: Option<Child>,
    /// Held as long as children of ours write to it.
    folder: Option<DataFolder>,
}

impl Engines {
    /// Starts what is not set to be somebody else's. Fails when another process has done so on the
    /// same data folder, and when an engine is too old or unsafe.
    pub async fn start(config: &Config) -> anyhow::Result<Self> {
        Self::start_in(DataFolder::lock(&config.data()?)?, config).await
    }

    /// As [`Engines::start`], in a folder that is locked already.
    pub async fn start_in(folder: DataFolder, config: &Config) -> anyhow::Result<Self> {
        let (postgres, nats) =
            tokio::try_join!(own_postgres(config, folder.path()), own_nats(config, folder.path()))?;
        let database_url = match &postgres {
            Some((_, url)) => url.clone(),
            None => config.database_url.clone().context("DATABASE_URL is not set")?,
        };
        let (nats, urls) = nats.unzip();
        let nats_url = match &urls {
            Some(urls) => urls.operator.clone(),
            None => config.nats_url.clone().context("NATS_URL is not set")?,
        };
        let engines = Self {
            private: postgres.is_some(),
            database_url,
            nats_url,
            nats_users: urls.map(|urls| urls.processes).unwrap_or_default(),
            http: None,
            postgres: postgres.map(|(child, _)| child),
            nats,
            folder: Some(folder),
        };
        if let Err(unsafe_or_old) = engines.check().await {
            engines.stop().await;
            return Err(unsafe_or_old);
        }
        Ok(engines)
    }

    /// The engines that are set, or those of a process that runs on the same data folder.
    pub async fn elsewhere(config: &Config) -> anyhow::Result<Self> {
        Self::try_elsewhere(config).await?.with_context(|| {
            format!(
                "No Servicebook runs on {}. Start one with `servicebook up`, or say where it is \
                 with SERVICEBOOK_DATA, or with DATABASE_URL and NATS_URL.",
                config.data.display()
            )
        })
    }

    /// As [`Engines::elsewhere`]; where nobody runs on a data folder that is there, its engines
    /// are started for as long as this process needs them. Those that outlived whoever started them
    /// may be in use: they are left as they are.
    pub async fn find(config: &Config) -> anyhow::Result<Self> {
        if let Some(found) = Self::try_elsewhere(config).await? {
            return Ok(found);
        }
        if let Some(left) = Running::left(&config.data()?) {
            let left = Self::of(left, config)?;
            if left.check().await.is_ok() {
                return Ok(left);
            }
        }
        if config.data()?.is_dir() {
            Self::start(config).await
        } else {
            Self::elsewhere(config).await
        }
    }

    async fn try_elsewhere(config: &Config) -> anyhow::Result<Option<Self>> {
        let engines = match (&config.database_url, &config.nats_url) {
            (Some(database_url), Some(nats_url)) => Self {
                database_url: database_url.clone(),
                nats_url: nats_url.clone(),
                nats_users: BTreeMap::new(),
                private: postgres::is_private(database_url, &config.data()?),
                http: None,
                postgres: None,
                nats: None,
                folder: None,
            },
            _ => match Running::find(&config.data()?)? {
                Some(running) => Self::of(running, config)?,
                None => return Ok(None),
            },
        };
        engines.check().await?;
        Ok(Some(engines))
    }

    /// The engines of another process on the same data folder, if those that are set are among them.
    fn of(running: Running, config: &Config) -> anyhow::Result<Self> {
        for (name, set, known) in [
            ("DATABASE_URL", &config.database_url, &running.database_url),
            ("NATS_URL", &config.nats_url, &running.nats_url),
        ] {
            ensure!(
                set.as_ref().is_none_or(|set| set.reveal() == known.reveal()),
                "Servicebook on {} (process {}) uses another {name} than is set.",
                config.data.display(),
                running.pid
            );
        }
        Ok(Self {
            private: postgres::is_private(&running.database_url, &config.data()?),
            database_url: running.database_url,
            nats_url: running.nats_url,
            nats_users: running.nats_users,
            http: Some(running.http),
            postgres: None,
            nats: None,
            folder: None,
        })
    }

    /// For a process that is of one kind only: it logs in at the bus as such.
    #[must_use]
    pub fn for_process(mut self, process: Process) -> Self {
        if let Some(url) = self.nats_users.get(&process) {
            self.nats_url = url.clone();
        }
        self
    }

    /// Whether this process has started them.
    pub fn are_ours(&self) -> bool {
        self.folder.is_some()
    }

    /// How to connect to Postgres.
    pub fn database(&self) -> anyhow::Result<PgConnectOptions> {
        PgConnectOptions::from_str(self.database_url.reveal()).context("DATABASE_URL is no address")
    }

    /// How to connect to Postgres as the application, which owns nothing. To the private one it logs
    /// in by itself; elsewhere the user of `DATABASE_URL` takes its role.
    pub fn application(&self) -> anyhow::Result<PgConnectOptions> {
        let options = self.database()?.application_name("servicebook");
        Ok(if self.private { options.username(ROLE) } else { options.options([("role", ROLE)]) })
    }

    /// Lets the application log in, where that is ours to decide. The schema must be there.
    pub(crate) async fn admit_application(&self, owner: &mut PgConnection) -> sqlx::Result<()> {
        if self.private {
            owner.execute("alter role servicebook_app login").await?;
        }
        Ok(())
    }

    /// Refuses a Postgres that is too old or would lose what it acknowledged. (The bus refuses
    /// its server itself.)
    async fn check(&self) -> anyhow::Result<()> {
        safety::check_postgres(&self.database()?).await
    }

    /// Tells other commands where this one can be reached; see [`Running::find`].
    pub fn announce(&self, http: &str, gateway_key: Secret) -> anyhow::Result<()> {
        let Some(folder) = &self.folder else { return Ok(()) };
        folder.announce(&Running {
            pid: std::process::id(),
            http: http.to_owned(),
            database_url: self.database_url.clone(),
            nats_url: self.nats_url.clone(),
            gateway_key,
            nats_users: self.nats_users.clone(),
        })
    }

    /// Stops what was started, the bus first. Somebody else's engines are left alone.
    pub async fn stop(self) {
        if let Some(nats) = self.nats {
            nats.stop().await;
        }
        if let Some(postgres) = self.postgres {
            postgres.stop().await;
        }
        if let Some(folder) = self.folder {
            folder.withdraw();
        }
    }
}

async fn own_postgres(config: &Config, data: &Path) -> anyhow::Result<Option<(Child, Secret)>> {
    if config.database_url.is_some() {
        return Ok(None);
    }
    Postgres::locate(config, data)?.start().await.map(Some)
}

async fn own_nats(config: &Config, data: &Path) -> anyhow::Result<Option<(Child, Urls)>> {
    if config.nats_url.is_some() {
        return Ok(None);
    }
    Nats::locate(config, data)?.start().await.map(Some)
}
