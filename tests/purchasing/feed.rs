//! A shop with the catalogue of the demo, and a purchase system that tells of its orders.

use chrono::{DateTime, Utc};
use commands::{
    Commands, Order,
    purchasing::ingest::{Outcome, Sender, ingest},
};
use domain::{
    Id,
    catalog::product::{Command, Product},
    identity::{Actor, Role},
};
use futures::{StreamExt, stream};
use projections::Projections;
use sealing::KeyRing;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, PgPool};
use tests::database::{Database, frozen};
use uuid::Uuid;
use workers::{Workers, purchasing::Fulfilment};

/// How many messages are on their way at once: their order is lost on the way as well.
const AT_ONCE: usize = 24;

/// Where the outcome of purchases can be seen: read model and table.
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

    /// One whose clock stands still.
    pub(super) async fn open_at(now: DateTime<Utc>) -> Self {
        let database = Database::new().await;
        let commands = database.commands_at(frozen(now));
        let shop = Self { database, commands };
        for (sku, schema, policy) in catalogue() {
            shop.sell(sku, schema, policy).await;
        }
        shop
    }

    /// Puts a product into the catalogue.
    pub(super) async fn sell(&self, sku: &str, schema: Option<Value>, policy: Value) {
        let create = json!({ "type": "create", "sku": sku, "name": sku });
        let issued = json!({ "type": "set_issuance_policy", "policy": policy });
        let declared =
            schema.map(|schema| json!({ "type": "define_parameters", "schema": schema }));
        let by = Actor::new(Uuid::from_u128(1), Role::Employee);
        let id = Id::<Product>::derived(&[sku]);
        for command in [create, issued].into_iter().chain(declared) {
            let command: Command = serde_json::from_value(command).unwrap();
            self.commands.execute(Order::new(id, command, by.clone())).await.unwrap();
        }
    }

    /// Hears messages, many at a time, and does what follows from them.
    pub(super) async fn hear(&self, messages: &[String]) -> Vec<Outcome> {
        let by = Actor::new(Uuid::from_u128(2), Role::PurchaseSystem);
        let source = "file".parse().unwrap();
        let heard = stream::iter(messages)
            .map(async |text| {
                ingest(&self.commands, text, Sender::Anyone(&source), &by).await.unwrap()
            })
            .buffered(AT_ONCE);
        let outcomes = heard.collect().await;
        self.work().await;
        outcomes
    }

    /// Lets fulfilment do what there is to do, and what follows from that.
    pub(super) async fn work(&self) {
        let (pool, ring) = (self.database.app.clone(), self.ring());
        let workers = Workers::new(pool, ring, None);
        let fulfilment = Fulfilment::worker(self.commands.clone());
        let mut before = -1;
        loop {
            let reached = workers.catch_up(&fulfilment).await.unwrap();
            if reached == before {
                return;
            }
            before = reached;
        }
    }

    /// What the read models know: licences, cabinets, purchases and parked messages, without what
    /// tells when it was recorded.
    pub(super) async fn known(&self) -> Vec<(&'static str, Vec<String>)> {
        let projections = Projections::new(self.database.app.clone(), self.ring(), None);
        let mut known = Vec::new();
        for (model, table) in TABLES {
            let model = projections::all().find(|projector| projector.name == model).unwrap();
            projections.catch_up(model).await.unwrap();
            known.push((table, rows(&self.database.app, table).await));
        }
        known
    }

    pub(super) fn ring(&self) -> KeyRing {
        KeyRing::new(self.database.app.clone(), self.database.master.clone())
    }
}

/// What the demonstration sells: number, parameters, policy.
pub(super) fn catalogue() -> [(&'static str, Option<Value>, Value); 3] {
    let edition = json!({
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "edition": { "enum": ["standard", "professional"] },
            "branches": { "type": "integer", "minimum": 1 },
        },
    });
    let apart = json!({ "term": { "months": 12 }, "quantity": "separate" });
    [
        ("ATLAS-EDITOR", Some(edition), json!({ "term": { "months": 12 } })),
        ("TIDE-SERVER", None, apart),
        ("LENS-VIEWER", None, json!({ "term": "perpetual" })),
    ]
}

/// The rows of a table without what tells when, and after what else, they were recorded.
pub(super) async fn rows(db: &PgPool, table: &str) -> Vec<String> {
    let moments = "'version', 'position', 'created_at', 'updated_at'";
    let rows = format!("select (to_jsonb(t) - array[{moments}])::text from {table} t order by 1");
    sqlx::query_scalar(AssertSqlSafe(rows)).fetch_all(db).await.unwrap()
}

/// The feed that comes with the demo.
pub(super) fn demo() -> Vec<String> {
    include_str!("../../infra/demo/purchases.jsonl").lines().map(str::to_owned).collect()
}
