//! The checkers. Each says what is wrong, or nothing.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, FromRow, PgPool};
use tests::world::World;
use uuid::Uuid;

use super::history::{Act, History, Look};

/// An event of the log, as far as the checkers look at it.
#[derive(Debug, Clone, PartialEq, FromRow)]
pub(crate) struct Logged {
    pub(crate) position: i64,
    pub(crate) stream: String,
    pub(crate) id: Uuid,
    pub(crate) version: i32,
    pub(crate) r#type: String,
    pub(crate) data: Value,
    pub(crate) command: Uuid,
    pub(crate) recorded_at: DateTime<Utc>,
}

/// What the log says was answered under a key.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answered {
    pub(crate) key: String,
    pub(crate) position: i64,
    pub(crate) id: Uuid,
    pub(crate) version: i32,
}

/// What nobody but the load makes.
const OF_LOAD: [&str; 4] =
    ["crm.customer", "scheduling.appointment", "licensing.license", "support.issue"];

/// A message of the bus: its sequence and what is in it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Carried {
    pub(crate) sequence: u64,
    pub(crate) event: Value,
}

pub(crate) async fn log(db: &PgPool) -> Vec<Logged> {
    sqlx::query_as(
        "select position, stream, id, version, type, data, (meta ->> 'command')::uuid as command,
            recorded_at
         from event_store.events order by position",
    )
    .fetch_all(db)
    .await
    .unwrap()
}

/// Keys lie there as digests; those that nobody here sent remain so.
pub(crate) async fn answered(world: &World, db: &PgPool, acts: &[Act]) -> Vec<Answered> {
    let master = world.master().await;
    let digest = |act: &Act| master.digest(&format!("idempotency\u{1f}{}", act.key));
    let keys: HashMap<_, _> = acts.iter().map(|act| (digest(act), act.key.clone())).collect();
    let rows: Vec<(Vec<u8>, i64, Uuid, i32)> =
        sqlx::query_as("select key, position, id, version from event_store.idempotency")
            .fetch_all(db)
            .await
            .unwrap();
    let answer = |(key, position, id, version)| {
        let key = keys.get(&key).cloned().unwrap_or_else(|| format!("{key:02x?}"));
        Answered { key, position, id, version }
    };
    rows.into_iter().map(answer).collect()
}

/// Every message of the bus, in order.
pub(crate) async fn bus(world: &World) -> Vec<Carried> {
    let jetstream = world.bus().await;
    let mut stream = jetstream.get_stream("EVENTS").await.unwrap();
    let state = stream.info().await.unwrap().state.clone();
    let mut messages = Vec::new();
    for sequence in state.first_sequence..=state.last_sequence {
        let message = stream.get_raw_message(sequence).await.unwrap();
        let event = serde_json::from_slice(&message.payload).unwrap();
        messages.push(Carried { sequence, event });
    }
    messages
}

/// O1: what was acknowledged is in the log, where the answer said.
pub(crate) fn durability(acts: &[Act], log: &[Logged]) -> Vec<String> {
    let at: HashMap<_, _> = log.iter().map(|event| (event.position, event)).collect();
    let lost = acts.iter().filter_map(|act| {
        let (id, version, position) = act.done()?;
        let there = at.get(&position);
        let there = there.is_some_and(|event| (event.id, event.version) == (id, version));
        (!there).then(|| format!("O1: {} was acknowledged at {position} and is not there", act.key))
    });
    lost.collect()
}

