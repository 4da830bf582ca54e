//! The log by aggregate: versions, contents, claims, numbers drawn, keys.

use std::collections::{HashMap, HashSet};

use domain::{Broken, Raw};
use sealing::{KeyRing, Keys};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    Report,
    claims::{Known, Page, of_nobody},
    fold::{Fold, folds},
    numbers::Numbers,
};
use crate::line::Row;

/// Each aggregate's events one after the other.
const WALK: &str = "declare walk no scroll cursor for
    select position, stream, id, version, type, schema, data::text, meta::text, recorded_at
    from event_store.events order by stream, id, version";

pub(super) async fn examine(
    db: &mut PgConnection,
    keys: &KeyRing,
    report: &mut Report,
    progress: impl Fn(i64),
) -> anyhow::Result<()> {
    let mut walk = Walk {
        folds: folds(),
        current: None,
        page: Page::default(),
        numbers: Numbers::load(db, report).await?,
        erased: erased(db).await?,
        keyless: HashSet::new(),
    };
    // Not the first rows soon, but all of them.
    sqlx::raw_sql("set local cursor_tuple_fraction = 1").execute(&mut *db).await?;
    sqlx::raw_sql(WALK).execute(&mut *db).await?;
    let mut read = 0;
    loop {
        let rows: Vec<Row> = sqlx::query_as("fetch 500 from walk").fetch_all(&mut *db).await?;
        if rows.is_empty() {
            break;
        }
        let mut events = Vec::with_capacity(rows.len());
        for row in rows {
            let position = row.position;
            match row.raw() {
                Ok(raw) => events.push(raw),
                Err(why) => report.fault(format!("{position} cannot be read: {why}")),
            }
            read += 1;
        }
        let subjects: HashSet<_> =
            events.iter().flat_map(|raw| raw.meta.subjects.iter().copied()).collect();
        let opener = keys.opener_in(db, subjects).await?;
        for raw in events {
            walk.step(&raw, keys, &opener, report);
        }
        walk.page.compare(db, report).await?;
        progress(read);
    }
    walk.finish(keys, report);
    walk.page.compare(db, report).await?;
    walk.numbers.end(report);
    of_nobody(db, report).await?;
    Ok(())
}

/// Who was erased.
async fn erased(db: &mut PgConnection) -> sqlx::Result<HashSet<Uuid>> {
    let erased = "select id from event_store.events
         where stream = 'platform.subject' and type = 'SubjectErased'";
    Ok(sqlx::query_scalar(erased).fetch_all(db).await?.into_iter().collect())
}

struct Walk {
    folds: HashMap<&'static str, Box<dyn Fold>>,
    current: Option<Current>,
    page: Page,
    numbers: Numbers,
    erased: HashSet<Uuid>,
    /// Whose keys are gone without a word.
    keyless: HashSet<Uuid>,
}

/// The aggregate whose events come now.
struct Current {
    stream: String,
    id: Uuid,
    version: i32,
    known: Known,
}

impl Walk {
    fn step(&mut self, raw: &Raw, keys: &KeyRing, opener: &Keys, report: &mut Report) {
        let other = |current: &Current| (&current.stream, current.id) != (&raw.stream, raw.id);
        if self.current.as_ref().is_some_and(other) {
            self.finish(keys, report);
        }
        let current = self.current.get_or_insert_with(|| Current {
            stream: raw.stream.clone(),
            id: raw.id,
            version: 0,
            known: Known::Wholly,
        });
        if raw.version != current.version + 1 {
            report.fault(format!(
                "{} of {}/{}: version {} follows {}",
                raw.position, raw.stream, raw.id, raw.version, current.version
            ));
        }
        current.version = raw.version;
        for subject in &raw.meta.subjects {
            self.page.sealed(*subject, &raw.stream, raw.id);
            if opener.opens(*subject) {
                continue;
            }
            if current.known == Known::Wholly {
                current.known = Known::Erased;
            }
            if !self.erased.contains(subject) && self.keyless.insert(*subject) {
                report.fault(format!("the key of {subject} is gone, and nobody erased them"));
            }
        }
        let Some(fold) = self.folds.get_mut(raw.stream.as_str()) else {
            current.known = Known::Not;
            *report.newer.entry(raw.stream.clone()).or_default() += 1;
            return;
        };
        match fold.fold(opener, raw) {
            Ok(None) => {}
            Ok(Some(counter)) => self.numbers.met(&counter, raw, report),
            Err(why) => {
                current.known = Known::Not;
                match why {
                    Broken::Newer { kind, schema } => {
                        *report.newer.entry(format!("{kind} in shape {schema}")).or_default() += 1;
                    }
                    why => report.fault(format!("{}: {why}", raw.position)),
                }
            }
        }
    }

    /// The last event of the current aggregate was read.
    fn finish(&mut self, keys: &KeyRing, report: &mut Report) {
        let Some(Current { stream, id, known, .. }) = self.current.take() else { return };
        report.aggregates += 1;
        let fold = self.folds.get_mut(stream.as_str());
        let claims = fold.map(|fold| fold.finish(id)).unwrap_or_default();
        self.page.add((stream, id), known, claims, keys.master());
    }
}
