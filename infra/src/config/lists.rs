//! Settings that are lists of addresses.

use std::collections::BTreeMap;

use anyhow::{Context, bail};
use axum::http::HeaderValue;
use gateway::Instance;

/// `https://app.example.com, https://shop.example.com`
pub(crate) fn parse_origins(text: &str) -> anyhow::Result<Vec<HeaderValue>> {
    let origins = text.split(',').map(str::trim).filter(|origin| !origin.is_empty());
    let read = |origin: &str| {
        let host = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
        if !host.is_some_and(|host| !host.is_empty() && !host.contains(['/', '*'])) {
            bail!("{origin} is no origin like https://app.example.com");
        }
        Ok(HeaderValue::from_str(origin)?)
    };
    origins.map(read).collect()
}

/// `/api/v1/customers=10.0.0.7:8080, /=10.0.0.8:8080`
pub(crate) fn parse_routes(text: &str) -> anyhow::Result<Vec<Instance>> {
    let mut instances: BTreeMap<_, Instance> = BTreeMap::new();
    for route in text.split(',').map(str::trim).filter(|route| !route.is_empty()) {
        let (path, address) = route.split_once('=').context("a route is path=host:port")?;
        if !path.starts_with('/') {
            bail!("the path {path} does not begin with /");
        }
        let no_address = || format!("{address} is no address like 10.0.0.7:8080");
        let instance = instances.entry(address.to_owned()).or_insert(Instance {
            id: address.to_owned(),
            address: address.parse().with_context(no_address)?,
            paths: [].into(),
            contexts: [].into(),
        });
        instance.paths.insert(path.trim_end_matches('/').to_owned());
    }
    Ok(instances.into_values().collect())
}
