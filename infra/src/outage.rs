//! `servicebook status` while Postgres is not available: what can be found out without it.

use std::fmt::Write;

use bus::Bus;
use engines::RunningDeployment;
use serde_json::json;

use crate::config::Config;

/// Reports the outage, and the position of the bus.
pub(crate) async fn status_without_database(
    config: &Config,
    why: &anyhow::Error,
    json: bool,
) -> anyhow::Result<String> {
    let running = RunningDeployment::find(&config.data_folder()?).ok().flatten();
    let nats = config.nats_url.as_ref().or(running.as_ref().map(|running| &running.nats_url));
    let bus = match nats {
        Some(url) => bus_position(url.reveal()).await.map_err(|why| format!("{why:#}")),
        None => Err("nothing says where it is".to_owned()),
    };
    let why = format!("{why:#}");
    if json {
        let (position, error) = (bus.as_ref().ok(), bus.as_ref().err());
        let status = json!({
            "postgres": null, "error": why, "bus": { "position": position, "error": error },
        });
        return Ok(serde_json::to_string_pretty(&status)?);
    }
    let mut text = format!("Postgres     not available: {why}\n");
    match bus {
        Ok(position) => writeln!(text, "Bus          {position} events")?,
        Err(why) => writeln!(text, "Bus          not available: {why}")?,
    }
    match running {
        Some(running) => write!(text, "Running      process {}: {}", running.pid, running.http)?,
        None => write!(text, "Running      not on {}", config.data.display())?,
    }
    Ok(text)
}

async fn bus_position(url: &str) -> anyhow::Result<i64> {
    Bus::connect(url, bus::Options::default()).await?.mirrored_position().await
}
