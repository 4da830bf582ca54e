//! Starts the roles of one process (relay, projectors, workers, API) and stops them in order.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
    time::Duration,
};

use api::{App, Contexts, Readiness, ingress::RateLimits};
use bus::{EventSource, RegistrationGuard, Relay};
use domain::RawEvent;
use integrity::SegmentPublisher;
use sqlx::PgPool;
use tokio::{net::TcpListener, time::sleep};
use tokio_util::sync::CancellationToken;
use tracing::info;

use crate::{
    all_workers::{self, NamedWorker},
    api_app,
    config::Config,
    erasures,
    gateway::{self, API_SERVICE},
    internal_listener::{self, InternalListener},
    public_listener::{self, PublicListener},
    system::System,
    task_group::TaskGroup,
};

/// How long a gateway may take to notice that an instance has left the registry.
const DEREGISTRATION_DELAY: Duration = Duration::from_millis(500);

/// The roles of one process, at work.
pub(crate) struct Roles {
    system: System,
    request_tasks: TaskGroup,
    background_tasks: TaskGroup,
    registrations: Vec<RegistrationGuard>,
    /// The listener for monitoring, until it is served.
    internal: Option<InternalListener>,
    /// The read models that these roles build or query.
    read_models: BTreeSet<&'static str>,
    /// Whether a gateway may still send requests after this instance has left the registry.
    is_behind_gateway: bool,
}

impl Roles {
    pub(crate) fn new(system: System, internal: InternalListener) -> Self {
        let background_tasks = TaskGroup::default();
        let TaskGroup { tasks, stop } = &background_tasks;
        tasks.spawn(wake_relay(system.clone(), stop.clone()));
        tasks.spawn(erasures::evict_erased_keys(system.clone(), stop.clone()));
        let (request_tasks, registrations, read_models) =
            (TaskGroup::default(), Vec::new(), BTreeSet::new());
        let internal = Some(internal);
        Self {
            system,
            request_tasks,
            background_tasks,
            registrations,
            internal,
            read_models,
            is_behind_gateway: false,
        }
    }

    /// Serves readiness and metrics of the roles that were started.
    pub(crate) fn serve_internal(&mut self) {
        let readiness = self.readiness();
        if let Some(internal) = self.internal.take() {
            internal.serve(readiness, &self.background_tasks);
        }
    }

    fn readiness(&self) -> Readiness {
        let mut checks = vec![
            internal_listener::database_check(&self.system),
            internal_listener::clocks_check(&self.system),
            internal_listener::bus_check(&self.system),
            internal_listener::objects_check(&self.system),
        ];
        if !self.read_models.is_empty() {
            let models = self.read_models.iter().copied().collect();
            checks.push(internal_listener::read_models_check(&self.system, models));
        }
        Readiness::new(checks)
    }

    pub(crate) fn system(&self) -> &System {
        &self.system
    }

    /// Mirrors the log onto the bus and publishes its segments, or stands by while another process
    /// does.
    pub(crate) async fn start_relay(&mut self) -> anyhow::Result<()> {
        let System { bus, leases, .. } = self.system.clone();
        let relay = Arc::new(Relay::new(bus, LogSource(self.system.db.clone())));
        let run = move |stop: CancellationToken| {
            let relay = Arc::clone(&relay);
            async move { relay.run(&stop).await }
        };
        let (stop, relaying) = (self.background_tasks.stop.clone(), leases.clone());
        let relaying = async move { relaying.run_as_leader("relay", stop, run).await };
        self.background_tasks.tasks.spawn(relaying);
        let segments = SegmentPublisher::new(self.system.db.clone(), self.system.bus.clone());
        let run = move |stop: CancellationToken| {
            let segments = segments.clone();
            async move { segments.run(&stop).await }
        };
        let stop = self.background_tasks.stop.clone();
        let closing = async move { leases.run_as_leader("segments", stop, run).await };
        self.background_tasks.tasks.spawn(closing);
        self.register("relay", HashMap::new()).await
    }

