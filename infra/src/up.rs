//! Processes that go on until they are stopped.

use std::time::Instant;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing::info;

use crate::{bring_up_to_date, config::Config, engines::Engines};

/// The wish to stop: Ctrl-C, or `kill`.
struct Stop {
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

    async fn wished(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// The engines alone, for roles that run as processes of their own.
pub(crate) async fn engines(config: &Config) -> anyhow::Result<String> {
    let began = Instant::now();
    let mut stop = Stop::new()?;
    let engines = tokio::select! {
        engines = start_engines(config) => engines?,
        // What was started so far is killed, which the next start mends.
        () = stop.wished() => return Ok(String::new()),
    };
    engines.announce(&config.http())?;
    info!(after = ?began.elapsed(), "the engines are ready");
    stop.wished().await;
    engines.stop().await;
    info!("stopped");
    Ok(String::new())
}

async fn start_engines(config: &Config) -> anyhow::Result<Engines> {
    let engines = Engines::start(config).await?;
    if let Err(why) = bring_up_to_date(&engines).await {
        engines.stop().await;
        return Err(why);
    }
    Ok(engines)
}
