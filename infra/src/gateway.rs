//! The gateway as a process.

use std::collections::HashMap;

use anyhow::{Context, anyhow};
use api::gateway::{Gateway, Instance};
use base64::{Engine, engine::general_purpose::STANDARD};
use bus::{Bus, Key, Process, Registration};
use sealing::MasterKey;
use tracing::{info, warn};

use crate::{
    config::{Config, Secret},
    door::{self, Door},
    engines::Running,
    roles::Group,
    up::Stop,
};

/// The role whose instances it passes requests on to.
const API: &str = "servicebook-api";

/// What the key is derived for.
const PURPOSE: &str = "gateway";

/// By which a gateway and the instances behind it know each other, as every process has it that has
/// the master key.
pub(crate) fn derived(master: &MasterKey) -> Key {
    Key::new(&master.derive(PURPOSE))
}

/// The same, as the setting `gateway_key` takes it.
pub(crate) fn written(master: &MasterKey) -> Secret {
    Secret::new(STANDARD.encode(master.derive(PURPOSE)))
}

/// The key as a gateway knows it: it is set, or a process on the same data folder tells it.
fn key(config: &Config, running: Option<&Running>) -> anyhow::Result<Key> {
    let written = config.gateway_key.as_ref().or(running.map(|running| &running.gateway_key));
    let written = written.context(
        "There is no key to know instances by. Set SERVICEBOOK_GATEWAY_KEY to what `servicebook keys \
         gateway` prints where they run.",
    )?;
    let key = STANDARD.decode(written.reveal().trim()).unwrap_or_default().try_into();
    let key = key.map_err(|_| anyhow!("SERVICEBOOK_GATEWAY_KEY is not 32 bytes in Base64"))?;
    Ok(Key::new(&key))
}

/// Serves until it is to stop.
pub(crate) async fn run(config: &Config, stop: &mut Stop) -> anyhow::Result<String> {
    let door = Door::open(config).await?;
    let gateway = Gateway::new(config.is_https(), Some(api::install_metrics()?));
    let group = Group::default();
    let fixed = door::instances(&config.routes)?;
    let registered = if fixed.is_empty() {
        Some(follow(config, &gateway, &group).await?)
    } else {
        gateway.knows(fixed);
        None
    };
    door.serve(gateway.router(door::outermost(config)?), &group);
    info!("at work");
    stop.wished().await;
    info!("stopping");
    if let Some(registration) = registered
        && let Err(why) = registration.withdraw().await
    {
        info!("not withdrawn from the registry: {why:#}");
    }
    group.end("requests").await;
    Ok(String::new())
}

/// Goes by the registry, and stands in it.
async fn follow(config: &Config, gateway: &Gateway, group: &Group) -> anyhow::Result<Registration> {
    let set = config.nats_url.is_some() && config.gateway_key.is_some();
    let running = if set { None } else { Running::find(&config.data()?)? };
    let told = running.as_ref().and_then(|running| running.nats_users.get(&Process::Gateway));
    let told = told.or(running.as_ref().map(|running| &running.nats_url));
    let url = config.nats_url.as_ref().or(told);
    let url = url.context("There is no registry to go by. Set NATS_URL, or SERVICEBOOK_ROUTES.")?;
    let key = key(config, running.as_ref())?;
    let bus = Bus::connect(url.reveal(), bus::Options::default()).await?;
    let mut present = bus.presence(API, &key).await?;
    let (gateway, stop) = (gateway.clone(), group.stop.clone());
    group.tasks.spawn(async move {
        while let Some(Ok(())) = stop.run_until_cancelled(present.changed()).await {
            let instances = present.borrow_and_update();
            gateway.knows(instances.iter().filter_map(understood).collect());
        }
    });
    let role = bus::Role {
        name: "servicebook-gateway".into(),
        version: env!("CARGO_PKG_VERSION").into(),
        metadata: HashMap::from([("address".to_owned(), config.advertised())]),
    };
    bus.register(role, &key).await
}

/// An instance that says where it is and what it answers. One that is everything at once, as
/// `servicebook up`, has a door of its own.
fn understood(instance: &bus::Instance) -> Option<Instance> {
    let address = instance.metadata.get("address")?;
    let paths = instance.metadata.get("paths")?;
    let address = address.parse().inspect_err(|why| {
        warn!(address, "an instance has no address that can be used: {why}");
    });
    let paths = paths.split(' ').map(str::to_owned).collect();
    Some(Instance { id: instance.id.clone(), address: address.ok()?, paths })
}
