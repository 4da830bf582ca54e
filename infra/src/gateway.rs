//! The gateway as a process.

use std::{collections::HashMap, sync::Arc};

use anyhow::{Context, anyhow};
use api::{
    Readiness,
    ingress::{GatewayKey, Rates},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use bus::{Bus, Process, Registration, RegistryKey};
use engines::{Running, Secret};
use gateway::{Gateway, Instance};
use sealing::MasterKey;
use tracing::{info, warn};

use crate::{
    config::Config,
    internal::Internal,
    listener::{self, Listener},
    roles::Group,
    up::Stop,
};

/// The role whose instances it passes requests on to.
pub(crate) const API: &str = "servicebook-api";

/// What it is itself in the registry.
const GATEWAY: &str = "servicebook-gateway";

/// What the key is derived for.
const PURPOSE: &str = "gateway";

/// By which a gateway and the instances behind it know each other, as every process has it that has
/// the master key.
pub(crate) fn derived(master: &MasterKey) -> RegistryKey {
    RegistryKey::new(&master.derive(PURPOSE))
}

/// The same, for what a gateway says of clients.
pub(crate) fn vouching(master: &MasterKey) -> GatewayKey {
    GatewayKey::new(&master.derive(PURPOSE))
}

/// The same, as the setting `gateway_key` takes it.
pub(crate) fn written(master: &MasterKey) -> Secret {
    Secret::new(STANDARD.encode(master.derive(PURPOSE)))
}

/// The key as a gateway knows it: it is set, or a process on the same data folder tells it.
fn key(config: &Config, running: Option<&Running>) -> anyhow::Result<Option<[u8; 32]>> {
    let written = config.gateway_key.as_ref().or(running.map(|running| &running.gateway_key));
    let Some(written) = written else { return Ok(None) };
    let key = STANDARD.decode(written.reveal().trim()).unwrap_or_default().try_into();
    key.map(Some).map_err(|_| anyhow!("SERVICEBOOK_GATEWAY_KEY is not 32 bytes in Base64"))
}

/// Serves until it is to stop.
pub(crate) async fn run(config: &Config, stop: &mut Stop) -> anyhow::Result<String> {
    let listener = Listener::open(config).await?;
    let internal = Internal::open(config).await?;
    let fixed = listener::instances(&config.routes)?;
    let set = config.nats_url.is_some() && config.gateway_key.is_some() || !fixed.is_empty();
    let running = if set { None } else { Running::find(&config.data()?)? };
    let key = key(config, running.as_ref())?;
    let gateway = Gateway::new(config.is_https(), key.as_ref().map(GatewayKey::new));
    let group = Group::default();
    let rates = Arc::new(config.rates.parse::<Rates>()?);
    let registered = if fixed.is_empty() {
        let told = running.as_ref().and_then(|running| running.nats_users.get(&Process::Gateway));
        let told = told.or(running.as_ref().map(|running| &running.nats_url));
        let url = config.nats_url.as_ref().or(told);
        let url =
            url.context("There is no registry to go by. Set NATS_URL, or SERVICEBOOK_ROUTES.")?;
        let key = key.as_ref().context(
            "There is no key to know instances by. Set SERVICEBOOK_GATEWAY_KEY to what `servicebook \
             keys gateway` prints where they run.",
        )?;
        let bus = Bus::connect(url.reveal(), bus::Options::default()).await?;
        Some(follow(config, &bus, &RegistryKey::new(key), &gateway, &rates, &group).await?)
    } else {
        gateway.knows(fixed);
        None
    };
    let readiness = Readiness::new(vec![gateway.check()]);
    internal.serve(readiness.clone(), &group);
    listener.serve(gateway.router(readiness, listener::outermost(config, rates)?), &group);
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
async fn follow(
    config: &Config,
    bus: &Bus,
    key: &RegistryKey,
    gateway: &Gateway,
    rates: &Arc<Rates>,
    group: &Group,
) -> anyhow::Result<Registration> {
    let gateways = bus.watch_instances(GATEWAY, key).await?;
    group.tasks.spawn(listener::divide(Arc::clone(rates), gateways, group.stop.clone()));
    let mut present = bus.watch_instances(API, key).await?;
    let (gateway, stop) = (gateway.clone(), group.stop.clone());
    group.tasks.spawn(async move {
        while let Some(Ok(())) = stop.run_until_cancelled(present.changed()).await {
            let instances = present.borrow_and_update();
            gateway.knows(instances.iter().filter_map(understood).collect());
        }
    });
    let announcement = bus::Announcement {
        name: GATEWAY.into(),
        version: env!("CARGO_PKG_VERSION").into(),
        metadata: HashMap::from([("address".to_owned(), config.advertised())]),
    };
    bus.register(announcement, key).await
}

/// An instance that says where it is and what it answers. One that is everything at once, as
/// `servicebook up`, has a door of its own.
fn understood(instance: &bus::Instance) -> Option<Instance> {
    let address = instance.metadata.get("address")?;
    let paths = instance.metadata.get("paths")?;
    let address = address.parse().inspect_err(|why| {
        warn!(address, "an instance has no address that can be used: {why}");
    });
    let contexts = instance.metadata.get("contexts").map(String::as_str).unwrap_or_default();
    let [paths, contexts] =
        [paths, contexts].map(|words| words.split_whitespace().map(str::to_owned).collect());
    Some(Instance { id: instance.id.clone(), address: address.ok()?, paths, contexts })
}
