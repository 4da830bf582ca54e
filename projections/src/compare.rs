//! Whether two read models are equal to the byte.

use std::fmt::{self, Write};

use aws_lc_rs::digest::{Context, SHA256};
use futures::TryStreamExt;
use sqlx::PgConnection;

/// What a table holds, in 256 bits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digest {
    pub table: String,
    pub rows: usize,
    /// SHA-256, in hexadecimal, of its rows in the order of their keys as Postgres copies them.
    pub sha256: String,
}

/// A table in which a rebuilt read model is not like the live one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub live: Option<Digest>,
    pub rebuilt: Option<Digest>,
}

/// The digests of all tables of a schema, by name.
pub(crate) async fn digest(db: &mut PgConnection, schema: &str) -> sqlx::Result<Vec<Digest>> {
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
        let mut sha256 = String::with_capacity(64);
        for byte in context.finish().as_ref() {
            let _ = write!(sha256, "{byte:02x}");
        }
        digests.push(Digest { table, rows, sha256 });
    }
    Ok(digests)
}

/// Where two lists of digests are not the same.
pub fn differences(live: &[Digest], rebuilt: &[Digest]) -> Vec<Difference> {
    let other =
        |list: &[Digest], table: &str| list.iter().find(|digest| digest.table == table).cloned();
    let mut found: Vec<_> = rebuilt
        .iter()
        .map(|rebuilt| Difference {
            live: other(live, &rebuilt.table),
            rebuilt: Some(rebuilt.clone()),
        })
        .filter(|pair| pair.live != pair.rebuilt)
        .collect();
    let gone = live.iter().filter(|live| other(rebuilt, &live.table).is_none());
    found.extend(gone.map(|live| Difference { live: Some(live.clone()), rebuilt: None }));
    found
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.live, &self.rebuilt) {
            (Some(live), Some(rebuilt)) => write!(
                f,
                "{}: {} rows ({}) live, {} rows ({}) rebuilt",
                live.table,
                live.rows,
                short(live),
                rebuilt.rows,
                short(rebuilt)
            ),
            (Some(live), None) => write!(f, "{}: only live", live.table),
            (None, Some(rebuilt)) => write!(f, "{}: only rebuilt", rebuilt.table),
            (None, None) => Ok(()),
        }
    }
}

fn short(digest: &Digest) -> &str {
    digest.sha256.get(..12).unwrap_or(&digest.sha256)
}
