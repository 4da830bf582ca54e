//! Deletes rows that are kept only for a while.

use std::time::Duration;

use anyhow::bail;
use commands::Commands;
use sqlx::{AssertSqlSafe, PgPool};

use crate::{Task, Window};

/// How many rows are deleted in one transaction.
const ROWS_PER_TRANSACTION: i64 = 5_000;

/// For how long the rows of a table are kept.
#[derive(Debug, Clone, Copy)]
pub struct RetentionRule {
    pub table: &'static str,
    /// The time or date from which their age is counted.
    pub column: &'static str,
    /// How long they stay after it, as Postgres writes intervals.
    pub age: &'static str,
}

/// Every table beside the log that would otherwise grow without bound. A test finds tables that are
/// neither listed here nor bounded by what they belong to.
pub const RETENTION_RULES: &[RetentionRule] = &[
    // Answers are repeated for a day; an hour more, for those who are late.
    RetentionRule { table: "event_store.idempotency", column: "recorded_at", age: "25 hours" },
    RetentionRule { table: "identity_store.refresh_tokens", column: "until", age: "0" },
    RetentionRule { table: "identity_store.ceremonies", column: "until", age: "0" },
    // By then the last of them are forgotten: at most ten, one each hour, where links are counted.
    RetentionRule { table: "identity_store.attempts", column: "last", age: "12 hours" },
    RetentionRule { table: "identity_store.failed_sign_ins", column: "at", age: "90 days" },
    // Used ones stay for a day, so that a second use is noticed.
    RetentionRule { table: "oauth.codes", column: "expires_at", age: "1 day" },
    RetentionRule { table: "audit.refusals", column: "at", age: "1 year" },
    RetentionRule { table: "audit.exports", column: "at", age: "1 year" },
    // What is left of a process that ended in between, and of exports and replays that ended otherwise.
    RetentionRule { table: "jobs.runs", column: "until", age: "1 day" },
    // By then nobody can go on; those of which a file came are there for who has not heard of it.
    RetentionRule { table: "uploads.uploads", column: "expires_at", age: "0" },
    RetentionRule { table: "audit.usage", column: "day", age: "400 days" },
];

/// Deletes what is old enough.
///
/// What is deleted does not come back, so no clock is believed at once: age is counted at the end of the
/// window before, when the clock was read a quarter of an hour ago, and nothing is deleted until the clock has
/// gone for as long without a jump. If that reading was a jump, it is over by now, and the windows were set
/// back with it.
pub struct RetentionSweep {
    commands: Commands,
    db: PgPool,
}

impl RetentionSweep {
    pub fn new(commands: Commands, db: PgPool) -> Self {
        Self { commands, db }
    }
}

/// Whether the clock can be trusted with what does not come back: it has gone without a jump for a period.
///
/// # Errors
/// While the clocks are wrong.
pub(crate) async fn is_clock_steady_for(
    commands: &Commands,
    period: Duration,
) -> anyhow::Result<bool> {
    if let Some(fault) = commands.clock_fault().await? {
        bail!("nothing is deleted while the clocks are wrong: {fault}");
    }
    let has_jumped = commands.clock_has_jumped_within(period);
    if has_jumped {
        tracing::warn!("nothing is deleted: the clock has just jumped");
    }
    Ok(!has_jumped)
}

impl Task for RetentionSweep {
    const NAME: &'static str = "platform.sweep";
    const EVERY: Duration = Duration::from_mins(15);

    async fn run(&self, window: Window) -> anyhow::Result<()> {
        // A window without deletions is done as well: what it left is old enough in the next one.
        if !is_clock_steady_for(&self.commands, Self::EVERY).await? {
            return Ok(());
        }
        for RetentionRule { table, column, age } in RETENTION_RULES {
            let delete = format!(
                "delete from {table} where ctid = any(array(
                     select ctid from {table} where {column} < $1 - interval '{age}' limit $2))"
            );
            loop {
                let query = sqlx::query(AssertSqlSafe(delete.clone())).bind(window.from);
                let deleted =
                    query.bind(ROWS_PER_TRANSACTION).execute(&self.db).await?.rows_affected();
                if deleted < ROWS_PER_TRANSACTION.unsigned_abs() {
                    break;
                }
            }
        }
        projections::drop_expired_replays(&self.db, window.from).await?;
        projections::discard_unfinished_rebuilds(&self.db).await?;
        Ok(())
    }
}
