//! What each process tells those who watch over it, on an address of its own: `/health`, `/ready`
//! with its reasons, `/metrics`.

use std::{
    collections::HashMap,
    net::{Ipv4Addr, SocketAddr},
};

use api::{Check, Readiness, ingress::Proxies, install_metrics, internal, serve::Ceiling};
use commands::ClockFault;
use tokio::net::TcpListener;
use tracing::info;

use crate::{config::Config, listener::listen, roles::Group, system::System};

/// Where it is told if nothing else is set, and on how many ports after it a process looks for one
/// that is free: several may run on one machine.
const FIRST: u16 = 8081;
const PORTS: u16 = 100;
/// How many connections those who watch may hold open.
const CONNECTIONS: usize = 64;
/// How many events a read model, or the bus, may be behind in a system that calls itself ready.
const READY_LAG: i64 = 5_000;

/// An address, and what is to be told there.
pub(crate) struct Internal {
    listener: TcpListener,
    metrics: metrics_exporter_prometheus::PrometheusHandle,
}

impl Internal {
    /// Begins to count, and takes an address on which that can be asked.
    pub(crate) async fn open(config: &Config) -> anyhow::Result<Self> {
        let listener = if let Some(address) = config.internal_listen {
            listen(address, "SERVICEBOOK_INTERNAL_LISTEN").await?
        } else {
            first_free().await?
        };
        Ok(Self { listener, metrics: install_metrics()? })
    }

    /// `host:port`
    pub(crate) fn address(&self) -> anyhow::Result<SocketAddr> {
        Ok(self.listener.local_addr()?)
    }

    /// Answers until the tasks of a group are to end.
    pub(crate) fn serve(self, readiness: Readiness, group: &Group) {
        if let Ok(address) = self.listener.local_addr() {
            info!("/ready and /metrics are told at http://{address}");
        }
        let router = internal(readiness, self.metrics);
        let ceiling = Ceiling::new(CONNECTIONS, CONNECTIONS, Proxies::default());
        let stop = group.stop.clone();
        group.tasks.spawn(api::serve::serve(self.listener, ceiling, None, router, stop));
    }
}

async fn first_free() -> anyhow::Result<TcpListener> {
    for port in FIRST..FIRST + PORTS {
        if let Ok(listener) = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await {
            return Ok(listener);
        }
    }
    listen((Ipv4Addr::LOCALHOST, 0).into(), "SERVICEBOOK_INTERNAL_LISTEN").await
}

/// Whether the database answers.
pub(crate) fn database(system: &System) -> Check {
    let db = system.db.clone();
    Check::new("database", move || {
        let db = db.clone();
        async move { event_store::head(&db).await.map(drop).map_err(|_| "cannot be asked".to_owned()) }
    })
}

/// Whether the clocks of this process and the database agree, without which it records nothing.
pub(crate) fn clocks(system: &System) -> Check {
    let commands = system.commands.clone();
    Check::new("clocks", move || {
        let commands = commands.clone();
        async move {
            match commands.clock_fault().await {
                Ok(Some(fault @ ClockFault::Disagree { .. })) => Err(fault.to_string()),
                // Whoever was not ready for a date of before would never get to the next one.
                Ok(_) => Ok(()),
                Err(_) => Err("cannot be compared".to_owned()),
            }
        }
    })
}

/// Whether the bus answers, and is not far behind the log.
pub(crate) fn bus(system: &System) -> Check {
    let system = system.clone();
    Check::new("bus", move || {
        let system = system.clone();
        async move {
            system.bus.health().await?;
            let position =
                system.bus.mirrored_position().await.map_err(|why| format!("{why:#}"))?;
            // If the log cannot be asked, another check says so.
            lagging(event_store::head(&system.db).await.unwrap_or(position) - position)
        }
    })
}

/// Whether some read models were built, and are not far behind the log.
pub(crate) fn read_models(system: &System, names: Vec<&'static str>) -> Check {
    let system = system.clone();
    Check::new("read models", move || {
        let (system, names) = (system.clone(), names.clone());
        async move {
            let missing = behind(&system, &names).await;
            let missing = missing.map_err(|_| "cannot be asked".to_owned())?;
            if missing.is_empty() { Ok(()) } else { Err(missing.join(", ")) }
        }
    })
}

async fn behind(system: &System, names: &[&'static str]) -> sqlx::Result<Vec<String>> {
    let head = event_store::head(&system.db).await?;
    let reached: HashMap<String, i64> =
        sqlx::query_as("select name, position from projections.checkpoints")
            .fetch_all(&system.db)
            .await?
            .into_iter()
            .collect();
    let findings = names.iter().filter_map(|name| match reached.get(*name) {
        None => Some(format!("{name} was not built yet")),
        Some(position) => Some(format!("{name} {}", lagging(head - position).err()?)),
    });
    Ok(findings.collect())
}

fn lagging(behind: i64) -> Result<(), String> {
    if behind > READY_LAG { Err(format!("is {behind} events behind")) } else { Ok(()) }
}
