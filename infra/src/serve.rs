//! What the API is made of.

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use api::{App, Readiness, Settings, Tokens, ingress::Rates};
use sealing::SigningKey;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::{config::Config, listener, system::System};

/// How often a process asks which signing keys count.
const RENEWAL: Duration = Duration::from_secs(10);

pub(crate) async fn app(
    system: &System,
    config: &Config,
    readiness: Readiness,
    rates: Arc<Rates>,
) -> anyhow::Result<App> {
    let keys = SigningKey::current(&system.db, system.keys.master());
    let keys = keys.await.context("The signing keys cannot be had")?;
    Ok(App::new(Settings {
        db: system.db.clone(),
        commands: system.commands.clone(),
        projections: system.projections.clone(),
        tokens: Arc::new(Tokens::new(config.public_url(), &keys)?),
        deployment: SigningKey::deployment_id(&system.db).await?,
        readiness,
        rates,
        public_url: config.public_url(),
        origins: listener::origins(&config.origins)?,
        private_providers: config.private_providers,
        breached: config.breached()?.map(Arc::new),
        second_factor: config.second_factor()?,
        idle: config.idle_sessions.parse()?,
    }))
}

/// Keeps up with the signing keys, as they come, sign and go.
pub(crate) async fn keep_keys(app: App, system: System, stop: CancellationToken) {
    while stop.run_until_cancelled(sleep(RENEWAL)).await.is_some() {
        let keys = SigningKey::current(&system.db, system.keys.master()).await;
        if let Err(why) = keys.map_err(Into::into).and_then(|keys| app.tokens().renew(&keys)) {
            warn!("going on with the signing keys of before: {why:#}");
        }
    }
}
