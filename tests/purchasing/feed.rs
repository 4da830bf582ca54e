//! A shop with the catalogue of the demo, and a purchase system that tells of its orders.

use commands::{
    Commands, Order,
    purchasing::ingest::{Outcome, ingest},
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
use tests::database::Database;
use uuid::Uuid;
use workers::{Workers, purchasing::Fulfilment};

/// How many messages are on their way at once: their order is lost on the way as well.
const AT_ONCE: usize = 24;

pub(super) struct Shop {
    pub(super) database: Database,
    pub(super) desk: Commands,
}

impl Shop {
    pub(super) async fn open() -> Self {
        let database = Database::new().await;
        let desk = database.commands();
        let edition = json!({
            "type": "object",
            "additionalProperties": false,
            "properties": {
                "edition": { "enum": ["standard", "professional"] },
                "branches": { "type": "integer", "minimum": 1 },
            },
        });
        let shop = Self { database, desk };
        let year = json!({ "term": { "months": 12 } });
        shop.sell("ATLAS-EDITOR", Some(edition), year).await;
        let apart = json!({ "term": { "months": 12 }, "quantity": "separate" });
        shop.sell("TIDE-SERVER", None, apart).await;
        shop.sell("LENS-VIEWER", None, json!({ "term": "perpetual" })).await;
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
            self.desk.execute(Order::new(id, command, by.clone())).await.unwrap();
        }
    }

    /// Hears messages, many at a time, and does what follows from them.
    pub(super) async fn hear(&self, messages: &[String]) -> Vec<Outcome> {
        let by = Actor::new(Uuid::from_u128(2), Role::PurchaseSystem);
        let source = "file".parse().unwrap();
        let heard = stream::iter(messages)
            .map(async |text| ingest(&self.desk, text, &source, &by).await.unwrap())
            .buffered(AT_ONCE);
        let outcomes = heard.collect().await;
        self.work().await;
        outcomes
    }

    /// Lets fulfilment do what there is to do, and what follows from that.
    pub(super) async fn work(&self) {
        let (pool, ring) = (self.database.app.clone(), self.ring());
        let workers = Workers::new(pool, ring, None);
        let fulfilment = Fulfilment::worker(self.desk.clone());
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
    /// depends on the moment of recording.
    pub(super) async fn known(&self) -> Vec<(&'static str, Vec<String>)> {
        let projections = Projections::new(self.database.app.clone(), self.ring(), None);
        let mut known = Vec::new();
        for (model, table) in [
            ("licensing.license", "licensing_license.licenses"),
            ("licensing.license", "licensing_license.terms"),
            ("organizations.cabinet", "organizations_cabinet.cabinets"),
            ("purchasing.purchase", "purchasing_purchase.purchases"),
            ("purchasing.purchase", "purchasing_purchase.waiting"),
            ("purchasing.purchase_event", "purchasing_purchase_event.parked"),
        ] {
            let model = projections::all().find(|projector| projector.name == model).unwrap();
            projections.catch_up(model).await.unwrap();
            known.push((table, rows(&self.database.app, table).await));
        }
        known
    }

    fn ring(&self) -> KeyRing {
        KeyRing::new(self.database.app.clone(), self.database.master.clone())
    }
}

async fn rows(db: &PgPool, table: &str) -> Vec<String> {
    let moments = "'version', 'position', 'created_at', 'updated_at', 'until'";
    let rows = format!("select (to_jsonb(t) - array[{moments}])::text from {table} t order by 1");
    sqlx::query_scalar(AssertSqlSafe(rows)).fetch_all(db).await.unwrap()
}

/// The feed that comes with the demo.
pub(super) fn demo() -> Vec<String> {
    include_str!("../../demo/purchases.jsonl").lines().map(str::to_owned).collect()
}
