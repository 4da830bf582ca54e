//! A batch of events, grouped by the aggregates whose rows it changes.

mod apply;

use std::collections::{HashMap, HashSet};

use domain::{RawEvent, platform::SUBJECT_STREAM};
use event_store::SUBJECT_ERASED;
use sealing::KeyRing;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{Error, FoldedStream, ParkedStream, Projector, fold::FoldError, tables::SchemaTables};

/// Folds events into the rows of one schema and writes them.
pub(crate) struct SchemaWriter {
    pub(crate) projector: &'static Projector,
    pub(crate) schema: String,
    pub(crate) tables: SchemaTables,
    /// The names of the tables of each stream.
    names: HashMap<&'static str, Vec<String>>,
    ring: KeyRing,
}

/// The events of one aggregate in a batch.
#[derive(Debug)]
pub(crate) struct AggregateBatch {
    pub(crate) stream: &'static FoldedStream,
    pub(crate) id: Uuid,
    pub(crate) events: Vec<RawEvent>,
    pub(crate) start: InitialRows,
}

/// The rows from which an aggregate is folded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum InitialRows {
    /// None: the events begin with its first event, and nothing is stored.
    New,
    /// The stored ones.
    Stored,
    /// None: the events are the whole history, and their rows replace the stored ones.
    Refold,
}

impl AggregateBatch {
    /// Whole histories of aggregates of one stream, which come one after the other.
    pub(crate) fn from_histories(
        stream: &'static FoldedStream,
        events: Vec<RawEvent>,
    ) -> Vec<Self> {
        let mut batches: Vec<Self> = Vec::new();
        for event in events {
            match batches.last_mut().filter(|last| last.id == event.id) {
                Some(last) => last.events.push(event),
                None => batches.push(Self {
                    stream,
                    id: event.id,
                    events: vec![event],
                    start: InitialRows::New,
                }),
            }
        }
        batches
    }
}

impl SchemaWriter {
    pub(crate) async fn open(
        db: &mut PgConnection,
        projector: &'static Projector,
        schema: &str,
        ring: KeyRing,
    ) -> Result<Self, Error> {
        let tables = SchemaTables::read_from_catalog(db, schema).await?;
        let mut writer =
            Self { projector, schema: schema.to_owned(), tables, names: HashMap::new(), ring };
        for stream in projector.streams {
            let names = stream.tables().map_err(|error| writer.incompatible(&error))?;
            if let Some(missing) = names.iter().find(|name| !writer.tables.all.contains_key(*name))
            {
                return Err(
                    writer.incompatible(&FoldError::Rows(format!("there is no table {missing}")))
                );
            }
            writer.names.insert(stream.name, names);
        }
        Ok(writer)
    }

    /// Goes on with the tables of another schema.
    pub(crate) async fn switch_schema(
        &mut self,
        db: &mut PgConnection,
        schema: &str,
    ) -> Result<(), Error> {
        *self = Self::open(db, self.projector, schema, self.ring.clone()).await?;
        Ok(())
    }

    /// The names of all tables of the schema.
    pub(crate) fn tables(&self) -> impl Iterator<Item = &String> {
        self.tables.all.keys()
    }

    /// Groups events by aggregate, without parked streams. If a person was erased, all aggregates with
    /// data of that person are folded again from their first event, parked or not.
    pub(crate) async fn group_by_aggregate(
        &self,
        db: &mut PgConnection,
        events: Vec<RawEvent>,
        upto: i64,
        parked: &[ParkedStream],
    ) -> Result<Vec<AggregateBatch>, Error> {
        let erased: Vec<Uuid> = events
            .iter()
            .filter(|event| event.stream == SUBJECT_STREAM && event.kind == SUBJECT_ERASED)
            .map(|event| event.id)
            .collect();
        let refolded = if erased.is_empty() {
            Vec::new()
        } else {
            self.affected_by_erasure(db, &erased).await?
        };
        let skipped: HashSet<(&str, Uuid)> = parked
            .iter()
            .map(|parked| (parked.stream.as_str(), parked.id))
            .chain(refolded.iter().map(|(stream, id)| (stream.name, *id)))
            .collect();

        let mut aggregates: Vec<AggregateBatch> = Vec::new();
        let mut index = HashMap::new();
        for event in events {
            let Some(stream) = self.projector.stream(&event.stream) else { continue };
            if skipped.contains(&(stream.name, event.id)) {
                continue;
            }
            let place = *index.entry((stream.name, event.id)).or_insert_with(|| {
                let start = if event.version == 1 { InitialRows::New } else { InitialRows::Stored };
                aggregates.push(AggregateBatch { stream, id: event.id, events: Vec::new(), start });
                aggregates.len() - 1
            });
            aggregates[place].events.push(event);
        }
        for (stream, id) in refolded {
            aggregates.push(Self::load_for_refolding(db, stream, id, upto).await?);
        }
        Ok(aggregates)
    }

    /// An aggregate with its whole history up to the position `upto`, to be folded again.
    pub(crate) async fn load_for_refolding(
        db: &mut PgConnection,
        stream: &'static FoldedStream,
        id: Uuid,
        upto: i64,
    ) -> sqlx::Result<AggregateBatch> {
        let events = event_store::history_up_to(db, stream.name, id, upto).await?;
        Ok(AggregateBatch { stream, id, events, start: InitialRows::Refold })
    }

    /// The aggregates with data of erased people; drops the keys of these people.
    async fn affected_by_erasure(
        &self,
        db: &mut PgConnection,
        erased: &[Uuid],
    ) -> sqlx::Result<Vec<(&'static FoldedStream, Uuid)>> {
        for subject in erased {
            self.ring.mark_destroyed(*subject);
        }
        let names = self.projector.stream_names();
        let found = event_store::aggregates_sealed_for(db, erased, &names).await?;
        Ok(found
            .iter()
            .filter_map(|(name, id)| Some((self.projector.stream(name)?, *id)))
            .collect())
    }

    fn incompatible(&self, error: &FoldError) -> Error {
        let (FoldError::Rows(why) | FoldError::Event(_, why)) = error;
        Error::IncompatibleRows {
            projector: self.projector.name,
            schema: self.schema.clone(),
            why: why.clone(),
        }
    }
}
