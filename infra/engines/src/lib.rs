//! The two servers Servicebook stands on: Postgres keeps what happened, nats-server spreads it.
//!
//! Either is somebody else's (its address is set), or a private one that is our child, lives in
//! the data folder and can be reached by nobody else. Whichever it is, it is refused when it would
//! lose what it acknowledged.

mod child;
mod data_folder;
mod leftover;
mod logins;
mod nats;
mod postgres;
mod random;
mod safety;
mod secret;
mod user;

use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    str::FromStr,
};

use anyhow::{Context, ensure};
use bus::ProcessKind;
use sqlx::{Executor, PgConnection, postgres::PgConnectOptions};

use self::{
    child::Child,
    nats::{Nats, NatsUrls},
    postgres::Postgres,
};

pub use data_folder::{DataFolder, RunningDeployment, private_file_options};
pub use logins::NatsLogins;
pub use nats::{nats_url, terminate_nats_to_reload};
pub use random::random_password;
pub use secret::Secret;

/// The database role of the program: it may append events, and change none.
const ROLE: &str = "servicebook_app";

/// Where the engines are, or where and by which programs private ones are run.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The data folder: an absolute path.
    pub data: PathBuf,
    /// An external Postgres.
    pub database_url: Option<Secret>,
    /// An external nats-server.
    pub nats_url: Option<Secret>,
    /// The folder with `postgres` and `initdb`; else the newest installed.
    pub pg_bin: Option<PathBuf>,
    /// The nats-server to run; else the one that is installed.
    pub nats_bin: Option<PathBuf>,
    /// Where analysts log in to the private Postgres.
    pub analyst_listen: Option<SocketAddr>,
}

/// The engines, reachable and checked.
#[derive(Debug)]
pub struct Engines {
    /// How the owner of the database reaches Postgres.
    pub database_url: Secret,
    /// How this process reaches the bus.
    pub nats_url: Secret,
    /// Addresses of the bus for single processes; none for an external bus.
    nats_users: BTreeMap<ProcessKind, Secret>,
    /// Whether Postgres is the private one of a data folder.
    private: bool,
    /// Where the process that runs on them serves HTTP, if it told.
    pub http: Option<String>,
    /// What this process has started.
    started: Option<Started>,
}

/// Children of ours, and the folder that is held as long as they write to it.
#[derive(Debug)]
struct Started {
    postgres: Option<Child>,
    nats: Option<Child>,
    folder: DataFolder,
}

impl Engines {
    /// Starts what is not set to be somebody else's. Fails when another process has done so on the
    /// same data folder, and when an engine is too old or unsafe.
    pub async fn start(settings: &Settings) -> anyhow::Result<Self> {
        Self::start_in(DataFolder::lock(&settings.data)?, settings).await
    }

    /// As [`Engines::start`], in a folder that is locked already.
    pub async fn start_in(folder: DataFolder, settings: &Settings) -> anyhow::Result<Self> {
        let (postgres, nats) = tokio::try_join!(own_postgres(settings), own_nats(settings))?;
        let (postgres, own_url) = postgres.unzip();
        let (nats, own_urls) = nats.unzip();
        let (operator, users) =
            own_urls.map(|NatsUrls { operator, users }| (operator, users)).unzip();
        let database_url = own_url.or_else(|| settings.database_url.clone());
        let nats_url = operator.or_else(|| settings.nats_url.clone());
        let engines = Self {
            nats_users: users.unwrap_or_default(),
            started: Some(Started { postgres, nats, folder }),
            ..Self::at(
                database_url.context("DATABASE_URL is not set")?,
                nats_url.context("NATS_URL is not set")?,
                settings,
            )
        };
        if let Err(unsafe_or_old) = engines.check().await {
            engines.stop().await;
            return Err(unsafe_or_old);
        }
        Ok(engines)
    }

    /// The engines that are set, or those of a process that runs on the same data folder.
    pub async fn find_running(settings: &Settings) -> anyhow::Result<Self> {
        Self::try_find_running(settings).await?.with_context(|| {
            format!(
                "No Servicebook runs on {}. Start one with `servicebook up`, or say where it is \
                 with SERVICEBOOK_DATA, or with DATABASE_URL and NATS_URL.",
                settings.data.display()
            )
        })
    }

    /// As [`Engines::find_running`]; where nobody runs on a data folder that is there, its engines
    /// are started for as long as this process needs them. Those that outlived whoever started them
    /// may be in use: they are left as they are.
    pub async fn find_or_start(settings: &Settings) -> anyhow::Result<Self> {
        if let Some(found) = Self::try_find_running(settings).await? {
            return Ok(found);
        }
        if let Some(left) = RunningDeployment::find_leftover(&settings.data) {
            let left = Self::of_running(left, settings)?;
            if left.check().await.is_ok() {
                return Ok(left);
            }
        }
        if settings.data.is_dir() {
            Self::start(settings).await
        } else {
            Self::find_running(settings).await
        }
    }

    async fn try_find_running(settings: &Settings) -> anyhow::Result<Option<Self>> {
        let engines = match (&settings.database_url, &settings.nats_url) {
            (Some(database), Some(nats)) => Self::at(database.clone(), nats.clone(), settings),
            _ => match RunningDeployment::find(&settings.data)? {
                Some(running) => Self::of_running(running, settings)?,
                None => return Ok(None),
            },
        };
        engines.check().await?;
        Ok(Some(engines))
    }

