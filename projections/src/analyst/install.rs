//! Makes the views in the database. A view is bound to the tables of one generation, so whoever swaps
//! these makes it again.

use std::collections::BTreeMap;

use aws_lc_rs::digest::{SHA256, digest};
use domain::to_hexadecimal;
use sqlx::{Connection, PgConnection};

use super::{AnalystView, Pseudonymization, ViewSource, views_of};
use crate::{
    Checkpoint, Projector,
    schema::{BRIEF_LOCKS, execute_statement, is_lock_timeout},
};

/// The schema of the views on what is live.
const LIVE: &str = "analyst";
/// The role of all analysts.
pub(crate) const ANALYSTS: &str = "servicebook_analyst";

/// What tables have besides, and no view shows.
const INTERNAL_COLUMNS: [(&str, &str); 2] = [
    ("position", "The position of its last event in the log."),
    ("search", "What is searched for words, in each spelling."),
];

/// The schema in which views are made for analysts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AnalystSchema<'a> {
    pub(crate) name: &'a str,
    /// The role that reads them.
    pub(crate) reader: &'a str,
    /// The label of the scenario of which they are.
    pub(crate) scenario: Option<&'a str>,
}

/// Makes the views on a live read model anew, unless they stand on its tables and are as the code says. The
/// read model is worth more than its views, and goes on without them. False if somebody reads them as they were: then
/// they stay so until the sweep tries again.
pub(crate) async fn update_views(db: &mut PgConnection, projector: &'static Projector) -> bool {
    let Err(why) = try_to_update_views(db, projector).await else { return true };
    let projector = projector.name;
    if is_lock_timeout(&why) {
        tracing::warn!(projector, "the views of analysts on its old tables are still read");
        return false;
    }
    tracing::error!(projector, "analysts have no view on it: {why}");
    true
}

async fn try_to_update_views(
    db: &mut PgConnection,
    projector: &'static Projector,
) -> sqlx::Result<()> {
    let Some(live) = Checkpoint::find(&mut *db, projector.name).await? else { return Ok(()) };
    let digest = digest_of_views(projector);
    let current = "select exists (select from projections.analyst_views
         where read_model = $1 and generation = $2 and digest = $3)";
    let current = sqlx::query_scalar(current).bind(projector.name).bind(live.generation);
    if live.version != projector.version() || current.bind(&digest).fetch_one(&mut *db).await? {
        return Ok(());
    }
    let mut tx = db.begin().await?;
    sqlx::query(BRIEF_LOCKS).execute(&mut *tx).await?;
    let record = "insert into projections.analyst_views (read_model, generation, digest)
         values ($1, $2, $3) on conflict (read_model) do update set generation = $2, digest = $3";
    let record = sqlx::query(record).bind(projector.name).bind(live.generation);
    record.bind(&digest).execute(&mut *tx).await?;
    let key = Pseudonymization::KeyedBy("select key from projections.pseudonym_key".into());
    let views = AnalystSchema { name: LIVE, reader: ANALYSTS, scenario: None };
    create_views(&mut tx, projector, &live.schema, views, &key).await?;
    for view in views_of(projector).filter(|view| view.items_of.is_empty()) {
        describe_table(&mut tx, &live.schema, view).await?;
    }
    tx.commit().await
}

/// Makes the views on the tables of a read model in `schema`, in a transaction.
pub(crate) async fn create_views(
    db: &mut PgConnection,
    projector: &'static Projector,
    schema: &str,
    place: AnalystSchema<'_>,
    pseudonyms: &Pseudonymization,
) -> sqlx::Result<()> {
    // So that the definition of a view names the schemas of all that it reads.
    sqlx::query("set local search_path = ''").execute(&mut *db).await?;
    for view in views_of(projector) {
        let rows = rows_of(&mut *db, schema, view).await?;
        let mut query = view.query(&ViewSource { rows: &rows, pseudonyms });
        let mut description = view.description.clone();
        let columns = view.columns.iter();
        let mut columns: BTreeMap<_, _> =
            columns.map(|column| (column.name.as_str(), column.description.as_str())).collect();
        if let Some(label) = place.scenario {
            // Whoever sees only a result sees what it is of.
            query = format!("select v.*, {}::text as scenario from ({query}) v", literal(label));
            description = counterfactual_comment(label, &description);
            columns.insert("scenario", "The scenario of which the row is: it was never so.");
        }
        create_view(&mut *db, place, &view.name, &query, &description, columns).await?;
    }
    Ok(())
}

