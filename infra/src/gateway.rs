//! Runs the gateway as a process: its settings, its key, and the instances it learns from the registry.

use std::{collections::HashMap, sync::Arc};

use anyhow::{Context, anyhow};
use api::{
    Readiness,
    ingress::{GatewayKey, RateLimits},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use bus::{Bus, ProcessKind, RegistrationGuard, RegistryKey};
use engines::{RunningDeployment, Secret};
use gateway::{Gateway, Instance};
use sealing::MasterKey;
use tracing::{info, warn};

use crate::{
    config::{self, Config},
    internal_listener::InternalListener,
    public_listener::{self, PublicListener},
    stop_signal::StopSignal,
    task_group::TaskGroup,
};

/// The name in the registry of the instances that serve the API.
pub(crate) const API_SERVICE: &str = "servicebook-api";

/// The name of gateways in the registry.
const GATEWAY_SERVICE: &str = "servicebook-gateway";

/// The purpose from which the key is derived.
const KEY_PURPOSE: &str = "gateway";

/// The key that signs registry entries of instances and gateways, derived from the master key.
pub(crate) fn registry_key(master: &MasterKey) -> RegistryKey {
    RegistryKey::new(&master.derive(KEY_PURPOSE))
}

/// The same key, for what a gateway vouches for about its clients.
pub(crate) fn gateway_key(master: &MasterKey) -> GatewayKey {
    GatewayKey::new(&master.derive(KEY_PURPOSE))
}

/// The same key in Base64, as the setting `gateway_key` takes it.
pub(crate) fn encoded_gateway_key(master: &MasterKey) -> Secret {
    Secret::new(STANDARD.encode(master.derive(KEY_PURPOSE)))
}

/// The key from the setting, or from a process that runs on the same data folder.
fn configured_key(
    config: &Config,
    running: Option<&RunningDeployment>,
) -> anyhow::Result<Option<[u8; 32]>> {
    let encoded = config.gateway_key.as_ref().or(running.map(|running| &running.gateway_key));
    let Some(encoded) = encoded else { return Ok(None) };
    let key = STANDARD.decode(encoded.reveal().trim()).unwrap_or_default().try_into();
    key.map(Some).map_err(|_| anyhow!("SERVICEBOOK_GATEWAY_KEY is not 32 bytes in Base64"))
}

/// Serves until a stop is requested.
pub(crate) async fn run_gateway(config: &Config, stop: &mut StopSignal) -> anyhow::Result<String> {
    let listener = PublicListener::open(config).await?;
    let internal = InternalListener::open(config).await?;
    let static_instances = config::parse_routes(&config.routes)?;
    let is_complete =
        config.nats_url.is_some() && config.gateway_key.is_some() || !static_instances.is_empty();
    let running = if is_complete { None } else { RunningDeployment::find(&config.data_folder()?)? };
    let key = configured_key(config, running.as_ref())?;
    let gateway = Gateway::new(config.is_https(), key.as_ref().map(GatewayKey::new));
    let group = TaskGroup::default();
    let rates = Arc::new(config.rates.parse::<RateLimits>()?);
    let registration = if static_instances.is_empty() {
        gateway.expect_all_contexts();
        let own_url =
            running.as_ref().and_then(|running| running.nats_users.get(&ProcessKind::Gateway));
        let own_url = own_url.or(running.as_ref().map(|running| &running.nats_url));
        let url = config.nats_url.as_ref().or(own_url);
        let url =
            url.context("There is no registry to go by. Set NATS_URL, or SERVICEBOOK_ROUTES.")?;
        let key = key.as_ref().context(
            "There is no key to know instances by. Set SERVICEBOOK_GATEWAY_KEY to what `servicebook \
             keys gateway` prints where they run.",
        )?;
        let bus = Bus::connect(url.reveal(), bus::Options::default()).await?;
        Some(follow_registry(config, &bus, &RegistryKey::new(key), &gateway, &rates, &group).await?)
    } else {
        gateway.set_instances(static_instances);
        None
    };
    let readiness = Readiness::new(vec![gateway.readiness_check()]);
    internal.serve(readiness.clone(), &group);
    listener
        .serve(gateway.router(readiness, public_listener::public_ingress(config, rates)?), &group);
    info!("at work");
    stop.wait_until_requested().await;
    info!("stopping");
    if let Some(registration) = registration
        && let Err(why) = registration.withdraw().await
    {
        info!("not withdrawn from the registry: {why:#}");
    }
    group.shut_down("requests").await;
    Ok(String::new())
}

/// Takes instances from the registry as they come and go, and registers this gateway.
async fn follow_registry(
    config: &Config,
    bus: &Bus,
    key: &RegistryKey,
    gateway: &Gateway,
    rates: &Arc<RateLimits>,
    group: &TaskGroup,
) -> anyhow::Result<RegistrationGuard> {
    let gateways = bus.watch_instances(GATEWAY_SERVICE, key).await?;
    group.tasks.spawn(public_listener::divide_rates(
        Arc::clone(rates),
        gateways,
        group.stop.clone(),
    ));
    let mut present = bus.watch_instances(API_SERVICE, key).await?;
    let (gateway, stop) = (gateway.clone(), group.stop.clone());
    group.tasks.spawn(async move {
        while let Some(Ok(())) = stop.run_until_cancelled(present.changed()).await {
            let instances = present.borrow_and_update();
            gateway.set_instances(instances.iter().filter_map(parse_instance).collect());
        }
    });
    let announcement = bus::InstanceAnnouncement {
        name: GATEWAY_SERVICE.into(),
        version: env!("CARGO_PKG_VERSION").into(),
        metadata: HashMap::from([("address".to_owned(), config.advertised_address())]),
    };
    bus.register_instance(announcement, key).await
}

/// An instance that announces its address and paths. `servicebook up` announces none: it is reached
/// directly.
fn parse_instance(instance: &bus::Instance) -> Option<Instance> {
    let address = instance.metadata.get("address")?;
    let paths = instance.metadata.get("paths")?;
    let address = address.parse().inspect_err(|why| {
        warn!(address, "an instance has no address that can be used: {why}");
    });
    let contexts = instance.metadata.get("contexts").map(String::as_str).unwrap_or_default();
    let [paths, contexts] =
        [paths, contexts].map(|list| list.split_whitespace().map(str::to_owned).collect());
    Some(Instance { id: instance.id.clone(), address: address.ok()?, paths, contexts })
}
