//! What a batch of events does to the rows of a read model.

use std::collections::{HashMap, HashSet};

use domain::{Raw, platform::SUBJECT};
use event_store::ERASED;
use futures::future::BoxFuture;
use sealing::{KeyRing, Keys};
use serde::Deserialize;
use serde_json::value::RawValue;
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use crate::{
    Error, Failed, Parked, Projector, Stream,
    error::is_data,
    fold::{Poison, by_table},
    tables::{Before, Changes, Tables},
};

/// What is needed to turn events into rows of one schema.
pub(crate) struct Kit {
    pub(crate) projector: &'static Projector,
    pub(crate) schema: String,
    pub(crate) tables: Tables,
    /// The names of the tables of each stream.
    names: HashMap<&'static str, Vec<String>>,
    ring: KeyRing,
}

/// What a batch holds of one aggregate.
#[derive(Debug)]
pub(crate) struct Work {
    pub(crate) stream: &'static Stream,
    pub(crate) id: Uuid,
    pub(crate) facts: Vec<Raw>,
    pub(crate) start: Start,
}

/// From which rows an aggregate is folded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    /// From none: the facts begin with its first event, and nothing is stored.
    New,
    /// From the stored ones.
    Stored,
    /// From none: the facts are all there are, and replace what is stored.
    Again,
}

/// An aggregate's rows, before and after.
struct Folded<'a> {
    work: &'a Work,
    /// How many of the facts they contain.
    applied: usize,
    before: Option<String>,
    after: String,
    /// For main tables: when its first event was recorded, as JSON.
    created_at: String,
}

