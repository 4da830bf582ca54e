//! Many commands as the arrays of one statement.

use chrono::{DateTime, Utc};
use domain::{Claim, Meta};
use sealing::{MasterKey, NewKey};
use sqlx::{FromRow, PgConnection};
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
    pub meta: Meta,
    /// The counter it draws from, and the field that takes the number.
    pub counter: Option<(String, &'static str)>,
}

/// What the store says to one command.
#[derive(Debug, Clone, FromRow)]
pub(crate) struct Verdict {
    pub(crate) no: i32,
    pub(crate) outcome: String,
    pub(crate) position: Option<i64>,
    pub(crate) version: Option<i32>,
    pub(crate) id: Option<Uuid>,
    pub(crate) body: Option<Vec<u8>>,
    pub(crate) what: Option<String>,
}

impl Verdict {
    /// What the store would say, had it been asked; see [`mutated`](crate::appender::mutated).
    pub(crate) fn pretended(pending: &Pending) -> Self {
        Self {
            no: 0,
            outcome: "appended".into(),
            position: Some(i64::MAX),
            version: pending.events.last().map(|event| event.version),
            id: Some(pending.id),
            body: None,
            what: None,
        }
    }
}

/// The columns of many [`Pending`]s.
#[derive(Debug, Default)]
pub struct Batch {
    commands: Commands,
    events: Events,
    claims: Claims,
    times: Times,
    subjects: Subjects,
}

#[derive(Debug, Default)]
struct Commands {
    no: Vec<i32>,
    scope: Vec<Option<Uuid>>,
    key: Vec<Option<String>>,
    body: Vec<Option<Vec<u8>>>,
    id: Vec<Uuid>,
}

#[derive(Debug, Default)]
struct Events {
    no: Vec<i32>,
    stream: Vec<&'static str>,
    id: Vec<Uuid>,
    version: Vec<i32>,
    kind: Vec<String>,
    schema: Vec<i16>,
    data: Vec<String>,
    meta: Vec<String>,
    counter: Vec<Option<String>>,
    field: Vec<Option<&'static str>>,
}

#[derive(Debug, Default)]
struct Claims {
    no: Vec<i32>,
    take: Vec<bool>,
    what: Vec<String>,
    digest: Vec<Vec<u8>>,
    stream: Vec<&'static str>,
    id: Vec<Uuid>,
}

#[derive(Debug, Default)]
struct Times {
    no: Vec<i32>,
    take: Vec<bool>,
    what: Vec<String>,
    key: Vec<String>,
    from: Vec<DateTime<Utc>>,
    until: Vec<DateTime<Utc>>,
    capacity: Vec<i16>,
    expires: Vec<Option<DateTime<Utc>>>,
    stream: Vec<&'static str>,
    id: Vec<Uuid>,
}

#[derive(Debug, Default)]
struct Subjects {
    no: Vec<i32>,
    subject: Vec<Uuid>,
    wrapped: Vec<Option<Vec<u8>>>,
    stream: Vec<&'static str>,
    id: Vec<Uuid>,
}

/// What the digest of a unique claim is taken of.
pub(crate) fn claim_digest(master: &MasterKey, what: &str, key: &str) -> Vec<u8> {
    master.digest(&format!("{what}\u{1f}{key}"))
}

