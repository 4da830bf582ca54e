//! What all requests to a gateway share: who answers which paths, and the connections to them.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use api::{Contexts, ReadinessCheck, ingress::GatewayKey};
use axum::body::Body;
use futures::future::ready;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};

use crate::routing_table::{Instance, RoutingTable};

/// How long connecting to an instance may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// How long an idle connection to an instance is kept: shorter than the instance keeps it, so that it is
/// not closed by the other side just when it is used.
const IDLE_TIMEOUT: Duration = Duration::from_secs(20);

/// A gateway. Cheap to clone.
#[derive(Clone)]
pub struct Gateway(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    routing_table: RwLock<Arc<RoutingTable>>,
    pub(crate) client: Client<HttpConnector, Body>,
    /// The scheme by which people reach the gateway: `https` or `http`.
    pub(crate) scheme: &'static str,
    /// The key that proves to instances that requests come from their gateway.
    pub(crate) key: Option<GatewayKey>,
}

impl Gateway {
    /// A gateway without instances.
    pub fn new(https: bool, key: Option<GatewayKey>) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(CONNECT_TIMEOUT));
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_TIMEOUT)
            .build(connector);
        let scheme = if https { "https" } else { "http" };
        Self(Arc::new(Inner { routing_table: RwLock::default(), client, scheme, key }))
    }

    /// Knows the paths of the whole API from now on. Those that nobody serves yet are answered with 503, not
    /// by whoever serves all others.
    pub fn expect_all_contexts(&self) {
        let all = Contexts::all();
        let contexts = all.names().filter_map(|name| {
            let paths = Contexts::from_names(&[name.to_owned()]).ok()?.served_path_prefixes();
            Some((name.to_owned(), paths))
        });
        let routing_table = RoutingTable::of_contexts(contexts);
        *self.0.routing_table.write().unwrap_or_else(PoisonError::into_inner) =
            Arc::new(routing_table);
    }

    /// Replaces the instances. Paths whose last instance has left are answered with 503, not 404, unless
    /// other instances serve their context without them.
    pub fn set_instances(&self, instances: Vec<Instance>) {
        let mut routing_table =
            self.0.routing_table.write().unwrap_or_else(PoisonError::into_inner);
        *routing_table = Arc::new(routing_table.with_instances(instances));
    }

    pub(crate) fn routing_table(&self) -> Arc<RoutingTable> {
        self.0.routing_table.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Ready if every path in the table has an instance.
    pub fn readiness_check(&self) -> ReadinessCheck {
        let gateway = self.clone();
        ReadinessCheck::new("paths", move || {
            let routing_table = gateway.routing_table();
            let missing: Vec<_> = routing_table.paths_without_instance().collect();
            let outcome = match &missing[..] {
                _ if routing_table.has_no_upstream() => Err("nobody answers anything".to_owned()),
                [] => Ok(()),
                missing => Err(format!("nobody answers {}", missing.join(", "))),
            };
            ready(outcome)
        })
    }
}
