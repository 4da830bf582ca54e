//! Where everything is put together: one executable, whose arguments decide which process it is.
//!
//! [`cli`] is what a person types, [`config`] what can be set, [`engines`] the servers underneath.

mod up;
mod wait;

pub mod cli;
pub mod config;
pub mod engines;
pub mod telemetry;

use std::time::Duration;

use anyhow::Context;
use sqlx::{ConnectOptions, Connection, migrate::Migrator};

use self::{
    cli::{Cli, Command, RunRole},
    config::{Config, Loaded},
    engines::Engines,
};

/// The schemas of the event store, the checkpoints and the workers. Read models have their own.
pub static MIGRATOR: Migrator = sqlx::migrate!();

/// Does what was asked, and returns what to print.
pub fn run(cli: Cli) -> anyhow::Result<String> {
    // Several libraries bring a provider of cryptography; without a choice, TLS would panic.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let Cli { config, command } = cli;
    let mut loaded = Config::load(config.as_deref(), std::env::vars())?;
    if matches!(command, Command::Config) {
        return loaded.print();
    }
    if !stays(&command) && loaded.origin("log") == config::DEFAULT {
        // A command that answers and ends need not tell what it does meanwhile.
        loaded.config.log = "warn".into();
    }
    telemetry::start(&loaded.config)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(obey(command, &loaded))
}

/// Whether a command goes on until it is stopped.
fn stays(command: &Command) -> bool {
    matches!(command, Command::Run(_))
}

async fn obey(command: Command, loaded: &Loaded) -> anyhow::Result<String> {
    let config = &loaded.config;
    match command {
        Command::Run(RunRole::Engines) => up::engines(config).await,
        Command::Migrate => migrate(config).await,
        Command::Config => loaded.print(),
        Command::Wait { timeout } => wait::wait(config, Duration::from_secs(timeout)).await,
    }
}

async fn migrate(config: &Config) -> anyhow::Result<String> {
    let engines = Engines::find(config).await?;
    let migrated = bring_up_to_date(&engines).await;
    engines.stop().await;
    migrated?;
    Ok("The schema is up to date.".into())
}

/// Applies the migrations that the database has not seen. Two processes at once wait for each
/// other.
async fn bring_up_to_date(engines: &Engines) -> anyhow::Result<()> {
    let mut connection = engines.database()?.connect().await?;
    MIGRATOR.run(&mut connection).await.context("The schema cannot be brought up to date")?;
    Ok(connection.close().await?)
}
