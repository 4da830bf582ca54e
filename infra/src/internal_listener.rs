//! The listener for monitoring that each process has: `/health`, `/ready` with its reasons, `/metrics`.

use std::{
    collections::HashMap,
    net::{Ipv4Addr, SocketAddr},
};

use api::{
    Readiness, ReadinessCheck, ingress::TrustedProxies, install_metrics, internal_routes,
    serve::ConnectionLimits,
};
use commands::ClockFault;
use tokio::net::TcpListener;
use tracing::info;

use crate::{config::Config, public_listener::bind, system::System, task_group::TaskGroup};

/// The first port that is tried if none is set, and how many are tried: several processes may run on
/// one machine.
const FIRST_PORT: u16 = 8081;
const PORT_COUNT: u16 = 100;
/// How many connections monitoring may hold open.
const MAX_CONNECTIONS: usize = 64;
/// How many events a read model or the bus may lag behind the log in a system that is ready.
const MAX_READY_LAG: i64 = 5_000;

/// The bound socket, and the metrics that are served there.
pub(crate) struct InternalListener {
    listener: TcpListener,
    metrics: metrics_exporter_prometheus::PrometheusHandle,
}

impl InternalListener {
    /// Installs the metrics recorder, and binds the socket.
    pub(crate) async fn open(config: &Config) -> anyhow::Result<Self> {
        let listener = if let Some(address) = config.internal_listen {
            bind(address, "SERVICEBOOK_INTERNAL_LISTEN").await?
        } else {
            first_free().await?
        };
        Ok(Self { listener, metrics: install_metrics()? })
    }

    /// `host:port`
    pub(crate) fn address(&self) -> anyhow::Result<SocketAddr> {
        Ok(self.listener.local_addr()?)
    }

    /// Serves until the group is stopped.
    pub(crate) fn serve(self, readiness: Readiness, group: &TaskGroup) {
        if let Ok(address) = self.listener.local_addr() {
            info!("/ready and /metrics are told at http://{address}");
        }
        let router = internal_routes(readiness, self.metrics);
        let limits =
            ConnectionLimits::new(MAX_CONNECTIONS, MAX_CONNECTIONS, TrustedProxies::default());
        let stop = group.stop.clone();
        group.tasks.spawn(api::serve::serve(self.listener, limits, None, router, stop));
    }
}

async fn first_free() -> anyhow::Result<TcpListener> {
    for port in FIRST_PORT..FIRST_PORT + PORT_COUNT {
        if let Ok(listener) = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await {
            return Ok(listener);
        }
    }
    bind((Ipv4Addr::LOCALHOST, 0).into(), "SERVICEBOOK_INTERNAL_LISTEN").await
}

/// Whether the database answers.
pub(crate) fn database_check(system: &System) -> ReadinessCheck {
    let db = system.db.clone();
    ReadinessCheck::new("database", move || {
        let db = db.clone();
        async move { event_store::head(&db).await.map(drop).map_err(|_| "cannot be asked".to_owned()) }
    })
}

/// Whether the clocks of this process and the database agree, without which it records nothing.
pub(crate) fn clocks_check(system: &System) -> ReadinessCheck {
    let commands = system.commands.clone();
    ReadinessCheck::new("clocks", move || {
        let commands = commands.clone();
        async move {
            match commands.clock_fault().await {
                Ok(Some(fault @ ClockFault::Disagree { .. })) => Err(fault.to_string()),
                // A last event dated ahead of the clock passes by itself: it must not stop the process.
                Ok(_) => Ok(()),
                Err(_) => Err("cannot be compared".to_owned()),
            }
        }
    })
}

/// Whether the bus answers, and is not far behind the log.
pub(crate) fn bus_check(system: &System) -> ReadinessCheck {
    let system = system.clone();
    ReadinessCheck::new("bus", move || {
        let system = system.clone();
        async move {
            system.bus.health().await?;
            let position =
                system.bus.mirrored_position().await.map_err(|why| format!("{why:#}"))?;
            // If the log cannot be read, the check of the database says so.
            check_lag(event_store::head(&system.db).await.unwrap_or(position) - position)
        }
    })
}

/// Whether the object store can be reached and lets us in.
pub(crate) fn objects_check(system: &System) -> ReadinessCheck {
    let objects = system.objects.clone();
    ReadinessCheck::new("objects", move || {
        let objects = objects.clone();
        async move { objects.check().await.map_err(|why| why.to_string()) }
    })
}

/// Whether some read models were built, and are not far behind the log.
pub(crate) fn read_models_check(system: &System, names: Vec<&'static str>) -> ReadinessCheck {
    let system = system.clone();
    ReadinessCheck::new("read models", move || {
        let (system, names) = (system.clone(), names.clone());
        async move {
            let missing = lagging_models(&system, &names).await;
            let missing = missing.map_err(|_| "cannot be asked".to_owned())?;
            if missing.is_empty() { Ok(()) } else { Err(missing.join(", ")) }
        }
    })
}

async fn lagging_models(system: &System, names: &[&'static str]) -> sqlx::Result<Vec<String>> {
    let head = event_store::head(&system.db).await?;
    let reached: HashMap<String, i64> =
        sqlx::query_as("select name, position from projections.checkpoints")
            .fetch_all(&system.db)
            .await?
            .into_iter()
            .collect();
    let findings = names.iter().filter_map(|name| match reached.get(*name) {
        None => Some(format!("{name} was not built yet")),
        Some(position) => Some(format!("{name} {}", check_lag(head - position).err()?)),
    });
    Ok(findings.collect())
}

fn check_lag(behind: i64) -> Result<(), String> {
    if behind > MAX_READY_LAG { Err(format!("is {behind} events behind")) } else { Ok(()) }
}
