//! The connections (database, bus, keys) and the services on them that all roles of a process share.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, bail};
use bus::{Bus, Tail};
use chrono::Utc;
use commands::{Clock, Commands, Settings};
use engines::Engines;
use lease::Leases;
use objects::Objects;
use projections::Projections;
use sealing::KeyRing;
use sqlx::{
    Connection, PgConnection, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use tracing::warn;

use crate::{config::Config, master_key};

/// The connections beside the pool: those of projectors, and one each for leases, for appending, and to follow
/// what credentials depend on.
const DEDICATED_CONNECTIONS: u32 = projections::WRITER_CONNECTIONS + 3;

/// Database, bus, keys, commands and projections. Cheap to clone.
#[derive(Clone)]
pub(crate) struct System {
    /// How to connect as the application.
    pub options: PgConnectOptions,
    pub db: PgPool,
    pub bus: Bus,
    pub tail: Tail,
    pub keys: KeyRing,
    pub commands: Commands,
    pub projections: Projections,
    pub objects: Objects,
    /// What this process is the only one to do.
    pub leases: Leases,
}

impl System {
    /// Connects to engines whose schema is up to date.
    pub(crate) async fn connect(engines: &Engines, config: &Config) -> anyhow::Result<Self> {
        let options = lease::with_dead_client_detection(engines.application_options()?);
        let db = pool(config, options.clone());
        let first = db.acquire().await;
        let hint = match &first {
            Err(sqlx::Error::PoolTimedOut) => "Postgres has no connection left, or does not answer",
            _ => "The database has no schema yet: run `servicebook migrate`",
        };
        let mut first = first.context(hint)?;
        if !is_of_servicebook(&mut first).await? {
            bail!(
                "DATABASE_URL names a database without a Servicebook in it: correct it, or run \
                 `servicebook migrate` to begin one there."
            );
        }
        if owns_the_log(&mut first).await? {
            warn!(
                "the program logs in to Postgres as the owner of its tables, and only lays that \
                 aside: make a role of its own for it (see DATABASE_URL in `servicebook config`)"
            );
        }
        drop(first);
        let master = master_key::load_or_create(config, &options).await?;
        let bus = Bus::connect(
            engines.nats_url.reveal(),
            bus::Options { replicas: config.bus_replicas, ..Default::default() },
        )
        .await?;
        let tail = bus.tail().await?;
        let settings = Settings {
            db: db.clone(),
            appender: options.clone(),
            master,
            clock: clock(),
            is_world_clock: true,
        };
        let commands = Commands::new(settings);
        let keys = commands.aggregates().keys().clone();
        let with_bus = Some((bus.clone(), tail.clone()));
        let projections = Projections::new(db.clone(), keys.clone(), with_bus);
        let objects = config.open_objects().context("The object store cannot be had")?;
        let leases = Leases::new(&options);
        Ok(Self { options, db, bus, tail, keys, commands, projections, objects, leases })
    }

    /// Flushes the bus and closes the connections.
    pub(crate) async fn close(&self) {
        if let Err(why) = self.bus.flush().await {
            // Nothing is lost: what the bus must have comes from the log.
            tracing::info!("the bus is not flushed: {why:#}");
        }
        self.db.close().await;
    }
}

/// Whether the database has a log.
async fn is_of_servicebook(db: &mut PgConnection) -> sqlx::Result<bool> {
    let has_log = "select exists (select from pg_namespace where nspname = 'event_store')";
    sqlx::query_scalar(has_log).fetch_one(db).await
}

/// Whether the login role is a member of the role that owns the log.
async fn owns_the_log(db: &mut PgConnection) -> sqlx::Result<bool> {
    let owns = "select coalesce(bool_or(pg_has_role(session_user, nspowner, 'member')), false)
         from pg_namespace where nspname = 'event_store'";
    sqlx::query_scalar(owns).fetch_one(db).await
}

/// The one place where the time is read.
#[expect(clippy::disallowed_methods, reason = "this is the clock that is handed to all others")]
fn clock() -> Clock {
    Arc::new(|| {
        // For tests: a clock that is wrong.
        fail::fail_point!("clock.ahead", |_| Utc::now() + chrono::TimeDelta::hours(1));
        Utc::now()
    })
}

fn pool(config: &Config, options: PgConnectOptions) -> PgPool {
    /// A connection that was used so recently is not tested: a test each time would double the round trips.
    const RECENTLY_USED: Duration = Duration::from_secs(1);
    PgPoolOptions::new()
        .max_connections(config.db_connections - DEDICATED_CONNECTIONS)
        .acquire_timeout(Duration::from_secs(2))
        .idle_timeout(Duration::from_mins(5))
        .test_before_acquire(false)
        .before_acquire(|connection, about| {
            Box::pin(async move {
                if about.idle_for > RECENTLY_USED {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .connect_lazy_with(options)
}
