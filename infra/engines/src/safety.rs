//! Servers that are too old, or that acknowledge what they may lose, are refused.
//!
//! For an external nats-server, `bus` does this when it connects.

use std::{fmt, str::FromStr};

use anyhow::{Context, bail};
use sqlx::{ConnectOptions, Connection, PgConnection, postgres::PgConnectOptions};

/// A version of a server. Later ones are greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version(u32, u32, u32);

impl Version {
    /// The first with atomic batches.
    pub(super) const OLDEST_NATS: Self = Self(2, 12, 0);
}

impl FromStr for Version {
    type Err = std::num::ParseIntError;

    /// Reads `2.15.1`, and `2.15.1-RC.1` as the same.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.split(|sign: char| !sign.is_ascii_digit());
        let mut next = || parts.next().unwrap_or_default().parse();
        Ok(Self(next()?, next()?, next()?))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

/// Whether a nats-server does what the bus relies on.
pub(super) fn is_supported_nats(version: Version) -> bool {
    version >= Version::OLDEST_NATS
}

/// Settings with which Postgres acknowledges what a crash may lose or tear.
const NEVER_OFF: [&str; 3] = ["fsync", "synchronous_commit", "full_page_writes"];

/// The code by which Postgres says so.
const NO_SUCH_DATABASE: &str = "3D000";

pub(super) async fn check_postgres(options: &PgConnectOptions) -> anyhow::Result<()> {
    let connection = options.clone().disable_statement_logging().connect().await;
    let place = || format!("Postgres at {} cannot be reached (DATABASE_URL)", options.get_host());
    if let Err(sqlx::Error::Database(why)) = &connection
        && why.code().as_deref() == Some(NO_SUCH_DATABASE)
    {
        bail!("{}: create it, or correct DATABASE_URL.", why.message());
    }
    let mut connection = connection.with_context(place)?;
    check_postgres_settings(&mut connection).await?;
    Ok(connection.close().await?)
}

async fn check_postgres_settings(connection: &mut PgConnection) -> anyhow::Result<()> {
    let (version, encoding): (i32, String) = sqlx::query_as(
        "select current_setting('server_version_num')::int, current_setting('server_encoding')",
    )
    .fetch_one(&mut *connection)
    .await?;
    if version < 15_00_00 {
        bail!(
            "Postgres {} is too old: 15 or newer is needed. Point DATABASE_URL to a newer one.",
            version / 1_00_00
        );
    }
    if encoding != "UTF8" {
        bail!(
            "The database is encoded in {encoding}. Make one with `create database … encoding \
             'UTF8' template template0` and point DATABASE_URL to it."
        );
    }
    let off: Vec<String> = sqlx::query_scalar(
        "select name from pg_settings where name = any($1) and setting = 'off' order by name",
    )
    .bind(NEVER_OFF.map(str::to_owned).to_vec())
    .fetch_all(connection)
    .await?;
    if let Some(name) = off.first() {
        bail!(
            "Postgres runs with {name} = off, so a crash could lose what was acknowledged. \
             Servicebook does not start on it. Set `{name} = on` (alter system set {name} = on; \
             select pg_reload_conf(); look also at `alter role` and `alter database` settings)."
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_number() {
        let version = |text: &str| text.parse::<Version>().unwrap();
        assert!(
            is_supported_nats(version("2.12.0"))
                && is_supported_nats(version("2.15.1-RC.2"))
                && is_supported_nats(version("3.0.0"))
        );
        assert!(!is_supported_nats(version("2.9.10")) && !is_supported_nats(version("2.11.16")));
        assert!("two".parse::<Version>().is_err());
    }
}