    /// Keeps the read models of these names up to date, or all if no name is passed.
    pub(crate) async fn start_projectors(&mut self, names: &[String]) -> anyhow::Result<()> {
        let chosen: Vec<_> = match names {
            [] => projections::all_projectors().collect(),
            names => names
                .iter()
                .map(|name| projections::projector_named(name))
                .collect::<Result<_, _>>()?,
        };
        for projector in &chosen {
            let (projections, projector) = (self.system.projections.clone(), *projector);
            let stop = self.background_tasks.stop.clone();
            self.background_tasks
                .tasks
                .spawn(async move { projections.run(projector, stop).await });
        }
        let names: Vec<_> = chosen.iter().map(|projector| projector.name).collect();
        self.read_models.extend(&names);
        let metadata = HashMap::from([("projectors".to_owned(), names.join(" "))]);
        self.register("projector", metadata).await
    }

    /// Runs the workers of these names, or all if no name is passed.
    pub(crate) async fn start_workers(
        &mut self,
        names: &[String],
        config: &Config,
    ) -> anyhow::Result<()> {
        let selected =
            all_workers::register_and_select_workers(names, &self.system, config).await?;
        let mut names: Vec<_> = selected.iter().map(|worker| worker.name).collect();
        names.dedup();
        for NamedWorker { run, .. } in selected {
            self.background_tasks.tasks.spawn(run(self.background_tasks.stop.clone()));
        }
        let metadata = HashMap::from([("workers".to_owned(), names.join(" "))]);
        self.register("worker", metadata).await
    }

    /// Serves the whole API to the outside.
    pub(crate) async fn serve_public_api(
        &mut self,
        config: &Config,
        listener: PublicListener,
    ) -> anyhow::Result<()> {
        self.read_models.extend(projections::all_projectors().map(|projector| projector.name));
        let rates = self.divided_rates(config).await?;
        let app = self.create_app(config, Arc::clone(&rates)).await?;
        self.start_api_tasks(app.clone());
        self.start_jobs(app.clone());
        let router =
            api::router(app, &Contexts::all(), public_listener::public_ingress(config, rates)?);
        listener.serve(router, &self.request_tasks);
        self.register("api", HashMap::new()).await
    }

    /// Serves some contexts to a gateway.
    pub(crate) async fn serve_contexts_behind_gateway(
        &mut self,
        config: &Config,
        listener: TcpListener,
        contexts: Contexts,
    ) -> anyhow::Result<()> {
        self.read_models.extend(projections::all_projectors().map(|projector| projector.name));
        let rates = self.divided_rates(config).await?;
        let app = self.create_app(config, rates).await?;
        self.start_api_tasks(app.clone());
        // Who serves the pages only has no rights to lists.
        if contexts.names().next().is_some() {
            self.start_jobs(app.clone());
        }
        let router = api::router(
            app,
            &contexts,
            public_listener::ingress_behind_gateway(
                config,
                gateway::gateway_key(self.system.keys.master()),
            )?,
        );
        // Gateways come from few addresses, and limit each network themselves.
        let (limits, stop) =
            (public_listener::connection_limits(config, 1)?, self.request_tasks.stop.clone());
        self.request_tasks.tasks.spawn(api::serve::serve(listener, limits, None, router, stop));
        self.is_behind_gateway = true;
        let metadata = HashMap::from([
            ("address".to_owned(), config.advertised_address()),
            ("contexts".to_owned(), contexts.names().collect::<Vec<_>>().join(" ")),
            (
                "paths".to_owned(),
                contexts.served_path_prefixes().into_iter().collect::<Vec<_>>().join(" "),
            ),
        ]);
        self.register("api", metadata).await
    }

    async fn create_app(&self, config: &Config, rates: Arc<RateLimits>) -> anyhow::Result<App> {
        let (readiness, background) = (self.readiness(), &self.background_tasks);
        api_app::create_app(&self.system, config, readiness, rates, background).await
    }

