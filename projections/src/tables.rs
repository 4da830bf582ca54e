//! The tables of a read model: loading and storing the rows of many aggregates at once.

use std::{
    collections::{BTreeMap, HashMap},
    fmt::Write,
};

use chrono::{DateTime, Utc};
use serde_json::value::RawValue;
use sqlx::{AssertSqlSafe, PgConnection, SqlSafeStr, SqlStr, types::Json};
use uuid::Uuid;

use crate::copy::{self, ColumnFormat, TableColumn};

/// The tables of one schema.
#[derive(Debug)]
pub(crate) struct SchemaTables {
    /// The tables, by name.
    pub(crate) all: BTreeMap<String, Table>,
    /// Whether they are still empty, so that rows can be copied in.
    pub(crate) empty: bool,
}

#[derive(Debug)]
pub(crate) struct Table {
    /// Whether it has one row per aggregate and no column `key`.
    pub(crate) main: bool,
    columns: Vec<TableColumn>,
    load: SqlStr,
    copy: String,
    upsert: SqlStr,
    delete: SqlStr,
}

/// The rows of one aggregate in the tables.
#[derive(Debug, Default)]
pub(crate) struct StoredRows {
    /// The JSON array of its rows in each table where it has any.
    tables: BTreeMap<String, Box<RawValue>>,
    /// When its first event was recorded, if it has a row in a main table.
    pub(crate) created_at: Option<DateTime<Utc>>,
}

/// The rows to write, by table.
#[derive(Debug, Default)]
pub(crate) struct RowChanges<'a>(BTreeMap<&'a str, Change>);

/// JSON arrays, without their brackets: rows to upsert, and keys of rows to delete.
#[derive(Debug, Default)]
struct Change {
    upsert: String,
    delete: String,
}

impl SchemaTables {
    /// Reads the tables of `schema` from the catalogue of Postgres.
    pub(crate) async fn read_from_catalog(
        db: &mut PgConnection,
        schema: &str,
    ) -> sqlx::Result<Self> {
        let found: Vec<(String, String, ColumnFormat)> = sqlx::query_as(
            "select c.relname::text, a.attname::text, case
                 when t.typname in ('json', 'jsonb') then 'json'
                 when t.typcategory = 'A' then 'array'
                 else 'plain' end
             from pg_class c
             join pg_namespace n on n.oid = c.relnamespace
             join pg_attribute a on a.attrelid = c.oid
             join pg_type t on t.oid = a.atttypid
             where n.nspname = $1 and c.relkind = 'r'
               and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
             order by c.relname, a.attnum",
        )
        .bind(schema)
        .fetch_all(db)
        .await?;
        let mut tables: BTreeMap<String, Vec<TableColumn>> = BTreeMap::new();
        for (table, name, kind) in found {
            tables.entry(table).or_default().push(TableColumn { name, kind });
        }
        let table = |(name, columns): (String, Vec<TableColumn>)| {
            let table = Table::new(schema, &name, columns);
            (name, table)
        };
        Ok(Self { all: tables.into_iter().map(table).collect(), empty: false })
    }

    /// The stored rows of these aggregates in some of the tables.
    pub(crate) async fn load(
        &self,
        db: &mut PgConnection,
        names: &[String],
        ids: &[Uuid],
    ) -> sqlx::Result<HashMap<Uuid, StoredRows>> {
        #[derive(serde::Deserialize)]
        struct Main {
            created_at: DateTime<Utc>,
        }
        let mut found: HashMap<Uuid, StoredRows> = HashMap::new();
        for (name, table) in self.named(names) {
            let rows: Vec<(Uuid, Json<Box<RawValue>>)> =
                sqlx::query_as(table.load.clone()).bind(ids).fetch_all(&mut *db).await?;
            for (id, Json(rows)) in rows {
                let before = found.entry(id).or_default();
                if table.main {
                    let main: Vec<Main> = serde_json::from_str(rows.get())
                        .map_err(|why| sqlx::Error::Decode(why.into()))?;
                    before.created_at = main.first().map(|main| main.created_at);
                }
                before.tables.insert(name.to_owned(), rows);
            }
        }
        Ok(found)
    }

    /// Writes set-based: deletes first, then upserts.
    pub(crate) async fn store(
        &self,
        db: &mut PgConnection,
        changes: &RowChanges<'_>,
    ) -> sqlx::Result<()> {
        for (name, change) in &changes.0 {
            let Some(table) = self.all.get(*name) else { continue };
            if self.empty {
                table.fill(db, &change.upsert).await?;
                continue;
            }
            for (statement, rows) in
                [(&table.delete, &change.delete), (&table.upsert, &change.upsert)]
            {
                if !rows.is_empty() {
                    let rows = format!("[{rows}]");
                    sqlx::query(statement.clone()).bind(rows).execute(&mut *db).await?;
                }
            }
        }
        Ok(())
    }

