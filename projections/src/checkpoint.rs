//! The position of a projector, and a checksum that proves that it skipped no event.

use chrono::{DateTime, Utc};
use futures::TryStreamExt;
use sqlx::PgConnection;

use crate::ParkedStream;

/// A projector's row in `projections.checkpoints`.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Checkpoint {
    pub name: String,
    pub schema: String,
    pub version: i32,
    pub generation: i32,
    /// All events up to here are applied or parked.
    pub position: i64,
    #[sqlx(flatten)]
    pub digest: EventDigest,
}

/// The number and the checksum of some events: equal digests mean the same events in the same order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct EventDigest {
    pub events: i64,
    pub hash: i64,
}

impl EventDigest {
    pub fn add_position(&mut self, position: i64) {
        self.events += 1;
        self.hash = splitmix(self.hash ^ position);
    }
}

/// `SplitMix64` (Steele, Lea, Flood 2014): one changed bit changes half of the result.
fn splitmix(seed: i64) -> i64 {
    let mut z = seed.cast_unsigned().wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (z ^ (z >> 31)).cast_signed()
}

/// Digests the events of some streams in the log after one position and up to another, on top of
/// `digest`.
pub(crate) async fn digest_events(
    db: &mut PgConnection,
    streams: &[String],
    mut digest: EventDigest,
    after: i64,
    upto: i64,
) -> sqlx::Result<EventDigest> {
    let mut positions = event_store::event_positions(db, streams, after, upto);
    while let Some(position) = positions.try_next().await? {
        digest.add_position(position);
    }
    Ok(digest)
}

impl Checkpoint {
    pub async fn find(db: &mut PgConnection, name: &str) -> sqlx::Result<Option<Self>> {
        sqlx::query_as("select * from projections.checkpoints where name = $1")
            .bind(name)
            .fetch_optional(db)
            .await
    }

    /// Locks the checkpoint until the transaction ends. Returns it with the parked streams.
    pub(crate) async fn lock(
        db: &mut PgConnection,
        name: &str,
    ) -> sqlx::Result<Option<(Self, Vec<ParkedStream>)>> {
        let checkpoint: Option<Self> =
            sqlx::query_as("select * from projections.checkpoints where name = $1 for update")
                .bind(name)
                .fetch_optional(&mut *db)
                .await?;
        let Some(checkpoint) = checkpoint else { return Ok(None) };
        // A second statement: the first one, if it waited for the lock, would not see streams that were
        // parked meanwhile.
        Ok(Some((checkpoint, ParkedStream::of_consumer(db, name).await?)))
    }

    pub(crate) async fn insert(&self, db: &mut PgConnection) -> sqlx::Result<()> {
        sqlx::query(
            "insert into projections.checkpoints
                 (name, schema, version, generation, position, events, hash, updated_at)
             values ($1, $2, $3, $4, $5, $6, $7, clock_timestamp())
             on conflict (name) do update
             set schema = excluded.schema, version = excluded.version,
                 generation = excluded.generation, position = excluded.position,
                 events = excluded.events, hash = excluded.hash, updated_at = excluded.updated_at",
        )
        .bind(&self.name)
        .bind(&self.schema)
        .bind(self.version)
        .bind(self.generation)
        .bind(self.position)
        .bind(self.digest.events)
        .bind(self.digest.hash)
        .execute(db)
        .await?;
        Ok(())
    }

    /// Updates the checkpoint in the transaction that locked it. Returns how many seconds ago the youngest
    /// event was recorded.
    pub(crate) async fn advance_and_measure_lag(
        &self,
        db: &mut PgConnection,
        youngest: Option<DateTime<Utc>>,
    ) -> sqlx::Result<Option<f64>> {
        sqlx::query_scalar(
            "update projections.checkpoints
             set position = $2, events = $3, hash = $4, updated_at = clock_timestamp()
             where name = $1
             returning extract(epoch from clock_timestamp() - $5::timestamptz)::float8",
        )
        .bind(&self.name)
        .bind(self.position)
        .bind(self.digest.events)
        .bind(self.digest.hash)
        .bind(youngest)
        .fetch_one(db)
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_tells_missing_and_swapped_events() {
        let digest = |positions: &[i64]| {
            let mut digest = EventDigest::default();
            for position in positions {
                digest.add_position(*position);
            }
            digest
        };
        assert_eq!(digest(&[1, 2, 5]), digest(&[1, 2, 5]));
        assert_ne!(digest(&[1, 2, 5]).hash, digest(&[1, 5, 2]).hash);
        assert_ne!(digest(&[1, 2, 5]).hash, digest(&[1, 2, 6]).hash);
        assert_ne!(digest(&[1, 2, 5]).events, digest(&[1, 2]).events);
    }
}
