//! Restricts statements to the rows that the caller may see, in SQL and by row security.

use std::ops::{Deref, DerefMut};

use domain::{
    identity::{CabinetLimit, OwnScope, RowScope},
    organizations::cabinet::CabinetId,
};
use sqlx::{PgConnection, PgPool, Postgres, QueryBuilder, Transaction, pool::PoolConnection};
use uuid::Uuid;

use super::definition::OwnerColumns;

/// The setting `row_scope.place` for people whose own rows count in any cabinet.
const ANYWHERE: &str = "anywhere";

/// Adds the condition that the caller may see a row of `t`. Only here do rights become SQL.
pub(super) fn push_row_scope(
    sql: &mut QueryBuilder<Postgres>,
    own: &OwnerColumns,
    row_scope: &RowScope,
) {
    let Some((person, cabinets)) = limits(row_scope) else {
        sql.push(if *row_scope == RowScope::All { "true" } else { "false" });
        return;
    };
    // Rows that match no condition stay hidden.
    sql.push("((false");
    if let Some(column) = own.user {
        sql.push(format_args!(" or t.{column} = ")).push_bind(person.user);
    }
    if let (Some(column), Some(customer)) = (own.customer, person.customer) {
        sql.push(format_args!(" or t.{column} = ")).push_bind(customer.uuid());
    }
    sql.push(")");
    if let (Some(column), CabinetLimit::In(cabinet)) = (own.cabinet, person.place) {
        sql.push(format_args!(" and (t.{column} is null or t.{column} = "));
        sql.push_bind(cabinet.map(CabinetId::uuid)).push(")");
    }
    if let (Some(column), false) = (own.cabinet, cabinets.is_empty()) {
        sql.push(format_args!(" or t.{column} = any(")).push_bind(cabinets.clone()).push(")");
    }
    if let (Some(column), false) = (own.member, cabinets.is_empty()) {
        sql.push(format_args!(
            " or exists (select from organizations_membership.members m
               where m.\"user\" = t.{column} and m.cabinet = any("
        ));
        sql.push_bind(cabinets).push("))");
    }
    sql.push(")");
}

/// A connection on which the row policies of Postgres hide all rows outside a scope, even if the statement
/// lacks the condition.
#[derive(Debug)]
pub(crate) enum ScopedConnection<'a> {
    /// A scope of all rows needs no policies.
    All(PoolConnection<Postgres>),
    Within(Transaction<'static, Postgres>),
    /// Begun before.
    Begun(&'a mut Transaction<'static, Postgres>),
}

impl ScopedConnection<'_> {
    pub(crate) async fn begin(db: &PgPool, row_scope: &RowScope) -> sqlx::Result<Self> {
        match row_scope {
            RowScope::All => Ok(Self::All(db.acquire().await?)),
            _ => {
                Ok(Self::Within(restrict_to_scope(event_store::begin(db).await?, row_scope).await?))
            }
        }
    }
}

impl Deref for ScopedConnection<'_> {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        match self {
            Self::All(connection) => connection,
            Self::Within(transaction) => transaction,
            Self::Begun(transaction) => transaction,
        }
    }
}

impl DerefMut for ScopedConnection<'_> {
    fn deref_mut(&mut self) -> &mut PgConnection {
        match self {
            Self::All(connection) => connection,
            Self::Within(transaction) => transaction,
            Self::Begun(transaction) => transaction,
        }
    }
}

/// Lets the policies hide all rows outside the scope until the transaction ends.
pub(crate) async fn restrict_to_scope(
    mut transaction: Transaction<'static, Postgres>,
    row_scope: &RowScope,
) -> sqlx::Result<Transaction<'static, Postgres>> {
    if *row_scope == RowScope::All {
        return Ok(transaction);
    }
    // Without a person the policies show no rows.
    let (person, cabinets) = limits(row_scope).unzip();
    let place = person.map(|person| match person.place {
        CabinetLimit::Anywhere => ANYWHERE.to_owned(),
        CabinetLimit::In(cabinet) => cabinet.map(|id| id.to_string()).unwrap_or_default(),
    });
    sqlx::query(
        "select set_config('role', 'servicebook_client', true),
             set_config('row_scope.user', coalesce($1::text, ''), true),
             set_config('row_scope.customer', coalesce($2::text, ''), true),
             set_config('row_scope.place', coalesce($3, ''), true),
             set_config('row_scope.cabinets', $4::text, true)",
    )
    .bind(person.map(|person| person.user))
    .bind(person.and_then(|person| person.customer).map(Uuid::from))
    .bind(place)
    .bind(cabinets.unwrap_or_default())
    .execute(&mut *transaction)
    .await?;
    Ok(transaction)
}

/// The person and the cabinets to whom visible rows belong; `None` if the scope is all or nothing.
fn limits(row_scope: &RowScope) -> Option<(OwnScope, Vec<Uuid>)> {
    match row_scope {
        RowScope::Nothing | RowScope::All => None,
        RowScope::Own(own) => Some((*own, vec![])),
        RowScope::Cabinets { cabinets, own } => {
            Some((*own, cabinets.iter().copied().map(CabinetId::uuid).collect()))
        }
    }
}
