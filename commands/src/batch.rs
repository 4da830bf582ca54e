//! The columns of one statement that appends many commands.

use chrono::{DateTime, Utc};
use domain::Claim;
use sealing::{MasterKey, NewSubjectKey};
use sqlx::{PgConnection, Postgres, postgres::PgArguments, query::QueryAs};
use uuid::Uuid;

use crate::read_set::{ClaimHolders, ReadSet};

/// The events of one command, ready to be appended, and the claims that they take and release.
#[derive(Debug, Default)]
pub(crate) struct PendingAppend {
    pub(crate) stream: &'static str,
    pub(crate) id: Uuid,
    /// The length of its history, these events included.
    pub(crate) version: i32,
    /// Empty if only the answer is recorded, under the idempotency key.
    pub(crate) events: Vec<PendingEvent>,
    /// Claims that the aggregate releases.
    pub(crate) released: Vec<Claim>,
    /// Claims that it takes.
    pub(crate) taken: Vec<Claim>,
    pub(crate) new_keys: Vec<NewSubjectKey>,
    /// What the decision looked up; the append fails if it changed.
    pub(crate) reads: ReadSet,
    pub(crate) once: Option<IdempotencyEntry>,
}

/// The idempotency key of a command, with the answer to repeat.
#[derive(Debug, Clone)]
pub(crate) struct IdempotencyEntry {
    /// The actor: keys of different actors are different.
    pub(crate) scope: Uuid,
    /// The digest of the key.
    pub(crate) key: Vec<u8>,
    /// The digest of the request.
    pub(crate) body: Vec<u8>,
    /// The part that it creates within the aggregate, such as a comment.
    pub(crate) part: Option<Uuid>,
}

/// An event as a row; its position and time come with the append.
#[derive(Debug)]
pub(crate) struct PendingEvent {
    pub(crate) version: i32,
    pub(crate) kind: String,
    pub(crate) schema: i16,
    pub(crate) data: String,
    /// The JSON of its [`Meta`](domain::Meta).
    pub(crate) meta: String,
    /// The people whose keys seal data in it.
    pub(crate) subjects: Vec<Uuid>,
    /// The counter from which it gets a number, and the field for the number.
    pub(crate) counter: Option<(String, &'static str)>,
}

/// The columns of many [`PendingAppend`]s.
#[derive(Debug, Default)]
pub(crate) struct Batch<'a> {
    events: EventColumns<'a>,
    once: IdempotencyColumns<'a>,
    claims: ClaimColumns<'a>,
    times: TimeClaimColumns<'a>,
    subjects: SubjectColumns<'a>,
    versions: VersionColumns<'a>,
    holders: HolderColumns<'a>,
}

/// What the append of a batch came to.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
pub(crate) struct AppendedBatch {
    /// The position before its first event.
    #[sqlx(rename = "before")]
    pub(crate) position_before: i64,
    /// By how many seconds the log was ahead of the clock.
    #[sqlx(rename = "ahead")]
    pub(crate) seconds_ahead: f64,
}

type Append<'q> = QueryAs<'q, Postgres, AppendedBatch, PgArguments>;

/// Columns, bound in the order in which they are declared: that of `event_store.batch`.
macro_rules! columns {
    ($($name:ident { $($column:ident: $type:ty,)* })*) => {$(
        #[derive(Debug, Default)]
        struct $name<'a> {
            $($column: Vec<$type>,)*
        }

        impl<'a> $name<'a> {
            fn bind<'q>(self, append: Append<'q>) -> Append<'q>
            where
                'a: 'q,
            {
                append$(.bind(self.$column))*
            }
        }
    )*};
}

columns! {
    EventColumns {
        stream: &'static str,
        id: Uuid,
        version: i32,
        kind: &'a str,
        schema: i16,
        data: &'a str,
        meta: &'a str,
        counter: Option<&'a str>,
        field: Option<&'static str>,
    }

    IdempotencyColumns {
        scope: Uuid,
        key: &'a [u8],
        body: &'a [u8],
        id: Uuid,
        version: i32,
        part: Option<Uuid>,
        event: i32,
    }

    ClaimColumns {
        take: bool,
        what: &'a str,
        digest: Vec<u8>,
        stream: &'static str,
        id: Uuid,
        subject: Option<Uuid>,
    }

    TimeClaimColumns {
        take: bool,
        what: &'a str,
        key: &'a str,
        from: DateTime<Utc>,
        until: DateTime<Utc>,
        capacity: i16,
        expires: Option<DateTime<Utc>>,
        stream: &'static str,
        id: Uuid,
    }

    SubjectColumns {
        subject: Uuid,
        wrapped: Option<&'a [u8]>,
        stream: &'static str,
        id: Uuid,
    }

    VersionColumns {
        stream: &'a str,
        id: Uuid,
        version: i32,
    }

    HolderColumns {
        what: &'a str,
        digest: Option<Vec<u8>>,
        key: Option<&'a str>,
        holders: String,
    }
}

