//! The gateway as a process.

use std::collections::HashMap;

use anyhow::Context;
use api::gateway::{Gateway, Instance};
use bus::{Bus, Registration};
use tracing::{info, warn};

use crate::{
    config::Config,
    door::{self, Door},
    engines::Running,
    roles::Group,
    up::Stop,
};

/// The role whose instances it passes requests on to.
const API: &str = "servicebook-api";

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
    let found = || Ok(Running::find(&config.data()?)?.map(|running| running.nats_url));
    let url = config.nats_url.clone().map_or_else(found, |url| anyhow::Ok(Some(url)))?;
    let url = url.context("There is no registry to go by. Set NATS_URL, or SERVICEBOOK_ROUTES.")?;
    let bus = Bus::connect(url.reveal(), bus::Options::default()).await?;
    let mut present = bus.presence(API).await?;
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
    bus.register(role).await
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
