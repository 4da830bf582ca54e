//! Measures the speed and memory of `servicebook verify` over a long log.

use std::{
    fs,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;
use sqlx::PgPool;
use tests::world::World;
use tokio::time::sleep;

use crate::report::Report;

/// How many events, unless `BENCH_EVENTS` says otherwise; ten of each aggregate.
const DEFAULT_EVENTS: i64 = 1_000_000;
/// The bound for its memory, in MB, however long the log is.
const MAX_MEMORY: f64 = 300.0;

pub(crate) async fn measure(report: &mut Report) {
    let events =
        std::env::var("BENCH_EVENTS").map_or(DEFAULT_EVENTS, |events| events.parse().unwrap());
    let world = World::stopped().await;
    let mut engines = spawn_engines(&world).await;
    fill(&world.database().await, events).await;

    let begun = Instant::now();
    let mut verify = spawn_silently(world.cli_command(&["verify"]));
    let mut peak_memory = 0;
    let status = loop {
        let status_file =
            fs::read_to_string(format!("/proc/{}/status", verify.id())).unwrap_or_default();
        let peak = status_file.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let peak = peak.and_then(|peak| peak.split_whitespace().next()?.parse::<u32>().ok());
        peak_memory = peak_memory.max(peak.unwrap_or_default());
        if let Some(status) = verify.try_wait().unwrap() {
            break status;
        }
        sleep(Duration::from_millis(50)).await;
    };
    let rate = events as f64 / begun.elapsed().as_secs_f64();
    assert!(status.success(), "{}", world.cli(&["verify"]));
    eprintln!("verify looks at {rate:.0} events a second");
    report.at_most("verify, memory", (f64::from(peak_memory) / 1024.0, "MB"), MAX_MEMORY);
    engines.kill().unwrap();
    engines.wait().unwrap();
}

/// Starts Postgres and the bus of a world, and nothing else.
pub(crate) async fn spawn_engines(world: &World) -> Child {
    let engines = spawn_silently(world.cli_command(&["run", "engines"]));
    while !world.data().join("running.json").exists() {
        sleep(Duration::from_millis(50)).await;
    }
    engines
}

fn spawn_silently(mut program: Command) -> Child {
    program.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Inserts events of services that are changed in turn, and closes the segments.
pub(crate) async fn fill(db: &PgPool, events: i64) {
    let samples = include_str!("../../schemas/history/scheduling.service.jsonl").lines();
    let samples: Vec<Value> = samples.map(|line| serde_json::from_str(line).unwrap()).collect();
    let [defined, changed] = ["ServiceDefined", "ServiceChanged"]
        .map(|kind| &samples.iter().find(|sample| sample["type"] == kind).unwrap()["data"]);
    sqlx::query(
        "insert into event_store.events
         select last.position + no, 'scheduling.service', md5(which::text)::uuid, version,
             case version when 1 then 'ServiceDefined' else 'ServiceChanged' end, 1,
             case version when 1 then $2 else $3 end,
             jsonb_build_object('actor', by, 'command', by, 'correlation', by), clock_timestamp()
         from (select coalesce(max(position), 0) as position from event_store.events) last,
             gen_random_uuid() as by, generate_series(1, $1) as no,
             lateral (select (no - 1) % ($1 / 10) as which, (no - 1) / ($1 / 10) + 1 as version) one
         order by no",
    )
    .bind(events)
    .bind(defined)
    .bind(changed)
    .execute(db)
    .await
    .unwrap();
    let close = "select count(*) from event_store.close_segment('0')";
    while sqlx::query_scalar::<_, i64>(close).fetch_one(db).await.unwrap() > 0 {}
}