/// The digest of a unique claim, by which it is stored.
pub fn claim_digest(master: &MasterKey, what: &str, key: &str) -> Vec<u8> {
    master.digest(&format!("{what}\u{1f}{key}"))
}

impl<'a> Batch<'a> {
    /// Adds a command.
    pub(crate) fn push(&mut self, pending: &'a PendingAppend, master: &MasterKey) {
        let PendingAppend { stream, id, version, events, released, taken, new_keys, reads, once } =
            pending;
        let mut subjects: Vec<_> = events.iter().flat_map(|event| &event.subjects).collect();
        subjects.sort_unstable();
        subjects.dedup();
        for subject in subjects {
            let new = new_keys.iter().find(|key| key.subject == *subject);
            self.subjects.subject.push(*subject);
            self.subjects.wrapped.push(new.map(|key| key.wrapped.as_slice()));
            self.subjects.stream.push(stream);
            self.subjects.id.push(*id);
        }
        for event in events {
            let counter = event.counter.as_ref();
            self.events.stream.push(stream);
            self.events.id.push(*id);
            self.events.version.push(event.version);
            self.events.kind.push(&event.kind);
            self.events.schema.push(event.schema);
            self.events.data.push(&event.data);
            self.events.meta.push(&event.meta);
            self.events.counter.push(counter.map(|(name, _)| name.as_str()));
            self.events.field.push(counter.map(|(_, field)| *field));
        }
        if let Some(IdempotencyEntry { scope, key, body, part }) = once {
            let last = if events.is_empty() { 0 } else { self.events.id.len() };
            self.once.scope.push(*scope);
            self.once.key.push(key);
            self.once.body.push(body);
            self.once.id.push(*id);
            self.once.version.push(*version);
            self.once.part.push(*part);
            self.once.event.push(i32::try_from(last).unwrap_or(i32::MAX));
        }
        let released = released.iter().map(|claim| (false, claim));
        for (take, claim) in released.chain(taken.iter().map(|claim| (true, claim))) {
            self.push_claim(take, claim, stream, *id, master);
        }
        for ((stream, id), version) in &reads.versions {
            self.versions.stream.push(stream);
            self.versions.id.push(*id);
            self.versions.version.push(*version);
        }
        for ClaimHolders { what, selector, ids } in &reads.holders {
            let ids: Vec<_> = ids.iter().map(Uuid::to_string).collect();
            self.holders.what.push(what);
            self.holders.digest.push(selector.key_digest(|key| claim_digest(master, what, key)));
            self.holders.key.push(selector.time_key());
            self.holders.holders.push(format!("{{{}}}", ids.join(",")));
        }
    }

    fn push_claim(
        &mut self,
        take: bool,
        claim: &'a Claim,
        stream: &'static str,
        id: Uuid,
        master: &MasterKey,
    ) {
        let Claim { what, key, during, of, .. } = claim;
        let Some(during) = during else {
            self.claims.take.push(take);
            self.claims.digest.push(claim_digest(master, what, key));
            self.claims.what.push(what);
            self.claims.stream.push(stream);
            self.claims.id.push(id);
            self.claims.subject.push(*of);
            return;
        };
        self.times.take.push(take);
        self.times.what.push(what);
        self.times.key.push(key);
        self.times.from.push(during.from);
        self.times.until.push(during.until);
        self.times.capacity.push(i16::try_from(during.capacity).unwrap_or(i16::MAX));
        self.times.expires.push(during.expires);
        self.times.stream.push(stream);
        self.times.id.push(id);
    }

    /// Appends all or nothing, in one statement. `now` is when the commands were decided; `clock`, if
    /// given, is compared with the database's clock.
    pub(crate) async fn append(
        self,
        db: &mut PgConnection,
        now: DateTime<Utc>,
        clock: Option<DateTime<Utc>>,
    ) -> sqlx::Result<AppendedBatch> {
        let Self { events, once, claims, times, subjects, versions, holders } = self;
        let append = sqlx::query_as(
            "select before, ahead from event_store.append(row(
                $1::text[], $2::uuid[], $3::int[], $4::text[], $5::smallint[],
                $6::text[], $7::text[], $8::text[], $9::text[],
                $10::uuid[], $11::bytea[], $12::bytea[], $13::uuid[], $14::int[], $15::uuid[],
                $16::int[],
                $17::bool[], $18::text[], $19::bytea[], $20::text[], $21::uuid[], $22::uuid[],
                $23::bool[], $24::text[], $25::text[], $26::timestamptz[], $27::timestamptz[],
                $28::smallint[], $29::timestamptz[], $30::text[], $31::uuid[],
                $32::uuid[], $33::bytea[], $34::text[], $35::uuid[],
                $36::text[], $37::uuid[], $38::int[],
                $39::text[], $40::bytea[], $41::text[], $42::text[]
             )::event_store.batch, $43, $44)",
        );
        let append = subjects.bind(times.bind(claims.bind(once.bind(events.bind(append)))));
        let append = holders.bind(versions.bind(append));
        append.bind(now).bind(clock).fetch_one(db).await
    }
}
