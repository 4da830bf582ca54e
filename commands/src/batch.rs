//! Many commands as the arrays of one statement.

use chrono::{DateTime, Utc};
use domain::Claim;
use sealing::{MasterKey, NewKey};
use sqlx::PgConnection;
use uuid::Uuid;

/// One command's events, ready to be appended, and what they take and give up.
#[derive(Debug, Default)]
pub struct Pending {
    pub stream: &'static str,
    pub id: Uuid,
    pub events: Vec<PendingEvent>,
    /// Claims the aggregate gives up.
    pub given: Vec<Claim>,
    /// Claims it takes.
    pub taken: Vec<Claim>,
    pub new_keys: Vec<NewKey>,
    /// Scope, key and digest of the body of a command that may be sent again.
    pub once: Option<(Uuid, String, Vec<u8>)>,
}

/// An event as its row will be; its position and time come with the append.
#[derive(Debug)]
pub struct PendingEvent {
    pub version: i32,
    pub kind: String,
    pub schema: i16,
    pub data: String,
    /// The JSON of its [`Meta`](domain::Meta).
    pub meta: String,
    /// The people whose keys seal something in it.
    pub subjects: Vec<Uuid>,
    /// The counter it draws from, and the field that takes the number.
    pub counter: Option<(String, &'static str)>,
}

/// The columns of many [`Pending`]s.
#[derive(Debug, Default)]
pub struct Batch<'a> {
    events: Events<'a>,
    once: Once<'a>,
    claims: Claims<'a>,
    times: Times<'a>,
    subjects: Subjects<'a>,
}

#[derive(Debug, Default)]
struct Events<'a> {
    stream: Vec<&'static str>,
    id: Vec<Uuid>,
    version: Vec<i32>,
    kind: Vec<&'a str>,
    schema: Vec<i16>,
    data: Vec<&'a str>,
    meta: Vec<&'a str>,
    counter: Vec<Option<&'a str>>,
    field: Vec<Option<&'static str>>,
}

#[derive(Debug, Default)]
struct Once<'a> {
    scope: Vec<Uuid>,
    key: Vec<&'a str>,
    body: Vec<&'a [u8]>,
    event: Vec<i32>,
}

#[derive(Debug, Default)]
struct Claims<'a> {
    take: Vec<bool>,
    what: Vec<&'a str>,
    digest: Vec<Vec<u8>>,
    stream: Vec<&'static str>,
    id: Vec<Uuid>,
}

#[derive(Debug, Default)]
struct Times<'a> {
    take: Vec<bool>,
    what: Vec<&'a str>,
    key: Vec<&'a str>,
    from: Vec<DateTime<Utc>>,
    until: Vec<DateTime<Utc>>,
    capacity: Vec<i16>,
    expires: Vec<Option<DateTime<Utc>>>,
    stream: Vec<&'static str>,
    id: Vec<Uuid>,
}

#[derive(Debug, Default)]
struct Subjects<'a> {
    subject: Vec<Uuid>,
    wrapped: Vec<Option<&'a [u8]>>,
    stream: Vec<&'static str>,
    id: Vec<Uuid>,
}

/// What the digest of a unique claim is taken of.
pub(crate) fn claim_digest(master: &MasterKey, what: &str, key: &str) -> Vec<u8> {
    master.digest(&format!("{what}\u{1f}{key}"))
}

impl<'a> Batch<'a> {
    /// Adds a command.
    pub fn push(&mut self, pending: &'a Pending, master: &MasterKey) {
        let Pending { stream, id, events, given, taken, new_keys, once } = pending;
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
        if let Some((scope, key, body)) = once {
            self.once.scope.push(*scope);
            self.once.key.push(key);
            self.once.body.push(body);
            self.once.event.push(i32::try_from(self.events.id.len()).unwrap_or(i32::MAX));
        }
        let given = given.iter().map(|claim| (false, claim));
        for (take, claim) in given.chain(taken.iter().map(|claim| (true, claim))) {
            self.claim(take, claim, stream, *id, master);
        }
    }

    fn claim(
        &mut self,
        take: bool,
        claim: &'a Claim,
        stream: &'static str,
        id: Uuid,
        master: &MasterKey,
    ) {
        let Claim { what, key, during, .. } = claim;
        let Some(during) = during else {
            self.claims.take.push(take);
            self.claims.digest.push(claim_digest(master, what, key));
            self.claims.what.push(what);
            self.claims.stream.push(stream);
            self.claims.id.push(id);
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

    /// One statement, one transaction, all or nothing. Answers the position before the first event.
    pub(crate) async fn append(
        self,
        db: &mut PgConnection,
        now: DateTime<Utc>,
    ) -> sqlx::Result<i64> {
        let Self { events, once, claims, times, subjects } = self;
        sqlx::query_scalar(
            "select event_store.append(row(
                $1::text[], $2::uuid[], $3::int[], $4::text[], $5::smallint[],
                $6::text[], $7::text[], $8::text[], $9::text[],
                $10::uuid[], $11::text[], $12::bytea[], $13::int[],
                $14::bool[], $15::text[], $16::bytea[], $17::text[], $18::uuid[],
                $19::bool[], $20::text[], $21::text[], $22::timestamptz[], $23::timestamptz[],
                $24::smallint[], $25::timestamptz[], $26::text[], $27::uuid[],
                $28::uuid[], $29::bytea[], $30::text[], $31::uuid[]
             )::event_store.batch, $32)",
        )
        .bind(events.stream)
        .bind(events.id)
        .bind(events.version)
        .bind(events.kind)
        .bind(events.schema)
        .bind(events.data)
        .bind(events.meta)
        .bind(events.counter)
        .bind(events.field)
        .bind(once.scope)
        .bind(once.key)
        .bind(once.body)
        .bind(once.event)
        .bind(claims.take)
        .bind(claims.what)
        .bind(claims.digest)
        .bind(claims.stream)
        .bind(claims.id)
        .bind(times.take)
        .bind(times.what)
        .bind(times.key)
        .bind(times.from)
        .bind(times.until)
        .bind(times.capacity)
        .bind(times.expires)
        .bind(times.stream)
        .bind(times.id)
        .bind(subjects.subject)
        .bind(subjects.wrapped)
        .bind(subjects.stream)
        .bind(subjects.id)
        .bind(now)
        .fetch_one(db)
        .await
    }
}
