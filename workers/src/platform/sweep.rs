//! What is kept only for a while is swept away.

use std::time::Duration;

use sqlx::{AssertSqlSafe, PgPool};

use crate::{Task, Window};

/// How many rows go in one transaction.
const CHUNK: i64 = 5_000;

/// Rows that are kept for a while.
#[derive(Debug, Clone, Copy)]
pub struct Swept {
    pub table: &'static str,
    /// The time or date from which their age is counted.
    pub column: &'static str,
    /// How long they stay after it, as Postgres writes intervals.
    pub age: &'static str,
}

/// Everything beside the log that would grow for ever. What is in neither this list nor bounded by
/// what it belongs to, a test finds.
pub const SWEPT: &[Swept] = &[
    // Answers are repeated for a day; an hour more, for those who are late.
    Swept { table: "event_store.idempotency", column: "recorded_at", age: "25 hours" },
    Swept { table: "identity_store.refresh_tokens", column: "until", age: "0" },
    Swept { table: "identity_store.ceremonies", column: "until", age: "0" },
    // By then the last of them are forgotten: at most ten, one each hour, where links are counted.
    Swept { table: "identity_store.attempts", column: "last", age: "12 hours" },
    Swept { table: "identity_store.failed_sign_ins", column: "at", age: "90 days" },
    // Used ones stay for a day, so that a second use is noticed.
    Swept { table: "oauth.codes", column: "expires_at", age: "1 day" },
    Swept { table: "edge.refusals", column: "at", age: "1 year" },
    Swept { table: "edge.usage", column: "day", age: "400 days" },
];

/// Removes what is old enough.
pub struct Sweep {
    db: PgPool,
}

impl Sweep {
    pub fn new(db: PgPool) -> Self {
        Self { db }
    }
}

impl Task for Sweep {
    const NAME: &'static str = "platform.sweep";
    const EVERY: Duration = Duration::from_mins(15);

    async fn run(&self, window: Window) -> anyhow::Result<()> {
        for Swept { table, column, age } in SWEPT {
            let sweep = format!(
                "delete from {table} where ctid = any(array(
                     select ctid from {table} where {column} < $1 - interval '{age}' limit $2))"
            );
            loop {
                let sweep = sqlx::query(AssertSqlSafe(sweep.clone())).bind(window.until);
                let swept = sweep.bind(CHUNK).execute(&self.db).await?.rows_affected();
                if swept < CHUNK.unsigned_abs() {
                    break;
                }
            }
        }
        projections::discard_left(&self.db).await?;
        Ok(())
    }
}
