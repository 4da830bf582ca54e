//! What a process does, role by role, until it is told to stop.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
    time::Duration,
};

use api::{App, Contexts, Readiness, ingress::Rates};
use bus::{EventSource, Registration, Relay};
use domain::Raw;
use integrity::SegmentPublisher;
use lease::run_as_leader;
use projections::Projector;
use sqlx::PgPool;
use tokio::{
    net::TcpListener,
    time::{sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{info, warn};

use crate::{
    config::Config,
    crew::{self, Member},
    erasures,
    gateway::{self, API},
    internal::{self, Internal},
    listener::{self, Listener},
    serve,
    system::System,
};

/// How long requests, and then the rest, may take to come to an end.
const DRAIN: Duration = Duration::from_secs(10);
/// How long a gateway may take to notice that an instance has left.
const LINGER: Duration = Duration::from_millis(500);

/// The roles of one process, at work.
pub(crate) struct Roles {
    system: System,
    serving: Group,
    working: Group,
    registered: Vec<Registration>,
    /// Where it is told how they do, until they have begun.
    internal: Option<Internal>,
    /// The read models that these roles keep or ask.
    models: BTreeSet<&'static str>,
    /// Whether somebody may still send us what belongs to those who stay.
    sought: bool,
}

/// Tasks that end together.
#[derive(Default)]
pub(crate) struct Group {
    pub(crate) stop: CancellationToken,
    pub(crate) tasks: TaskTracker,
}

impl Group {
    pub(crate) async fn end(&self, name: &str) {
        self.stop.cancel();
        self.tasks.close();
        if timeout(DRAIN, self.tasks.wait()).await.is_err() {
            warn!(name, "some did not come to an end in time");
        }
    }
}

impl Roles {
    pub(crate) fn new(system: System, internal: Internal) -> Self {
        let working = Group::default();
        working.tasks.spawn(wake_relay(system.clone(), working.stop.clone()));
        working.tasks.spawn(erasures::follow(system.clone(), working.stop.clone()));
        let (serving, registered, models) = (Group::default(), Vec::new(), BTreeSet::new());
        let internal = Some(internal);
        Self { system, serving, working, registered, internal, models, sought: false }
    }

    /// Tells how the roles do that have begun.
    pub(crate) fn watched(&mut self) {
        let readiness = self.readiness();
        if let Some(internal) = self.internal.take() {
            internal.serve(readiness, &self.working);
        }
    }

    fn readiness(&self) -> Readiness {
        let mut checks = vec![
            internal::database(&self.system),
            internal::clocks(&self.system),
            internal::bus(&self.system),
        ];
        if !self.models.is_empty() {
            let models = self.models.iter().copied().collect();
            checks.push(internal::read_models(&self.system, models));
        }
        Readiness::new(checks)
    }

    pub(crate) fn system(&self) -> &System {
        &self.system
    }

    /// Mirrors the log onto the bus and proves it segment by segment, or stands by while another
    /// process does.
    pub(crate) async fn relay(&mut self) -> anyhow::Result<()> {
        let System { options, bus, .. } = self.system.clone();
        let relay = Arc::new(Relay::new(bus, Log(self.system.db.clone())));
        let work = move |stop: CancellationToken| {
            let relay = Arc::clone(&relay);
            async move { relay.run(&stop).await }
        };
        let stop = self.working.stop.clone();
        let database = options.clone();
        let relaying = async move { run_as_leader(&database, "relay", stop, work).await };
        self.working.tasks.spawn(relaying);
        let segments = SegmentPublisher::new(self.system.db.clone(), self.system.bus.clone());
        let work = move |stop: CancellationToken| {
            let segments = segments.clone();
            async move { segments.run(&stop).await }
        };
        let stop = self.working.stop.clone();
        let closing = async move { run_as_leader(&options, "segments", stop, work).await };
        self.working.tasks.spawn(closing);
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
        self.models.extend(&names);
        let about = HashMap::from([("projectors".to_owned(), names.join(" "))]);
        self.register("projector", about).await
    }

    /// Reacts to events, to the clock and to what comes in: those of these names, or all.
    pub(crate) async fn workers(
        &mut self,
        names: &[String],
        config: &Config,
    ) -> anyhow::Result<()> {
        let members = crew::called(names, &self.system, config).await?;
        let mut names: Vec<_> = members.iter().map(|member| member.name).collect();
        names.dedup();
        for Member { work, .. } in members {
            self.working.tasks.spawn(work(self.working.stop.clone()));
        }
        let about = HashMap::from([("workers".to_owned(), names.join(" "))]);
        self.register("worker", about).await
    }

    /// Serves the whole API to the outside.
    pub(crate) async fn everything(
        &mut self,
        config: &Config,
        listener: Listener,
    ) -> anyhow::Result<()> {
        self.models.extend(projections::all().map(|projector| projector.name));
        let rates = self.rates(config).await?;
        let app = serve::app(&self.system, config, self.readiness(), Arc::clone(&rates)).await?;
        self.attend(app.clone());
        let router = api::router(app, &Contexts::all(), listener::outermost(config, rates)?);
        listener.serve(router, &self.serving);
        self.register("api", HashMap::new()).await
    }

    /// Serves some contexts to a gateway.
    pub(crate) async fn api(
        &mut self,
        config: &Config,
        listener: TcpListener,
        contexts: Contexts,
    ) -> anyhow::Result<()> {
        self.models.extend(projections::all().map(|projector| projector.name));
        let rates = self.rates(config).await?;
        let app = serve::app(&self.system, config, self.readiness(), rates).await?;
        self.attend(app.clone());
        let router = api::router(
            app,
            &contexts,
            listener::inner(config, gateway::vouching(self.system.keys.master()))?,
        );
        // Gateways come from few addresses, and keep their own ceilings for each network.
        let (ceiling, stop) = (listener::ceiling(config, 1)?, self.serving.stop.clone());
        self.serving.tasks.spawn(api::serve::serve(listener, ceiling, None, router, stop));
        self.sought = true;
        let about = HashMap::from([
            ("address".to_owned(), config.advertised()),
            ("contexts".to_owned(), contexts.names().collect::<Vec<_>>().join(" ")),
            ("paths".to_owned(), contexts.paths().into_iter().collect::<Vec<_>>().join(" ")),
        ]);
        self.register("api", about).await
    }

    /// How often one may ask: as often as is set, of all processes that serve the API together.
    async fn rates(&self, config: &Config) -> anyhow::Result<Arc<Rates>> {
        let rates = Arc::new(config.rates.parse::<Rates>()?);
        let present = self
            .system
            .bus
            .watch_instances(API, &gateway::derived(self.system.keys.master()))
            .await?;
        let stop = self.working.stop.clone();
        self.working.tasks.spawn(listener::divide(Arc::clone(&rates), present, stop));
        Ok(rates)
    }

    /// What goes on beside the requests. Streams end with the requests, so that nobody waits for
    /// them; the ledger is kept until the last one is answered.
    fn attend(&self, app: App) {
        let stop = self.serving.stop.clone().cancelled_owned();
        self.serving.tasks.spawn(api::live::run(app.clone(), stop));
        let (watch, stop) = (api::watch(app.clone()), self.working.stop.clone());
        self.working.tasks.spawn(async move { stop.run_until_cancelled(watch).await });
        let keys = serve::keep_keys(app.clone(), self.system.clone(), self.working.stop.clone());
        self.working.tasks.spawn(keys);
        let stop = self.working.stop.clone().cancelled_owned();
        self.working.tasks.spawn(api::audit::run_ledger(app, stop));
    }

    async fn register(
        &mut self,
        role: &str,
        mut metadata: HashMap<String, String>,
    ) -> anyhow::Result<()> {
        if let Some(internal) = &self.internal {
            metadata.insert("internal".into(), internal.address()?.to_string());
        }
        let announcement = bus::Announcement {
            name: format!("servicebook-{role}"),
            version: env!("CARGO_PKG_VERSION").into(),
            metadata,
        };
        self.registered.push(
            self.system
                .bus
                .register(announcement, &gateway::derived(self.system.keys.master()))
                .await?,
        );
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
        if self.sought {
            sleep(LINGER).await;
        }
        self.serving.end("requests").await;
        self.working.end("relay, projectors and workers").await;
        self.system.close().await;
    }
}

/// The log, for the relay.
pub(crate) struct Log(pub(crate) PgPool);

impl EventSource for Log {
    async fn head(&self) -> anyhow::Result<i64> {
        Ok(event_store::head(&self.0).await?)
    }

    async fn after(&self, position: i64, limit: usize) -> anyhow::Result<Vec<Raw>> {
        Ok(event_store::after(&self.0, position, limit).await?)
    }
}

/// Tells the relay, wherever it works, what this process appends.
async fn wake_relay(system: System, stop: CancellationToken) {
    let mut appended = system.commands.appender().appended();
    while let Some(Ok(())) = stop.run_until_cancelled(appended.changed()).await {
        let position = *appended.borrow_and_update();
        system.bus.announce_appended(position).await;
    }
}