type Stored = HashMap<(&'static str, Uuid), Before>;

impl Kit {
    pub(crate) async fn of(
        db: &mut PgConnection,
        projector: &'static Projector,
        schema: &str,
        ring: KeyRing,
    ) -> Result<Self, Error> {
        let tables = Tables::of(db, schema).await?;
        let mut kit =
            Self { projector, schema: schema.to_owned(), tables, names: HashMap::new(), ring };
        for stream in projector.streams {
            let names = stream.tables().map_err(|poison| kit.unfit(&poison))?;
            if let Some(missing) = names.iter().find(|name| !kit.tables.all.contains_key(*name)) {
                return Err(kit.unfit(&Poison::Rows(format!("there is no table {missing}"))));
            }
            kit.names.insert(stream.name, names);
        }
        Ok(kit)
    }

    /// The names of all tables of the schema.
    pub(crate) fn tables(&self) -> impl Iterator<Item = &String> {
        self.tables.all.keys()
    }

    /// Sorts events by aggregate. What is parked is left out, except where a person was erased:
    /// everything that held something of that person is folded again, from the beginning.
    pub(crate) async fn plan(
        &self,
        db: &mut PgConnection,
        events: Vec<Raw>,
        upto: i64,
        parked: &[Parked],
    ) -> Result<Vec<Work>, Error> {
        let erased: Vec<Uuid> = events
            .iter()
            .filter(|event| event.stream == SUBJECT && event.kind == ERASED)
            .map(|event| event.id)
            .collect();
        let again = if erased.is_empty() { Vec::new() } else { self.touched(db, &erased).await? };
        let skipped: HashSet<(&str, Uuid)> = parked
            .iter()
            .map(|parked| (parked.stream.as_str(), parked.id))
            .chain(again.iter().map(|(stream, id)| (stream.name, *id)))
            .collect();

        let mut works: Vec<Work> = Vec::new();
        let mut index = HashMap::new();
        for event in events {
            let Some(stream) = self.projector.stream(&event.stream) else { continue };
            if skipped.contains(&(stream.name, event.id)) {
                continue;
            }
            let at = *index.entry((stream.name, event.id)).or_insert_with(|| {
                let start = if event.version == 1 { Start::New } else { Start::Stored };
                works.push(Work { stream, id: event.id, facts: Vec::new(), start });
                works.len() - 1
            });
            works[at].facts.push(event);
        }
        for (stream, id) in again {
            works.push(Self::again(db, stream, id, upto).await?);
        }
        Ok(works)
    }

    /// An aggregate to be folded from its first event to those at `upto`.
    pub(crate) async fn again(
        db: &mut PgConnection,
        stream: &'static Stream,
        id: Uuid,
        upto: i64,
    ) -> sqlx::Result<Work> {
        let facts = event_store::history_until(db, stream.name, id, upto).await?;
        Ok(Work { stream, id, facts, start: Start::Again })
    }

    async fn touched(
        &self,
        db: &mut PgConnection,
        erased: &[Uuid],
    ) -> sqlx::Result<Vec<(&'static Stream, Uuid)>> {
        for subject in erased {
            self.ring.forget(*subject);
        }
        let names: Vec<_> =
            self.projector.streams.iter().map(|stream| stream.name.to_owned()).collect();
        let found = event_store::sealed_for(db, erased, &names).await?;
        Ok(found
            .iter()
            .filter_map(|(name, id)| Some((self.projector.stream(name)?, *id)))
            .collect())
    }

    /// Folds and writes. Streams with an event that cannot be folded are parked before it; with
    /// `careful`, those whose rows cannot be written as well.
    pub(crate) async fn apply(
        &self,
        db: &mut PgConnection,
        works: &[Work],
        careful: bool,
    ) -> Result<Vec<Failed>, Error> {
        let facts = works.iter().flat_map(|work| &work.facts);
        let subjects: HashSet<_> = facts.flat_map(|fact| &fact.meta.subjects).copied().collect();
        let keys = self.ring.reading_keys(subjects).await?;
        let stored = self.stored(db, works).await?;

        let (mut folded, mut parked) = (Vec::with_capacity(works.len()), Vec::new());
        for work in works {
            let (rows, poison) = self.fold(work, work.facts.len(), &stored, &keys)?;
            parked.extend(poison);
            folded.push(rows);
        }
        self.born(db, &mut folded).await?;
        if careful {
            parked.extend(self.store_carefully(db, &folded, &stored, &keys).await?);
        } else {
            self.store(db, &folded).await?;
        }
        Ok(parked)
    }

    async fn stored(&self, db: &mut PgConnection, works: &[Work]) -> sqlx::Result<Stored> {
        let mut stored = Stored::new();
        for (stream, names) in &self.names {
            let ids: Vec<_> = works
                .iter()
                .filter(|work| work.stream.name == *stream && work.start != Start::New)
                .map(|work| work.id)
                .collect();
            if !ids.is_empty() {
                let found = self.tables.load(db, names, &ids).await?;
                stored.extend(found.into_iter().map(|(id, before)| ((*stream, id), before)));
            }
        }
        Ok(stored)
    }

    /// The rows of an aggregate after the first `applied` facts, or after those before the first
    /// that cannot be folded.
    fn fold<'a>(
        &self,
        work: &'a Work,
        applied: usize,
        stored: &Stored,
        keys: &Keys,
    ) -> Result<(Folded<'a>, Option<Failed>), Error> {
        let unfit = |poison| self.unfit(&poison);
        let names = self.names.get(work.stream.name).map(Vec::as_slice).unwrap_or_default();
        let before = stored.get(&(work.stream.name, work.id));
        let rows = before.map(|before| before.rows(names));
        let from = rows.as_deref().filter(|_| work.start == Start::Stored);

        let (applied, after, parked) = match work.stream.fold(from, &work.facts[..applied], keys) {
            Ok(after) => (applied, after, None),
            Err(Poison::Event(index, error)) => {
                let after = work.stream.fold(from, &work.facts[..index], keys).map_err(unfit)?;
                (index, after, Some(work.parked(index, error)))
            }
            Err(poison) => return Err(unfit(poison)),
        };
        let normal = |rows: String| work.stream.fold(Some(&rows), &[], keys).map_err(unfit);
        let created_at = match work.start {
            Start::Stored => before.and_then(|before| before.created_at),
            Start::New | Start::Again => work.facts.first().map(|fact| fact.recorded_at),
        };
        let created_at = created_at.map(|at| json(&at)).unwrap_or_default();
        let before = rows.map(normal).transpose()?;
        Ok((Folded { work, applied, before, after, created_at }, parked))
    }

    /// Looks up when the first event was recorded where neither batch nor tables tell.
    async fn born(&self, db: &mut PgConnection, folded: &mut [Folded<'_>]) -> sqlx::Result<()> {
        for (stream, names) in &self.names {
            let unknown = |rows: &&mut Folded<'_>| {
                rows.work.stream.name == *stream && rows.created_at.is_empty()
            };
            let ids: Vec<_> = folded.iter_mut().filter(unknown).map(|rows| rows.work.id).collect();
            if ids.is_empty() || !names.iter().any(|name| self.tables.main(name)) {
                continue;
            }
            let born = event_store::births(&mut *db, stream, &ids).await?;
            let born: HashMap<_, _> = born.into_iter().collect();
            for rows in folded.iter_mut().filter(unknown) {
                rows.created_at = born.get(&rows.work.id).map(json).unwrap_or_default();
            }
        }
        Ok(())
    }

    async fn store(&self, db: &mut PgConnection, folded: &[Folded<'_>]) -> Result<(), Error> {
        let mut changes = Changes::default();
        for rows in folded {
            self.changes(rows, &mut changes).map_err(|poison| self.unfit(&poison))?;
        }
        Ok(self.tables.store(db, &changes).await?)
    }

    /// Finds by halving the aggregates whose rows cannot be written.
    fn store_carefully<'a>(
        &'a self,
        db: &'a mut PgConnection,
        folded: &'a [Folded<'_>],
        stored: &'a Stored,
        keys: &'a Keys,
    ) -> BoxFuture<'a, Result<Vec<Failed>, Error>> {
        Box::pin(async move {
            let mut point = db.begin().await?;
            match self.store(&mut point, folded).await {
                Ok(()) => {
                    point.commit().await?;
                    return Ok(Vec::new());
                }
                Err(Error::Database(error)) if is_data(&error) => point.rollback().await?,
                Err(error) => return Err(error),
            }
            if let [culprit] = folded {
                return self.store_prefix(db, culprit.work, stored, keys).await;
            }
            let (left, right) = folded.split_at(folded.len() / 2);
            let mut parked = self.store_carefully(db, left, stored, keys).await?;
            parked.extend(self.store_carefully(db, right, stored, keys).await?);
            Ok(parked)
        })
    }

    /// Stores an aggregate as far as its rows can be written, and parks it there.
    async fn store_prefix(
        &self,
        db: &mut PgConnection,
        work: &Work,
        stored: &Stored,
        keys: &Keys,
    ) -> Result<Vec<Failed>, Error> {
        for applied in 1..=work.facts.len() {
            let mut rows = [self.fold(work, applied, stored, keys)?.0];
            self.born(db, &mut rows).await?;
            let mut point = db.begin().await?;
            let outcome = self.store(&mut point, &rows).await;
            point.rollback().await?;
            match outcome {
                Ok(()) => {}
                Err(Error::Database(error)) if is_data(&error) => {
                    let mut rows = [self.fold(work, applied - 1, stored, keys)?.0];
                    self.born(db, &mut rows).await?;
                    self.store(db, &rows).await?;
                    return Ok(vec![work.parked(applied - 1, error.to_string())]);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(Vec::new())
    }

    fn changes<'a>(&self, rows: &'a Folded<'_>, changes: &mut Changes<'a>) -> Result<(), Poison> {
        let id = rows.work.id;
        let last = rows.applied.checked_sub(1).and_then(|last| rows.work.facts.get(last));
        if last.is_none() && rows.work.start != Start::Again {
            return Ok(());
        }
        let filled = last.map(|last| {
            format!(
                ",\"version\":{},\"position\":{},\"created_at\":{},\"updated_at\":{}",
                last.version,
                last.position,
                rows.created_at,
                json(&last.recorded_at),
            )
        });
        let mut before = rows.before.as_deref().map(by_table).transpose()?.unwrap_or_default();
        for (table, after) in by_table(&rows.after)? {
            let before = before.remove(table).unwrap_or_default();
            if self.tables.main(table) {
                if after.is_empty() && !before.is_empty() {
                    changes.gone(table, id, None);
                }
                for row in after {
                    changes.put(table, id, row, filled.as_deref().unwrap_or_default());
                }
                continue;
            }
            let mut old = HashMap::with_capacity(before.len());
            for row in before {
                old.insert(key(row)?.get(), row);
            }
            for row in after {
                let same = old.remove(key(row)?.get()).is_some_and(|old| old.get() == row.get());
                if !same {
                    changes.put(table, id, row, "");
                }
            }
            for row in old.into_values() {
                changes.gone(table, id, Some(key(row)?));
            }
        }
        Ok(())
    }

    fn unfit(&self, poison: &Poison) -> Error {
        let (Poison::Rows(why) | Poison::Event(_, why)) = poison;
        Error::Unfit {
            projector: self.projector.name,
            schema: self.schema.clone(),
            why: why.clone(),
        }
    }
}

impl Work {
    /// The stream, parked before the fact with this index.
    fn parked(&self, index: usize, error: String) -> Failed {
        let (stream, id) = (self.stream.name.to_owned(), self.id);
        let fact = self.facts.get(index);
        let (position, version) = fact.map_or((0, 0), |fact| (fact.position, fact.version));
        Failed { stream, id, position, version, error, permanent: false }
    }
}

fn key(row: &RawValue) -> Result<&RawValue, Poison> {
    #[derive(Deserialize)]
    struct Keyed<'a> {
        #[serde(borrow)]
        key: &'a RawValue,
    }
    let keyed: Keyed<'_> = serde_json::from_str(row.get())
        .map_err(|why| Poison::Rows(format!("a row of a table with keys: {why}")))?;
    Ok(keyed.key)
}

fn json(at: &chrono::DateTime<chrono::Utc>) -> String {
    format!("\"{}\"", at.to_rfc3339())
}
