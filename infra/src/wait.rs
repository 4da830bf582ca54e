//! `servicebook wait`: waits until another process is ready.

use std::time::Duration;

use anyhow::{Context, bail};
use engines::RunningDeployment;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, sleep, timeout},
};

use crate::config::Config;

const POLL_INTERVAL: Duration = Duration::from_millis(25);

/// Polls `GET /ready` of the Servicebook on the data folder until it succeeds, or fails after `limit`. One that
/// uses engines of others leaves no trace in a folder; it is found by the setting alone.
pub(crate) async fn wait_until_ready(config: &Config, limit: Duration) -> anyhow::Result<String> {
    let data = config.data_folder()?;
    let deadline = Instant::now() + limit;
    loop {
        let elsewhere = config.database_url.is_some() && config.nats_url.is_some();
        let (address, reason) = match RunningDeployment::find(&data) {
            Ok(Some(running)) => (Some(running.http), "it is not ready yet".to_owned()),
            Ok(None) => {
                let folder = data.display();
                let reason = format!(
                    "nothing runs on {folder}; start it with `servicebook up`, or say with \
                     SERVICEBOOK_DATA where it runs"
                );
                (elsewhere.then(|| config.local_url()), reason)
            }
            Err(starting) => (None, starting.to_string()),
        };
        if let Some(address) = address {
            let ready = get_ready(address.trim_start_matches("http://"));
            if timeout(Duration::from_secs(2), ready).await.is_ok_and(|ready| ready.is_ok()) {
                return Ok(format!("Ready: {address}"));
            }
        }
        if Instant::now() > deadline {
            bail!("Not ready after {} s: {reason}.", limit.as_secs());
        }
        sleep(POLL_INTERVAL).await;
    }
}

async fn get_ready(host: &str) -> anyhow::Result<()> {
    let mut connection = TcpStream::connect(host).await?;
    let request = format!("GET /ready HTTP/1.0\r\nHost: {host}\r\n\r\n");
    connection.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer).await?;
    let status = answer.split(|&byte| byte == b' ').nth(1).context("this is not HTTP")?;
    if status != b"200" {
        bail!("it answers {}", String::from_utf8_lossy(status));
    }
    Ok(())
}
