//! Statements that take a core for long: a few at a time, and not for ever.

use domain::identity::RowScope;
use sqlx::{PgPool, Postgres, Transaction};
use tokio::sync::SemaphorePermit;

use super::{error::BadQuery, row_scope::restrict_to_scope};
use crate::concurrency_limit::ConcurrencyLimit;

/// The longest that Postgres may work on one of them, in milliseconds.
const STATEMENT_TIMEOUT: &str = "5000";
/// The same, if it is for an export, for which nobody waits.
const EXPORT_TIMEOUT: &str = "600000";
/// How many of them one process runs at once: each takes a core of the database.
static PERMITS: ConcurrencyLimit = ConcurrencyLimit::new(2);

/// A transaction for such statements. All of them see the same rows.
#[derive(Debug)]
pub struct LimitedTransaction {
    pub(super) transaction: Transaction<'static, Postgres>,
    /// One that costs little has none.
    pub(super) permit: Option<SemaphorePermit<'static>>,
}

impl LimitedTransaction {
    /// Begins one for somebody with this row scope.
    ///
    /// # Errors
    /// When too many ask.
    pub(super) async fn begin(db: &PgPool, row_scope: &RowScope) -> Result<Self, BadQuery> {
        let permit = PERMITS.acquire().await?;
        Ok(Self { permit: Some(permit), ..Self::begin_without_permit(db, row_scope).await? })
    }

    /// Begins one that costs little, however many there are.
    pub(super) async fn begin_without_permit(
        db: &PgPool,
        row_scope: &RowScope,
    ) -> sqlx::Result<Self> {
        let transaction =
            event_store::begin_with(db, "begin isolation level repeatable read").await?;
        let mut transaction = restrict_to_scope(transaction, row_scope).await?;
        // Without JIT: compiling the query would take longer than running it.
        sqlx::query(
            "select set_config('statement_timeout', $1, true), set_config('jit', 'off', true)",
        )
        .bind(STATEMENT_TIMEOUT)
        .execute(&mut *transaction)
        .await?;
        Ok(Self { transaction, permit: None })
    }

    /// Gives the statements the time of an export.
    pub(super) async fn extend_timeout_for_export(&mut self) -> sqlx::Result<()> {
        sqlx::query("select set_config('statement_timeout', $1, true)")
            .bind(EXPORT_TIMEOUT)
            .execute(&mut *self.transaction)
            .await?;
        Ok(())
    }
}
