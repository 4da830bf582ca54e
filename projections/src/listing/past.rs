//! Read models as they were at a moment. What has changed since then is folded again up to it, from its own
//! history; everything else is as it was. Statements find both under the names of the live tables and views,
//! so the same SQL reads the past and the present.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::identity::RowScope;
use sealing::KeyRing;
use sqlx::{PgPool, Postgres, QueryBuilder};
use uuid::Uuid;

use super::{Listing, as_of::Moment, error::BadQuery, limited::LimitedTransaction};
use crate::{
    Projector,
    batch::{AggregateBatch, SchemaWriter},
};

/// The most aggregates of a read model that may have changed since.
const MAX_CHANGED: usize = 20_000;
/// How many aggregates are folded at once.
const CHUNK: usize = 500;

/// Read models as they were at a moment.
#[derive(Debug)]
pub struct Past {
    pub(super) moment: Moment,
    models: Vec<PastModel>,
    /// It sees the live tables as they were when `models` was made.
    pub(super) limited: LimitedTransaction,
}

/// A read model as it was.
#[derive(Debug)]
struct PastModel {
    projector: &'static Projector,
    schema: String,
    /// What was folded again, and so is not taken from the live tables.
    folded: Vec<Uuid>,
    tables: Vec<PastTable>,
}

/// One of its tables.
#[derive(Debug)]
struct PastTable {
    name: String,
    /// Its columns, and for rows of JSON what computes those that Postgres generates.
    columns: String,
    computed: String,
    /// The rows of what has changed, as a JSON array.
    rows: String,
}

impl Past {
    /// The read models of some listings as they were, for somebody with this row scope.
    ///
    /// # Errors
    /// When more than 20,000 things have changed since then, a read model was never built, or too many ask.
    pub async fn of_listings(
        db: &PgPool,
        ring: &KeyRing,
        listings: &[&Listing],
        moment: Moment,
        row_scope: &RowScope,
    ) -> Result<Self, BadQuery> {
        let limited = LimitedTransaction::begin(db, row_scope).await?;
        let mut past = Self { moment, models: vec![], limited };
        for listing in listings {
            let projector = projector_of(listing)?;
            let query = "select position from projections.checkpoints where name = $1";
            let query = sqlx::query_scalar(query).bind(projector.name);
            let position: Option<i64> =
                query.fetch_optional(&mut *past.limited.transaction).await?;
            let position = position.ok_or(BadQuery::NotBuilt(listing.from))?;
            let streams = projector.stream_names();
            let most = MAX_CHANGED + 1;
            let changed =
                event_store::changed_aggregates(db, &streams, moment.position, position, most);
            let changed = changed.await?;
            if changed.len() > MAX_CHANGED {
                let why = format!("more than {MAX_CHANGED} things have changed since then");
                return Err(BadQuery::parameter("as_of", why));
            }
            let model = PastModel::fold(db, ring, projector, &changed, moment.position).await?;
            past.models.push(model);
        }
        Ok(past)
    }

    /// The read model of a listing with one aggregate as it was, and all others as they are.
    ///
    /// # Errors
    /// When the read model cannot be read.
    pub async fn of_aggregate(
        db: &PgPool,
        ring: &KeyRing,
        listing: &Listing,
        (stream, id): (&str, Uuid),
        moment: Moment,
        row_scope: &RowScope,
    ) -> Result<Self, BadQuery> {
        // It costs little, so it does not wait for others.
        let limited = LimitedTransaction::begin_without_permit(db, row_scope).await?;
        let (projector, aggregate) = (projector_of(listing)?, (stream.to_owned(), id));
        let model = PastModel::fold(db, ring, projector, &[aggregate], moment.position).await?;
        Ok(Self { moment, models: vec![model], limited })
    }

    /// Adds the tables and views to the `with` of a statement, as `"schema.name"`.
    pub(super) fn push_relations(&self, sql: &mut QueryBuilder<Postgres>) {
        for model in &self.models {
            for table in &model.tables {
                model.push_table(sql, table);
            }
            model.push_views(sql, self.moment.at);
        }
    }

    /// A statement that reads them instead of the live ones.
    pub(super) fn redirect_tables(&self, sql: &str) -> String {
        let redirect = |sql: String, model: &PastModel| {
            let before_name = format!("{}.", model.schema);
            let mut parts = sql.split(&before_name);
            let mut redirected = parts.next().unwrap_or_default().to_owned();
            for part in parts {
                let end = part.find(|c: char| !c.is_alphanumeric() && c != '_');
                let (name, rest) = part.split_at(end.unwrap_or(part.len()));
                redirected.extend(["\"", &before_name, name, "\"", rest]);
            }
            redirected
        };
        self.models.iter().fold(sql.to_owned(), redirect)
    }
}

