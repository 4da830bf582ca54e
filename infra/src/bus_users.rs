//! `servicebook bus user`: other systems that use the bus, each with rights of its own.

use std::{fmt::Write, time::Duration};

use anyhow::bail;
use bus::{Accounts, Login, Outsider};
use engines::{Logins, nats_url, restart_nats};
use tokio::time::{Instant, sleep};

use crate::{
    cli::{BusUser, BusUserKind},
    config::Config,
    system::System,
};

/// How long the server may take to start again.
const RESTART: Duration = Duration::from_secs(30);

/// Does what was asked, and says what came of it.
pub(crate) async fn change(
    system: &System,
    config: &Config,
    what: BusUser,
) -> anyhow::Result<String> {
    match what {
        BusUser::Add { name, kind } => {
            let outsider = match kind {
                BusUserKind::Source => Outsider::Source,
                BusUserKind::Subscriber => Outsider::Subscriber,
            };
            add(system, config, &name, outsider).await
        }
        BusUser::List => list(config),
        BusUser::Remove { name } => remove(system, config, &name).await,
    }
}

async fn add(
    system: &System,
    config: &Config,
    name: &str,
    outsider: Outsider,
) -> anyhow::Result<String> {
    if !Accounts::is_name(name) {
        bail!(
            "{name:?} cannot be the name of a user: it takes letters, digits, - and _, and does not \
             begin with {}.",
            Accounts::OPERATOR
        );
    }
    // Whoever is let in finds what is theirs.
    if outsider == Outsider::Subscriber {
        system.bus.add_subscriber(name).await?;
    }
    if let Some(url) = &config.nats_url {
        let login = Login { name: name.to_owned(), outsider, password: engines::password()? };
        let hosts = url.reveal().split(',').map(|url| url.rsplit(['@', '/']).next().unwrap_or(url));
        let address = nats_url(name, &login.password, hosts.collect::<Vec<_>>().join(",").as_str());
        return Ok(format!(
            "{}\n\nAdd this to the block `accounts` of your nats-server (see infra/nats/accounts.conf) and \
             start it again:\n\n{}\n{}",
            address.reveal(),
            login.account(),
            login.manual()
        ));
    }
    let data = config.data()?;
    let login = Logins::open(&data.join("nats"))?.add(name, outsider)?;
    restart_nats(&data)?;
    let address = nats_url(name, &login.password, &system.bus.server());
    let deadline = Instant::now() + RESTART;
    while !system.bus.is_let_in(address.reveal()).await {
        if Instant::now() > deadline {
            bail!("nats-server does not start again; its log is logs/nats.log in the data folder.");
        }
        sleep(Duration::from_millis(50)).await;
    }
    Ok(format!("{}\n\n{}", address.reveal(), login.manual()))
}

fn list(config: &Config) -> anyhow::Result<String> {
    let logins = own(config)?;
    let mut said = String::new();
    for Login { name, outsider, .. } in &logins.accounts.outsiders {
        let kind = match outsider {
            Outsider::Source => "source",
            Outsider::Subscriber => "subscriber",
        };
        writeln!(said, "{kind:12} {name}")?;
    }
    Ok(if said.is_empty() { "Nobody outside is let in.".into() } else { said })
}

async fn remove(system: &System, config: &Config, name: &str) -> anyhow::Result<String> {
    // Nobody keeps the file to himself while the bus is asked.
    let outsider = own(config)?.find(name)?.outsider;
    if outsider == Outsider::Subscriber {
        system.bus.remove_subscriber(name).await?;
    }
    // The login goes last: as long as it is there somebody may try again. The server, which starts
    // again, waits for the file. This ends their connections as well.
    let mut logins = own(config)?;
    restart_nats(&config.data()?)?;
    logins.remove(name)?;
    Ok(format!("{name} is let in no more."))
}

fn own(config: &Config) -> anyhow::Result<Logins> {
    if config.nats_url.is_some() {
        bail!("The users of the server of NATS_URL are in its configuration.");
    }
    Logins::open(&config.data()?.join("nats"))
}
