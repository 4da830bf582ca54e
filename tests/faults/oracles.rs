//! The checkers: each compares the log with one other source and returns the faults that it finds.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, FromRow, PgPool};
use tests::world::World;
use uuid::Uuid;

use super::history::{ClientRead, ClientWrite, History, Outcome};

/// An event of the log: the columns that the checkers need.
#[derive(Debug, Clone, PartialEq, FromRow)]
pub(crate) struct LoggedEvent {
    pub(crate) position: i64,
    pub(crate) stream: String,
    pub(crate) id: Uuid,
    pub(crate) version: i32,
    pub(crate) r#type: String,
    pub(crate) data: Value,
    pub(crate) command: Uuid,
    pub(crate) recorded_at: DateTime<Utc>,
}

/// The stored answer of an idempotency key.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct IdempotencyRecord {
    pub(crate) key: String,
    pub(crate) position: i64,
    pub(crate) id: Uuid,
    pub(crate) version: i32,
}

/// Aggregates that only the load creates.
const OF_LOAD: [&str; 4] =
    ["crm.customer", "scheduling.appointment", "licensing.license", "support.issue"];

/// A message of the bus.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct BusMessage {
    pub(crate) sequence: u64,
    pub(crate) event: Value,
}

/// Every event of the log, in order.
pub(crate) async fn read_log(db: &PgPool) -> Vec<LoggedEvent> {
    sqlx::query_as(
        "select position, stream, id, version, type, data, (meta ->> 'command')::uuid as command,
            recorded_at
         from event_store.events order by position",
    )
    .fetch_all(db)
    .await
    .unwrap()
}

/// The stored answers. Keys are stored as digests; a digest without a command of this load stays one.
pub(crate) async fn idempotency_records(
    world: &World,
    db: &PgPool,
    writes: &[ClientWrite],
) -> Vec<IdempotencyRecord> {
    let master = world.master().await;
    let digest = |write: &ClientWrite| master.digest(&format!("idempotency\u{1f}{}", write.key));
    let keys: HashMap<_, _> =
        writes.iter().map(|write| (digest(write), write.key.clone())).collect();
    let rows: Vec<(Vec<u8>, i64, Uuid, i32)> =
        sqlx::query_as("select key, position, id, version from event_store.idempotency")
            .fetch_all(db)
            .await
            .unwrap();
    let record = |(key, position, id, version)| {
        let key = keys.get(&key).cloned().unwrap_or_else(|| format!("{key:02x?}"));
        IdempotencyRecord { key, position, id, version }
    };
    rows.into_iter().map(record).collect()
}

/// Every message of the bus, in order.
pub(crate) async fn read_bus(world: &World) -> Vec<BusMessage> {
    let jetstream = world.bus().await;
    let mut stream = jetstream.get_stream("EVENTS").await.unwrap();
    let state = stream.info().await.unwrap().state.clone();
    let mut messages = Vec::new();
    for sequence in state.first_sequence..=state.last_sequence {
        let message = stream.get_raw_message(sequence).await.unwrap();
        let event = serde_json::from_slice(&message.payload).unwrap();
        messages.push(BusMessage { sequence, event });
    }
    messages
}

/// O1: every acknowledged command is in the log at the position of its answer.
pub(crate) fn durability(writes: &[ClientWrite], log: &[LoggedEvent]) -> Vec<String> {
    let by_position: HashMap<_, _> = log.iter().map(|event| (event.position, event)).collect();
    let lost = writes.iter().filter_map(|write| {
        let (id, version, position) = write.acknowledged()?;
        let event = by_position.get(&position);
        let found = event.is_some_and(|event| (event.id, event.version) == (id, version));
        (!found)
            .then(|| format!("O1: {} was acknowledged at {position} and is not there", write.key))
    });
    lost.collect()
}

/// O2: a command took effect once or not at all: one command in the log for each key, one key for
/// each command, and no command of the load without a key.
pub(crate) fn exactly_once(
    writes: &[ClientWrite],
    log: &[LoggedEvent],
    records: &[IdempotencyRecord],
) -> Vec<String> {
    let mut faults = Vec::new();
    let commands: HashMap<_, _> = log.iter().map(|event| (event.position, event.command)).collect();
    let mut seen = HashMap::new();
    // Position 0 stands for commands without events.
    for record in records.iter().filter(|record| record.position > 0) {
        let Some(command) = commands.get(&record.position) else {
            faults.push(format!("O2: {} is answered for nothing in the log", record.key));
            continue;
        };
        if let Some(other) = seen.insert(command, &record.key) {
            faults.push(format!("O2: {} and {other} are one command", record.key));
        }
    }
    let recorded: HashSet<_> = records.iter().map(|record| record.key.as_str()).collect();
    for write in writes {
        let happened = recorded.contains(write.key.as_str());
        match write.acknowledged() {
            Some(_) if !happened => faults.push(format!("O2: {} left no record", write.key)),
            None if happened && matches!(write.outcome, Outcome::Refused(_)) => {
                faults.push(format!("O2: {} was refused and happened", write.key));
            }
            _ => {}
        }
    }
    // Only the load creates these: as many commands in the log as keys with an answer.
    let of_load: HashSet<_> = log
        .iter()
        .filter(|event| OF_LOAD.contains(&event.stream.as_str()))
        .map(|event| event.command)
        .collect();
    let by_load = records.iter().filter(|record| {
        commands.get(&record.position).is_some_and(|command| of_load.contains(command))
    });
    let by_load = by_load.count();
    if of_load.len() != by_load {
        faults.push(format!("O2: {} commands in the log, {by_load} keys", of_load.len()));
    }
    faults
}

