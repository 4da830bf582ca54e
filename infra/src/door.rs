//! The door to the outside: where it stands, and what it keeps to.

use std::{collections::BTreeMap, net::SocketAddr, sync::Arc};

use anyhow::{Context, bail};
use api::{
    edge::{self, Edge},
    gateway::Instance,
    serve::{Tls, only, redirecting, serve},
};
use axum::{Router, http::HeaderValue};
use tokio::net::TcpListener;

use crate::{config::Config, roles::Group};

/// How many requests one process answers at the same time.
const AT_ONCE: usize = 1_024;

/// The sockets of a process that people reach.
pub(crate) struct Door {
    http: TcpListener,
    websocket: TcpListener,
    https: Option<(TcpListener, Tls)>,
    redirect: Option<(TcpListener, String)>,
}

impl Door {
    pub(crate) async fn open(config: &Config) -> anyhow::Result<Self> {
        let http = listen(config.listen, "SERVICEBOOK_LISTEN").await?;
        let websocket = listen(config.websocket_listen, "SERVICEBOOK_WEBSOCKET_LISTEN").await?;
        let mut https = None;
        if let (Some(address), Some(certificate), Some(key)) =
            (config.tls_listen, &config.tls_certificate, &config.tls_key)
        {
            let tls = Tls::load(certificate, key)?;
            https = Some((listen(address, "SERVICEBOOK_TLS_LISTEN").await?, tls));
        }
        let mut redirect = None;
        if let Some(address) = config.redirect_listen {
            let listener = listen(address, "SERVICEBOOK_REDIRECT_LISTEN").await?;
            redirect = Some((listener, config.public_url()));
        }
        Ok(Self { http, websocket, https, redirect })
    }

    pub(crate) fn serve(self, router: Router, group: &Group) {
        let Self { http, websocket, https, redirect } = self;
        let start = |listener, tls, router| {
            let stop = group.stop.clone().cancelled_owned();
            group.tasks.spawn(serve(listener, tls, router, stop));
        };
        let (https, tls) = https.unzip();
        start(websocket, tls.clone(), only("/ws", router.clone()));
        if let Some((listener, public_url)) = redirect {
            start(listener, None, redirecting(public_url));
        }
        if let Some((listener, tls)) = https.zip(tls) {
            let stop = group.stop.clone();
            let renewing = tls.clone().renew();
            group.tasks.spawn(async move { stop.run_until_cancelled(renewing).await });
            start(listener, Some(tls), router.clone());
        }
        start(http, None, router);
    }
}

/// The edge of a process that people reach.
pub(crate) fn outermost(config: &Config) -> anyhow::Result<Edge> {
    let door = edge::Door {
        origins: origins(&config.origins)?,
        rates: Arc::new(config.rates.parse()?),
        deprecations: config.deprecations.parse()?,
        https: config.is_https(),
    };
    Ok(Edge::new(AT_ONCE, config.trusted_proxies.parse()?, Some(door)))
}

/// The edge of a process behind a gateway.
pub(crate) fn inner(config: &Config) -> anyhow::Result<Edge> {
    Ok(Edge::new(AT_ONCE, config.trusted_proxies.parse()?, None))
}

/// `https://app.example.com, https://shop.example.com`
pub(crate) fn origins(text: &str) -> anyhow::Result<Vec<HeaderValue>> {
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
pub(crate) fn instances(text: &str) -> anyhow::Result<Vec<Instance>> {
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
        });
        instance.paths.insert(path.trim_end_matches('/').to_owned());
    }
    Ok(instances.into_values().collect())
}

pub(crate) async fn listen(address: SocketAddr, setting: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| {
        format!("{address} cannot be listened on. Choose another address with {setting}.")
    })
}
