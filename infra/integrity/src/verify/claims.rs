//! Compares the claims in the store with those that the aggregates' states should hold.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use commands::claim_digest;
use domain::Claim;
use sealing::MasterKey;
use sqlx::{FromRow, PgConnection};
use uuid::Uuid;

use super::report::Report;

/// Claims: what is held, by which key (a digest for unique claims), for which time, and by whom.
type ClaimSet = HashSet<(String, Vec<u8>, Option<(i64, i64)>, (String, Uuid))>;

/// How far the state of an aggregate can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Readability {
    Full,
    /// Some of it was sealed for a person who was erased: their claims stay held.
    Erased,
    /// An event cannot be read.
    Unreadable,
}

/// Some aggregates, and the claims that they should hold.
#[derive(Default)]
pub(super) struct ClaimCheck {
    holders: HashMap<(String, Uuid), Readability>,
    expected: ClaimSet,
    /// The people whose data is sealed in aggregates other than their own.
    sealed: HashSet<(Uuid, String, Uuid)>,
}

#[derive(FromRow)]
struct ClaimRow {
    what: String,
    key: Vec<u8>,
    from_: Option<DateTime<Utc>>,
    until_: Option<DateTime<Utc>>,
    stream: String,
    id: Uuid,
}

const HELD_BY: &str = "
    select c.what, c.digest as key, null::timestamptz as from_, null::timestamptz as until_,
        c.stream, c.id
    from unnest($1::text[], $2::uuid[]) as h (stream, id)
    join event_store.claims c using (stream, id)
    union all
    select c.what, convert_to(c.key, 'UTF8'), lower(c.during), upper(c.during), c.stream, c.id
    from unnest($1::text[], $2::uuid[]) as h (stream, id)
    join event_store.time_claims c using (stream, id)
    -- The store releases an expired claim only when another aggregate needs it.
    where c.expires is null";

const ORPHANED_CLAIMS: &str = "
    select what, stream, id from event_store.claims c
    where not exists (
        select from event_store.events e where (e.stream, e.id, e.version) = (c.stream, c.id, 1))
    union all
    select what, stream, id from event_store.time_claims c
    where not exists (
        select from event_store.events e where (e.stream, e.id, e.version) = (c.stream, c.id, 1))
    limit 100";

const MISSING_NOTES: &str = "
    select s.subject, s.stream, s.id
    from unnest($1::uuid[], $2::text[], $3::uuid[]) as s (subject, stream, id)
    where not exists (
        select from event_store.sealed_elsewhere e
        where (e.subject, e.stream, e.id) = (s.subject, s.stream, s.id))";

impl ClaimCheck {
    pub(super) fn record_sealed(&mut self, subject: Uuid, stream: &str, id: Uuid) {
        if subject != id {
            self.sealed.insert((subject, stream.to_owned(), id));
        }
    }

    /// Adds an aggregate whose last event was read.
    pub(super) fn add_aggregate(
        &mut self,
        holder: (String, Uuid),
        readability: Readability,
        claims: Vec<Claim>,
        master: &MasterKey,
    ) {
        if readability != Readability::Unreadable {
            for Claim { what, key, during, .. } in claims {
                let (key, during) = match during {
                    None => (claim_digest(master, &what, &key), None),
                    Some(during) if during.expires.is_some() => continue,
                    // The store keeps microseconds.
                    Some(during) => {
                        let (from, until) = (during.from, during.until);
                        let during = (from.timestamp_micros(), until.timestamp_micros());
                        (key.into_bytes(), Some(during))
                    }
                };
                self.expected.insert((what, key, during, holder.clone()));
            }
        }
        self.holders.insert(holder, readability);
    }

    /// Compares the aggregates added so far with the store, and forgets them.
    pub(super) async fn compare_with_store(
        &mut self,
        db: &mut PgConnection,
        report: &mut Report,
    ) -> sqlx::Result<()> {
        let Self { holders, expected, sealed } = std::mem::take(self);
        let (streams, ids): (Vec<_>, Vec<_>) = holders.keys().cloned().unzip();
        let rows: Vec<ClaimRow> =
            sqlx::query_as(HELD_BY).bind(streams).bind(ids).fetch_all(&mut *db).await?;
        report.claims += i64::try_from(rows.len()).unwrap_or_default();
        let held: ClaimSet = rows
            .into_iter()
            .map(|ClaimRow { what, key, from_, until_, stream, id }| {
                let during = from_.zip(until_);
                let during =
                    during.map(|(from, until)| (from.timestamp_micros(), until.timestamp_micros()));
                (what, key, during, (stream, id))
            })
            .collect();
        for (what, _, _, (stream, id)) in expected.difference(&held) {
            report.add_fault(format!("{stream}/{id} should hold {what} and does not"));
        }
        for (what, _, _, holder) in held.difference(&expected) {
            if holders.get(holder) == Some(&Readability::Full) {
                let (stream, id) = holder;
                report.add_fault(format!("{stream}/{id} holds {what} and should not"));
            }
        }
        let mut arrays: (Vec<_>, Vec<_>, Vec<_>) = Default::default();
        for (subject, stream, id) in sealed {
            arrays.0.push(subject);
            arrays.1.push(stream);
            arrays.2.push(id);
        }
        let (subjects, streams, ids) = arrays;
        let missing: Vec<(Uuid, String, Uuid)> = sqlx::query_as(MISSING_NOTES)
            .bind(subjects)
            .bind(streams)
            .bind(ids)
            .fetch_all(db)
            .await?;
        for (subject, stream, id) in missing {
            report.add_fault(format!(
                "{stream}/{id} holds something sealed for {subject}, which is not noted: an \
                 erasure would pass it by"
            ));
        }
        Ok(())
    }
}

/// Finds claims of aggregates that have no events.
pub(super) async fn check_orphaned_claims(
    db: &mut PgConnection,
    report: &mut Report,
) -> sqlx::Result<()> {
    let held: i64 = sqlx::query_scalar(
        "select (select count(*) from event_store.claims)
            + (select count(*) from event_store.time_claims where expires is null)",
    )
    .fetch_one(&mut *db)
    .await?;
    if held == report.claims {
        return Ok(());
    }
    let found: Vec<(String, String, Uuid)> = sqlx::query_as(ORPHANED_CLAIMS).fetch_all(db).await?;
    for (what, stream, id) in found {
        report.add_fault(format!("{stream}/{id} holds {what}, and nothing ever happened to it"));
    }
    Ok(())
}
