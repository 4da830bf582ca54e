//! `servicebook demo`: a believable small business of both kinds, told as the commands that make
//! it. The business itself lies in `infra/demo/*.json`.
//!
//! Its accounts have a password that everybody knows, so it is for this machine alone.

mod script;
mod tasks;

use std::{collections::HashMap, net::IpAddr};

use anyhow::{Context, bail};
use axum::http::Uri;
use domain::{
    Decider, Id, Personal,
    identity::{
        Actor,
        user::{Standing, User},
    },
};
use serde::Deserialize;
use serde_json::Value;

use self::{
    script::{Script, address},
    tasks::{Executor, Outcome, Task},
};
use crate::{config::Config, progress, system::System};

const PARTS: [&str; 2] = [include_str!("../demo/salon.json"), include_str!("../demo/vendor.json")];

/// Of everybody in it, as long as nobody else reaches this server. It is no secret.
const PASSWORD: &str = "servicebook-demo";

/// Commands to one aggregate: all of them are done, or none.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    /// `crm.customer/anna`: the id follows from this.
    to: String,
    /// The user who gives them; left out, the business itself.
    by: Option<String>,
    give: Vec<Value>,
}

/// Loads what is not there yet, and tells how to look at it at `url`. Refused where others reach
/// this server, or where another business is told already, unless it is to be so `anyway`.
pub(crate) async fn load(
    system: &System,
    config: &Config,
    url: &str,
    anyway: bool,
) -> anyhow::Result<String> {
    let entries = entries()?;
    let local = is_local(&config.public_url()) && is_local(url);
    if !anyway {
        if !local {
            bail!(
                "People reach this server at {}. The demonstration business is for a Servicebook \
                 on this machine alone; --anyway loads it, with a password of its own.",
                config.public_url()
            );
        }
        if !is_begun(system, &entries).await? && event_store::head(&system.db).await? > 0 {
            bail!(
                "There is a business in this log already. Choose another data folder for the \
                 demonstration (SERVICEBOOK_DATA); --anyway loads it beside the other one."
            );
        }
    }
    let password = if local { PASSWORD.to_owned() } else { engines::password()? };
    let today = system.commands.now().date_naive();
    let script = Script { today, password: String::from(api::hashed(&password)?) };
    let executor = Executor::new();
    let bar = progress::bar(entries.len() as u64, "entries");
    // How long the history of each aggregate is; nothing for those that were there before.
    let mut versions: HashMap<String, Option<i32>> = HashMap::new();
    let mut new = 0;
    for Entry { to, by, give } in entries {
        bar.inc(1);
        let version = versions.entry(to.clone()).or_insert(Some(0));
        let Some(expected) = *version else { continue };
        let (stream, id) = address(&to)?;
        let commands = give.into_iter().map(|command| script.fill(command));
        let commands = commands.collect::<anyhow::Result<_>>().with_context(|| to.clone())?;
        let by = actor(system, by.as_deref()).await?;
        let task = Task { name: format!("demo {to} {expected}"), id, commands, by, expected };
        let outcome = executor.give(&system.commands, stream, task).await;
        *version = match outcome.with_context(|| to.clone())? {
            Outcome::Existing => None,
            Outcome::Done { version, now } => {
                new += usize::from(now);
                Some(version)
            }
        };
    }
    bar.finish_and_clear();
    Ok(welcome(url, &password, new))
}

/// Whether a part of it is told already: then the rest may be, whatever else there is.
async fn is_begun(system: &System, entries: &[Entry]) -> anyhow::Result<bool> {
    let Some(Entry { to, .. }) = entries.first() else { return Ok(false) };
    let (_, id) = address(to)?;
    Ok(system.commands.lookup().load(Id::<User>::from(id)).await?.account().is_some())
}

/// Fails where others reach this server and could sign in with the password that everybody knows.
pub(crate) async fn refuse_known_password(system: &System, config: &Config) -> anyhow::Result<()> {
    let url = config.public_url();
    if is_local(&url) {
        return Ok(());
    }
    for Entry { to, .. } in entries()? {
        let (stream, id) = address(&to)?;
        if stream != User::NAME {
            continue;
        }
        let user = system.commands.lookup().load(Id::<User>::from(id)).await?;
        let Some(account) = user.account() else { continue };
        let hash = account.password.as_ref().and_then(Personal::get).cloned();
        let open = account.standing() == Standing::Active
            && hash.is_some_and(|hash| api::belongs(PASSWORD, &hash));
        if open {
            bail!(
                "People reach this server at {url}, and {to} of the demonstration business still \
                 has the password of the demonstration, which everybody knows. Begin with another \
                 data folder (SERVICEBOOK_DATA), or change the passwords of the demonstration, or \
                 deactivate its users, while public_url is an address of this machine alone."
            );
        }
    }
    Ok(())
}

