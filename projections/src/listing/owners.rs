//! Finds the owners of rows, for decisions about many readers at once.

use std::collections::HashMap;

use domain::identity::Owner;
use sqlx::{PgPool, Postgres, QueryBuilder, Row};
use uuid::Uuid;

use super::definition::Listing;

/// The owners of some rows: those to whom a list would show them. Missing rows have no owners.
pub async fn owners_of_rows(
    db: &PgPool,
    listing: &Listing,
    ids: &[Uuid],
) -> sqlx::Result<HashMap<Uuid, Vec<Owner>>> {
    let mut sql = QueryBuilder::<Postgres>::new("select t.id");
    for column in [listing.owner.user, listing.owner.customer, listing.owner.cabinet] {
        match column {
            Some(column) => sql.push(format_args!(", t.{column}")),
            None => sql.push(", null::uuid"),
        };
    }
    sql.push(format_args!(" from {} t where t.id = any(", listing.from));
    sql.push_bind(ids).push(")");
    // A person belongs to each cabinet of which they are a member.
    if let Some(column) = listing.owner.member {
        sql.push(format_args!(
            " union all select t.id, null, null, m.cabinet from {} t
              join organizations_membership.members m on m.\"user\" = t.{column}
              where t.id = any(",
            listing.from
        ));
        sql.push_bind(ids).push(")");
    }
    let mut owners: HashMap<Uuid, Vec<Owner>> = HashMap::new();
    for row in sql.build().fetch_all(db).await? {
        let column = |index: usize| row.try_get::<Option<Uuid>, _>(index);
        let (user, customer, cabinet) = (column(1)?, column(2)?, column(3)?);
        let (customer, cabinet) = (customer.map(Into::into), cabinet.map(Into::into));
        owners.entry(row.try_get(0)?).or_default().push(Owner { user, customer, cabinet });
    }
    Ok(owners)
}