    /// Whether this is a main table: one row per aggregate.
    pub(crate) fn is_main(&self, name: &str) -> bool {
        self.all.get(name).is_some_and(|table| table.main)
    }

    fn named<'a>(&'a self, names: &'a [String]) -> impl Iterator<Item = (&'a str, &'a Table)> {
        names.iter().filter_map(|name| Some((name.as_str(), self.all.get(name)?)))
    }
}

impl Table {
    /// The names must come from our own SQL files: they become part of statements.
    fn new(schema: &str, name: &str, columns: Vec<TableColumn>) -> Self {
        let main = !columns.iter().any(|column| column.name == "key");
        let key = if main { "id" } else { "id, key" };
        let quoted = |column: &TableColumn| format!("\"{}\"", column.name);
        let all = columns.iter().map(quoted).collect::<Vec<_>>().join(", ");
        let set: Vec<_> = columns
            .iter()
            .filter(|column| !key.split(", ").any(|part| part == column.name))
            .map(|column| format!("{0} = excluded.{0}", quoted(column)))
            .collect();
        let conflict = if set.is_empty() {
            "nothing".to_owned()
        } else {
            format!("update set {}", set.join(", "))
        };
        let sql = |text: String| AssertSqlSafe(text).into_sql_str();
        let name = format!("\"{schema}\".\"{name}\"");
        Self {
            main,
            copy: format!("copy {name} ({all}) from stdin"),
            columns,
            load: sql(format!(
                "select r.id, jsonb_agg(to_jsonb(r) order by {})
                 from (select {all} from {name} where id = any($1)) r group by r.id",
                if main { "r.id" } else { "r.key" },
            )),
            upsert: sql(format!(
                "insert into {name} ({all})
                 select {all} from jsonb_populate_recordset(null::{name}, $1::jsonb)
                 on conflict ({key}) do {conflict}"
            )),
            delete: sql(format!(
                "delete from {name} where ({key}) in
                 (select {key} from jsonb_populate_recordset(null::{name}, $1::jsonb))"
            )),
        }
    }

    /// Copies rows into the empty table.
    async fn fill(&self, db: &mut PgConnection, rows: &str) -> sqlx::Result<()> {
        let lines = copy::copy_lines(&format!("[{rows}]"), &self.columns);
        let lines = lines.map_err(|why| sqlx::Error::Encode(why.into()))?;
        let mut copy = db.copy_in_raw(&self.copy).await?;
        copy.send(lines.into_bytes()).await?;
        copy.finish().await.map(drop)
    }
}

impl StoredRows {
    /// Its rows, as the JSON of all its tables.
    pub(crate) fn rows(&self, names: &[String]) -> String {
        let mut all = String::from("{");
        for name in names {
            if all.len() > 1 {
                all.push(',');
            }
            let rows = self.tables.get(name).map_or("[]", |rows| rows.get());
            let _ = write!(all, "\"{name}\":{rows}");
        }
        all.push('}');
        all
    }
}

impl<'a> RowChanges<'a> {
    /// Adds a row of an aggregate; `trailing_fields` are the JSON fields that the runtime fills.
    pub(crate) fn upsert(
        &mut self,
        table: &'a str,
        id: Uuid,
        row: &RawValue,
        trailing_fields: &str,
    ) {
        let rows = &mut self.0.entry(table).or_default().upsert;
        let fields = object_fields(row.get());
        let comma = if fields.is_empty() { "" } else { "," };
        push_comma(rows);
        // Later keys win: the columns of the runtime come after the fields of the fold.
        let _ = write!(rows, "{{{fields}{comma}\"id\":\"{id}\"{trailing_fields}}}");
    }

    /// Adds the rows to upsert to those of each table.
    pub(crate) fn append_upserts(self, rows_by_table: &mut BTreeMap<String, String>) {
        let changes = self.0.into_iter().filter(|(_, change)| !change.upsert.is_empty());
        for (table, Change { upsert, .. }) in changes {
            let rows = rows_by_table.entry(table.to_owned()).or_default();
            push_comma(rows);
            rows.push_str(&upsert);
        }
    }

    /// Deletes a row; `key` is the JSON of a child's key.
    pub(crate) fn delete(&mut self, table: &'a str, id: Uuid, key: Option<&RawValue>) {
        let rows = &mut self.0.entry(table).or_default().delete;
        push_comma(rows);
        let _ = match key {
            Some(key) => write!(rows, "{{\"id\":\"{id}\",\"key\":{}}}", key.get()),
            None => write!(rows, "{{\"id\":\"{id}\"}}"),
        };
    }
}

/// The fields of a JSON object, without its braces.
fn object_fields(object: &str) -> &str {
    object.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or_default()
}

fn push_comma(list: &mut String) {
    if !list.is_empty() {
        list.push(',');
    }
}
