//! What aggregates hold, beside what their states say that they should hold.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use commands::claim_digest;
use domain::Claim;
use sealing::MasterKey;
use sqlx::{FromRow, PgConnection};
use uuid::Uuid;

use super::Report;

/// Something held: what, by which key, for which time, by whom. Unique claims are known by a digest.
type Held = HashSet<(String, Vec<u8>, Option<(i64, i64)>, (String, Uuid))>;

/// How far an aggregate's state can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    Wholly,
    /// Something in it was sealed for somebody who was erased: what they held stays taken.
    Erased,
    /// Not at all: an event cannot be read.
    Not,
}

/// Some aggregates, and what they should hold.
#[derive(Default)]
pub(super) struct Page {
    holders: HashMap<(String, Uuid), Known>,
    expected: Held,
    /// Whose keys seal something in which aggregate that is not their own.
    sealed: HashSet<(Uuid, String, Uuid)>,
}

#[derive(FromRow)]
struct Row {
    what: String,
    key: Vec<u8>,
    from_: Option<DateTime<Utc>>,
    until_: Option<DateTime<Utc>>,
    stream: String,
    id: Uuid,
}

const OF_HOLDERS: &str = "
    select c.what, c.digest as key, null::timestamptz as from_, null::timestamptz as until_,
        c.stream, c.id
    from unnest($1::text[], $2::uuid[]) as h (stream, id)
    join event_store.claims c using (stream, id)
    union all
    select c.what, convert_to(c.key, 'UTF8'), lower(c.during), upper(c.during), c.stream, c.id
    from unnest($1::text[], $2::uuid[]) as h (stream, id)
    join event_store.time_claims c using (stream, id)
    -- The store lets go of what has expired when somebody else wants it.
    where c.expires is null";

const OF_NOBODY: &str = "
    select what, stream, id from event_store.claims c
    where not exists (
        select from event_store.events e where (e.stream, e.id, e.version) = (c.stream, c.id, 1))
    union all
    select what, stream, id from event_store.time_claims c
    where not exists (
        select from event_store.events e where (e.stream, e.id, e.version) = (c.stream, c.id, 1))
    limit 100";

const NOT_NOTED: &str = "
    select s.subject, s.stream, s.id
    from unnest($1::uuid[], $2::text[], $3::uuid[]) as s (subject, stream, id)
    where not exists (
        select from event_store.sealed_elsewhere e
        where (e.subject, e.stream, e.id) = (s.subject, s.stream, s.id))";

impl Page {
    pub(super) fn sealed(&mut self, subject: Uuid, stream: &str, id: Uuid) {
        if subject != id {
            self.sealed.insert((subject, stream.to_owned(), id));
        }
    }

    /// An aggregate whose last event was read.
    pub(super) fn add(
        &mut self,
        holder: (String, Uuid),
        known: Known,
        claims: Vec<Claim>,
        master: &MasterKey,
    ) {
        if known != Known::Not {
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
        self.holders.insert(holder, known);
    }

    /// Compares, and forgets.
    pub(super) async fn compare(
        &mut self,
        db: &mut PgConnection,
        report: &mut Report,
    ) -> sqlx::Result<()> {
        let Self { holders, expected, sealed } = std::mem::take(self);
        let (streams, ids): (Vec<_>, Vec<_>) = holders.keys().cloned().unzip();
        let rows: Vec<Row> =
            sqlx::query_as(OF_HOLDERS).bind(streams).bind(ids).fetch_all(&mut *db).await?;
        report.claims += i64::try_from(rows.len()).unwrap_or_default();
        let held: Held = rows
            .into_iter()
            .map(|Row { what, key, from_, until_, stream, id }| {
                let during = from_.zip(until_);
                let during =
                    during.map(|(from, until)| (from.timestamp_micros(), until.timestamp_micros()));
                (what, key, during, (stream, id))
            })
            .collect();
        for (what, _, _, (stream, id)) in expected.difference(&held) {
            report.fault(format!("{stream}/{id} should hold {what} and does not"));
        }
        for (what, _, _, holder) in held.difference(&expected) {
            if holders.get(holder) == Some(&Known::Wholly) {
                let (stream, id) = holder;
                report.fault(format!("{stream}/{id} holds {what} and should not"));
            }
        }
        let mut arrays: (Vec<_>, Vec<_>, Vec<_>) = Default::default();
        for (subject, stream, id) in sealed {
            arrays.0.push(subject);
            arrays.1.push(stream);
            arrays.2.push(id);
        }
        let (subjects, streams, ids) = arrays;
        let missing: Vec<(Uuid, String, Uuid)> =
            sqlx::query_as(NOT_NOTED).bind(subjects).bind(streams).bind(ids).fetch_all(db).await?;
        for (subject, stream, id) in missing {
            report.fault(format!(
                "{stream}/{id} holds something sealed for {subject}, which is not noted: an \
                 erasure would pass it by"
            ));
        }
        Ok(())
    }
}

/// Claims of aggregates to which nothing ever happened.
pub(super) async fn of_nobody(db: &mut PgConnection, report: &mut Report) -> sqlx::Result<()> {
    let held: i64 = sqlx::query_scalar(
        "select (select count(*) from event_store.claims)
            + (select count(*) from event_store.time_claims where expires is null)",
    )
    .fetch_one(&mut *db)
    .await?;
    if held == report.claims {
        return Ok(());
    }
    let found: Vec<(String, String, Uuid)> = sqlx::query_as(OF_NOBODY).fetch_all(db).await?;
    for (what, stream, id) in found {
        report.fault(format!("{stream}/{id} holds {what}, and nothing ever happened to it"));
    }
    Ok(())
}
