//! What a process does, role by role, until it is told to stop.

use std::{collections::HashMap, sync::Arc, time::Duration};

use bus::{EventSource, Registration, Relay};
use commands::Store;
use domain::Raw;
use projections::Projector;
use tokio::{net::TcpListener, time::timeout};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{error, info, warn};

use crate::{
    alone::alone,
    config::Config,
    crew::{self, Member},
    serve,
    system::System,
};

/// How long requests, and then the rest, may take to come to an end.
const DRAIN: Duration = Duration::from_secs(10);

/// The roles of one process, at work.
pub(crate) struct Roles {
    system: System,
    serving: Group,
    working: Group,
    registered: Vec<Registration>,
}

/// Tasks that end together.
#[derive(Default)]
struct Group {
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Group {
    async fn end(&self, name: &str) {
        self.stop.cancel();
        self.tasks.close();
        if timeout(DRAIN, self.tasks.wait()).await.is_err() {
            warn!(name, "some did not come to an end in time");
        }
    }
}

impl Roles {
    pub(crate) fn new(system: System) -> Self {
        let working = Group::default();
        working.tasks.spawn(wake_relay(system.clone(), working.stop.clone()));
        Self { system, serving: Group::default(), working, registered: Vec::new() }
    }

    pub(crate) fn system(&self) -> &System {
        &self.system
    }

    /// Mirrors the log onto the bus, or stands by while another process does.
    pub(crate) async fn relay(&mut self) -> anyhow::Result<()> {
        let System { options, bus, .. } = self.system.clone();
        let relay = Arc::new(Relay::new(bus, Log(self.system.store())));
        let work = move |stop: CancellationToken| {
            let relay = Arc::clone(&relay);
            async move { relay.run(&stop).await }
        };
        let stop = self.working.stop.clone();
        self.working.tasks.spawn(alone(options, "relay", stop, work));
        self.register("relay", HashMap::new()).await
    }

    /// Keeps read models up to date: those of these names, or all.
    pub(crate) async fn projectors(&mut self, names: &[String]) -> anyhow::Result<()> {
        let chosen: Vec<_> = match names {
            [] => projections::all().collect(),
            names => names.iter().map(|name| Projector::named(name)).collect::<Result<_, _>>()?,
        };
        for projector in &chosen {
            let (projections, projector) = (self.system.projections.clone(), *projector);
            let stop = self.working.stop.clone();
            self.working.tasks.spawn(async move { projections.run(projector, stop).await });
        }
        let names: Vec<_> = chosen.iter().map(|projector| projector.name).collect();
        let about = HashMap::from([("projectors".to_owned(), names.join(" "))]);
        self.register("projector", about).await
    }

    /// Reacts to events, to the clock and to what comes in: those of these names, or all.
    pub(crate) async fn workers(
        &mut self,
        names: &[String],
        config: &Config,
    ) -> anyhow::Result<()> {
        let members = crew::called(names, &self.system, config)?;
        let mut names: Vec<_> = members.iter().map(|member| member.name).collect();
        names.dedup();
        for Member { work, .. } in members {
            self.working.tasks.spawn(work(self.working.stop.clone()));
        }
        let about = HashMap::from([("workers".to_owned(), names.join(" "))]);
        self.register("worker", about).await
    }

    /// Serves HTTP.
    pub(crate) async fn api(
        &mut self,
        config: &Config,
        listener: TcpListener,
    ) -> anyhow::Result<()> {
        let router = api::router(serve::app(&self.system, config).await?);
        let stop = self.serving.stop.clone();
        self.serving.tasks.spawn(async move {
            let served =
                axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned());
            if let Err(why) = served.await {
                error!("HTTP is served no more: {why}");
            }
        });
        let about = HashMap::from([("address".to_owned(), config.http())]);
        self.register("api", about).await
    }

    async fn register(
        &mut self,
        role: &str,
        metadata: HashMap<String, String>,
    ) -> anyhow::Result<()> {
        let role = bus::Role {
            name: format!("servicebook-{role}"),
            version: env!("CARGO_PKG_VERSION").into(),
            metadata,
        };
        self.registered.push(self.system.bus.register(role).await?);
        Ok(())
    }

    /// Stops in an order in which nobody misses anybody: out of the registry, then the requests
    /// that are being answered, then everything else.
    pub(crate) async fn stop(self) {
        for registration in self.registered {
            if let Err(why) = registration.withdraw().await {
                info!("not withdrawn from the registry: {why:#}");
            }
        }
        self.serving.end("requests").await;
        self.working.end("relay, projectors and workers").await;
        self.system.close().await;
    }
}

/// The log, for the relay.
pub(crate) struct Log(pub(crate) Store);

impl EventSource for Log {
    async fn head(&self) -> anyhow::Result<i64> {
        Ok(self.0.head().await?)
    }

    async fn after(&self, position: i64, limit: usize) -> anyhow::Result<Vec<Raw>> {
        Ok(self.0.after(position, limit.try_into()?).await?)
    }
}

/// Tells the relay, wherever it works, what this process appends.
async fn wake_relay(system: System, stop: CancellationToken) {
    let mut appended = system.commands.appender().appended();
    while let Some(Ok(())) = stop.run_until_cancelled(appended.changed()).await {
        let position = *appended.borrow_and_update();
        system.bus.appended(position).await;
    }
}
