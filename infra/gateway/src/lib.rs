//! One door to many processes: who answers which paths is known from the registry, or was said.
//!
//! A gateway has no rights and no database: it passes requests on as they are, to an instance
//! that is well. What an instance that dies has not answered is sent to another one, if it may be
//! sent twice.

mod forward;
mod openapi;
mod table;
mod upgrade;

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use api::{
    Check, Readiness,
    ingress::{GatewayKey, Ingress},
};
use axum::{Router, body::Body, routing::get};
use futures::future::ready;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};

pub use self::table::Instance;
use self::table::Table;

/// How long a connection to an instance may take.
const CONNECT: Duration = Duration::from_secs(1);
/// For how long a connection to an instance is kept for the next request: not as long as the
/// instance would, so that it is never closed by the other side when it is wanted.
const KEPT: Duration = Duration::from_secs(20);

/// A gateway. Cheap to clone.
#[derive(Clone)]
pub struct Gateway(Arc<Inner>);

struct Inner {
    table: RwLock<Arc<Table>>,
    client: Client<HttpConnector, Body>,
    /// What people reach us by: `https`, `http`.
    scheme: &'static str,
    /// By which the instances know that it is a gateway of theirs.
    key: Option<GatewayKey>,
}

impl Gateway {
    /// It knows nobody yet.
    pub fn new(https: bool, key: Option<GatewayKey>) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(CONNECT));
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(KEPT)
            .build(connector);
        let scheme = if https { "https" } else { "http" };
        Self(Arc::new(Inner { table: RwLock::default(), client, scheme, key }))
    }

    /// Those are there now. Paths whose last instance left are still known: they are not
    /// available, which is another thing than not to exist. Only where others serve their context
    /// without them do they not exist any more.
    pub fn knows(&self, instances: Vec<Instance>) {
        let mut table = self.0.table.write().unwrap_or_else(PoisonError::into_inner);
        *table = Arc::new(table.with(instances));
    }

    fn table(&self) -> Arc<Table> {
        self.0.table.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether every path that is known can be answered.
    pub fn check(&self) -> Check {
        let gateway = self.clone();
        Check::new("paths", move || {
            let table = gateway.table();
            let missing: Vec<_> = table.unanswered().collect();
            let outcome = match &missing[..] {
                [] if table.is_empty() => Err("nobody answers anything".to_owned()),
                [] => Ok(()),
                missing => Err(format!("nobody answers {}", missing.join(", "))),
            };
            ready(outcome)
        })
    }

    /// The gateway behind its edge.
    pub fn router(self, readiness: Readiness, ingress: Ingress) -> Router {
        let documents = api::versions().fold(Router::new(), |router, beginning| {
            router
                .route(&format!("{beginning}/openapi.json"), get(openapi::joined))
                .route(&format!("{beginning}/docs"), get(openapi::page))
        });
        let router =
            documents.merge(api::public(readiness)).fallback(forward::forward).with_state(self);
        ingress.before(router)
    }
}
