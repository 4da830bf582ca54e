//! Set-up for the tests of licences: a database with one cabinet, one product and a clock.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use chrono::{DateTime, TimeDelta, Utc};
use commands::{Clock, CommandEnvelope, Commands};
use domain::{
    Id,
    catalog::product::{self, Product},
    identity::Actor,
    licensing::license::{self, Event, License, LicenseId},
    organizations::cabinet::{self, Cabinet},
};
use projections::Projections;
use sealing::KeyRing;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tests::database::Database;
use workers::{Task, Window, licensing::LicenseExpiry};

/// A vendor with one cabinet and one product.
pub(super) struct Vendor {
    pub(super) database: Database,
    pub(super) commands: Commands,
    seconds: Arc<AtomicI64>,
}

impl Vendor {
    /// With a clock that is set by hand.
    pub(super) async fn open() -> Self {
        let database = Database::new().await;
        let seconds = Arc::new(AtomicI64::new(0));
        let clock: Clock = {
            let seconds = Arc::clone(&seconds);
            Arc::new(move || instant(seconds.load(Ordering::Relaxed)))
        };
        let commands = database.commands_at(clock);
        Self::set_up(Self { database, commands, seconds }).await
    }

    /// With the system's clock.
    pub(super) async fn open_today() -> Self {
        let database = Database::new().await;
        let commands = database.commands();
        Self::set_up(Self { database, commands, seconds: Arc::default() }).await
    }

    async fn set_up(vendor: Self) -> Self {
        let acme = json!({ "type": "create", "name": "Acme" });
        vendor.execute::<Cabinet>(cabinet_id(), command::<cabinet::Command>(acme)).await;
        let cad = json!({ "type": "create", "sku": "CAD", "name": "Cad" });
        vendor.execute::<Product>(product_id(), command::<product::Command>(cad)).await;
        let policy = json!({ "term": { "days": 100 }, "grace_days": 10, "notices": [30, 7] });
        let policy = json!({ "type": "set_issuance_policy", "policy": policy });
        vendor.execute::<Product>(product_id(), command::<product::Command>(policy)).await;
        vendor
    }

    async fn execute<A: commands::Handler>(&self, id: Id<A>, command: A::Command) {
        let order = CommandEnvelope::new(id, command, Actor::system("test"));
        self.commands.execute(order).await.unwrap();
    }

    /// Executes a command on the licence of this name.
    pub(super) async fn execute_on_license(&self, name: &str, command: Value) {
        self.execute::<License>(license_id(name), self::command::<license::Command>(command)).await;
    }

    /// Sets the clock to a day, and runs the worker repeatedly.
    pub(super) async fn run_worker_on_day(&self, day: i64) {
        self.seconds.store(day * 86_400, Ordering::Relaxed);
        let expiry = LicenseExpiry::new(self.commands.clone(), self.database.app.clone());
        let now = instant(day * 86_400);
        let window =
            Window { from: now - TimeDelta::minutes(15), until: now + TimeDelta::microseconds(1) };
        for _ in 0..2 {
            self.project().await;
            expiry.run(window).await.unwrap();
            expiry.run(window).await.unwrap();
        }
    }

    /// Brings the read model of licences up to date.
    pub(super) async fn project(&self) {
        let ring = KeyRing::new(self.database.app.clone(), self.database.master.clone());
        let projections = Projections::new(self.database.app.clone(), ring, None);
        let model = &projections::licensing::license::PROJECTOR;
        projections.catch_up(model).await.unwrap();
    }

    /// What the worker has recorded: the term, and the days until its end (0 for its expiry).
    pub(super) async fn recorded_steps(&self, name: &str) -> Vec<(u32, u16)> {
        let history =
            self.commands.aggregates().history::<License>(license_id(name)).await.unwrap();
        let steps = history.into_iter().filter_map(|fact| match fact.event {
            Event::ExpiryNoticed { term, days, .. } => Some((term, days)),
            Event::Expired { term, until, .. } => {
                assert_eq!(fact.meta.effective_at, Some(until));
                Some((term, 0))
            }
            _ => None,
        });
        steps.collect()
    }

    /// When the worker is due next, in days.
    pub(super) async fn next_due_day(&self) -> Option<i64> {
        self.project().await;
        let expiry = LicenseExpiry::new(self.commands.clone(), self.database.app.clone());
        expiry.next_due(instant(0)).await.unwrap().map(|due| (due - instant(0)).num_days())
    }
}

/// The instant so many seconds after the beginning of the clock.
pub(super) fn instant(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_900_000_000 + seconds, 0).unwrap()
}

fn command<C: DeserializeOwned>(command: Value) -> C {
    serde_json::from_value(command).unwrap()
}

fn cabinet_id() -> Id<Cabinet> {
    Id::derived(&["acme"])
}

fn product_id() -> Id<Product> {
    Id::derived(&["cad"])
}

pub(super) fn license_id(name: &str) -> LicenseId {
    Id::derived(&[name])
}

/// A command that issues a licence for the term of the product's policy.
pub(super) fn issue_command(from: DateTime<Utc>) -> Value {
    json!({ "type": "issue", "cabinet": cabinet_id(), "product": product_id(), "from": from })
}
