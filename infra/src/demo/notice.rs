//! Tells the API that the demonstration is loaded, so that every page says so.

use std::time::Duration;

use api::{Demonstration, LoadedDemonstration};
use domain::{Decider, Id, identity::user::User};
use tokio::time::sleep;

use super::{
    accounts::{ACCOUNTS, DEMO_PASSWORD, is_local},
    script::parse_name,
};
use crate::{config::Config, system::System, task_group::TaskGroup};

/// Who is registered first: once they are, some of it is loaded.
pub(super) const FIRST_USER: &str = "identity.user/ada";
/// The largest batch of events.
const MAX_BATCH: usize = 1_000;
/// The pause after the log could not be read.
const RETRY_PAUSE: Duration = Duration::from_secs(1);

/// Whether a part of it was loaded before: then loading may go on, whatever else the log holds.
pub(super) async fn is_loaded(system: &System) -> anyhow::Result<bool> {
    let (_, id) = parse_name(FIRST_USER);
    Ok(system.commands.aggregates().load(Id::<User>::from(id)).await?.account().is_some())
}

/// Tells now, or in the background when it is loaded.
pub(crate) async fn notice_when_loaded(
    system: &System,
    config: &Config,
    background: &TaskGroup,
) -> anyhow::Result<LoadedDemonstration> {
    let (loaded, url) = (LoadedDemonstration::default(), config.public_url());
    if !tell_if_loaded(&loaded, system, &url).await? {
        let following = follow_users(loaded.clone(), system.clone(), url);
        let stop = background.stop.clone();
        background.tasks.spawn(async move { stop.run_until_cancelled(following).await });
    }
    Ok(loaded)
}

/// Looks whether it is loaded, tells so, and answers it. The password is told where only this machine
/// reaches the server, at `public_url`: elsewhere it is a secret.
async fn tell_if_loaded(
    loaded: &LoadedDemonstration,
    system: &System,
    public_url: &str,
) -> anyhow::Result<bool> {
    let is_loaded = is_loaded(system).await?;
    if is_loaded {
        loaded.set(if is_local(public_url) {
            Demonstration { password: Some(DEMO_PASSWORD.into()), accounts: ACCOUNTS.to_vec() }
        } else {
            Demonstration { password: None, accounts: Vec::new() }
        });
    }
    Ok(is_loaded)
}

/// Follows the log until it is loaded, by whatever process.
async fn follow_users(loaded: LoadedDemonstration, system: System, public_url: String) {
    while let Err(why) = tell_once_loaded(&loaded, &system, &public_url).await {
        tracing::warn!(
            "it cannot be seen whether the demonstration is loaded; trying again: {why:#}"
        );
        sleep(RETRY_PAUSE).await;
    }
}

async fn tell_once_loaded(
    loaded: &LoadedDemonstration,
    system: &System,
    public_url: &str,
) -> anyhow::Result<()> {
    let mut position = event_store::head(&system.db).await?;
    let mut feed = system.projections.feed(vec![User::NAME.to_owned()], MAX_BATCH);
    while !tell_if_loaded(loaded, system, public_url).await? {
        position = feed.next(position).await?.upto;
    }
    Ok(())
}
