//! Where the rows of a query come from.

use domain::identity::RowScope;
use sqlx::{PgPool, Postgres, QueryBuilder, Transaction};
use tokio::sync::SemaphorePermit;

use super::{
    as_of::Moment,
    error::BadQuery,
    limited::LimitedTransaction,
    past::Past,
    row_scope::{ScopedConnection, restrict_to_scope},
};

/// Where the rows of a query come from: read models as they are, or as they were.
#[derive(Debug)]
pub enum Source {
    Present(PgPool),
    /// The same, for statements that may take long.
    Limited(LimitedTransaction),
    Past(Past),
}

impl From<&PgPool> for Source {
    fn from(db: &PgPool) -> Self {
        Self::Present(db.clone())
    }
}

impl Source {
    /// Read models as they are, for statements of somebody with this row scope that may take long.
    ///
    /// # Errors
    /// When too many ask.
    pub async fn limited(db: &PgPool, row_scope: &RowScope) -> Result<Self, BadQuery> {
        Ok(Self::Limited(LimitedTransaction::begin(db, row_scope).await?))
    }

    /// The same, for one statement that may take much longer.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn for_export(mut self) -> sqlx::Result<Self> {
        if let Self::Limited(limited) | Self::Past(Past { limited, .. }) = &mut self {
            limited.extend_timeout_for_export().await?;
        }
        Ok(self)
    }

    /// The moment of the past.
    pub(crate) fn moment(&self) -> Option<Moment> {
        match self {
            Self::Past(past) => Some(past.moment),
            Self::Present(_) | Self::Limited(_) => None,
        }
    }

    /// The beginning of a statement that has at least one more common table expression.
    pub(crate) fn begin_statement(&self) -> QueryBuilder<Postgres> {
        let mut sql = QueryBuilder::new("with ");
        if let Self::Past(past) = self {
            past.push_relations(&mut sql);
        }
        sql
    }

    /// SQL that names tables with their schemas, such that it reads these ones.
    pub(crate) fn redirect_tables(&self, sql: &str) -> String {
        match self {
            Self::Past(past) => past.redirect_tables(sql),
            Self::Present(_) | Self::Limited(_) => sql.to_owned(),
        }
    }

    /// A connection for statements of somebody with this row scope, for whom it was begun.
    pub(crate) async fn connect(
        &mut self,
        row_scope: &RowScope,
    ) -> sqlx::Result<ScopedConnection<'_>> {
        match self {
            Self::Present(db) => ScopedConnection::begin(db, row_scope).await,
            Self::Limited(limited) => Ok(ScopedConnection::Begun(&mut limited.transaction)),
            Self::Past(past) => Ok(ScopedConnection::Begun(&mut past.limited.transaction)),
        }
    }

    /// As [`connect`](Self::connect), for one statement; with what is to be kept until it ends.
    pub(crate) async fn into_transaction(
        self,
        row_scope: &RowScope,
    ) -> sqlx::Result<(Transaction<'static, Postgres>, Option<SemaphorePermit<'static>>)> {
        match self {
            Self::Present(db) => {
                Ok((restrict_to_scope(event_store::begin(&db).await?, row_scope).await?, None))
            }
            Self::Limited(limited) | Self::Past(Past { limited, .. }) => {
                Ok((limited.transaction, limited.permit))
            }
        }
    }
}