/// What is said of something that belongs to a scenario (ANA-4).
pub(crate) fn counterfactual_comment(label: &str, description: &str) -> String {
    format!("Counterfactual: {label}. {description}")
}

/// Makes one view, with what is said of it and of its columns.
pub(super) async fn create_view(
    db: &mut PgConnection,
    AnalystSchema { name: place, reader, .. }: AnalystSchema<'_>,
    name: &str,
    query: &str,
    description: &str,
    columns: BTreeMap<&str, &str>,
) -> sqlx::Result<()> {
    let name = format!("\"{place}\".\"{name}\"");
    let mut statements = vec![
        format!("drop view if exists {name}"),
        format!("create view {name} as {query}"),
        format!("grant select on {name} to \"{reader}\""),
        format!("comment on view {name} is {}", literal(description)),
    ];
    statements.extend(columns.into_iter().map(|(column, description)| {
        format!("comment on column {name}.\"{column}\" is {}", literal(description))
    }));
    execute_statement(db, statements.join(";")).await
}

/// What a view reads: the table with all columns that it needs, or the query of a view on such tables. By
/// its query, as a view on it would ask for the rights of the analyst on its tables.
pub(super) async fn rows_of(
    db: &mut PgConnection,
    schema: &str,
    view: &AnalystView,
) -> sqlx::Result<String> {
    let columns: Vec<_> = view.row_columns().into_iter().map(str::to_owned).collect();
    let find = "
        select case c.relkind
            when 'r' then format('%I.%I', n.nspname, c.relname)
            else '(' || rtrim(pg_get_viewdef(c.oid), '; ') || ')' end
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = $1 and c.relkind in ('r', 'v') and $2 <@ array(
            select attname::text from pg_attribute
            where attrelid = c.oid and attnum > 0 and not attisdropped)
        order by c.relkind, c.oid limit 1";
    sqlx::query_scalar(find).bind(schema).bind(columns).fetch_one(db).await
}

/// Says of the table behind a view, and of its columns, what they mean.
async fn describe_table(
    db: &mut PgConnection,
    schema: &str,
    view: &AnalystView,
) -> sqlx::Result<()> {
    let fields = view.columns.iter().filter_map(|column| match &column.path[..] {
        [name] => Some((name.as_str(), column.description.as_str())),
        _ => None,
    });
    let described: BTreeMap<_, _> = fields.chain(INTERNAL_COLUMNS).collect();
    let names: Vec<_> = described.keys().map(|name| (*name).to_owned()).collect();
    let find = "
        select format('%I.%I', n.nspname, c.relname), array_agg(a.attname::text)
        from pg_class c
        join pg_namespace n on n.oid = c.relnamespace
        join pg_attribute a on a.attrelid = c.oid and not a.attisdropped
        where n.nspname = $1 and c.relkind = 'r' and a.attname::text = any($2)
        group by 1 order by count(*) desc, 1 limit 1";
    let (table, columns): (String, Vec<String>) =
        sqlx::query_as(find).bind(schema).bind(names).fetch_one(&mut *db).await?;
    let mut statements =
        vec![format!("comment on table {table} is {}", literal(&view.description))];
    statements.extend(columns.iter().filter_map(|name| {
        let description = literal(described.get(name.as_str())?);
        Some(format!("comment on column {table}.\"{name}\" is {description}"))
    }));
    execute_statement(db, statements.join(";")).await
}

/// What tells one state of the code from another.
fn digest_of_views(projector: &'static Projector) -> String {
    let key = Pseudonymization::KeyedBy("key".into());
    let source = ViewSource { rows: "rows", pseudonyms: &key };
    let views = views_of(projector).map(|view| format!("{view:?}{}", view.query(&source)));
    to_hexadecimal(digest(&SHA256, views.collect::<String>().as_bytes()).as_ref())
}

pub(crate) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
