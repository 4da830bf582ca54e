use domain::identity::Sight;
use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

use super::Own;

/// Restricts a statement to the rows (of `t`) that someone sees: the one place where rights
/// become SQL.
pub(super) fn predicate(sql: &mut QueryBuilder<Postgres>, own: &Own, sight: &Sight) {
    let (cabinets, user, customer) = match sight {
        Sight::All => {
            sql.push("true");
            return;
        }
        Sight::Nothing => {
            sql.push("false");
            return;
        }
        Sight::Own { user, customer } => (&[][..], user, customer),
        Sight::Cabinets { cabinets, user, customer } => (&cabinets[..], user, customer),
    };
    // Nothing is seen but for a reason.
    sql.push("(false");
    if let Some(column) = own.user {
        sql.push(format_args!(" or t.{column} = ")).push_bind(*user);
    }
    if let (Some(column), Some(customer)) = (own.customer, customer) {
        sql.push(format_args!(" or t.{column} = ")).push_bind(customer.uuid());
    }
    if let (Some(column), false) = (own.cabinet, cabinets.is_empty()) {
        let cabinets: Vec<Uuid> = cabinets.iter().map(|cabinet| cabinet.uuid()).collect();
        sql.push(format_args!(" or t.{column} = any(")).push_bind(cabinets).push(")");
    }
    sql.push(")");
}
