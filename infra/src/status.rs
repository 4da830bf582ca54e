//! `servicebook status`: the positions of the log, the bus, read models and workers, and what is parked.

use std::{collections::BTreeMap, fmt::Write, time::Duration};

use engines::Engines;
use projections::{ParkedStream, ParkedStreamFilter, purchasing::purchase_event};
use serde::Serialize;
use tokio::time::timeout;

use crate::{gateway, system::System};

/// How long instances may take to answer.
const RESPONSE_TIMEOUT: Duration = Duration::from_millis(300);
/// How long the object store may take to answer.
const CHECK_TIMEOUT: Duration = Duration::from_secs(3);
/// At most so many parked streams are listed.
const MAX_PARKED: i64 = 1_000;

#[derive(Debug, Serialize)]
struct Status {
    postgres: String,
    nats: String,
    log: LogStatus,
    bus: BusStatus,
    inbox: InboxStatus,
    objects: ObjectsStatus,
    projectors: Vec<FollowerStatus>,
    workers: Vec<FollowerStatus>,
    /// What is parked by scheduled tasks.
    tasks: Vec<ParkedStream>,
    /// How many processes have each role.
    instances: BTreeMap<String, usize>,
}

#[derive(Debug, Serialize)]
struct LogStatus {
    /// The position of the newest event.
    position: i64,
    /// A fault of the clocks, if there is one.
    clocks: Option<String>,
}

/// The mirror of the log. Unknown values are `None`, and `error` says why.
#[derive(Debug, Serialize)]
struct BusStatus {
    position: Option<i64>,
    lag: Option<i64>,
    /// On how many servers it is stored.
    replicas: Option<usize>,
    /// How many of them are up to date.
    current: Option<usize>,
    error: Option<String>,
}

#[derive(Debug, Serialize)]
struct InboxStatus {
    /// Messages that are not processed yet; `None` while the bus is not available.
    waiting: Option<u64>,
    /// Messages that could not be applied and wait for a decision; `None` until their read model is
    /// built.
    parked: Option<i64>,
}

/// The object store, and why it cannot be used, if so.
#[derive(Debug, Serialize)]
struct ObjectsStatus {
    location: String,
    error: Option<String>,
}

/// A read model or worker, which follows the log.
#[derive(Debug, Serialize)]
struct FollowerStatus {
    name: String,
    /// `None` until it has started.
    position: Option<i64>,
    /// How many events it is behind the log.
    lag: Option<i64>,
    /// The streams that it cannot process until a fix.
    parked: Vec<ParkedStream>,
}

/// Collects the status of all parts, as text or as JSON.
pub(crate) async fn collect_status(
    system: &System,
    engines: &Engines,
    json: bool,
) -> anyhow::Result<String> {
    let postgres: String = sqlx::query_scalar("select current_setting('server_version')")
        .fetch_one(&system.db)
        .await?;
    let mut instances = BTreeMap::new();
    let key = gateway::registry_key(system.keys.master());
    for instance in system.bus.instances(RESPONSE_TIMEOUT, &key).await.unwrap_or_default() {
        *instances.entry(instance.name).or_default() += 1;
    }
    // Followers first: a log that grows meanwhile must not hide a lag.
    let bus = bus_status(system).await;
    let (projectors, workers) = (read_models(system).await?, workers(system).await?);
    let position = event_store::head(&system.db).await?;
    let mut parked = parked(system).await?;
    let mut follower_status = |kind: &str, (name, reached): NamedPosition| {
        let consumer = format!("{kind}{name}");
        let own = parked.extract_if(.., |parked| parked.consumer == consumer).collect();
        FollowerStatus::new(position, name, reached, own)
    };
    let clocks = system.commands.clock_fault().await?;
    let status = Status {
        postgres: format!("{postgres}, {}", engines.database_url),
        nats: engines.nats_url.to_string(),
        log: LogStatus { position, clocks: clocks.map(|fault| fault.to_string()) },
        inbox: InboxStatus {
            waiting: match bus.error {
                None => system.bus.ingest_backlog().await.ok(),
                Some(_) => None,
            },
            parked: purchase_event::count_parked(&system.db).await.ok(),
        },
        objects: objects_status(system).await,
        bus: BusStatus { lag: bus.position.map(|reached| (position - reached).max(0)), ..bus },
        projectors: projectors.into_iter().map(|follower| follower_status("", follower)).collect(),
        workers: workers.into_iter().map(|follower| follower_status("worker/", follower)).collect(),
        tasks: parked,
        instances,
    };
    if json { Ok(serde_json::to_string_pretty(&status)?) } else { Ok(status.to_text()?) }
}

