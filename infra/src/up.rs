//! `servicebook up` and `servicebook run`: processes that run until they are stopped.

use std::{
    io::{Write, stdout},
    time::Instant,
};

use api::Contexts;
use bus::ProcessKind;
use engines::{DataFolder, Engines};
use tracing::info;

use crate::{
    cli::{NameArguments, RunRole},
    config::Config,
    demo, gateway,
    internal_listener::InternalListener,
    master_key, migrations,
    public_listener::{PublicListener, bind},
    roles::Roles,
    stop_signal::StopSignal,
    system::System,
};

/// Everything in one process.
pub(crate) async fn up(config: &Config, with_demo: bool, anyway: bool) -> anyhow::Result<String> {
    let began = Instant::now();
    let mut stop = StopSignal::new()?;
    let folder = DataFolder::lock(&config.data_folder()?)?;
    let (listener, internal) =
        (PublicListener::open(config).await?, InternalListener::open(config).await?);
    let Some(engines) = stop.run_until_requested(start_engines(folder, config)).await? else {
        return Ok(String::new());
    };
    let outcome = run_roles(&engines, config, internal, &mut stop, async |roles: &mut Roles| {
        demo::refuse_demo_password(roles.system(), config).await?;
        roles.start_relay().await?;
        roles.start_projectors(&[]).await?;
        roles.start_workers(&[], config).await?;
        // Once it is ready, other commands look for it: it announces itself before.
        engines.announce(
            &config.local_url(),
            gateway::encoded_gateway_key(roles.system().keys.master()),
        )?;
        roles.serve_public_api(config, listener).await?;
        print_line(&format!(
            "Servicebook is ready after {:.1?}: {}",
            began.elapsed(),
            config.public_url()
        ));
        print_line(&whereabouts(config)?);
        if with_demo {
            print_line(
                &demo::load_demo(roles.system(), config, &config.public_url(), anyway).await?,
            );
        }
        print_line("\nCtrl-C stops it.");
        Ok(())
    });
    let outcome = Box::pin(outcome).await;
    engines.stop().await;
    outcome
}

/// Where the data and the mails are, and how somebody gets in.
fn whereabouts(config: &Config) -> anyhow::Result<String> {
    let data = config.data_folder()?;
    let mails = match config.smtp_url {
        Some(_) => "sent by the server of SERVICEBOOK_SMTP_URL".to_owned(),
        None => format!("files in {}", data.join("mail").display()),
    };
    Ok(format!(
        "  Data:   {} (other terminals find it there, or by SERVICEBOOK_DATA)\n  \
           Mails:  {mails}\n  \
           Logins: `servicebook admin create` makes the first one, `servicebook demo` some to try",
        data.display()
    ))
}

/// One role, on engines that another process has started.
pub(crate) async fn run_role(config: &Config, role: RunRole) -> anyhow::Result<String> {
    let mut stop = StopSignal::new()?;
    if matches!(role, RunRole::Engines) {
        return run_engines(config, &mut stop).await;
    }
    if matches!(role, RunRole::Gateway) {
        return gateway::run_gateway(config, &mut stop).await;
    }
    let process = match &role {
        RunRole::Relay => ProcessKind::Relay,
        RunRole::Projector(_) => ProcessKind::Projector,
        RunRole::Worker(_) => ProcessKind::Worker,
        RunRole::Api { .. } | RunRole::Site | RunRole::Engines | RunRole::Gateway => {
            ProcessKind::Api
        }
    };
    let internal = InternalListener::open(config).await?;
    let engines =
        Engines::find_running(&config.engine_settings()?).await?.with_nats_login_of(process);
    Box::pin(run_roles(
        &engines,
        config,
        internal,
        &mut stop,
        async |roles: &mut Roles| match &role {
            RunRole::Engines | RunRole::Gateway => Ok(()),
            RunRole::Relay => roles.start_relay().await,
            RunRole::Projector(NameArguments { names }) => roles.start_projectors(names).await,
            RunRole::Worker(NameArguments { names }) => roles.start_workers(names, config).await,
            RunRole::Api { contexts } => {
                serve(roles, config, Contexts::from_names(contexts)?).await
            }
            RunRole::Site => serve(roles, config, Contexts::none()).await,
        },
    ))
    .await
}

/// Serves some contexts, and the pages, to a gateway.
async fn serve(roles: &mut Roles, config: &Config, contexts: Contexts) -> anyhow::Result<()> {
    demo::refuse_demo_password(roles.system(), config).await?;
    let listener = bind(config.listen, "SERVICEBOOK_LISTEN").await?;
    roles.serve_contexts_behind_gateway(config, listener, contexts).await
}

/// Starts roles, and runs them until a stop is requested.
async fn run_roles(
    engines: &Engines,
    config: &Config,
    internal: InternalListener,
    stop: &mut StopSignal,
    start_roles: impl AsyncFnOnce(&mut Roles) -> anyhow::Result<()>,
) -> anyhow::Result<String> {
    let Some(system) = stop.run_until_requested(Box::pin(System::connect(engines, config))).await?
    else {
        return Ok(String::new());
    };
    let mut roles = Roles::new(system, internal);
    let began = stop.run_until_requested(Box::pin(start_roles(&mut roles))).await;
    if matches!(began, Ok(Some(()))) {
        roles.serve_internal();
        info!("at work");
        stop.wait_until_requested().await;
    }
    info!("stopping");
    let stopped = stop
        .run_until_requested(async {
            Box::pin(roles.stop()).await;
            Ok(())
        })
        .await;
    if matches!(stopped, Ok(None)) {
        info!("asked to stop twice; not waiting for what is under way");
    }
    began.map(|_| String::new())
}

/// The engines alone, for roles that run as processes of their own.
async fn run_engines(config: &Config, stop: &mut StopSignal) -> anyhow::Result<String> {
    let began = Instant::now();
    let folder = DataFolder::lock(&config.data_folder()?)?;
    let Some(engines) = stop.run_until_requested(start_engines(folder, config)).await? else {
        return Ok(String::new());
    };
    let master = master_key::load_or_create(config, &engines.owner_options()?).await?;
    engines.announce(&config.local_url(), gateway::encoded_gateway_key(&master))?;
    info!(after = ?began.elapsed(), "the engines are ready");
    stop.wait_until_requested().await;
    engines.stop().await;
    info!("stopped");
    Ok(String::new())
}

async fn start_engines(folder: DataFolder, config: &Config) -> anyhow::Result<Engines> {
    let engines = Engines::start_in(folder, &config.engine_settings()?).await?;
    if let Err(why) = migrations::apply(&engines).await {
        engines.stop().await;
        return Err(why);
    }
    Ok(engines)
}

/// Prints to the terminal; a closed one is no error.
fn print_line(text: &str) {
    let _ = writeln!(stdout(), "{text}");
}
