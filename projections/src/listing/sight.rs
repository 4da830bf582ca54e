use domain::{identity::Sight, organizations::cabinet::CabinetId};
use sqlx::{PgPool, Postgres, QueryBuilder, Transaction};
use uuid::Uuid;

use super::Own;

/// Restricts a statement to the rows (of `t`) that someone sees: the one place where rights
/// become SQL.
pub(super) fn predicate(sql: &mut QueryBuilder<Postgres>, own: &Own, sight: &Sight) {
    let Some((user, customer, cabinets)) = limits(sight) else {
        sql.push(if *sight == Sight::All { "true" } else { "false" });
        return;
    };
    // Nothing is seen but for a reason.
    sql.push("(false");
    if let Some(column) = own.user {
        sql.push(format_args!(" or t.{column} = ")).push_bind(user);
    }
    if let (Some(column), Some(customer)) = (own.customer, customer) {
        sql.push(format_args!(" or t.{column} = ")).push_bind(customer);
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

/// The second wall: a connection on which Postgres itself shows nothing but what someone sees,
/// whatever the statement forgets. Whoever sees everything needs none.
pub(super) async fn wall(
    db: &PgPool,
    sight: &Sight,
) -> sqlx::Result<Option<Transaction<'static, Postgres>>> {
    if *sight == Sight::All {
        return Ok(None);
    }
    let (user, customer, cabinets) = limits(sight).unwrap_or_default();
    let mut transaction = db.begin().await?;
    sqlx::query(
        "select set_config('role', 'servicebook_client', true),
             set_config('sight.user', $1::text, true),
             set_config('sight.customer', coalesce($2::text, ''), true),
             set_config('sight.cabinets', $3::text, true)",
    )
    .bind(user)
    .bind(customer)
    .bind(cabinets)
    .execute(&mut *transaction)
    .await?;
    Ok(Some(transaction))
}

/// The user, the customer and the cabinets that what is seen must belong to.
fn limits(sight: &Sight) -> Option<(Uuid, Option<Uuid>, Vec<Uuid>)> {
    let (user, customer, cabinets) = match sight {
        Sight::Nothing | Sight::All => return None,
        Sight::Own { user, customer } => (user, customer, vec![]),
        Sight::Cabinets { cabinets, user, customer } => {
            (user, customer, cabinets.iter().copied().map(CabinetId::uuid).collect())
        }
    };
    Some((*user, customer.map(Uuid::from), cabinets))
}
