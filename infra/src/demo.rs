//! `servicebook demo`: loads a demonstration business by executing the commands in `infra/demo/*.json`.
//!
//! Its accounts have a password that everybody knows, so it is for this machine alone.

mod accounts;
mod notice;
mod script;
mod tasks;

use std::collections::HashMap;

use anyhow::{Context, bail};
use domain::{
    Decider, Id, Personal,
    identity::{
        Actor,
        user::{AccountStatus, User},
    },
};
use serde::Deserialize;
use serde_json::Value;

pub(crate) use self::notice::notice_when_loaded;
use self::{
    accounts::{DEMO_PASSWORD, is_local, sign_in_help},
    notice::is_loaded,
    script::{Placeholders, parse_name},
    tasks::{DemoTask, Executor, TaskOutcome},
};
use crate::{config::Config, progress, system::System};

const SCRIPTS: [&str; 3] = [
    include_str!("../demo/salon.json"),
    include_str!("../demo/book.json"),
    include_str!("../demo/vendor.json"),
];

/// Commands to one aggregate: all of them are executed, or none.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    /// `crm.customer/anna`: the id is derived from this.
    #[serde(rename = "to")]
    aggregate: String,
    /// The user who executes them; if absent, the system.
    #[serde(rename = "by")]
    user: Option<String>,
    #[serde(rename = "give")]
    commands: Vec<Value>,
}

/// Loads what is missing, and returns how to sign in at `url`. Refused if others reach this server, or
/// if the log holds another business, unless `anyway`.
pub(crate) async fn load_demo(
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
        if !is_loaded(system).await? && event_store::head(&system.db).await? > 0 {
            bail!(
                "There is a business in this log already. Choose another data folder for the \
                 demonstration (SERVICEBOOK_DATA); --anyway loads it beside the other one."
            );
        }
    }
    let password = if local { DEMO_PASSWORD.to_owned() } else { engines::random_password()? };
    let today = system.commands.now().date_naive();
    let script = Placeholders { today, password: String::from(api::hash_password(&password)?) };
    let executor = Executor::new();
    let bar = progress::progress_bar(entries.len() as u64, "entries");
    // The version of each aggregate; nothing for those that existed before.
    let mut versions: HashMap<String, Option<i32>> = HashMap::new();
    let mut new = 0;
    for Entry { aggregate, user, commands } in entries {
        bar.inc(1);
        let version = versions.entry(aggregate.clone()).or_insert(Some(0));
        let Some(expected) = *version else { continue };
        let (stream, id) = parse_name(&aggregate);
        let commands = commands.into_iter().map(|command| script.replace(command));
        let commands =
            commands.collect::<anyhow::Result<_>>().with_context(|| aggregate.clone())?;
        let by = actor(system, user.as_deref()).await?;
        let task =
            DemoTask { name: format!("demo {aggregate} {expected}"), id, commands, by, expected };
        let outcome = executor.execute(&system.commands, stream, task).await;
        *version = match outcome.with_context(|| aggregate.clone())? {
            TaskOutcome::AlreadyExisted => None,
            TaskOutcome::Executed { version, is_new } => {
                new += usize::from(is_new);
                Some(version)
            }
        };
    }
    bar.finish_and_clear();
    Ok(sign_in_help(url, &password, new))
}

/// Fails if others reach this server and could sign in with the well-known demo password.
pub(crate) async fn refuse_demo_password(system: &System, config: &Config) -> anyhow::Result<()> {
    let url = config.public_url();
    if is_local(&url) {
        return Ok(());
    }
    for Entry { aggregate, .. } in entries()? {
        let (stream, id) = parse_name(&aggregate);
        if stream != User::NAME {
            continue;
        }
        let user = system.commands.aggregates().load(Id::<User>::from(id)).await?;
        let Some(account) = user.account() else { continue };
        let hash = account.password.as_ref().and_then(Personal::get).cloned();
        let can_sign_in = account.status() == AccountStatus::Active
            && hash.is_some_and(|hash| api::verify_password(DEMO_PASSWORD, &hash));
        if can_sign_in {
            bail!(
                "People reach this server at {url}, and {aggregate} of the demonstration business still \
                 has the password of the demonstration, which everybody knows. Begin with another \
                 data folder (SERVICEBOOK_DATA), or change the passwords of the demonstration, or \
                 deactivate its users, while public_url is an address of this machine alone."
            );
        }
    }
    Ok(())
}

