//! A shop with the demonstration's catalogue, into which purchase messages are ingested.

use chrono::{DateTime, Utc};
use commands::{
    CommandEnvelope, Commands,
    purchasing::ingest::{IngestOutcome, MessageSender, ingest},
};
use domain::{
    Id,
    catalog::product::{Command, Product},
    identity::{Actor, Role},
};
use futures::{StreamExt, stream};
use lease::Leases;
use projections::Projections;
use sealing::KeyRing;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, PgPool};
use tests::database::{Database, frozen_clock};
use uuid::Uuid;
use workers::{WorkerRuntime, purchasing::PurchaseFulfilment};

/// How many messages are ingested at once, in any order.
const AT_ONCE: usize = 24;

/// Read models and tables that show the outcome of purchases.
pub(super) const TABLES: [(&str, &str); 6] = [
    ("licensing.license", "licensing_license.licenses"),
    ("licensing.license", "licensing_license.terms"),
    ("organizations.cabinet", "organizations_cabinet.cabinets"),
    ("purchasing.purchase", "purchasing_purchase.purchases"),
    ("purchasing.purchase", "purchasing_purchase.messages"),
    ("purchasing.purchase_event", "purchasing_purchase_event.parked"),
];

pub(super) struct Shop {
    pub(super) database: Database,
    pub(super) commands: Commands,
}

impl Shop {
    #[expect(clippy::disallowed_methods, reason = "the system's clock is what is asked for")]
    pub(super) async fn open() -> Self {
        Self::open_at(Utc::now()).await
    }

    /// As [`Shop::open`], with a clock that stands still.
    pub(super) async fn open_at(now: DateTime<Utc>) -> Self {
        let database = Database::new().await;
        let commands = database.commands_at(frozen_clock(now));
        let shop = Self { database, commands };
        for (sku, schema, policy) in catalogue() {
            shop.add_product(sku, schema, policy).await;
        }
        shop
    }

    /// Puts a product into the catalogue.
    pub(super) async fn add_product(&self, sku: &str, schema: Option<Value>, policy: Value) {
        let create = json!({ "type": "create", "sku": sku, "name": sku });
        let set_policy = json!({ "type": "set_issuance_policy", "policy": policy });
        let define_parameters =
            schema.map(|schema| json!({ "type": "define_parameters", "schema": schema }));
        let actor = Actor::new(Uuid::from_u128(1), Role::Employee);
        let id = Id::<Product>::derived(&[sku]);
        for command in [create, set_policy].into_iter().chain(define_parameters) {
            let command: Command = serde_json::from_value(command).unwrap();
            self.commands.execute(CommandEnvelope::new(id, command, actor.clone())).await.unwrap();
        }
    }

    /// Ingests messages, many at once, and runs the fulfilment.
    pub(super) async fn ingest_all(&self, messages: &[String]) -> Vec<IngestOutcome> {
        let actor = Actor::new(Uuid::from_u128(2), Role::PurchaseSystem);
        let source = "file".parse().unwrap();
        let ingested = stream::iter(messages)
            .map(async |text| {
                ingest(&self.commands, text, MessageSender::Anyone(&source), &actor).await.unwrap()
            })
            .buffered(AT_ONCE);
        let outcomes = ingested.collect().await;
        self.run_fulfilment().await;
        outcomes
    }

    /// Runs the fulfilment worker until it causes no more events.
    pub(super) async fn run_fulfilment(&self) {
        let (pool, ring) = (self.database.app.clone(), self.ring());
        let leases = Leases::new(&pool.connect_options());
        let workers = WorkerRuntime::new(pool, ring, None, leases);
        let fulfilment = PurchaseFulfilment::worker(self.commands.clone());
        let mut before = -1;
        loop {
            let reached = workers.catch_up(&fulfilment).await.unwrap();
            if reached == before {
                return;
            }
            before = reached;
        }
    }

    /// The rows of all [`TABLES`], without the columns that say when they were recorded.
    pub(super) async fn snapshot(&self) -> Vec<(&'static str, Vec<String>)> {
        let projections = Projections::new(self.database.app.clone(), self.ring(), None);
        let mut snapshot = Vec::new();
        for (model, table) in TABLES {
            let model =
                projections::all_projectors().find(|projector| projector.name == model).unwrap();
            projections.catch_up(model).await.unwrap();
            snapshot.push((table, rows(&self.database.app, table).await));
        }
        snapshot
    }

    pub(super) fn ring(&self) -> KeyRing {
        KeyRing::new(self.database.app.clone(), self.database.master.clone())
    }
}

/// The demonstration's products: SKU, schema of the parameters, issuance policy.
pub(super) fn catalogue() -> [(&'static str, Option<Value>, Value); 3] {
    let edition = json!({
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "edition": { "enum": ["standard", "professional"] },
            "branches": { "type": "integer", "minimum": 1 },
        },
    });
    let separate = json!({ "term": { "months": 12 }, "quantity": "separate" });
    [
        ("ATLAS-EDITOR", Some(edition), json!({ "term": { "months": 12 } })),
        ("TIDE-SERVER", None, separate),
        ("LENS-VIEWER", None, json!({ "term": "perpetual" })),
    ]
}

/// The rows of a table as JSON, without version, position and times.
pub(super) async fn rows(db: &PgPool, table: &str) -> Vec<String> {
    let excluded = "'version', 'position', 'created_at', 'updated_at'";
    let rows = format!("select (to_jsonb(t) - array[{excluded}])::text from {table} t order by 1");
    sqlx::query_scalar(AssertSqlSafe(rows)).fetch_all(db).await.unwrap()
}

/// The purchase messages of the demonstration.
pub(super) fn demo_messages() -> Vec<String> {
    include_str!("../../infra/demo/purchases.jsonl").lines().map(str::to_owned).collect()
}