/// O3: positions are 1..n, so are the versions of each stream, and recording times never decrease.
pub(crate) fn log_order(log: &[LoggedEvent]) -> Vec<String> {
    let mut faults = Vec::new();
    let mut versions: BTreeMap<(&str, Uuid), i32> = BTreeMap::new();
    for (place, event) in (1..).zip(log) {
        if event.position != place {
            faults.push(format!("O3: position {} stands at place {place}", event.position));
            break;
        }
        let version = versions.entry((&event.stream, event.id)).or_default();
        *version += 1;
        if event.version != *version {
            faults.push(format!("O3: version {} of {} at {place}", event.version, event.id));
        }
    }
    for pair in log.windows(2) {
        if pair[1].recorded_at < pair[0].recorded_at {
            faults.push(format!("O3: {} was recorded before its predecessor", pair[1].position));
        }
    }
    faults
}

/// O4: a command acknowledged before another began has the lower position.
pub(crate) fn real_time(writes: &[ClientWrite]) -> Vec<String> {
    let mut done: Vec<_> =
        writes.iter().filter_map(|write| Some((write, write.acknowledged()?.2))).collect();
    done.sort_by_key(|(write, _)| write.ended);
    let mut begun = done.clone();
    begun.sort_by_key(|(write, _)| write.begun);
    let (mut highest, mut ended) = (0, done.iter().peekable());
    let mut faults = Vec::new();
    for (write, position) in begun {
        while let Some((_, before)) = ended.next_if(|(other, _)| other.ended < write.begun) {
            highest = highest.max(*before);
        }
        if position < highest {
            faults.push(format!("O4: {} at {position} came after {highest} was there", write.key));
        }
    }
    faults
}

/// O5: a read that names a position sees what happened there, and no client sees versions go back.
pub(crate) fn session_consistency(reads: &[ClientRead]) -> Vec<String> {
    let mut faults = Vec::new();
    let mut last: HashMap<_, i32> = HashMap::new();
    for read in reads {
        let ClientRead { client, id, at_least, version } = read;
        let seen = last.entry((client, id)).or_default();
        if version < seen {
            faults.push(format!("O5: client {client} saw {id} at {seen}, and then at {version}"));
        }
        if let Some(least) = at_least.filter(|least| version < least) {
            faults
                .push(format!("O5: client {client} asked for {id} at {least}, and got {version}"));
        }
        *seen = *version.max(seen);
    }
    faults
}

/// O6: the bus carries exactly the log; sequence numbers equal positions.
pub(crate) fn bus_equals_log(log: &[LoggedEvent], bus: &[BusMessage]) -> Vec<String> {
    let mut faults = Vec::new();
    if log.len() != bus.len() {
        faults.push(format!("O6: {} events in the log, {} on the bus", log.len(), bus.len()));
    }
    for (event, message) in log.iter().zip(bus) {
        let same = i64::try_from(message.sequence) == Ok(event.position)
            && message.event["id"] == json!(event.position.to_string())
            && message.event["type"] == event.r#type
            && message.event["subject"] == json!(event.id)
            && message.event["data"] == event.data;
        if !same {
            faults
                .push(format!("O6: message {} is not event {}", message.sequence, event.position));
        }
    }
    faults
}

/// O7: every rebuilt read model equals the live one, byte for byte.
pub(crate) fn rebuilds_equal_live(world: &World) -> Vec<String> {
    let output = world.try_cli(&["rebuild"]);
    let (text, errors) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let line = |name| text.lines().find(|line| line.starts_with(&format!("{name} is rebuilt")));
    projections::all_projectors()
        .filter(|projector| {
            !line(projector.name)
                .is_some_and(|line| line.contains("equal to the live one to the byte"))
        })
        .map(|projector| format!("O7: {}: {text}{errors}", projector.name))
        .collect()
}

