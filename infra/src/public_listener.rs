//! The sockets on which a process serves people (HTTP, HTTPS, WebSockets), and the limits of what comes in.

use std::{net::SocketAddr, sync::Arc};

use anyhow::Context;
use api::{
    ingress::{self, GatewayKey, Ingress, RateLimits},
    serve::{ConnectionLimits, Tls, redirect_router, serve, single_path_router},
};
use axum::Router;
use tokio::{net::TcpListener, sync::watch};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::{
    config::{self, Config},
    files,
    task_group::TaskGroup,
};

/// How many requests one process answers at the same time.
const MAX_CONCURRENT_REQUESTS: usize = 1_024;
/// One network may hold at most this part (one of so many) of all connections.
pub(crate) const NETWORK_SHARE: usize = 8;

/// The sockets of a process that people reach.
pub(crate) struct PublicListener {
    http: TcpListener,
    websocket: TcpListener,
    https: Option<(TcpListener, Tls)>,
    redirect: Option<(TcpListener, String)>,
    limits: Arc<ConnectionLimits>,
}

impl PublicListener {
    pub(crate) async fn open(config: &Config) -> anyhow::Result<Self> {
        let http = bind(config.listen, "SERVICEBOOK_LISTEN").await?;
        let websocket = bind(config.websocket_listen, "SERVICEBOOK_WEBSOCKET_LISTEN").await?;
        let mut https = None;
        if let (Some(address), Some(certificate), Some(key)) =
            (config.tls_listen, &config.tls_certificate, &config.tls_key)
        {
            let tls = Tls::load(certificate, key)?;
            https = Some((bind(address, "SERVICEBOOK_TLS_LISTEN").await?, tls));
        }
        let mut redirect = None;
        if let Some(address) = config.redirect_listen {
            let listener = bind(address, "SERVICEBOOK_REDIRECT_LISTEN").await?;
            redirect = Some((listener, config.public_url()));
        }
        Ok(Self {
            http,
            websocket,
            https,
            redirect,
            limits: connection_limits(config, NETWORK_SHARE)?,
        })
    }

    pub(crate) fn serve(self, router: Router, group: &TaskGroup) {
        let Self { http, websocket, https, redirect, limits } = self;
        let start = |listener, tls, router| {
            let (limits, stop) = (Arc::clone(&limits), group.stop.clone());
            group.tasks.spawn(serve(listener, limits, tls, router, stop));
        };
        let (https, tls) = https.unzip();
        start(websocket, tls.clone(), single_path_router("/ws", router.clone()));
        if let Some((listener, public_url)) = redirect {
            start(listener, None, redirect_router(public_url));
        }
        if let Some((listener, tls)) = https.zip(tls) {
            let stop = group.stop.clone();
            let renewing = tls.clone().reload_on_change();
            group.tasks.spawn(async move { stop.run_until_cancelled(renewing).await });
            start(listener, Some(tls), router.clone());
        }
        start(http, None, router);
    }
}

/// The limit of connections: the setting, but at most half of the files that the process may have
/// open; the other half is for its own connections. One network may hold one of `share` parts.
pub(crate) fn connection_limits(
    config: &Config,
    share: usize,
) -> anyhow::Result<Arc<ConnectionLimits>> {
    let files = files::raise_open_file_limit()?;
    let max = config.connections.min(usize::try_from(files / 2).unwrap_or(usize::MAX));
    if max < config.connections {
        warn!(
            max,
            "fewer connections than set may be open: this process may have {files} files open; \
             see `ulimit -n`, or LimitNOFILE of systemd"
        );
    }
    Ok(ConnectionLimits::new(max, (max / share).max(1), config.trusted_proxies.parse()?))
}

/// The ingress of a process that people reach directly.
pub(crate) fn public_ingress(config: &Config, rates: Arc<RateLimits>) -> anyhow::Result<Ingress> {
    let public = ingress::PublicSettings {
        origins: config::parse_origins(&config.origins)?,
        rates,
        deprecations: config.deprecations.parse()?,
        https: config.is_https(),
    };
    Ok(Ingress::new(MAX_CONCURRENT_REQUESTS, config.trusted_proxies.parse()?, Some(public)))
}

/// Divides rate limits among all processes of a role, as they come and go, until `stop`.
pub(crate) async fn divide_rates(
    rates: Arc<RateLimits>,
    mut present: watch::Receiver<Vec<bus::Instance>>,
    stop: CancellationToken,
) {
    loop {
        rates.divide_among(present.borrow_and_update().len());
        if !matches!(stop.run_until_cancelled(present.changed()).await, Some(Ok(()))) {
            return;
        }
    }
}

/// The ingress of a process behind a gateway.
pub(crate) fn ingress_behind_gateway(
    config: &Config,
    gateway: GatewayKey,
) -> anyhow::Result<Ingress> {
    Ok(Ingress::behind_gateway(MAX_CONCURRENT_REQUESTS, config.trusted_proxies.parse()?, gateway))
}

pub(crate) async fn bind(address: SocketAddr, setting: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| {
        format!("{address} cannot be listened on. Choose another address with {setting}.")
    })
}
