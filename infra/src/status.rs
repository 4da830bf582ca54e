//! `servicebook status`: how far everybody is.

use std::{collections::BTreeMap, fmt::Write, time::Duration};

use chrono::{DateTime, Utc};
use engines::Engines;
use projections::{Which, purchasing::purchase_event};
use serde::Serialize;

use crate::{gateway, system::System};

/// Everybody in one place answers within this time.
const ANSWER: Duration = Duration::from_millis(300);
/// More parked streams than these nobody reads.
const MOST: i64 = 1_000;

#[derive(Debug, Serialize)]
struct Status {
    postgres: String,
    nats: String,
    log: Log,
    bus: BusStatus,
    inbox: Inbox,
    projectors: Vec<Follower>,
    workers: Vec<Follower>,
    /// What waits for a fix, of the tasks that the clock gives.
    tasks: Vec<Parked>,
    /// How many processes have each role.
    instances: BTreeMap<String, usize>,
}

#[derive(Debug, Serialize)]
struct Log {
    /// Of the newest event.
    position: i64,
    /// What is wrong with the clocks, if anything is.
    clocks: Option<String>,
}

/// The mirror of the log. What is not known is nothing, and `error` says why.
#[derive(Debug, Serialize)]
struct BusStatus {
    position: Option<i64>,
    lag: Option<i64>,
    /// On how many servers it is kept, and how many of them keep up.
    replicas: Option<usize>,
    current: Option<usize>,
    error: Option<String>,
}

#[derive(Debug, Serialize)]
struct Inbox {
    /// Messages that are not dealt with; unknown while the bus is not available.
    waiting: Option<u64>,
    /// Messages that could not be applied and wait for a decision; unknown while there is no read
    /// model of them.
    parked: Option<i64>,
}

/// Somebody who follows the log.
#[derive(Debug, Serialize)]
struct Follower {
    name: String,
    /// Nothing, until it has begun.
    position: Option<i64>,
    /// How many events it is behind the log.
    lag: Option<i64>,
    /// The streams that wait for a fix.
    parked: Vec<Parked>,
}

/// A stream that waits for a fix.
#[derive(Debug, Serialize)]
struct Parked {
    consumer: String,
    stream: String,
    id: uuid::Uuid,
    position: i64,
    error: String,
    attempts: i32,
    /// Nothing, if it is tried again only when somebody asks for it.
    next_at: Option<DateTime<Utc>>,
}

/// Looks everywhere, and tells.
pub(crate) async fn status(
    system: &System,
    engines: &Engines,
    json: bool,
) -> anyhow::Result<String> {
    let postgres: String = sqlx::query_scalar("select current_setting('server_version')")
        .fetch_one(&system.db)
        .await?;
    let mut instances = BTreeMap::new();
    let key = gateway::derived(system.keys.master());
    for instance in system.bus.instances(ANSWER, &key).await.unwrap_or_default() {
        *instances.entry(instance.name).or_default() += 1;
    }
    // Followers first: a log that grows meanwhile must not hide a lag.
    let bus = mirror(system).await;
    let (projectors, workers) = (read_models(system).await?, workers(system).await?);
    let position = event_store::head(&system.db).await?;
    let mut parked = parked(system).await?;
    let mut follow = |kind: &str, (name, reached): Reached| {
        let consumer = format!("{kind}{name}");
        let own = parked.extract_if(.., |parked| parked.consumer == consumer).collect();
        Follower::new(position, name, reached, own)
    };
    let clocks = system.commands.clock_fault().await?;
    let status = Status {
        postgres: format!("{postgres}, {}", engines.database_url),
        nats: engines.nats_url.to_string(),
        log: Log { position, clocks: clocks.map(|fault| fault.to_string()) },
        inbox: Inbox {
            waiting: match bus.error {
                None => system.bus.inbox_backlog().await.ok(),
                Some(_) => None,
            },
            parked: purchase_event::waiting(&system.db).await.ok(),
        },
        bus: BusStatus { lag: bus.position.map(|reached| (position - reached).max(0)), ..bus },
        projectors: projectors.into_iter().map(|it| follow("", it)).collect(),
        workers: workers.into_iter().map(|it| follow("worker/", it)).collect(),
        tasks: parked,
        instances,
    };
    if json { Ok(serde_json::to_string_pretty(&status)?) } else { Ok(status.tell()?) }
}