impl Batch {
    /// Adds a command; `no` is its number in the answers.
    pub fn push(&mut self, no: i32, pending: Pending, master: &MasterKey) {
        let Pending { stream, id, events, given, taken, new_keys, once } = pending;
        let (scope, key, body) = once
            .map_or((None, None, None), |(scope, key, body)| (Some(scope), Some(key), Some(body)));
        self.commands.no.push(no);
        self.commands.scope.push(scope);
        self.commands.key.push(key);
        self.commands.body.push(body);
        self.commands.id.push(id);

        let subjects = events.iter().flat_map(|event| event.meta.subjects.iter().copied());
        let mut subjects: Vec<_> = subjects.collect();
        subjects.sort_unstable();
        subjects.dedup();
        for subject in subjects {
            let new = new_keys.iter().find(|key| key.subject == subject);
            self.subjects.no.push(no);
            self.subjects.subject.push(subject);
            self.subjects.wrapped.push(new.map(|key| key.wrapped.clone()));
            self.subjects.stream.push(stream);
            self.subjects.id.push(id);
        }
        for event in events {
            let (counter, field) = event.counter.unzip();
            self.events.no.push(no);
            self.events.stream.push(stream);
            self.events.id.push(id);
            self.events.version.push(event.version);
            self.events.kind.push(event.kind);
            self.events.schema.push(event.schema);
            self.events.data.push(event.data);
            self.events.meta.push(serde_json::to_string(&event.meta).unwrap_or_default());
            self.events.counter.push(counter);
            self.events.field.push(field);
        }
        let moves = given.into_iter().map(|claim| (false, claim));
        for (take, claim) in moves.chain(taken.into_iter().map(|claim| (true, claim))) {
            self.claim(no, take, claim, stream, id, master);
        }
    }

    fn claim(
        &mut self,
        no: i32,
        take: bool,
        claim: Claim,
        stream: &'static str,
        id: Uuid,
        master: &MasterKey,
    ) {
        let Claim { what, key, during, .. } = claim;
        let Some(during) = during else {
            self.claims.no.push(no);
            self.claims.take.push(take);
            self.claims.digest.push(claim_digest(master, &what, &key));
            self.claims.what.push(what);
            self.claims.stream.push(stream);
            self.claims.id.push(id);
            return;
        };
        self.times.no.push(no);
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

    /// One statement, one transaction, one answer per command.
    pub(crate) async fn append(
        self,
        db: &mut PgConnection,
        now: DateTime<Utc>,
    ) -> sqlx::Result<Vec<Verdict>> {
        let Self { commands, events, claims, times, subjects } = self;
        sqlx::query_as(
            "select no, outcome, position, version, id, body, what from event_store.append(row(
                $1::int[], $2::uuid[], $3::text[], $4::bytea[], $5::uuid[],
                $6::int[], $7::text[], $8::uuid[], $9::int[], $10::text[], $11::smallint[],
                $12::text[], $13::text[], $14::text[], $15::text[],
                $16::int[], $17::bool[], $18::text[], $19::bytea[], $20::text[], $21::uuid[],
                $22::int[], $23::bool[], $24::text[], $25::text[], $26::timestamptz[],
                $27::timestamptz[], $28::smallint[], $29::timestamptz[], $30::text[], $31::uuid[],
                $32::int[], $33::uuid[], $34::bytea[], $35::text[], $36::uuid[]
             )::event_store.batch, $37)",
        )
        .bind(commands.no)
        .bind(commands.scope)
        .bind(commands.key)
        .bind(commands.body)
        .bind(commands.id)
        .bind(events.no)
        .bind(events.stream)
        .bind(events.id)
        .bind(events.version)
        .bind(events.kind)
        .bind(events.schema)
        .bind(events.data)
        .bind(events.meta)
        .bind(events.counter)
        .bind(events.field)
        .bind(claims.no)
        .bind(claims.take)
        .bind(claims.what)
        .bind(claims.digest)
        .bind(claims.stream)
        .bind(claims.id)
        .bind(times.no)
        .bind(times.take)
        .bind(times.what)
        .bind(times.key)
        .bind(times.from)
        .bind(times.until)
        .bind(times.capacity)
        .bind(times.expires)
        .bind(times.stream)
        .bind(times.id)
        .bind(subjects.no)
        .bind(subjects.subject)
        .bind(subjects.wrapped)
        .bind(subjects.stream)
        .bind(subjects.id)
        .bind(now)
        .fetch_all(db)
        .await
    }
}
