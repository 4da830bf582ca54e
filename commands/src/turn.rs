use sqlx::{Postgres, Transaction};
use tokio::sync::OwnedMutexGuard;

use crate::{Lookup, Lost};

/// While it lasts, nobody else decides about the same rule, in no process.
pub(crate) struct Turn {
    /// Its end gives up the lock.
    _everywhere: Transaction<'static, Postgres>,
    _here: OwnedMutexGuard<()>,
}

impl Lookup {
    /// Waits for the turn to decide about a rule.
    pub(crate) async fn turn(&self, rule: &str) -> Result<Turn, Lost> {
        // Within a process one waits without a connection: those who decide need some as well.
        let here = self.turns().lock_owned().await;
        let mut everywhere = self.store().db().begin().await?;
        sqlx::query("select pg_advisory_xact_lock(hashtextextended('commands.turn/' || $1, 0))")
            .bind(rule)
            .execute(&mut *everywhere)
            .await?;
        Ok(Turn { _everywhere: everywhere, _here: here })
    }
}
