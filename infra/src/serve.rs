//! What the API is made of.

use std::sync::Arc;

use anyhow::Context;
use api::{App, Check, Settings, Tokens, install_metrics};
use sealing::SigningKey;
use uuid::Uuid;

use crate::{config::Config, door, system::System};

pub(crate) async fn app(system: &System, config: &Config) -> anyhow::Result<App> {
    let key = SigningKey::load_or_create(&system.db, system.keys.master());
    let key = key.await.context("The signing key cannot be had")?;
    // Every process of a deployment, and no other, finds this key.
    let deployment = Uuid::new_v5(&Uuid::NAMESPACE_OID, key.kid.as_bytes());
    let bus = system.bus.clone();
    let bus = move || {
        let connected = bus.is_connected().then_some(());
        Box::pin(async move { connected.ok_or_else(|| "is not connected".to_owned()) }) as _
    };
    Ok(App::new(Settings {
        db: system.db.clone(),
        commands: system.commands.clone(),
        projections: system.projections.clone(),
        tokens: Tokens::new(config.public_url(), &[key])?,
        deployment,
        metrics: Some(install_metrics()?),
        checks: vec![Check { name: "bus", run: Box::new(bus) }],
        rates: Arc::new(config.rates.parse()?),
        public_url: config.public_url(),
        origins: door::origins(&config.origins)?,
    }))
}
