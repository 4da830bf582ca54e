//! An aggregate for tests of the read side: a library card with a person's name and loans. Its log
//! is written directly, as the append would.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    Decider, DecisionContext, Meta, Personal, Recorded, Refusal, schema_version_of, wire_name,
};
use projections::{Fold, FoldedStream, Projections, Projector};
use sealing::{EventLocation, KeyRing};
use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use tests::database::Database;
use thiserror::Error;
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Debug, Clone, Default)]
pub(crate) struct Card;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) enum Event {
    Opened { name: Personal<String> },
    Renamed { name: Personal<String> },
    Lent { book: String, days: i64 },
    Returned { book: String },
    Destroyed {},
}

#[derive(Debug, Clone, PartialEq, Error, Serialize, ToSchema)]
#[error("no")]
pub(crate) struct AlwaysRefused;

impl Refusal for AlwaysRefused {}

impl Decider for Card {
    const NAME: &'static str = "library.card";
    type Command = ();
    type Event = Event;
    type Refusal = AlwaysRefused;
    type Facts = ();

    fn decide(&self, (): (), _: &DecisionContext<()>) -> Result<Vec<Event>, AlwaysRefused> {
        Err(AlwaysRefused)
    }

    fn evolve(self, _: Event) -> Self {
        self
    }
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Rows {
    pub(crate) cards: Vec<CardRow>,
    pub(crate) loans: Vec<Loan>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct CardRow {
    pub(crate) name: Option<String>,
    pub(crate) lent: i32,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Loan {
    key: String,
    days: i64,
}

impl Fold<Card> for Rows {
    fn apply(&mut self, recorded: &Recorded<Event>) {
        match &recorded.event {
            Event::Opened { name } => {
                self.cards = vec![CardRow { name: name.get().cloned(), lent: 0 }];
            }
            Event::Renamed { name } => self.cards[0].name = name.get().cloned(),
            Event::Lent { book, days } => {
                assert!(book != "cursed", "this book cannot be lent");
                self.cards[0].lent += 1;
                self.loans.retain(|loan| loan.key != *book);
                self.loans.push(Loan { key: book.clone(), days: *days });
            }
            Event::Returned { book } => self.loans.retain(|loan| loan.key != *book),
            Event::Destroyed {} => *self = Self::default(),
        }
    }
}

pub(crate) static CARD_PROJECTOR: Projector = card_projector("library.card");

pub(crate) const STREAMS: &[FoldedStream] = &[FoldedStream::of::<Card, Rows>()];

/// A projector of library cards under another name.
pub(crate) const fn card_projector(name: &'static str) -> Projector {
    Projector { name, version: 1, tables: TABLES, streams: STREAMS }
}

pub(crate) const TABLES: &str = r#"
create table cards (
    id         uuid        primary key,
    name       text        collate "C",
    lent       int         not null,
    search     text        generated always as (projections.search_text(name)) stored,
    version    int         not null,
    position   bigint      not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
);
create table loans (
    id   uuid     not null,
    key  text     collate "C" not null,
    days smallint not null,
    primary key (id, key)
);
create policy row_scope on cards using (row_scope.as_customer(id));
-- after filling
create index on cards (name, id);
"#;

/// A database whose log the tests write directly.
pub(crate) struct Library {
    pub(crate) database: Database,
    pub(crate) ring: KeyRing,
}

impl Library {
    pub(crate) async fn open() -> Self {
        let database = Database::new().await;
        let ring = KeyRing::new(database.owner.clone(), database.master.clone());
        Self { database, ring }
    }

    /// The read side as the application runs it.
    pub(crate) fn projections(&self) -> Projections {
        let ring = KeyRing::new(self.database.app.clone(), self.database.master.clone());
        Projections::new(self.database.app.clone(), ring, None)
    }

    pub(crate) async fn head(&self) -> i64 {
        self.database.count("select coalesce(max(position), 0) from event_store.events").await
    }

    /// Records what happened to a card; answers with the position.
    pub(crate) async fn record(&self, id: Uuid, event: Event) -> i64 {
        let version = self.version(id).await + 1;
        let mut subject_keys = self.ring.keys(Self::subjects(id, &event)).await.unwrap();
        let mut fresh = Vec::new();
        for subject in Self::subjects(id, &event) {
            if !subject_keys.has_entry_for(subject) {
                fresh.push(subject_keys.create(self.ring.master(), subject).unwrap());
            }
        }
        for key in fresh {
            sqlx::query("insert into key_store.subjects values ($1, $2)")
                .bind(key.subject)
                .bind(key.wrapped)
                .execute(&self.database.owner)
                .await
                .unwrap();
        }
        let sealed = subject_keys
            .seal_event::<Card>(EventLocation { stream: Card::NAME, id, version }, &event)
            .unwrap();
        for subject in &sealed.subjects {
            sqlx::query(
                "insert into event_store.sealed_elsewhere values ($1, $2, $3) on conflict do nothing",
            )
            .bind(subject)
            .bind(Card::NAME)
            .bind(id)
            .execute(&self.database.owner)
            .await
            .unwrap();
        }
        let kind = wire_name::<Card>(&sealed.variant);
        let meta = Meta { subjects: sealed.subjects, ..Meta::default() };
        let meta = serde_json::to_string(&meta).unwrap();
        let schema = schema_version_of::<Card>(&sealed.variant);
        self.write(Card::NAME, id, version, &kind, schema, &sealed.data, &meta).await
    }

    /// Records a random history of ten cards, the same for the same seed.
    pub(crate) async fn record_random_history(&self, seed: u64, length: u64) {
        let mut open = HashSet::new();
        let mut random = seed;
        for _ in 0..length {
            // Knuth's generator; the upper bits are good enough for a test.
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let mut draw = |below: u64| {
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (random >> 33) % below
            };
            let (number, book) = (draw(10), format!("book {}", draw(4)));
            let id = card_id(u128::from(number));
            let event = match draw(8) {
                _ if open.insert(id) => opened(id, &format!("Reader {number}")),
                0 => {
                    open.remove(&id);
                    Event::Destroyed {}
                }
                1 => renamed(id, "Renamed"),
                2 | 3 => returned(&book),
                _ => lent(&book),
            };
            self.record(id, event).await;
        }
    }

    /// Records an event that the program would never write.
    pub(crate) async fn record_raw(&self, id: Uuid, kind: &str, data: &str, meta: &str) -> i64 {
        let version = self.version(id).await + 1;
        self.write(Card::NAME, id, version, kind, 1, data, meta).await
    }

    /// Destroys a person's key and records the erasure, as the append does in one transaction.
    pub(crate) async fn erase(&self, subject: Uuid) -> i64 {
        sqlx::query("update key_store.subjects set wrapped = null where subject = $1")
            .bind(subject)
            .execute(&self.database.owner)
            .await
            .unwrap();
        let meta = serde_json::to_string(&Meta::default()).unwrap();
        self.write("platform.subject", subject, 1, "SubjectErased", 1, "{}", &meta).await
    }

    #[expect(clippy::too_many_arguments, reason = "the columns of the log")]
    async fn write(
        &self,
        stream: &str,
        id: Uuid,
        version: i32,
        kind: &str,
        schema: i16,
        data: &str,
        meta: &str,
    ) -> i64 {
        let position = self.head().await + 1;
        sqlx::query(
            "insert into event_store.events values ($1,$2,$3,$4,$5,$6,$7::jsonb,$8::jsonb,$9)",
        )
        .bind(position)
        .bind(stream)
        .bind(id)
        .bind(version)
        .bind(kind)
        .bind(schema)
        .bind(data)
        .bind(meta)
        .bind(recorded_at(position))
        .execute(&self.database.owner)
        .await
        .unwrap();
        position
    }

    async fn version(&self, id: Uuid) -> i32 {
        sqlx::query_scalar(
            "select coalesce(max(version), 0) from event_store.events where stream = $1 and id = $2",
        )
        .bind(Card::NAME)
        .bind(id)
        .fetch_one(&self.database.owner)
        .await
        .unwrap()
    }

    fn subjects(id: Uuid, event: &Event) -> HashSet<Uuid> {
        let personal = matches!(event, Event::Opened { .. } | Event::Renamed { .. });
        personal.then_some(id).into_iter().collect()
    }

    /// The rows of both tables, as JSON text.
    pub(crate) async fn rows(&self) -> Vec<String> {
        let cards: Vec<Json<serde_json::Value>> =
            sqlx::query_scalar("select to_jsonb(c) from library_card.cards c order by id")
                .fetch_all(&self.database.app)
                .await
                .unwrap();
        let loans: Vec<Json<serde_json::Value>> =
            sqlx::query_scalar("select to_jsonb(l) from library_card.loans l order by id, key")
                .fetch_all(&self.database.app)
                .await
                .unwrap();
        cards.iter().chain(&loans).map(|Json(row)| row.to_string()).collect()
    }

    /// The name on a card.
    pub(crate) async fn name(&self, id: Uuid) -> Option<String> {
        sqlx::query_scalar("select name from library_card.cards where id = $1")
            .bind(id)
            .fetch_one(&self.database.app)
            .await
            .unwrap()
    }
}

/// When the event at a position was recorded: a minute after its predecessor.
pub(crate) fn recorded_at(position: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_900_000_000, 123_456_000).unwrap() + TimeDelta::minutes(position)
}

pub(crate) fn card_id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

pub(crate) fn opened(id: Uuid, name: &str) -> Event {
    Event::Opened { name: Personal::sealed(id, name.to_owned()) }
}

pub(crate) fn renamed(id: Uuid, name: &str) -> Event {
    Event::Renamed { name: Personal::sealed(id, name.to_owned()) }
}

pub(crate) fn lent(book: &str) -> Event {
    Event::Lent { book: book.into(), days: 14 }
}

pub(crate) fn returned(book: &str) -> Event {
    Event::Returned { book: book.into() }
}
