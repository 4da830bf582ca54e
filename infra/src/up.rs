//! Processes that go on until they are stopped.

use std::{
    io::{Write, stdout},
    time::Instant,
};

use bus::Process;
use engines::{DataFolder, Engines};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing::info;

use crate::{
    bring_up_to_date,
    cli::{Names, RunRole},
    config::Config,
    demo, gateway,
    internal::Internal,
    listener::{Listener, listen},
    master,
    roles::Roles,
    system::System,
};

/// The wish to stop: Ctrl-C, or `kill`.
pub(crate) struct Stop {
    interrupt: Signal,
    terminate: Signal,
}

impl Stop {
    fn new() -> anyhow::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    pub(crate) async fn wished(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }

    /// What comes of some work, unless it is to be stopped first. Half of a start is no harm: the
    /// next one mends it.
    async fn or<T>(
        &mut self,
        work: impl Future<Output = anyhow::Result<T>>,
    ) -> anyhow::Result<Option<T>> {
        tokio::select! {
            outcome = work => outcome.map(Some),
            () = self.wished() => Ok(None),
        }
    }
}

/// Everything in one process.
pub(crate) async fn up(config: &Config, with_demo: bool, anyway: bool) -> anyhow::Result<String> {
    let began = Instant::now();
    let mut stop = Stop::new()?;
    let folder = DataFolder::lock(&config.data()?)?;
    let (listener, internal) = (Listener::open(config).await?, Internal::open(config).await?);
    let Some(engines) = stop.or(start(folder, config)).await? else { return Ok(String::new()) };
    let outcome = work(&engines, config, internal, &mut stop, async |roles: &mut Roles| {
        demo::refuse_known_password(roles.system(), config).await?;
        roles.relay().await?;
        roles.projectors(&[]).await?;
        roles.workers(&[], config).await?;
        // Who finds it ready goes on to look for it.
        engines.announce(&config.http(), gateway::written(roles.system().keys.master()))?;
        roles.everything(config, listener).await?;
        say(&format!(
            "Servicebook is ready after {:.1?}: {}",
            began.elapsed(),
            config.public_url()
        ));
        if with_demo {
            say(&demo::load(roles.system(), config, &config.public_url(), anyway).await?);
        }
        say("\nCtrl-C stops it.");
        Ok(())
    });
    let outcome = Box::pin(outcome).await;
    engines.stop().await;
    outcome
}

/// One role, on engines that somebody else has started.
pub(crate) async fn run(config: &Config, role: RunRole) -> anyhow::Result<String> {
    let mut stop = Stop::new()?;
    if matches!(role, RunRole::Engines) {
        return engines(config, &mut stop).await;
    }
    if matches!(role, RunRole::Gateway) {
        return gateway::run(config, &mut stop).await;
    }
    let process = match &role {
        RunRole::Relay => Process::Relay,
        RunRole::Projector(_) => Process::Projector,
        RunRole::Worker(_) => Process::Worker,
        RunRole::Api { .. } | RunRole::Engines | RunRole::Gateway => Process::Api,
    };
    let internal = Internal::open(config).await?;
    let engines = Engines::elsewhere(&config.engines()?).await?.for_process(process);
    Box::pin(work(&engines, config, internal, &mut stop, async |roles: &mut Roles| match &role {
        RunRole::Engines | RunRole::Gateway => Ok(()),
        RunRole::Relay => roles.relay().await,
        RunRole::Projector(Names { names }) => roles.projectors(names).await,
        RunRole::Worker(Names { names }) => roles.workers(names, config).await,
        RunRole::Api { contexts } => {
            demo::refuse_known_password(roles.system(), config).await?;
            let contexts = api::Contexts::named(contexts)?;
            let listener = listen(config.listen, "SERVICEBOOK_LISTEN").await?;
            roles.api(config, listener, contexts).await
        }
    }))
    .await
}

/// Lets roles work until they are to stop.
async fn work(
    engines: &Engines,
    config: &Config,
    internal: Internal,
    stop: &mut Stop,
    roles_of: impl AsyncFnOnce(&mut Roles) -> anyhow::Result<()>,
) -> anyhow::Result<String> {
    let Some(system) = stop.or(Box::pin(System::connect(engines, config))).await? else {
        return Ok(String::new());
    };
    let mut roles = Roles::new(system, internal);
    let began = stop.or(Box::pin(roles_of(&mut roles))).await;
    if matches!(began, Ok(Some(()))) {
        roles.watched();
        info!("at work");
        stop.wished().await;
    }
    info!("stopping");
    let stopped = stop
        .or(async {
            Box::pin(roles.stop()).await;
            Ok(())
        })
        .await;
    if matches!(stopped, Ok(None)) {
        info!("told twice; not waiting for what is under way");
    }
    began.map(|_| String::new())
}

/// The engines alone, for roles that run as processes of their own.
async fn engines(config: &Config, stop: &mut Stop) -> anyhow::Result<String> {
    let began = Instant::now();
    let folder = DataFolder::lock(&config.data()?)?;
    let Some(engines) = stop.or(start(folder, config)).await? else { return Ok(String::new()) };
    let master = master::key(config, &engines.database()?).await?;
    engines.announce(&config.http(), gateway::written(&master))?;
    info!(after = ?began.elapsed(), "the engines are ready");
    stop.wished().await;
    engines.stop().await;
    info!("stopped");
    Ok(String::new())
}

async fn start(folder: DataFolder, config: &Config) -> anyhow::Result<Engines> {
    let engines = Engines::start_in(folder, &config.engines()?).await?;
    if let Err(why) = bring_up_to_date(&engines).await {
        engines.stop().await;
        return Err(why);
    }
    Ok(engines)
}

/// Tells the person who started it. Perhaps nobody listens.
fn say(what: &str) {
    let _ = writeln!(stdout(), "{what}");
}