/// The status of the bus; if it is not available, this does not wait for it.
async fn bus_status(system: &System) -> BusStatus {
    let position = match system.bus.health().await {
        Ok(()) => system.bus.mirrored_position().await.map_err(|why| format!("{why:#}")),
        Err(why) => Err(why),
    };
    let replicas = match position {
        Ok(_) => system.bus.replicas().await,
        Err(_) => None,
    };
    BusStatus {
        position: position.as_ref().ok().copied(),
        lag: None,
        replicas: replicas.map(|replicas| replicas.all),
        current: replicas.map(|replicas| replicas.current),
        error: position.err(),
    }
}

/// The status of the object store; one that does not answer is not waited for.
async fn objects_status(system: &System) -> ObjectsStatus {
    let checked = timeout(CHECK_TIMEOUT, system.objects.check()).await;
    let error = match checked {
        Ok(checked) => checked.err().map(|why| why.to_string()),
        Err(_) => Some("it does not answer".to_owned()),
    };
    ObjectsStatus { location: system.objects.location().to_owned(), error }
}

/// The name of a follower, and the position it has reached.
type NamedPosition = (String, Option<i64>);

async fn read_models(system: &System) -> anyhow::Result<Vec<NamedPosition>> {
    let mut models = Vec::new();
    for projector in projections::all_projectors() {
        let status = system.projections.status(projector).await?;
        let position = status.checkpoint.map(|checkpoint| checkpoint.position);
        models.push((projector.name.to_owned(), position));
    }
    Ok(models)
}

async fn workers(system: &System) -> anyhow::Result<Vec<NamedPosition>> {
    let checkpoints = "select name, position from workers.checkpoints order by name";
    Ok(sqlx::query_as(checkpoints).fetch_all(&system.db).await?)
}

/// The first parked streams, at most [`MAX_PARKED`].
async fn parked(system: &System) -> anyhow::Result<Vec<ParkedStream>> {
    Ok(ParkedStreamFilter::default().list(&system.db, 0, MAX_PARKED).await?)
}

fn describe_parked(parked: &ParkedStream) -> String {
    let ParkedStream { stream, id, position, error, next_at, .. } = parked;
    let next_attempt = next_at.map(|at| at.format("%F %T UTC").to_string());
    let next_attempt = next_attempt.unwrap_or_else(|| "only on request".into());
    format!("PARKED {stream}/{id} at {position}, again {next_attempt}: {error}")
}

impl FollowerStatus {
    fn new(head: i64, name: String, position: Option<i64>, parked: Vec<ParkedStream>) -> Self {
        let lag = position.map(|position| (head - position).max(0));
        Self { name, position, lag, parked }
    }
}

impl BusStatus {
    fn to_text(&self) -> String {
        if let Some(why) = &self.error {
            return format!("not available: {why}");
        }
        let servers = match (self.current, self.replicas) {
            (Some(current), Some(all)) if all > 1 => format!(", on {current} of {all} servers"),
            _ => String::new(),
        };
        format!("{}{servers}", describe_lag(self.lag))
    }
}

fn describe_lag(lag: Option<i64>) -> String {
    match lag {
        None => "not begun".into(),
        Some(0) => "up to date".into(),
        Some(1) => "1 event behind".into(),
        Some(behind) => format!("{behind} events behind"),
    }
}

impl Status {
    fn to_text(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        writeln!(text, "Postgres     {}", self.postgres)?;
        writeln!(text, "NATS         {}", self.nats)?;
        writeln!(text, "Log          {} events", self.log.position)?;
        if let Some(fault) = &self.log.clocks {
            writeln!(text, "Clocks       {fault}")?;
        }
        writeln!(text, "Bus          {}", self.bus.to_text())?;
        let objects = self.objects.error.as_ref().unwrap_or(&self.objects.location);
        writeln!(text, "Objects      {objects}")?;
        let waiting = self.inbox.waiting.map_or("?".to_owned(), |waiting| waiting.to_string());
        writeln!(text, "Inbox        {waiting} waiting")?;
        if let Some(parked @ 1..) = self.inbox.parked {
            writeln!(text, "{:12} {parked} PARKED: GET /api/v1/ingest/parked tells why", "")?;
        }
        for (title, followers) in [("Read models", &self.projectors), ("Workers", &self.workers)] {
            let mut title = title;
            for follower in followers {
                writeln!(text, "{title:12} {:28} {}", follower.name, describe_lag(follower.lag))?;
                title = "";
                for parked in &follower.parked {
                    writeln!(text, "{title:12}   {}", describe_parked(parked))?;
                }
            }
        }
        for parked in &self.tasks {
            writeln!(text, "Tasks        {:28} {}", parked.consumer, describe_parked(parked))?;
        }
        let instances: Vec<_> =
            self.instances.iter().map(|(name, count)| format!("{count} × {name}")).collect();
        let none_running = "nobody: start `servicebook up`".to_owned();
        let running = if instances.is_empty() { none_running } else { instances.join(", ") };
        write!(text, "Running      {running}")?;
        Ok(text)
    }
}
