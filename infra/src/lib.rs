//! Where everything is put together: one executable, whose arguments decide which process it is.
//!
//! [`cli`] is what a person types, [`config`] what can be set; the servers underneath are the crate
//! [`engines`].

mod admin;
mod bus_users;
mod crew;
mod demo;
mod erasures;
mod files;
mod gateway;
mod ingest;
mod internal;
mod listener;
mod maintain;
mod master;
mod outage;
mod progress;
mod roles;
mod serve;
mod status;
mod system;
mod up;
mod wait;

pub mod cli;
pub mod config;
pub mod telemetry;

use std::time::Duration;

use anyhow::Context;
use commands::Outage;
use engines::Engines;
use sqlx::{ConnectOptions, Connection, migrate::Migrator};

use self::{
    cli::{Admin, Bus, Cli, Command, Keys, Names},
    config::{Config, Loaded},
    system::System,
};

/// The schemas of the event store, the checkpoints and the workers. Read models have their own.
pub static MIGRATOR: Migrator = sqlx::migrate!();

/// Does what was asked, and returns what to print.
pub fn run(cli: Cli) -> anyhow::Result<String> {
    // Several libraries bring a provider of cryptography; without a choice, TLS would panic.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    // Named points at which tests break the program; without the feature there are none.
    let _points = fail::FailScenario::setup();
    files::keep_private();
    let Cli { config, command } = cli;
    let mut loaded = Config::load(config.as_deref(), std::env::vars())?;
    if !stays(&command) && loaded.origin("log") == config::DEFAULT {
        // A command that answers and ends need not tell what it does meanwhile.
        loaded.config.log = "warn".into();
    }
    telemetry::start(&loaded.config)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(obey(command, &loaded))
}

/// Whether a command goes on until it is stopped, or shows the settings as they are for those that
/// do.
fn stays(command: &Command) -> bool {
    matches!(command, Command::Up { .. } | Command::Run(_) | Command::Config)
}

async fn obey(command: Command, loaded: &Loaded) -> anyhow::Result<String> {
    let config = &loaded.config;
    match command {
        Command::Up { demo, anyway } => up::up(config, demo, anyway).await,
        Command::Run(role) => up::run(config, role).await,
        Command::Config => loaded.print(),
        Command::Wait { timeout } => wait::wait(config, Duration::from_secs(timeout)).await,
        Command::Status { json } => match with_engines(command, config).await {
            // It is asked for most when something is away.
            Err(why) if Outage::behind(&why).is_some() => outage::status(config, &why, json).await,
            told => told,
        },
        command => with_engines(command, config).await,
    }
}

async fn with_engines(command: Command, config: &Config) -> anyhow::Result<String> {
    let engines = Engines::find(&config.engines()?).await?;
    let outcome = on_engines(command, config, &engines).await;
    engines.stop().await;
    outcome
}

/// Commands that need engines, be they running or not.
async fn on_engines(
    command: Command,
    config: &Config,
    engines: &Engines,
) -> anyhow::Result<String> {
    if engines.are_ours() || matches!(command, Command::Migrate) {
        bring_up_to_date(engines).await?;
    }
    if matches!(command, Command::Migrate) {
        return Ok("The schema is up to date.".into());
    }
    let system = System::connect(engines, config).await?;
    let outcome = match command {
        Command::Status { json } => status::status(&system, engines, json).await,
        Command::Ingest { file, mapping } => {
            ingest::ingest(&system.bus, &file, mapping.as_deref()).await
        }
        Command::Demo { anyway } => {
            let running = engines.http.clone().filter(|_| config.public_url.is_none());
            let url = running.unwrap_or_else(|| config.public_url());
            demo::load(&system, config, &url, anyway).await
        }
        Command::Erase { subject, reason } => maintain::erase(&system, subject, reason).await,
        Command::Rebuild(Names { names }) => maintain::rebuild(&system, &names).await,
        Command::Replay { name, as_of, into } => {
            maintain::replay(&system, &name, as_of, &into).await
        }
        Command::Verify => maintain::verify(&system).await,
        Command::Export { file } => maintain::export(&system, &file).await,
        Command::Bus(Bus::Rebuild) => maintain::rebuild_bus(&system).await,
        Command::Bus(Bus::User(user)) => bus_users::change(&system, config, user).await,
        Command::Admin(Admin::Create { email, name, password_stdin }) => {
            let breached = config.breached()?;
            admin::create(&system, breached.as_ref(), &email, &name, password_stdin).await
        }
        Command::Keys(Keys::Rotate) => maintain::rotate_keys(&system).await,
        Command::Keys(Keys::Gateway) => {
            Ok(gateway::written(system.keys.master()).reveal().to_owned())
        }
        Command::Keys(Keys::RotateMaster) => maintain::rotate_master(config, engines).await,
        Command::Up { .. }
        | Command::Run(_)
        | Command::Migrate
        | Command::Config
        | Command::Wait { .. } => Ok(String::new()),
    };
    system.close().await;
    outcome
}

/// Applies the migrations that the database has not seen. Two processes at once wait for each
/// other.
async fn bring_up_to_date(engines: &Engines) -> anyhow::Result<()> {
    let mut connection = engines.database()?.connect().await?;
    MIGRATOR.run(&mut connection).await.context("The schema cannot be brought up to date")?;
    engines.admit_application(&mut connection).await?;
    Ok(connection.close().await?)
}