    /// The configured rate limits, divided among all processes that serve the API.
    async fn divided_rates(&self, config: &Config) -> anyhow::Result<Arc<RateLimits>> {
        let rates = Arc::new(config.rates.parse::<RateLimits>()?);
        let present = self
            .system
            .bus
            .watch_instances(API_SERVICE, &gateway::registry_key(self.system.keys.master()))
            .await?;
        let stop = self.background_tasks.stop.clone();
        self.background_tasks.tasks.spawn(public_listener::divide_rates(
            Arc::clone(&rates),
            present,
            stop,
        ));
        Ok(rates)
    }

    /// Makes exports and replays, until the requests end, so that a stop does not wait for one.
    fn start_jobs(&self, app: App) {
        let stop = || self.request_tasks.stop.clone().cancelled_owned();
        self.request_tasks.tasks.spawn(api::run_exports(app.clone(), stop()));
        self.request_tasks.tasks.spawn(api::run_replays(app, stop()));
    }

    /// Starts the tasks beside the requests. Live streams end together with the requests, so that a stop
    /// does not wait for them; the audit goes on until the last request is answered.
    fn start_api_tasks(&self, app: App) {
        let stop = self.request_tasks.stop.clone().cancelled_owned();
        self.request_tasks.tasks.spawn(api::live::run_live_feed(app.clone(), stop));
        let (watch, stop) =
            (api::follow_credential_changes(app.clone()), self.background_tasks.stop.clone());
        self.background_tasks.tasks.spawn(async move { stop.run_until_cancelled(watch).await });
        let keys = api_app::reload_signing_keys(
            app.clone(),
            self.system.clone(),
            self.background_tasks.stop.clone(),
        );
        self.background_tasks.tasks.spawn(keys);
        let stop = self.background_tasks.stop.clone().cancelled_owned();
        self.background_tasks.tasks.spawn(api::audit::run_request_recorder(app, stop));
    }

    async fn register(
        &mut self,
        role: &str,
        mut metadata: HashMap<String, String>,
    ) -> anyhow::Result<()> {
        if let Some(internal) = &self.internal {
            metadata.insert("internal".into(), internal.address()?.to_string());
        }
        let announcement = bus::InstanceAnnouncement {
            name: format!("servicebook-{role}"),
            version: env!("CARGO_PKG_VERSION").into(),
            metadata,
        };
        self.registrations.push(
            self.system
                .bus
                .register_instance(announcement, &gateway::registry_key(self.system.keys.master()))
                .await?,
        );
        Ok(())
    }

    /// Stops in order: first leaves the registry, then ends the requests, then everything else.
    pub(crate) async fn stop(self) {
        for registration in self.registrations {
            if let Err(why) = registration.withdraw().await {
                info!("not withdrawn from the registry: {why:#}");
            }
        }
        if self.is_behind_gateway {
            sleep(DEREGISTRATION_DELAY).await;
        }
        self.request_tasks.shut_down("requests").await;
        self.background_tasks.shut_down("relay, projectors and workers").await;
        self.system.close().await;
    }
}

/// The log as the relay reads it.
pub(crate) struct LogSource(pub(crate) PgPool);

impl EventSource for LogSource {
    async fn head(&self) -> anyhow::Result<i64> {
        Ok(event_store::head(&self.0).await?)
    }

    async fn events_after(&self, position: i64, limit: usize) -> anyhow::Result<Vec<RawEvent>> {
        Ok(event_store::events_after(&self.0, position, limit).await?)
    }
}

/// Announces what this process appends to the relay, in whatever process that runs.
async fn wake_relay(system: System, stop: CancellationToken) {
    let mut appended = system.commands.appender().watch_appended_position();
    while let Some(Ok(())) = stop.run_until_cancelled(appended.changed()).await {
        let position = *appended.borrow_and_update();
        system.bus.announce_appended(position).await;
    }
}
