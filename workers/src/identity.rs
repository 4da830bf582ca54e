//! What signing in leaves behind is swept away.

use std::time::Duration;

use sqlx::PgPool;

use crate::{Task, Window};

/// Removes the tokens of sessions that are over, and failures that count no more.
pub struct Sweep {
    db: PgPool,
}

impl Sweep {
    pub fn new(db: PgPool) -> Self {
        Self { db }
    }
}

impl Task for Sweep {
    const NAME: &'static str = "identity.sweep";
    const EVERY: Duration = Duration::from_mins(15);

    async fn run(&self, window: Window) -> anyhow::Result<()> {
        for sweep in [
            "delete from identity_store.refresh_tokens where until < $1",
            "delete from identity_store.ceremonies where until < $1",
            "delete from identity_store.attempts where last < $1 - interval '30 minutes'",
        ] {
            sqlx::query(sweep).bind(window.until).execute(&self.db).await?;
        }
        Ok(())
    }
}