/// O8: `servicebook verify` finds no fault in the log or the checkpoints.
pub(crate) fn verify(world: &World) -> Vec<String> {
    let output = world.try_cli(&["verify"]);
    let text = [output.stdout, output.stderr].concat();
    let text = format!("O8: {}", String::from_utf8_lossy(&text));
    if output.status.success() { Vec::new() } else { vec![text] }
}

/// O9: the reporter of an issue gets one notification and one mail of each comment.
pub(crate) async fn notified_once(db: &PgPool) -> Vec<String> {
    let comments: Vec<(Uuid, i32)> =
        sqlx::query_as("select id, version from event_store.events where type = 'IssueCommented'")
            .fetch_all(db)
            .await
            .unwrap();
    let notifications: Vec<(Option<Uuid>, i64)> = sqlx::query_as(
        "select (e.meta ->> 'causation')::uuid, count(d.state)
         from event_store.events e
         left join notifications_notification.deliveries d on d.id = e.id and d.state = 'sent'
         where e.stream = 'notifications.notification' and e.version = 1 group by e.id, 1",
    )
    .fetch_all(db)
    .await
    .unwrap();
    let mut faults = Vec::new();
    for (id, version) in comments {
        let place = format!("support.issue/{id}/{version}");
        let event = Some(Uuid::new_v5(&Uuid::NAMESPACE_OID, place.as_bytes()));
        let notified: Vec<_> = notifications.iter().filter(|(cause, _)| *cause == event).collect();
        if !matches!(notified[..], [(_, 1)]) {
            faults.push(format!("O9: of {place} was told: {notified:?}"));
        }
    }
    faults
}

/// O13: no resource is booked by more at once than its capacity.
pub(crate) async fn capacity(db: &PgPool) -> Vec<String> {
    let crowded: Vec<(Uuid, DateTime<Utc>, i64)> = sqlx::query_as(
        "select a.resource, a.starts, count(*)
         from scheduling_appointment.occupied a
         join scheduling_appointment.occupied b
             on b.resource = a.resource and b.taken and b.starts <= a.starts and a.starts < b.ends
         join scheduling_resource.resources r on r.id = a.resource
         where a.taken
         group by a.resource, a.starts, a.id, a.key, r.capacity having count(*) > r.capacity",
    )
    .fetch_all(db)
    .await
    .unwrap();
    let crowded = crowded.into_iter();
    crowded.map(|(id, at, count)| format!("O13: {count} have {id} at {at}")).collect()
}

/// O8: the transaction that moved a checkpoint over the last event also wrote its rows.
pub(crate) async fn checkpoints_move_with_rows(db: &PgPool) -> Vec<String> {
    let tables: Vec<(String, String)> = sqlx::query_as(
        "select checkpoint.name, format('%I.%I', t.table_schema, t.table_name)
         from projections.checkpoints checkpoint
         join information_schema.columns c
             on c.table_schema = checkpoint.schema and c.column_name = 'position'
         join information_schema.tables t using (table_schema, table_name)
         where t.table_type = 'BASE TABLE'",
    )
    .fetch_all(db)
    .await
    .unwrap();
    let mut faults = Vec::new();
    for (name, table) in tables {
        let apart = format!(
            "select coalesce(bool_or(checkpoint.xmin <> r.xmin), false)
             from projections.checkpoints checkpoint join {table} r using (position)
             where checkpoint.name = $1"
        );
        let apart = sqlx::query_scalar(AssertSqlSafe(apart)).bind(&name).fetch_one(db);
        if apart.await.unwrap() {
            faults.push(format!("O8: a checkpoint moved apart from what it stands for: {name}"));
        }
    }
    faults
}

/// Runs all checkers once the system has settled.
pub(crate) async fn check_settled(world: &World, history: &History) -> Vec<String> {
    world.wait_until_settled().await;
    check(world, history).await
}

/// Runs all checkers at once, on a system that may never settle.
pub(crate) async fn check(world: &World, history: &History) -> Vec<String> {
    let writes = &history.writes;
    let db = world.database().await;
    let records = idempotency_records(world, &db, writes).await;
    let (log, bus) = (read_log(&db).await, read_bus(world).await);
    let mut faults = durability(writes, &log);
    faults.extend(exactly_once(writes, &log, &records));
    faults.extend(log_order(&log));
    faults.extend(real_time(writes));
    faults.extend(session_consistency(&history.reads));
    faults.extend(bus_equals_log(&log, &bus));
    faults.extend(checkpoints_move_with_rows(&db).await);
    faults.extend(verify(world));
    faults.extend(notified_once(&db).await);
    faults.extend(capacity(&db).await);
    faults.extend(rebuilds_equal_live(world));
    db.close().await;
    faults
}