    /// The engines of another process on the same data folder, if those that are set are among them.
    fn of_running(running: RunningDeployment, settings: &Settings) -> anyhow::Result<Self> {
        for (name, set, used) in [
            ("DATABASE_URL", &settings.database_url, &running.database_url),
            ("NATS_URL", &settings.nats_url, &running.nats_url),
        ] {
            ensure!(
                set.as_ref().is_none_or(|set| set == used),
                "Servicebook on {} (process {}) uses another {name} than is set.",
                settings.data.display(),
                running.pid
            );
        }
        Ok(Self {
            nats_users: running.nats_users,
            http: Some(running.http),
            ..Self::at(running.database_url, running.nats_url, settings)
        })
    }

    /// The engines at some addresses, of which nothing else is known.
    fn at(database_url: Secret, nats_url: Secret, settings: &Settings) -> Self {
        Self {
            private: postgres::is_private_url(&database_url, &settings.data),
            database_url,
            nats_url,
            nats_users: BTreeMap::new(),
            http: None,
            started: None,
        }
    }

    /// For a process that is of one kind only: it logs in at the bus as such.
    #[must_use]
    pub fn with_nats_login_of(mut self, process: ProcessKind) -> Self {
        if let Some(url) = self.nats_users.get(&process) {
            self.nats_url = url.clone();
        }
        self
    }

    /// Whether this process has started them.
    pub fn were_started_here(&self) -> bool {
        self.started.is_some()
    }

    /// How to connect to Postgres.
    pub fn owner_options(&self) -> anyhow::Result<PgConnectOptions> {
        PgConnectOptions::from_str(self.database_url.reveal()).context("DATABASE_URL is no address")
    }

    /// How to connect to Postgres as the application, which owns nothing. To the private one it logs
    /// in by itself; elsewhere the user of `DATABASE_URL` takes its role.
    pub fn application_options(&self) -> anyhow::Result<PgConnectOptions> {
        let options = self.owner_options()?.application_name("servicebook");
        Ok(if self.private { options.username(ROLE) } else { options.options([("role", ROLE)]) })
    }

    /// How an analyst connects to Postgres; `None` if nobody but us can reach it. `owner` is a connection to
    /// it.
    pub async fn analyst_url(
        &self,
        owner: &mut PgConnection,
        name: &str,
        password: &str,
    ) -> anyhow::Result<Option<Secret>> {
        let options = self.owner_options()?;
        let database = options.get_database().unwrap_or(name).to_owned();
        let (address, parameters) = if self.private {
            let listens = "select current_setting('listen_addresses')";
            let host: String = sqlx::query_scalar(listens).fetch_one(owner).await?;
            let Ok(host) = host.parse::<IpAddr>() else { return Ok(None) };
            (SocketAddr::new(host, options.get_port()).to_string(), String::new())
        } else {
            let parameters = self.database_url.reveal().split_once('?');
            let parameters = parameters.map(|(_, parameters)| format!("?{parameters}"));
            let address = format!("{}:{}", options.get_host(), options.get_port());
            (address, parameters.unwrap_or_default())
        };
        let url = format!("postgres://{name}:{password}@{address}/{database}{parameters}");
        Ok(Some(Secret::new(url)))
    }

    /// Lets the application log in, where that is ours to decide. The schema must be there.
    pub async fn allow_application_login(&self, owner: &mut PgConnection) -> sqlx::Result<()> {
        if self.private {
            owner.execute("alter role servicebook_app login").await?;
        }
        Ok(())
    }

    /// Refuses a Postgres that is too old or would lose what it acknowledged. (The bus refuses
    /// its server itself.)
    async fn check(&self) -> anyhow::Result<()> {
        safety::check_postgres(&self.owner_options()?).await
    }

    /// Tells other commands where this one can be reached; see [`RunningDeployment::find`].
    pub fn announce(&self, http: &str, gateway_key: Secret) -> anyhow::Result<()> {
        let Some(started) = &self.started else { return Ok(()) };
        started.folder.write_running_file(&RunningDeployment {
            pid: std::process::id(),
            http: http.to_owned(),
            database_url: self.database_url.clone(),
            nats_url: self.nats_url.clone(),
            gateway_key,
            nats_users: self.nats_users.clone(),
        })
    }

    /// Stops the engines that were started, the bus first. External engines are left running.
    pub async fn stop(self) {
        let Some(Started { postgres, nats, folder }) = self.started else { return };
        if let Some(nats) = nats {
            nats.stop().await;
        }
        if let Some(postgres) = postgres {
            postgres.stop().await;
        }
        folder.remove_running_file();
    }
}

async fn own_postgres(settings: &Settings) -> anyhow::Result<Option<(Child, Secret)>> {
    if settings.database_url.is_some() {
        return Ok(None);
    }
    let (programs, listen) = (settings.pg_bin.as_deref(), settings.analyst_listen);
    Postgres::locate(programs, &settings.data, listen)?.start().await.map(Some)
}

async fn own_nats(settings: &Settings) -> anyhow::Result<Option<(Child, NatsUrls)>> {
    if settings.nats_url.is_some() {
        return Ok(None);
    }
    Nats::locate(settings.nats_bin.as_deref(), &settings.data)?.start().await.map(Some)
}