/// Whether an address is one of this machine alone.
fn is_local(url: &str) -> bool {
    let uri: Option<Uri> = url.parse().ok();
    let host = uri.as_ref().and_then(Uri::host).unwrap_or_default();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let address = host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    address || host == "localhost" || host.ends_with(".localhost")
}

fn entries() -> anyhow::Result<Vec<Entry>> {
    let parts = PARTS.into_iter().map(serde_json::from_str::<Vec<Entry>>);
    Ok(parts.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
}

async fn actor(system: &System, name: Option<&str>) -> anyhow::Result<Actor> {
    let Some(name) = name else { return Ok(Actor::system("servicebook demo")) };
    let (_, id) = address(name)?;
    let user = system.commands.lookup().load(Id::<User>::from(id)).await?;
    let account = user.account().with_context(|| format!("{name} is no user"))?;
    let membership = account.membership;
    Ok(Actor {
        reach: membership.map(|it| it.reach).unwrap_or_default(),
        cabinet: membership.map(|it| it.cabinet),
        reachable: membership.map(|it| it.cabinet).into_iter().collect(),
        customer: account.customer,
        ..Actor::new(id, account.role)
    })
}

fn welcome(url: &str, password: &str, new: usize) -> String {
    if new == 0 && password != PASSWORD {
        return "The demonstration business is there already.".into();
    }
    let loaded = match new {
        0 => "The demonstration business is there already.".to_owned(),
        new => format!("The demonstration business is loaded ({new} entries)."),
    };
    format!(
        "{loaded} Sign in at {url} with the password {password} as

  ada@salon.example        administrator
  clara@salon.example      stylist
  sam@salon.example        support agent
  ines@northwind.example   administrator of a client organisation
  tom@northwind.example    user of a client organisation

For example:

  TOKEN=$(curl -s {url}/api/v1/jwt --json \\
    '{{\"login\": \"ada@salon.example\", \"password\": \"{password}\"}}' |
    sed 's/.*\"access_token\":\"\\([^\"]*\\)\".*/\\1/')
  curl -s {url}/api/v1/customers -H \"Authorization: Bearer $TOKEN\"

The API is described at {url}/api/v1/docs. How far everybody is: servicebook status"
    )
}

#[cfg(test)]
mod tests {
    use commands::{ForEach, Handler, for_each};

    use super::*;

    /// Reads the commands of each aggregate.
    struct Reader(Vec<(String, Value)>);

    impl ForEach for Reader {
        fn aggregate<H: Handler>(&mut self) {
            for (_, command) in self.0.extract_if(.., |(to, _)| address(to).unwrap().0 == H::NAME) {
                let read = serde_json::from_value::<H::Command>(command.clone());
                read.unwrap_or_else(|why| panic!("{command}: {why}"));
            }
        }
    }

    #[test]
    fn only_an_address_of_this_machine_is_local() {
        let local = [
            "http://127.0.0.1:8080",
            "http://[::1]:1",
            "https://book.localhost",
            "http://localhost",
        ];
        assert!(local.into_iter().all(is_local));
        let others =
            ["http://0.0.0.0:8080", "https://book.example.com", "https://localhost.example", "x"];
        assert!(!others.into_iter().any(is_local));
    }

    #[test]
    fn every_command_of_the_script_is_one() {
        let today = "2030-01-07".parse().unwrap();
        let script = Script { today, password: "$argon2id$".into() };
        let commands = entries().unwrap().into_iter().flat_map(|entry| {
            let filled = entry.give.into_iter().map(|command| script.fill(command).unwrap());
            filled.map(move |command| (entry.to.clone(), command)).collect::<Vec<_>>()
        });
        let mut reader = Reader(commands.collect());
        for_each(&mut reader);
        assert_eq!(reader.0, [], "nothing is called so");
    }
}
