//! What the edge of a process keeps to.

use std::{sync::Arc, time::Duration};

use axum::http::HeaderValue;
use tokio::sync::Semaphore;

use super::{address::Proxies, rates::Rates, versions::Deprecations, vouched::GatewayKey};

/// The largest body that is read, in bytes.
pub const LARGEST: usize = 2 << 20;
/// No answer takes longer than this.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the edge of a process keeps to.
#[derive(Clone)]
pub struct Ingress(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) free: Semaphore,
    /// How long an answer may take.
    pub(super) patience: Duration,
    pub(super) proxies: Proxies,
    /// By which a gateway before us is known.
    pub(super) gateway: Option<GatewayKey>,
    pub(super) public: Option<Public>,
}

/// What only the outermost process does.
pub struct Public {
    /// The origins whose pages may call us.
    pub origins: Vec<HeaderValue>,
    pub rates: Arc<Rates>,
    pub deprecations: Deprecations,
    /// Whether people reach us by HTTPS, and must from then on.
    pub https: bool,
}

impl Ingress {
    /// `at_once` is how many requests are answered at the same time; more are told to come back.
    pub fn new(at_once: usize, proxies: Proxies, public: Option<Public>) -> Self {
        Self::patient(at_once, proxies, public, PATIENCE)
    }

    /// The same of a process behind gateways, which are known by a key.
    pub fn behind(at_once: usize, proxies: Proxies, gateway: GatewayKey) -> Self {
        let free = Semaphore::new(at_once);
        let (gateway, public) = (Some(gateway), None);
        Self(Arc::new(Inner { free, patience: PATIENCE, proxies, gateway, public }))
    }

    pub(super) fn patient(
        at_once: usize,
        proxies: Proxies,
        public: Option<Public>,
        patience: Duration,
    ) -> Self {
        let (free, gateway) = (Semaphore::new(at_once), None);
        Self(Arc::new(Inner { free, patience, proxies, gateway, public }))
    }
}
