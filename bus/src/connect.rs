//! Connects to the server, and refuses one that could lose or reorder messages.

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
use tracing::{info, instrument::WithSubscriber, subscriber::NoSubscriber, warn};

use crate::access::{inbox_prefix, is_subject_token};

/// What is wrong with the bus, if anything: a sentence.
pub(crate) type Health = Result<(), String>;

/// How long a request to the server may take.
pub(crate) const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);

/// The longest pause between two attempts to reach the server again.
const MAX_RECONNECT_DELAY: Duration = Duration::from_secs(1);

/// The largest event, which must fit into a message.
const MAX_EVENT_BYTES: usize = 1024 * 1024;

/// How to connect.
#[derive(Debug, Clone)]
pub struct Options {
    /// What the server and its tools show as the name of this connection.
    pub name: String,
    /// How many replicas each stream has in a cluster: 1, 3 or 5. By default 3, or fewer if there are
    /// fewer servers.
    pub replicas: Option<usize>,
    /// `host:port` of the server's monitoring. With it the setting that makes acknowledgements durable
    /// is checked, without it it is trusted.
    pub monitor: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self { name: "servicebook".into(), replicas: None, monitor: None }
    }
}

/// The bus. Cheap to clone; all clones share one connection, which reconnects by itself.
#[derive(Debug, Clone)]
pub struct Bus {
    pub(crate) client: Client,
    pub(crate) jetstream: jetstream::Context,
    pub(crate) replicas: Option<usize>,
    /// The last result of [`Bus::health`], and when it was found.
    pub(crate) health: Arc<Mutex<Option<(Instant, Health)>>>,
}

impl Bus {
    /// Connects. Fails if the server would silently lose or reorder messages, or refuses the login.
    ///
    /// A server that cannot be reached is no failure: the connection is tried in the background, for
    /// ever; [`Bus::health`] says whether it stands.
    pub async fn connect(url: &str, options: Options) -> anyhow::Result<Self> {
        let (addresses, login) = parse_url(url)?;
        let login = login
            .name(&options.name)
            .connection_timeout(REQUEST_TIMEOUT)
            .request_timeout(Some(REQUEST_TIMEOUT))
            .ping_interval(Duration::from_secs(10))
            .reconnect_delay_callback(|attempt| {
                let doubled = Duration::from_millis(20) * (1 << attempt.min(6));
                doubled.min(MAX_RECONNECT_DELAY)
            })
            .event_callback(|event| async move { log_event(&event) });
        let client = match login.clone().connect(addresses.clone()).await {
            Err(why) if is_transient(why.kind()) => {
                warn!("NATS cannot be reached ({why}); going on without, and trying again");
                login.retry_on_initial_connect().connect(addresses).await
            }
            connected => connected,
        };
        let client = client.context("NATS does not let us in: is NATS_URL right?")?;
        let jetstream = jetstream::context::ContextBuilder::new()
            .timeout(REQUEST_TIMEOUT)
            .ack_timeout(REQUEST_TIMEOUT)
            .build(client.clone());
        let bus = Self { client, jetstream, replicas: options.replicas, health: Arc::default() };
        if bus.is_connected() {
            bus.check_server()?;
        }
        if let Some(monitor) = &options.monitor {
            check_durability(monitor).await?;
        }
        Ok(bus)
    }

    /// Whether the connection stands at this moment.
    pub fn is_connected(&self) -> bool {
        self.client.connection_state() == async_nats::connection::State::Connected
    }

    /// `host:port` of the current server, or of the last one.
    pub fn server_address(&self) -> String {
        let server = self.client.server_info();
        format!("{}:{}", server.host, server.port)
    }

    /// Whether the server at `url` accepts the login in it.
    pub async fn accepts_login(&self, url: &str) -> bool {
        let Ok((addresses, login)) = parse_url(url) else { return false };
        let login = login.connection_timeout(REQUEST_TIMEOUT).connect(addresses);
        // To whoever asks, a refusal is an answer and no error.
        login.with_subscriber(NoSubscriber::default()).await.is_ok()
    }

    /// Sends messages that are still buffered, so that none is lost when the process ends.
    pub async fn flush(&self) -> anyhow::Result<()> {
        ensure!(self.is_connected(), "NATS cannot be reached");
        timeout(REQUEST_TIMEOUT, self.client.flush()).await.context("NATS does not answer")??;
        Ok(())
    }

    /// Fails if the server is not what we rely on.
    pub(crate) fn check_server(&self) -> anyhow::Result<()> {
        let server = self.client.server_info();
        if !self.client.is_server_compatible(2, 12, 0) {
            bail!(
                "this NATS server is {}, which would silently ignore atomic batches: install \
                 nats-server 2.12 or newer, or point NATS_URL at one",
                server.version
            );
        }
        if server.max_payload < MAX_EVENT_BYTES {
            bail!(
                "this NATS server accepts messages of {} bytes, events may have {MAX_EVENT_BYTES}: \
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

/// Whether connecting may succeed later without a change of settings.
fn is_transient(why: ConnectErrorKind) -> bool {
    use ConnectErrorKind::{Dns, Io, MaxReconnects, TimedOut};
    matches!(why, Dns | Io | MaxReconnects | TimedOut)
}

/// The servers of a URL, separated by commas, and how to log in: by the user and password, or the
/// token, before the host. (The client reads none of these itself.)
///
/// Answers come to subjects that begin with the user's name, so that no user may read the answers to
/// others.
fn parse_url(url: &str) -> anyhow::Result<(Vec<ServerAddr>, ConnectOptions)> {
    let addresses: Result<Vec<ServerAddr>, _> = url.split(',').map(str::parse).collect();
    let addresses = addresses.context("NATS_URL is no address like nats://host:4222")?;
    let login = ConnectOptions::new();
    let first = addresses.first();
    let login = match first.map(|server| (server.username(), server.password())) {
        Some((Some(user), Some(password))) => {
            let login = login.user_and_password(user.into(), password.into());
            if is_subject_token(user) {
                login.custom_inbox_prefix(inbox_prefix(user))
            } else {
                login
            }
        }
        Some((Some(token), None)) => login.token(token.into()),
        _ => login,
    };
    Ok((addresses, login))
}

fn log_event(event: &Event) {
    match event {
        Event::Connected => info!("NATS: connected"),
        Event::Disconnected => warn!("NATS: connection lost, trying again"),
        Event::SlowConsumer(id) => warn!(id, "NATS: messages were dropped, this process is slow"),
        other => info!("NATS: {other}"),
    }
}

/// Refuses a server that acknowledges what is not on the disk yet (its default is two minutes).
async fn check_durability(monitor: &str) -> anyhow::Result<()> {
    let answer = timeout(REQUEST_TIMEOUT, varz(monitor)).await;
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