/// How far the bus is; one that is not available is told, not waited for.
async fn mirror(system: &System) -> BusStatus {
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

/// A name, and the position reached.
type Reached = (String, Option<i64>);

async fn read_models(system: &System) -> anyhow::Result<Vec<Reached>> {
    let mut models = Vec::new();
    for projector in projections::all() {
        let status = system.projections.status(projector).await?;
        let position = status.checkpoint.map(|checkpoint| checkpoint.position);
        models.push((projector.name.to_owned(), position));
    }
    Ok(models)
}

async fn workers(system: &System) -> anyhow::Result<Vec<Reached>> {
    let checkpoints = "select name, position from workers.checkpoints order by name";
    Ok(sqlx::query_as(checkpoints).fetch_all(&system.db).await?)
}

/// What is parked, the first of it: there may be more than anybody reads.
async fn parked(system: &System) -> anyhow::Result<Vec<Parked>> {
    let parked = Which::default().list(&system.db, 0, MOST).await?;
    Ok(parked.into_iter().map(Parked::from).collect())
}

impl From<projections::Parked> for Parked {
    fn from(parked: projections::Parked) -> Self {
        let projections::Parked { consumer, stream, id, position, error, .. } = parked;
        let (attempts, next_at) = (parked.attempts, parked.next_at);
        Self { consumer, stream, id, position, error, attempts, next_at }
    }
}

impl Parked {
    fn line(&self) -> String {
        let Self { stream, id, position, error, .. } = self;
        let again = self.next_at.map(|at| at.format("%F %T UTC").to_string());
        let again = again.unwrap_or_else(|| "only on request".into());
        format!("PARKED {stream}/{id} at {position}, again {again}: {error}")
    }
}

impl Follower {
    fn new(head: i64, name: String, position: Option<i64>, parked: Vec<Parked>) -> Self {
        let lag = position.map(|position| (head - position).max(0));
        Self { name, position, lag, parked }
    }
}

impl BusStatus {
    fn tell(&self) -> String {
        if let Some(why) = &self.error {
            return format!("not available: {why}");
        }
        let servers = match (self.current, self.replicas) {
            (Some(current), Some(all)) if all > 1 => format!(", on {current} of {all} servers"),
            _ => String::new(),
        };
        format!("{}{servers}", distance(self.lag))
    }
}

fn distance(lag: Option<i64>) -> String {
    match lag {
        None => "not begun".into(),
        Some(0) => "up to date".into(),
        Some(1) => "1 event behind".into(),
        Some(behind) => format!("{behind} events behind"),
    }
}

impl Status {
    fn tell(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        writeln!(text, "Postgres     {}", self.postgres)?;
        writeln!(text, "NATS         {}", self.nats)?;
        writeln!(text, "Log          {} events", self.log.position)?;
        if let Some(fault) = &self.log.clocks {
            writeln!(text, "Clocks       {fault}")?;
        }
        writeln!(text, "Bus          {}", self.bus.tell())?;
        let waiting = self.inbox.waiting.map_or("?".to_owned(), |waiting| waiting.to_string());
        writeln!(text, "Inbox        {waiting} waiting")?;
        if let Some(parked @ 1..) = self.inbox.parked {
            writeln!(text, "{:12} {parked} PARKED: GET /api/v1/ingest/parked tells why", "")?;
        }
        for (title, followers) in [("Read models", &self.projectors), ("Workers", &self.workers)] {
            let mut title = title;
            for follower in followers {
                writeln!(text, "{title:12} {:28} {}", follower.name, distance(follower.lag))?;
                title = "";
                for parked in &follower.parked {
                    writeln!(text, "{title:12}   {}", parked.line())?;
                }
            }
        }
        for parked in &self.tasks {
            writeln!(text, "Tasks        {:28} {}", parked.consumer, parked.line())?;
        }
        let instances: Vec<_> =
            self.instances.iter().map(|(name, count)| format!("{count} × {name}")).collect();
        let nobody = "nobody: start `servicebook up`".to_owned();
        let running = if instances.is_empty() { nobody } else { instances.join(", ") };
        write!(text, "Running      {running}")?;
        Ok(text)
    }
}