/// O2: an act happened once, or not at all: one command behind each key, one key behind each
/// command, and nothing in the log of this kind without a key.
pub(crate) fn exactly_once(acts: &[Act], log: &[Logged], answered: &[Answered]) -> Vec<String> {
    let mut wrong = Vec::new();
    let commands: HashMap<_, _> = log.iter().map(|event| (event.position, event.command)).collect();
    let mut seen = HashMap::new();
    // Nothing had to happen at position 0.
    for answer in answered.iter().filter(|answer| answer.position > 0) {
        let Some(command) = commands.get(&answer.position) else {
            wrong.push(format!("O2: {} is answered for nothing in the log", answer.key));
            continue;
        };
        if let Some(other) = seen.insert(command, &answer.key) {
            wrong.push(format!("O2: {} and {other} are one command", answer.key));
        }
    }
    let kept: HashSet<_> = answered.iter().map(|answer| answer.key.as_str()).collect();
    for act in acts {
        let happened = kept.contains(act.key.as_str());
        match act.done() {
            Some(_) if !happened => wrong.push(format!("O2: {} left no record", act.key)),
            None if happened && matches!(act.outcome, super::history::Outcome::Refused(_)) => {
                wrong.push(format!("O2: {} was refused and happened", act.key));
            }
            _ => {}
        }
    }
    // These come from the load alone: as many commands in the log as keys with an answer.
    let of_load: HashSet<_> = log
        .iter()
        .filter(|event| OF_LOAD.contains(&event.stream.as_str()))
        .map(|event| event.command)
        .collect();
    let by_load = answered.iter().filter(|answer| {
        commands.get(&answer.position).is_some_and(|command| of_load.contains(command))
    });
    let by_load = by_load.count();
    if of_load.len() != by_load {
        wrong.push(format!("O2: {} commands in the log, {by_load} keys", of_load.len()));
    }
    wrong
}

/// O3: positions are 1..n, versions of each stream too, and time never goes back.
pub(crate) fn order(log: &[Logged]) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut versions: BTreeMap<(&str, Uuid), i32> = BTreeMap::new();
    for (place, event) in (1..).zip(log) {
        if event.position != place {
            wrong.push(format!("O3: position {} stands at place {place}", event.position));
            break;
        }
        let version = versions.entry((&event.stream, event.id)).or_default();
        *version += 1;
        if event.version != *version {
            wrong.push(format!("O3: version {} of {} at {place}", event.version, event.id));
        }
    }
    for pair in log.windows(2) {
        if pair[1].recorded_at < pair[0].recorded_at {
            wrong.push(format!("O3: {} was recorded before its predecessor", pair[1].position));
        }
    }
    wrong
}

/// O4: what was acknowledged before something else began comes before it.
pub(crate) fn real_time(acts: &[Act]) -> Vec<String> {
    let mut done: Vec<_> = acts.iter().filter_map(|act| Some((act, act.done()?.2))).collect();
    done.sort_by_key(|(act, _)| act.ended);
    let mut begun = done.clone();
    begun.sort_by_key(|(act, _)| act.begun);
    let (mut highest, mut ended) = (0, done.iter().peekable());
    let mut wrong = Vec::new();
    for (act, position) in begun {
        while let Some((_, before)) = ended.next_if(|(other, _)| other.ended < act.begun) {
            highest = highest.max(*before);
        }
        if position < highest {
            wrong.push(format!("O4: {} at {position} came after {highest} was there", act.key));
        }
    }
    wrong
}

/// O5: who names a position is told of what happened there, and nobody sees a customer grow younger.
pub(crate) fn session(looks: &[Look]) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut last: HashMap<_, i32> = HashMap::new();
    for look in looks {
        let Look { client, id, least, told } = look;
        let seen = last.entry((client, id)).or_default();
        if told < seen {
            wrong.push(format!("O5: client {client} saw {id} at {seen}, and then at {told}"));
        }
        if let Some(least) = least.filter(|least| told < least) {
            wrong.push(format!("O5: client {client} asked for {id} at {least}, and got {told}"));
        }
        *seen = *told.max(seen);
    }
    wrong
}

/// O6: the bus carries the log, all of it and nothing else, number by number.
pub(crate) fn mirror(log: &[Logged], bus: &[Carried]) -> Vec<String> {
    let mut wrong = Vec::new();
    if log.len() != bus.len() {
        wrong.push(format!("O6: {} events in the log, {} on the bus", log.len(), bus.len()));
    }
    for (event, message) in log.iter().zip(bus) {
        let same = i64::try_from(message.sequence) == Ok(event.position)
            && message.event["id"] == json!(event.position.to_string())
            && message.event["type"] == event.r#type
            && message.event["subject"] == json!(event.id)
            && message.event["data"] == event.data;
        if !same {
            wrong.push(format!("O6: message {} is not event {}", message.sequence, event.position));
        }
    }
    wrong
}

