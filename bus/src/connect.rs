//! The way to the server, and whether it is one that we can trust.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, bail, ensure};
use async_nats::{Client, ConnectErrorKind, ConnectOptions, Event, ServerAddr, jetstream};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::Mutex,
    time::{Instant, timeout},
};
use tracing::{info, warn};

use crate::{
    access::{inbox, is_plain},
    health::Health,
};

/// How long anything asked of the server may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// The longest pause between two attempts to reach the server again.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// The largest event that must fit into a message.
const MAX_PAYLOAD: usize = 1024 * 1024;

/// How to connect.
#[derive(Debug, Clone)]
pub struct Options {
    /// What the server and its tools show as the name of this connection.
    pub name: String,
    /// On how many servers of a cluster each stream is kept: 1, 3 or 5. Else on 3, as far as there
    /// are so many.
    pub replicas: Option<usize>,
    /// `host:port` of the server's monitoring, if it may be asked how it stores: without it the
    /// setting that makes an acknowledgement durable is taken on trust.
    pub monitor: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self { name: "servicebook".into(), replicas: None, monitor: None }
    }
}

/// The bus. Cheap to clone; all clones share one connection, which mends itself.
#[derive(Debug, Clone)]
pub struct Bus {
    pub(crate) client: Client,
    pub(crate) jetstream: jetstream::Context,
    pub(crate) replicas: Option<usize>,
    /// What was found last, and when; see [`Bus::health`].
    pub(crate) health: Arc<Mutex<Option<(Instant, Health)>>>,
}

impl Bus {
    /// Connects, and refuses a server that would silently lose or reorder, or does not know us.
    ///
    /// A server that cannot be reached now is as good as one that goes away later: the connection
    /// is made in the background, for ever; [`Bus::health`] says whether it stands.
    pub async fn connect(url: &str, options: Options) -> anyhow::Result<Self> {
        let (servers, login) = servers(url)?;
        let login = login
            .name(&options.name)
            .connection_timeout(PATIENCE)
            .request_timeout(Some(PATIENCE))
            .ping_interval(Duration::from_secs(10))
            .reconnect_delay_callback(|attempt| {
                let doubled = Duration::from_millis(20) * (1 << attempt.min(6));
                doubled.min(LONGEST_PAUSE)
            })
            .event_callback(|event| async move { tell(&event) });
        let client = match login.clone().connect(servers.clone()).await {
            Err(why) if is_passing(why.kind()) => {
                warn!("NATS cannot be reached ({why}); going on without, and trying again");
                login.retry_on_initial_connect().connect(servers).await
            }
            connected => connected,
        };
        let client = client.context("NATS does not let us in: is NATS_URL right?")?;
        let jetstream = jetstream::context::ContextBuilder::new()
            .timeout(PATIENCE)
            .ack_timeout(PATIENCE)
            .build(client.clone());
        let bus = Self { client, jetstream, replicas: options.replicas, health: Arc::default() };
        if bus.is_connected() {
            bus.examine()?;
        }
        if let Some(monitor) = &options.monitor {
            examine_storage(monitor).await?;
        }
        Ok(bus)
    }

    /// Whether the connection stands at this moment.
    pub fn is_connected(&self) -> bool {
        self.client.connection_state() == async_nats::connection::State::Connected
    }

    /// `host:port` of the server that we are connected to, or were.
    pub fn server(&self) -> String {
        let server = self.client.server_info();
        format!("{}:{}", server.host, server.port)
    }

    /// Whether a server lets in who logs in so.
    pub async fn is_let_in(&self, url: &str) -> bool {
        let Ok((servers, login)) = servers(url) else { return false };
        login.connection_timeout(PATIENCE).connect(servers).await.is_ok()
    }

    /// Sends out what still waits, so that nothing said last is lost when the process ends.
    pub async fn flush(&self) -> anyhow::Result<()> {
        ensure!(self.is_connected(), "NATS cannot be reached");
        timeout(PATIENCE, self.client.flush()).await.context("NATS does not answer")??;
        Ok(())
    }

    /// Refuses a server that is not what we rely on.
    pub(crate) fn examine(&self) -> anyhow::Result<()> {
        let server = self.client.server_info();
        if !self.client.is_server_compatible(2, 12, 0) {
            bail!(
                "this NATS server is {}, which would silently ignore atomic batches: install \
                 nats-server 2.12 or newer, or point NATS_URL at one",
                server.version
            );
        }
        if server.max_payload < MAX_PAYLOAD {
            bail!(
                "this NATS server accepts messages of {} bytes, events may have {MAX_PAYLOAD}: \
                 set max_payload: 1MB or more in its configuration",
                server.max_payload
            );
        }
        if !server.jetstream {
            bail!(
                "this NATS server has no JetStream: add `jetstream {{ store_dir: … \
                 sync_interval: always }}` to its configuration"
            );
        }
        Ok(())
    }
}

/// Whether another try may end otherwise, though nobody changes anything here.
fn is_passing(why: ConnectErrorKind) -> bool {
    use ConnectErrorKind::{Dns, Io, MaxReconnects, TimedOut};
    matches!(why, Dns | Io | MaxReconnects | TimedOut)
}

/// The servers that an address names, separated by commas, and how to log in: by the user and
/// password, or the token, that stand before the host. (The client reads none of these itself.)
///
/// Answers come to subjects that begin with the user's name, so that a user need not be allowed to
/// hear what others are answered.
fn servers(url: &str) -> anyhow::Result<(Vec<ServerAddr>, ConnectOptions)> {
    let servers: Result<Vec<ServerAddr>, _> = url.split(',').map(str::parse).collect();
    let servers = servers.context("NATS_URL is no address like nats://host:4222")?;
    let login = ConnectOptions::new();
    let first = servers.first();
    let login = match first.map(|server| (server.username(), server.password())) {
        Some((Some(user), Some(password))) => {
            let login = login.user_and_password(user.into(), password.into());
            if is_plain(user) { login.custom_inbox_prefix(inbox(user)) } else { login }
        }
        Some((Some(token), None)) => login.token(token.into()),
        _ => login,
    };
    Ok((servers, login))
}

fn tell(event: &Event) {
    match event {
        Event::Connected => info!("NATS: connected"),
        Event::Disconnected => warn!("NATS: connection lost, trying again"),
        Event::SlowConsumer(id) => warn!(id, "NATS: messages were dropped, this process is slow"),
        other => info!("NATS: {other}"),
    }
}

/// Refuses a server that acknowledges what is not on the disk yet (its default is two minutes).
async fn examine_storage(monitor: &str) -> anyhow::Result<()> {
    let answer = timeout(PATIENCE, varz(monitor)).await;
    let server = answer
        .context("it does not answer")
        .and_then(|varz| varz)
        .with_context(|| format!("the monitoring of NATS at {monitor} cannot be asked"))?;
    if server["jetstream"]["config"]["sync_always"] != Value::Bool(true) {
        bail!(
            "this NATS server acknowledges messages before they are on the disk: set \
             `sync_interval: always` in the jetstream block of its configuration"
        );
    }
    Ok(())
}

async fn varz(monitor: &str) -> anyhow::Result<Value> {
    let mut connection = TcpStream::connect(monitor).await?;
    let request = format!("GET /varz HTTP/1.0\r\nHost: {monitor}\r\n\r\n");
    connection.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await?;
    let (_, body) = answer.split_once("\r\n\r\n").context("its answer is not HTTP")?;
    Ok(serde_json::from_str(body)?)
}