impl PastModel {
    /// Folds some aggregates up to a position.
    async fn fold(
        db: &PgPool,
        ring: &KeyRing,
        projector: &'static Projector,
        aggregates: &[(String, Uuid)],
        upto: i64,
    ) -> Result<Self, BadQuery> {
        let schema = projector.schema();
        let mut db = db.acquire().await?;
        let writer = SchemaWriter::open(&mut db, projector, &schema, ring.clone()).await?;
        let mut rows = BTreeMap::new();
        for stream in projector.streams {
            let own = aggregates.iter().filter(|(name, _)| name == stream.name);
            let ids: Vec<_> = own.map(|(_, id)| *id).collect();
            for ids in ids.chunks(CHUNK) {
                let events = event_store::histories_up_to(&mut *db, stream.name, ids, upto).await?;
                writer
                    .fold_whole_histories(
                        &AggregateBatch::from_histories(stream, events),
                        &mut rows,
                    )
                    .await?;
            }
        }
        let columns = "select c.relname::text,
                 string_agg(quote_ident(attname), ', ' order by attnum),
                 string_agg(coalesce(pg_get_expr(adbin, adrelid) || ' as ', '') || quote_ident(attname),
                     ', ' order by attnum)
             from pg_class c join pg_attribute a on attrelid = c.oid
             left join pg_attrdef d on adrelid = c.oid and adnum = attnum and attgenerated <> ''
             where relnamespace = to_regnamespace($1) and relkind = 'r' and attnum > 0
               and not attisdropped
             group by c.relname";
        let tables: Vec<(String, String, String)> =
            sqlx::query_as(columns).bind(&schema).fetch_all(&mut *db).await?;
        let table = |(name, columns, computed): (String, _, _)| {
            let rows = format!("[{}]", rows.remove(&name).unwrap_or_default());
            PastTable { name, columns, computed, rows }
        };
        let tables = tables.into_iter().map(table).collect();
        let folded = aggregates.iter().map(|(_, id)| *id).collect();
        Ok(Self { projector, schema, folded, tables })
    }

    fn push_table(&self, sql: &mut QueryBuilder<Postgres>, table: &PastTable) {
        let (schema, PastTable { name, columns, computed, rows }) = (&self.schema, table);
        sql.push(format_args!("\"{schema}.{name} folded\" as materialized (select {computed} "));
        sql.push(format_args!("from jsonb_populate_recordset(null::{schema}.\"{name}\", "));
        sql.push_bind(rows).push("::jsonb)), ");
        // The condition stands outside of the union: Postgres merges the two in the order of an index only
        // where neither has one of its own.
        sql.push(format_args!(
            "\"{schema}.{name}\" as not materialized (select {columns} from (
                 select *, false as is_folded from {schema}.\"{name}\"
                 union all select *, true from \"{schema}.{name} folded\"
             ) either where is_folded or id <> all("
        ));
        sql.push_bind(&self.folded).push(")), ");
    }

    /// The views, over the tables and the views before them.
    fn push_views(&self, sql: &mut QueryBuilder<Postgres>, at: DateTime<Utc>) {
        let schema = &self.schema;
        let own = |name: &str| {
            format!("\"{name}\" as not materialized (select * from \"{schema}.{name}\")")
        };
        let mut before: Vec<_> = self.tables.iter().map(|table| own(&table.name)).collect();
        for (name, select) in views(self.projector) {
            sql.push(format_args!("\"{schema}.{name}\" as not materialized (with "));
            sql.push(before.join(", ")).push(" ");
            let mut parts = select.split("now()");
            sql.push(parts.next().unwrap_or_default());
            for part in parts {
                sql.push_bind(at).push("::timestamptz").push(part);
            }
            sql.push("), ");
            before.push(own(name));
        }
    }
}

fn projector_of(listing: &Listing) -> Result<&'static Projector, BadQuery> {
    crate::projector_of(listing).ok_or(BadQuery::NotBuilt(listing.from))
}

/// The names and the statements of the views of a read model, in order.
fn views(model: &Projector) -> impl Iterator<Item = (&'static str, &'static str)> {
    let views = model.tables.split("create view ").skip(1);
    views.filter_map(|rest| rest.split(';').next()?.split_once(" as\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_views_of_all_read_models_are_found() {
        for model in crate::all_projectors() {
            let created = model.tables.matches("create view").count();
            let found: Vec<_> = views(model).collect();
            assert_eq!(found.len(), created, "{}", model.name);
            assert!(
                found
                    .iter()
                    .all(|(name, select)| { !name.contains(' ') && select.starts_with("select") }),
                "{found:?}"
            );
        }
    }
}