/// O7: every read model that is built anew equals the live one, byte for byte.
pub(crate) fn rebuilt(world: &World) -> Vec<String> {
    let output = world.servicebook(&["rebuild"]);
    let (text, errors) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let line = |name| text.lines().find(|line| line.starts_with(&format!("{name} is rebuilt")));
    projections::all()
        .filter(|projector| {
            !line(projector.name)
                .is_some_and(|line| line.contains("equal to the live one to the byte"))
        })
        .map(|projector| format!("O7: {}: {text}{errors}", projector.name))
        .collect()
}

/// O8 as well, and the log's own examination: checkpoints count what lies behind them.
pub(crate) fn verified(world: &World) -> Vec<String> {
    let output = world.servicebook(&["verify"]);
    let said = [output.stdout, output.stderr].concat();
    let said = format!("O8: {}", String::from_utf8_lossy(&said));
    if output.status.success() { Vec::new() } else { vec![said] }
}

/// O9: whoever reported an issue is told of each comment once: one notification, one letter.
pub(crate) async fn told_once(db: &PgPool) -> Vec<String> {
    let comments: Vec<(Uuid, i32)> =
        sqlx::query_as("select id, version from event_store.events where type = 'IssueCommented'")
            .fetch_all(db)
            .await
            .unwrap();
    let told: Vec<(Option<Uuid>, i64)> = sqlx::query_as(
        "select (e.meta ->> 'causation')::uuid, count(d.state)
         from event_store.events e
         left join notifications_notification.deliveries d on d.id = e.id and d.state = 'sent'
         where e.stream = 'notifications.notification' and e.version = 1 group by e.id, 1",
    )
    .fetch_all(db)
    .await
    .unwrap();
    let mut wrong = Vec::new();
    for (id, version) in comments {
        let place = format!("support.issue/{id}/{version}");
        let event = Some(Uuid::new_v5(&Uuid::NAMESPACE_OID, place.as_bytes()));
        let told: Vec<_> = told.iter().filter(|(cause, _)| *cause == event).collect();
        if !matches!(told[..], [(_, 1)]) {
            wrong.push(format!("O9: of {place} was told: {told:?}"));
        }
    }
    wrong
}

/// O13: nothing is taken by more at once than there is room for.
pub(crate) async fn room(db: &PgPool) -> Vec<String> {
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

/// O8: what the last event did was written by the transaction that moved the checkpoint over it.
pub(crate) async fn together(db: &PgPool) -> Vec<String> {
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
    let mut wrong = Vec::new();
    for (name, table) in tables {
        let apart = format!(
            "select coalesce(bool_or(checkpoint.xmin <> r.xmin), false)
             from projections.checkpoints checkpoint join {table} r using (position)
             where checkpoint.name = $1"
        );
        let apart = sqlx::query_scalar(AssertSqlSafe(apart)).bind(&name).fetch_one(db);
        if apart.await.unwrap() {
            wrong.push(format!("O8: a checkpoint moved apart from what it stands for: {name}"));
        }
    }
    wrong
}

/// All of them, on a system at rest.
pub(crate) async fn all(world: &World, history: &History) -> Vec<String> {
    world.settled().await;
    judge(world, history).await
}

/// All of them, on a system that may never come to rest.
pub(crate) async fn judge(world: &World, history: &History) -> Vec<String> {
    let acts = &history.acts;
    let db = world.database().await;
    let (log, answered, bus) = (log(&db).await, answered(world, &db, acts).await, bus(world).await);
    let mut wrong = durability(acts, &log);
    wrong.extend(exactly_once(acts, &log, &answered));
    wrong.extend(order(&log));
    wrong.extend(real_time(acts));
    wrong.extend(session(&history.looks));
    wrong.extend(mirror(&log, &bus));
    wrong.extend(together(&db).await);
    wrong.extend(verified(world));
    wrong.extend(told_once(&db).await);
    wrong.extend(room(&db).await);
    wrong.extend(rebuilt(world));
    db.close().await;
    wrong
}
