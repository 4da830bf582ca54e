//! `servicebook bus user`: adds, lists and removes other systems that use the bus.

use std::{fmt::Write, time::Duration};

use anyhow::bail;
use bus::{Accounts, ExternalUser, ExternalUserKind};
use engines::{NatsLogins, nats_url, terminate_nats_to_reload};
use tokio::time::{Instant, sleep};

use crate::{
    cli::{BusUserCommand, BusUserKind},
    config::Config,
    system::System,
};

/// How long the server may take to start again.
const RESTART: Duration = Duration::from_secs(30);

/// Executes a command, and returns what to print.
pub(crate) async fn execute_command(
    system: &System,
    config: &Config,
    command: BusUserCommand,
) -> anyhow::Result<String> {
    match command {
        BusUserCommand::Add { name, kind } => {
            let kind = match kind {
                BusUserKind::Source => ExternalUserKind::Source,
                BusUserKind::Subscriber => ExternalUserKind::Subscriber,
            };
            add(system, config, &name, kind).await
        }
        BusUserCommand::List => list(config),
        BusUserCommand::Remove { name } => remove(system, config, &name).await,
    }
}

async fn add(
    system: &System,
    config: &Config,
    name: &str,
    kind: ExternalUserKind,
) -> anyhow::Result<String> {
    if !Accounts::is_valid_name(name) {
        bail!(
            "{name:?} cannot be the name of a user: it takes letters, digits, - and _, and does not \
             begin with {}.",
            Accounts::OPERATOR
        );
    }
    // The consumer exists before the user can connect.
    if kind == ExternalUserKind::Subscriber {
        system.bus.add_subscriber(name).await?;
    }
    if let Some(url) = &config.nats_url {
        let login =
            ExternalUser { name: name.to_owned(), kind, password: engines::random_password()? };
        let hosts = url.reveal().split(',').map(|url| url.rsplit(['@', '/']).next().unwrap_or(url));
        let address = nats_url(name, &login.password, hosts.collect::<Vec<_>>().join(",").as_str());
        return Ok(format!(
            "{}\n\nAdd this to the block `accounts` of your nats-server (see infra/nats/accounts.conf) and \
             start it again:\n\n{}\n{}",
            address.reveal(),
            login.account_config(),
            login.connection_guide()
        ));
    }
    let data = config.data_folder()?;
    let login = NatsLogins::open(&data.join("nats"))?.add_user(name, kind)?;
    terminate_nats_to_reload(&data)?;
    let address = nats_url(name, &login.password, &system.bus.server_address());
    let deadline = Instant::now() + RESTART;
    while !system.bus.accepts_login(address.reveal()).await {
        if Instant::now() > deadline {
            bail!("nats-server does not start again; its log is logs/nats.log in the data folder.");
        }
        sleep(Duration::from_millis(50)).await;
    }
    Ok(format!("{}\n\n{}", address.reveal(), login.connection_guide()))
}

fn list(config: &Config) -> anyhow::Result<String> {
    let logins = open_logins(config)?;
    let mut text = String::new();
    for ExternalUser { name, kind, .. } in &logins.accounts.external_users {
        let kind = match kind {
            ExternalUserKind::Source => "source",
            ExternalUserKind::Subscriber => "subscriber",
        };
        writeln!(text, "{kind:12} {name}")?;
    }
    Ok(if text.is_empty() { "Nobody outside is let in.".into() } else { text })
}

async fn remove(system: &System, config: &Config, name: &str) -> anyhow::Result<String> {
    // The file is closed again while the bus is called: it is locked while it is open.
    let kind = open_logins(config)?.find(name)?.kind;
    if kind == ExternalUserKind::Subscriber {
        system.bus.remove_subscriber(name).await?;
    }
    // The login is removed last, so that a failed removal can be repeated. The restarting server waits
    // for the file; the restart ends the user's connections as well.
    let mut logins = open_logins(config)?;
    terminate_nats_to_reload(&config.data_folder()?)?;
    logins.remove(name)?;
    Ok(format!("{name} is let in no more."))
}

fn open_logins(config: &Config) -> anyhow::Result<NatsLogins> {
    if config.nats_url.is_some() {
        bail!("The users of the server of NATS_URL are in its configuration.");
    }
    NatsLogins::open(&config.data_folder()?.join("nats"))
}
