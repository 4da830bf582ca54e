//! The settings of the ingress.

use std::{sync::Arc, time::Duration};

use axum::http::HeaderValue;
use tokio::sync::Semaphore;

use super::{
    address::TrustedProxies, gateway_key::GatewayKey, rate_limits::RateLimits,
    versions::Deprecations,
};

/// The largest body that is read, in bytes.
pub const MAX_BODY_SIZE: usize = 2 << 20;
/// No answer takes longer than this, if a file is sent with its request: as it comes in, each part has a time
/// limit of its own.
pub(super) const UPLOAD_TIME_LIMIT: Duration = Duration::from_hours(12);
/// No other answer takes longer than this.
const TIME_LIMIT: Duration = Duration::from_secs(30);

/// The middleware before the router of a process. Cheap to clone.
#[derive(Clone)]
pub struct Ingress(pub(super) Arc<IngressState>);

pub(super) struct IngressState {
    pub(super) permits: Semaphore,
    /// How long an answer may take.
    pub(super) time_limit: Duration,
    pub(super) proxies: TrustedProxies,
    /// The key by which a gateway before us signs client addresses.
    pub(super) gateway: Option<GatewayKey>,
    pub(super) public: Option<PublicSettings>,
}

/// The settings of the outermost process only.
pub struct PublicSettings {
    /// The origins whose pages may call us.
    pub origins: Vec<HeaderValue>,
    pub rates: Arc<RateLimits>,
    pub deprecations: Deprecations,
    /// Whether people reach us by HTTPS, and must from then on.
    pub https: bool,
}

impl Ingress {
    /// `max_concurrent` is how many requests are answered at the same time; more are told to come back.
    pub fn new(
        max_concurrent: usize,
        proxies: TrustedProxies,
        public: Option<PublicSettings>,
    ) -> Self {
        Self::with_time_limit(max_concurrent, proxies, public, TIME_LIMIT)
    }

    /// As [`new`](Self::new), for a process behind gateways that share a key.
    pub fn behind_gateway(
        max_concurrent: usize,
        proxies: TrustedProxies,
        gateway: GatewayKey,
    ) -> Self {
        let permits = Semaphore::new(max_concurrent);
        let (gateway, public) = (Some(gateway), None);
        Self(Arc::new(IngressState { permits, time_limit: TIME_LIMIT, proxies, gateway, public }))
    }

    pub(super) fn with_time_limit(
        max_concurrent: usize,
        proxies: TrustedProxies,
        public: Option<PublicSettings>,
        time_limit: Duration,
    ) -> Self {
        let (permits, gateway) = (Semaphore::new(max_concurrent), None);
        Self(Arc::new(IngressState { permits, time_limit, proxies, gateway, public }))
    }
}
