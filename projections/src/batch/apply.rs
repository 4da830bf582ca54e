//! Applies a batch of events to the rows of a read model.

use std::collections::{BTreeMap, HashMap, HashSet};

use futures::future::BoxFuture;
use sealing::SubjectKeys;
use serde::Deserialize;
use serde_json::value::RawValue;
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use super::{AggregateBatch, InitialRows, SchemaWriter};
use crate::{
    Error, FailedStream,
    error::is_data_error,
    fold::{FoldError, rows_by_table},
    tables::{RowChanges, StoredRows},
};

/// An aggregate's rows, before and after.
struct Folded<'a> {
    aggregate: &'a AggregateBatch,
    /// How many of the events the rows contain.
    applied: usize,
    before: Option<String>,
    after: String,
    /// For main tables: when the first event was recorded, as JSON.
    created_at: String,
}

type StoredByAggregate = HashMap<(&'static str, Uuid), StoredRows>;

impl SchemaWriter {
    /// Folds and writes. Streams with an event that cannot be folded are applied up to it, and returned;
    /// with `isolate_failures` streams whose rows cannot be written as well.
    pub(crate) async fn apply(
        &self,
        db: &mut PgConnection,
        aggregates: &[AggregateBatch],
        isolate_failures: bool,
    ) -> Result<Vec<FailedStream>, Error> {
        let keys = self.keys(aggregates).await?;
        let stored = self.stored(db, aggregates).await?;

        let (mut folded, mut parked) = (Vec::with_capacity(aggregates.len()), Vec::new());
        for aggregate in aggregates {
            let (rows, error) = self.fold(aggregate, aggregate.events.len(), &stored, &keys)?;
            parked.extend(error);
            folded.push(rows);
        }
        self.fill_created_at(db, &mut folded).await?;
        if isolate_failures {
            parked.extend(self.store_isolating_failures(db, &folded, &stored, &keys).await?);
        } else {
            self.store(db, &folded).await?;
        }
        Ok(parked)
    }

    /// Folds whole histories, and adds their rows to those of each table: JSON objects with commas between
    /// them. Streams with an event that cannot be folded end before it.
    pub(crate) async fn fold_whole_histories(
        &self,
        aggregates: &[AggregateBatch],
        rows_by_table: &mut BTreeMap<String, String>,
    ) -> Result<(), Error> {
        let (keys, stored) = (self.keys(aggregates).await?, HashMap::new());
        let fold = |aggregate| {
            let (rows, failed) = self.fold(aggregate, aggregate.events.len(), &stored, &keys)?;
            if let Some(failed) = failed {
                tracing::warn!(schema = self.schema, ?failed, "it is left out from here on");
            }
            Ok(rows)
        };
        let folded = aggregates.iter().map(fold).collect::<Result<Vec<_>, Error>>()?;
        let mut changes = RowChanges::default();
        for rows in &folded {
            self.changes(rows, &mut changes).map_err(|error| self.incompatible(&error))?;
        }
        changes.append_upserts(rows_by_table);
        Ok(())
    }

    /// The keys of all in whose events something is sealed.
    async fn keys(&self, aggregates: &[AggregateBatch]) -> sqlx::Result<SubjectKeys> {
        let events = aggregates.iter().flat_map(|aggregate| &aggregate.events);
        let subjects: HashSet<_> = events.flat_map(|event| &event.meta.subjects).copied().collect();
        self.ring.keys_for_reading(subjects).await
    }

    async fn stored(
        &self,
        db: &mut PgConnection,
        aggregates: &[AggregateBatch],
    ) -> sqlx::Result<StoredByAggregate> {
        let mut stored = StoredByAggregate::new();
        for (stream, names) in &self.names {
            let ids: Vec<_> = aggregates
                .iter()
                .filter(|aggregate| {
                    aggregate.stream.name == *stream && aggregate.start != InitialRows::New
                })
                .map(|aggregate| aggregate.id)
                .collect();
            if !ids.is_empty() {
                let found = self.tables.load(db, names, &ids).await?;
                stored.extend(found.into_iter().map(|(id, before)| ((*stream, id), before)));
            }
        }
        Ok(stored)
    }

    /// The rows of an aggregate after the first `applied` events, or up to the first that cannot be
    /// folded.
    fn fold<'a>(
        &self,
        aggregate: &'a AggregateBatch,
        applied: usize,
        stored: &StoredByAggregate,
        keys: &SubjectKeys,
    ) -> Result<(Folded<'a>, Option<FailedStream>), Error> {
        let incompatible = |error| self.incompatible(&error);
        let names = self.names.get(aggregate.stream.name).map(Vec::as_slice).unwrap_or_default();
        let before = stored.get(&(aggregate.stream.name, aggregate.id));
        let rows = before.map(|before| before.rows(names));
        let from = rows.as_deref().filter(|_| aggregate.start == InitialRows::Stored);

        let (applied, after, parked) =
            match aggregate.stream.fold(from, &aggregate.events[..applied], keys) {
                Ok(after) => (applied, after, None),
                Err(FoldError::Event(index, error)) => {
                    let after = aggregate
                        .stream
                        .fold(from, &aggregate.events[..index], keys)
                        .map_err(incompatible)?;
                    (index, after, Some(aggregate.failed_at(index, error)))
                }
                Err(error) => return Err(incompatible(error)),
            };
        let normalize =
            |rows: String| aggregate.stream.fold(Some(&rows), &[], keys).map_err(incompatible);
        let created_at = match aggregate.start {
            InitialRows::Stored => before.and_then(|before| before.created_at),
            InitialRows::New | InitialRows::Refold => {
                aggregate.events.first().map(|event| event.recorded_at)
            }
        };
        let created_at = created_at.map(|at| json_time(&at)).unwrap_or_default();
        let before = rows.map(normalize).transpose()?;
        Ok((Folded { aggregate, applied, before, after, created_at }, parked))
    }

    /// Looks up when the first event was recorded, where neither the batch nor the tables say it.
    async fn fill_created_at(
        &self,
        db: &mut PgConnection,
        folded: &mut [Folded<'_>],
    ) -> sqlx::Result<()> {
        for (stream, names) in &self.names {
            let lacks_time = |rows: &&mut Folded<'_>| {
                rows.aggregate.stream.name == *stream && rows.created_at.is_empty()
            };
            let ids: Vec<_> =
                folded.iter_mut().filter(lacks_time).map(|rows| rows.aggregate.id).collect();
            if ids.is_empty() || !names.iter().any(|name| self.tables.is_main(name)) {
                continue;
            }
            let recorded = event_store::first_recorded_at(&mut *db, stream, &ids).await?;
            let recorded: HashMap<_, _> = recorded.into_iter().collect();
            for rows in folded.iter_mut().filter(lacks_time) {
                rows.created_at =
                    recorded.get(&rows.aggregate.id).map(json_time).unwrap_or_default();
            }
        }
        Ok(())
    }

    async fn store(&self, db: &mut PgConnection, folded: &[Folded<'_>]) -> Result<(), Error> {
        let mut changes = RowChanges::default();
        for rows in folded {
            self.changes(rows, &mut changes).map_err(|error| self.incompatible(&error))?;
        }
        Ok(self.tables.store(db, &changes).await?)
    }

    /// Finds the aggregates whose rows cannot be written, by bisection.
    fn store_isolating_failures<'a>(
        &'a self,
        db: &'a mut PgConnection,
        folded: &'a [Folded<'_>],
        stored: &'a StoredByAggregate,
        keys: &'a SubjectKeys,
    ) -> BoxFuture<'a, Result<Vec<FailedStream>, Error>> {
        Box::pin(async move {
            let mut savepoint = db.begin().await?;
            match self.store(&mut savepoint, folded).await {
                Ok(()) => {
                    savepoint.commit().await?;
                    return Ok(Vec::new());
                }
                Err(Error::Database(error)) if is_data_error(&error) => {
                    savepoint.rollback().await?;
                }
                Err(error) => return Err(error),
            }
            if let [culprit] = folded {
                return self.store_prefix(db, culprit.aggregate, stored, keys).await;
            }
            let (left, right) = folded.split_at(folded.len() / 2);
            let mut parked = self.store_isolating_failures(db, left, stored, keys).await?;
            parked.extend(self.store_isolating_failures(db, right, stored, keys).await?);
            Ok(parked)
        })
    }

    /// Stores an aggregate up to the first event after which its rows cannot be written.
    async fn store_prefix(
        &self,
        db: &mut PgConnection,
        aggregate: &AggregateBatch,
        stored: &StoredByAggregate,
        keys: &SubjectKeys,
    ) -> Result<Vec<FailedStream>, Error> {
        for applied in 1..=aggregate.events.len() {
            let mut rows = [self.fold(aggregate, applied, stored, keys)?.0];
            self.fill_created_at(db, &mut rows).await?;
            let mut savepoint = db.begin().await?;
            let outcome = self.store(&mut savepoint, &rows).await;
            savepoint.rollback().await?;
            match outcome {
                Ok(()) => {}
                Err(Error::Database(error)) if is_data_error(&error) => {
                    let mut rows = [self.fold(aggregate, applied - 1, stored, keys)?.0];
                    self.fill_created_at(db, &mut rows).await?;
                    self.store(db, &rows).await?;
                    return Ok(vec![aggregate.failed_at(applied - 1, error.to_string())]);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(Vec::new())
    }

    fn changes<'a>(
        &self,
        rows: &'a Folded<'_>,
        changes: &mut RowChanges<'a>,
    ) -> Result<(), FoldError> {
        let id = rows.aggregate.id;
        let last = rows.applied.checked_sub(1).and_then(|last| rows.aggregate.events.get(last));
        if last.is_none() && rows.aggregate.start != InitialRows::Refold {
            return Ok(());
        }
        let trailing_fields = last.map(|last| {
            format!(
                ",\"version\":{},\"position\":{},\"created_at\":{},\"updated_at\":{}",
                last.version,
                last.position,
                rows.created_at,
                json_time(&last.recorded_at),
            )
        });
        let mut before = rows.before.as_deref().map(rows_by_table).transpose()?.unwrap_or_default();
        for (table, after) in rows_by_table(&rows.after)? {
            let before = before.remove(table).unwrap_or_default();
            if self.tables.is_main(table) {
                if after.is_empty() && !before.is_empty() {
                    changes.delete(table, id, None);
                }
                for row in after {
                    changes.upsert(table, id, row, trailing_fields.as_deref().unwrap_or_default());
                }
                continue;
            }
            let mut old = HashMap::with_capacity(before.len());
            for row in before {
                old.insert(row_key(row)?.get(), row);
            }
            for row in after {
                let same =
                    old.remove(row_key(row)?.get()).is_some_and(|old| old.get() == row.get());
                if !same {
                    changes.upsert(table, id, row, "");
                }
            }
            for row in old.into_values() {
                changes.delete(table, id, Some(row_key(row)?));
            }
        }
        Ok(())
    }
}

impl AggregateBatch {
    /// The failure of the stream at the fact with this index.
    fn failed_at(&self, index: usize, error: String) -> FailedStream {
        let (stream, id) = (self.stream.name.to_owned(), self.id);
        let event = self.events.get(index);
        let (position, version) = event.map_or((0, 0), |event| (event.position, event.version));
        FailedStream { stream, id, position, version, error, permanent: false }
    }
}

fn row_key(row: &RawValue) -> Result<&RawValue, FoldError> {
    #[derive(Deserialize)]
    struct Keyed<'a> {
        #[serde(borrow)]
        key: &'a RawValue,
    }
    let keyed: Keyed<'_> = serde_json::from_str(row.get())
        .map_err(|why| FoldError::Rows(format!("a row of a table with keys: {why}")))?;
    Ok(keyed.key)
}

fn json_time(at: &chrono::DateTime<chrono::Utc>) -> String {
    format!("\"{}\"", at.to_rfc3339())
}