fn entries() -> anyhow::Result<Vec<Entry>> {
    let parts = SCRIPTS.into_iter().map(serde_json::from_str::<Vec<Entry>>);
    Ok(parts.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
}

async fn actor(system: &System, name: Option<&str>) -> anyhow::Result<Actor> {
    let Some(name) = name else { return Ok(Actor::system("servicebook demo")) };
    let (_, id) = parse_name(name);
    let user = system.commands.aggregates().load(Id::<User>::from(id)).await?;
    let account = user.account().with_context(|| format!("{name} is no user"))?;
    let membership = account.membership;
    Ok(Actor {
        reach: membership.map(|membership| membership.reach).unwrap_or_default(),
        cabinet: membership.map(|membership| membership.cabinet),
        reachable: membership.map(|membership| membership.cabinet).into_iter().collect(),
        customer: account.customer,
        ..Actor::new(id, account.role)
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use api::DemonstrationAccount;
    use commands::{AggregateVisitor, Handler, visit_aggregates};

    use super::{accounts::ACCOUNTS, notice::FIRST_USER, *};

    /// Reads the commands of each aggregate.
    struct Reader(Vec<(String, Value)>);

    impl AggregateVisitor for Reader {
        fn visit<A: Handler>(&mut self) {
            for (_, command) in
                self.0.extract_if(.., |(aggregate, _)| parse_name(aggregate).0 == A::NAME)
            {
                let read = serde_json::from_value::<A::Command>(command.clone());
                read.unwrap_or_else(|why| panic!("{command}: {why}"));
            }
        }
    }

    #[test]
    fn the_first_user_is_the_first_entry() {
        assert_eq!(entries().unwrap()[0].aggregate, FIRST_USER);
    }

    #[test]
    fn every_command_of_the_script_is_one() {
        let today = "2030-01-07".parse().unwrap();
        let script = Placeholders { today, password: "$argon2id$".into() };
        let commands = entries().unwrap().into_iter().flat_map(|entry| {
            let filled = entry.commands.into_iter().map(|command| script.replace(command).unwrap());
            filled.map(move |command| (entry.aggregate.clone(), command)).collect::<Vec<_>>()
        });
        let mut reader = Reader(commands.collect());
        visit_aggregates(&mut reader);
        assert_eq!(reader.0, [], "nothing is called so");
    }

    #[test]
    fn whoever_is_named_is_registered_so() {
        let registered: BTreeSet<_> = entries()
            .unwrap()
            .into_iter()
            .filter(|entry| entry.aggregate.starts_with("identity.user/"))
            .flat_map(|entry| entry.commands)
            .filter(|command| command["type"] == "register")
            .map(|command| {
                let text = |name: &str| command[name].as_str().unwrap_or("en").to_owned();
                let is_customer = command["customer"].is_string();
                (text("email"), text("role"), text("language"), is_customer)
            })
            .collect();
        let named = ACCOUNTS.iter().map(|account| {
            let DemonstrationAccount { login, role, language, is_customer } = account;
            let text = |value| serde_json::to_value(value).unwrap().as_str().unwrap().to_owned();
            let language = serde_json::to_value(language).unwrap();
            let language = language.as_str().unwrap().to_owned();
            ((*login).to_owned(), text(role), language, *is_customer)
        });
        assert_eq!(named.collect::<BTreeSet<_>>(), registered);
    }
}
