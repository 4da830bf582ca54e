//! Assembles all crates into one executable; its arguments decide which process it is.
//!
//! [`cli`] is the command line, [`config`] the settings; the crate [`engines`] runs the private servers.

mod admin;
mod all_workers;
mod analysts;
mod api_app;
mod bus_users;
mod demo;
mod erasures;
mod files;
mod gateway;
mod ingest;
mod internal_listener;
mod maintenance;
mod master_key;
mod migrations;
mod outage;
mod progress;
mod public_listener;
mod replays;
mod roles;
mod status;
mod stop_signal;
mod system;
mod task_group;
mod up;
mod wait;

pub mod cli;
pub mod config;
pub mod logging;

use std::time::Duration;

use api::Contexts;
use commands::Outage;
use engines::Engines;

pub use migrations::MIGRATOR;

use self::{
    cli::{AdminCommand, BusCommand, Cli, Command, KeysCommand, NameArguments, RunRole},
    config::{Config, LoadedConfig},
    system::System,
};

/// Executes a command, and returns what to print.
pub fn run(cli: Cli) -> anyhow::Result<String> {
    if matches!(cli.command, Command::Render) {
        // Without settings and secrets, and before there is a second thread.
        documents::process::render_stdin()?;
        return Ok(String::new());
    }
    // Several libraries bring a provider of cryptography; without a choice, TLS would panic.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    // Named points at which tests break the program; without the feature there are none.
    let _points = fail::FailScenario::setup();
    files::make_new_files_private();
    let Cli { config, command } = cli;
    let mut loaded = Config::load(config.as_deref(), std::env::vars())?;
    if !is_long_running(&command) && loaded.setting_source("log") == config::DEFAULT_SETTING_SOURCE
    {
        // A command that ends by itself logs only warnings, unless the log is set.
        loaded.config.log = "warn".into();
    }
    logging::start(&loaded.config)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(execute(command, &loaded))
}

/// Whether a command runs until it is stopped. `config` counts: it shows the settings of those that do.
fn is_long_running(command: &Command) -> bool {
    matches!(command, Command::Up { .. } | Command::Run(_) | Command::Config)
}

async fn execute(command: Command, loaded: &LoadedConfig) -> anyhow::Result<String> {
    let config = &loaded.config;
    check_names(&command)?;
    match command {
        Command::Up { demo, anyway } => up::up(config, demo, anyway).await,
        Command::Run(role) => up::run_role(config, role).await,
        Command::Config => loaded.to_toml(),
        Command::Wait { timeout } => {
            wait::wait_until_ready(config, Duration::from_secs(timeout)).await
        }
        Command::Status { json } => match with_engines(command, config).await {
            // The status is needed most when an engine is down.
            Err(why) if Outage::from_error_chain(&why).is_some() => {
                outage::status_without_database(config, &why, json).await
            }
            outcome => outcome,
        },
        command => with_engines(command, config).await,
    }
}

/// Refuses names that nothing has, and files that cannot be read, before anything is looked for or started.
fn check_names(command: &Command) -> anyhow::Result<()> {
    match command {
        Command::Rebuild(NameArguments { names })
        | Command::Run(RunRole::Projector(NameArguments { names })) => {
            Ok(names.iter().try_for_each(|name| projections::projector_named(name).map(drop))?)
        }
        Command::Replay { arguments: Some(arguments), .. } => {
            replays::named_projectors(arguments)?;
            replays::scenario(arguments).map(drop)
        }
        Command::Run(RunRole::Api { contexts }) => Contexts::from_names(contexts).map(drop),
        _ => Ok(()),
    }
}

async fn with_engines(command: Command, config: &Config) -> anyhow::Result<String> {
    let engines = Engines::find_or_start(&config.engine_settings()?).await?;
    let outcome = execute_on_engines(command, config, &engines).await;
    engines.stop().await;
    outcome
}

/// Executes a command that needs engines.
async fn execute_on_engines(
    command: Command,
    config: &Config,
    engines: &Engines,
) -> anyhow::Result<String> {
    if engines.were_started_here() || matches!(command, Command::Migrate) {
        migrations::apply(engines).await?;
    }
    if matches!(command, Command::Migrate) {
        return Ok("The schema is up to date.".into());
    }
    let system = System::connect(engines, config).await?;
    let outcome = match command {
        Command::Status { json } => status::collect_status(&system, engines, json).await,
        Command::Ingest { file, mapping } => {
            ingest::ingest_file(&system.bus, &file, mapping.as_deref()).await
        }
        Command::Demo { anyway } => {
            let running = engines.http.clone().filter(|_| config.public_url.is_none());
            let url = running.unwrap_or_else(|| config.public_url());
            demo::load_demo(&system, config, &url, anyway).await
        }
        Command::Erase { subject, reason } => {
            maintenance::erase_subject(&system, subject, reason).await
        }
        Command::Rebuild(NameArguments { names }) => {
            maintenance::rebuild_read_models(&system, &names).await
        }
        Command::Replay { command, arguments } => {
            replays::execute_command(&system, command, arguments).await
        }
        Command::Verify => maintenance::verify_log(&system).await,
        Command::Export { file, parquet } => maintenance::export_log(&system, &file, parquet).await,
        Command::Bus(BusCommand::Rebuild) => maintenance::rebuild_bus(&system).await,
        Command::Bus(BusCommand::User(user)) => {
            bus_users::execute_command(&system, config, user).await
        }
        Command::Admin(AdminCommand::Create { email, name, password_stdin }) => {
            let breached = config.open_breached_passwords()?;
            admin::create_administrator(&system, breached.as_ref(), &email, &name, password_stdin)
                .await
        }
        Command::Analyst(command) => analysts::execute_command(engines, command).await,
        Command::Keys(KeysCommand::Rotate) => maintenance::rotate_signing_keys(&system).await,
        Command::Keys(KeysCommand::Gateway) => {
            Ok(gateway::encoded_gateway_key(system.keys.master()).reveal().to_owned())
        }
        Command::Keys(KeysCommand::RotateMaster) => {
            maintenance::rotate_master_key(config, engines).await
        }
        Command::Up { .. }
        | Command::Run(_)
        | Command::Render
        | Command::Migrate
        | Command::Config
        | Command::Wait { .. } => Ok(String::new()),
    };
    system.close().await;
    outcome
}
