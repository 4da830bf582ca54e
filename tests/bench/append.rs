//! Measures appending: 64 customers created at once, against plain inserts of the same event without an
//! order, and against inserts under a lock, which give the same order.

use std::{
    process::Command,
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::Utc;
use commands::{Clock, CommandEnvelope, Commands, Settings};
use domain::{
    crm::customer,
    identity::{Actor, Role},
};
use sealing::MasterKey;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use tests::{database::Database, world::World};
use uuid::Uuid;

use crate::report::Report;

/// Concurrent commands, and clients of the reference.
const CLIENTS: usize = 64;
const SECONDS: u64 = 5;

pub(crate) async fn measure(report: &mut Report) {
    let database = Database::new().await;
    let commands = database.commands();
    create(&commands, 1).await;
    prepare_reference(&database).await;
    let plain = reference(&database, "");
    let value = (create(&commands, SECONDS).await, "events/s");
    let locked = reference(&database, "with l as materialized (select pg_advisory_xact_lock(1))");
    report.at_least("append, 64 commands at once", value, ("plain inserts, no order", plain), 1.5);
    report.at_least("append, 64 commands at once", value, ("inserts under a lock", locked), 5.0);
    database.stop().await;
}

/// Customers per second, created by 64 callers who each wait for their answer.
async fn create(commands: &Commands, seconds: u64) -> f64 {
    let until = Instant::now() + Duration::from_secs(seconds);
    let started = Instant::now();
    let done = run_callers(commands, move |_| Instant::now() < until).await;
    done as f64 / started.elapsed().as_secs_f64()
}

/// Fills the log of a running system with so many customers.
pub(crate) async fn fill(world: &World, master: &MasterKey, events: usize) {
    let options: PgConnectOptions = world.running().database_url.reveal().parse().unwrap();
    let options = options.options([("role", "servicebook_app")]);
    let commands = Commands::new(Settings {
        db: PgPoolOptions::new().connect_lazy_with(options.clone()),
        appender: options,
        master: master.clone(),
        clock: clock(),
        is_world_clock: true,
    });
    run_callers(&commands, move |done| done < events / CLIENTS + 1).await;
}

#[expect(clippy::disallowed_methods, reason = "a measurement has no other clock")]
fn clock() -> Clock {
    Arc::new(Utc::now)
}

/// Runs 64 callers; each creates customers while `continues` of its count is true. Returns their number.
async fn run_callers(
    commands: &Commands,
    continues: impl Fn(usize) -> bool + Copy + Send + 'static,
) -> usize {
    let callers = (0..CLIENTS).map(|_| {
        let commands = commands.clone();
        tokio::spawn(async move {
            let by = Actor::new(Uuid::from_u128(1), Role::Employee);
            let mut done = 0;
            while continues(done) {
                let new = customer::NewCustomer {
                    name: "Anna Beispiel".parse().ok(),
                    walk_in: true,
                    ..customer::NewCustomer::default()
                };
                let order = CommandEnvelope::<customer::Customer>::create(
                    customer::Command::Create(new),
                    by.clone(),
                );
                commands.execute(order).await.unwrap();
                done += 1;
            }
            done
        })
    });
    let mut done = 0;
    for caller in callers.collect::<Vec<_>>() {
        done += caller.await.unwrap();
    }
    done
}

/// A table like that of the store, with a sequence instead of its order.
async fn prepare_reference(database: &Database) {
    sqlx::raw_sql(
        "create table public.plain (like event_store.events including defaults including indexes);
         create sequence public.plain_position;",
    )
    .execute(&database.owner)
    .await
    .unwrap();
}

/// Inserts per second of one stored event, row by row, by pgbench with as many clients.
fn reference(database: &Database, lock: &str) -> f64 {
    let from = if lock.is_empty() { "" } else { ", l" };
    let script = format!(
        "{lock} insert into public.plain
         select nextval('public.plain_position'), e.stream, gen_random_uuid(), 1, e.type, e.schema,
            e.data, e.meta, now()
         from (select * from event_store.events where position = 1) e{from};"
    );
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), script.replace('\n', " ")).unwrap();
    let socket = database.options.get_socket().unwrap();
    let output = Command::new(pgbench_program())
        .args(["-n", "-M", "prepared", "-T", &SECONDS.to_string(), "-j", "2", "-c"])
        .arg(CLIENTS.to_string())
        .arg("-f")
        .arg(file.path())
        .args(["-U", database.options.get_username(), "-h"])
        .arg(socket)
        .arg(database.options.get_database().unwrap_or_default())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let tps = text.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next());
    let errors = String::from_utf8_lossy(&output.stderr);
    tps.and_then(|tps| tps.parse().ok()).unwrap_or_else(|| panic!("pgbench: {text} {errors}"))
}

/// The newest pgbench in the folders of Debian, or the one on the PATH.
fn pgbench_program() -> std::path::PathBuf {
    let versions =
        (15..30).rev().map(|version| format!("/usr/lib/postgresql/{version}/bin/pgbench"));
    let found = versions.map(std::path::PathBuf::from).find(|program| program.exists());
    found.unwrap_or_else(|| "pgbench".into())
}
