//! Compares two read models to the byte, by a digest of each table.

use std::fmt;

use aws_lc_rs::digest::{Context, SHA256};
use domain::to_hexadecimal;
use futures::TryStreamExt;
use sqlx::PgConnection;

/// The digest of the rows of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableDigest {
    pub table: String,
    pub rows: usize,
    /// SHA-256 in hexadecimal of the rows, ordered by key, as Postgres copies them.
    pub sha256: String,
}

/// A table that differs between the live and the rebuilt read model; `None` where it is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableDifference {
    pub live: Option<TableDigest>,
    pub rebuilt: Option<TableDigest>,
}

/// The digests of all tables of a schema, by name.
pub(crate) async fn table_digests(
    db: &mut PgConnection,
    schema: &str,
) -> sqlx::Result<Vec<TableDigest>> {
    let tables: Vec<(String, String)> = sqlx::query_as(
        "select c.relname::text,
                format('copy (select * from %I.%I t order by %s) to stdout', n.nspname, c.relname,
                       (select string_agg(format('t.%I', a.attname), ', ' order by a.attname desc)
                        from pg_index i
                        join pg_attribute a on a.attrelid = c.oid and a.attnum = any(i.indkey)
                        where i.indrelid = c.oid and i.indisprimary))
         from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where n.nspname = $1 and c.relkind = 'r' order by c.relname collate \"C\"",
    )
    .bind(schema)
    .fetch_all(&mut *db)
    .await?;
    let mut digests = Vec::with_capacity(tables.len());
    for (table, copy) in tables {
        let (mut context, mut rows) = (Context::new(&SHA256), 0);
        let mut lines = db.copy_out_raw(&copy).await?;
        while let Some(line) = lines.try_next().await? {
            context.update(&line);
            rows += 1;
        }
        let sha256 = to_hexadecimal(context.finish().as_ref());
        digests.push(TableDigest { table, rows, sha256 });
    }
    Ok(digests)
}

/// The tables in which two read models differ.
pub fn differences(live: &[TableDigest], rebuilt: &[TableDigest]) -> Vec<TableDifference> {
    let find = |list: &[TableDigest], table: &str| {
        list.iter().find(|digest| digest.table == table).cloned()
    };
    let mut differences: Vec<_> = rebuilt
        .iter()
        .map(|rebuilt| TableDifference {
            live: find(live, &rebuilt.table),
            rebuilt: Some(rebuilt.clone()),
        })
        .filter(|pair| pair.live != pair.rebuilt)
        .collect();
    let missing = live.iter().filter(|live| find(rebuilt, &live.table).is_none());
    differences
        .extend(missing.map(|live| TableDifference { live: Some(live.clone()), rebuilt: None }));
    differences
}

impl fmt::Display for TableDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.live, &self.rebuilt) {
            (Some(live), Some(rebuilt)) => write!(
                f,
                "{}: {} rows ({}) live, {} rows ({}) rebuilt",
                live.table,
                live.rows,
                short_hash(live),
                rebuilt.rows,
                short_hash(rebuilt)
            ),
            (Some(live), None) => write!(f, "{}: only live", live.table),
            (None, Some(rebuilt)) => write!(f, "{}: only rebuilt", rebuilt.table),
            (None, None) => Ok(()),
        }
    }
}

fn short_hash(digest: &TableDigest) -> &str {
    digest.sha256.get(..12).unwrap_or(&digest.sha256)
}
