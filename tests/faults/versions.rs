//! Several versions of the program side by side, and logs that other versions wrote (T-25).

use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use projections::{Projections, Projector};
use reqwest::{Method, StatusCode};
use sealing::KeyRing;
use serde_json::{Value, json};
use sqlx::PgPool;
use tests::{
    database::Database,
    world::{Caller, World},
};
use tokio::{task::JoinHandle, time::sleep};
use uuid::Uuid;

use super::{load::Load, oracles};
use crate::ingress::fleet::Process;

/// Creates something under an idempotency key, as the load does.
pub(super) async fn create_with_key(admin: &Caller, path: &str, body: Value) -> Uuid {
    let key = [("Idempotency-Key", Uuid::now_v7().to_string())];
    let created = admin.send(Method::POST, path, &key, Some(body)).await.unwrap();
    created.expect(StatusCode::CREATED).id()
}

/// Inserts an event into a stream as another version of the program might; returns its position.
pub(super) async fn insert_event(db: &PgPool, id: Uuid, kind: &str, schema: i16) -> i64 {
    let mut tx = event_store::begin(db).await.unwrap();
    sqlx::raw_sql("select pg_advisory_xact_lock(7305014226)").execute(&mut *tx).await.unwrap();
    let position = sqlx::query_scalar(
        "insert into event_store.events
         select last.position + 1, e.stream, e.id, e.version + 1, $2, $3, '{\"nonsense\": 1}', e.meta,
            last.recorded_at
         from (select * from event_store.events order by position desc limit 1) last,
            (select * from event_store.events where id = $1 order by version desc limit 1) e
         returning position",
    )
    .bind(id)
    .bind(kind)
    .bind(schema)
    .fetch_one(&mut *tx)
    .await
    .unwrap();
    tx.commit().await.unwrap();
    position
}

#[tokio::test]
async fn t_25_a_newer_version_beside_this_one_stops_nothing() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let db = world.database().await;
    let customer = json!({ "name": "Anna", "walk_in": true });
    let [flagged, renamed] = [
        create_with_key(&admin, "/customers", customer.clone()).await,
        create_with_key(&admin, "/customers", customer).await,
    ];
    let issue = json!({ "title": "No print", "text": "It jams." });
    let issue = create_with_key(&admin, "/issues", issue).await;
    let load = Load::start(&admin, 4, 25);
    load.wait_for_writes(50).await;
    // An event type, an event schema and an aggregate type that this version does not have.
    insert_event(&db, flagged, "CustomerFlagged", 1).await;
    insert_event(&db, renamed, "CustomerRenamed", 9).await;
    insert_event(&db, issue, "IssueFlagged", 1).await;
    let foreign = "insert into event_store.events
         select position + 1, 'crm.flag', gen_random_uuid(), 1, 'FlagRaised', 1, '{}', meta - 'subjects', recorded_at
         from event_store.events order by position desc limit 1";
    let mut tx = event_store::begin(&db).await.unwrap();
    sqlx::raw_sql("select pg_advisory_xact_lock(7305014226)").execute(&mut *tx).await.unwrap();
    sqlx::raw_sql(foreign).execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    load.wait_for_writes(100).await;
    let history = load.stop().await;

    // Bus, projectors and workers go on, and what is merely unknown is no fault.
    let faults = oracles::check_settled(&world, &history).await;
    assert!(faults.is_empty(), "{}\n{}", faults.join("\n"), world.log());
    let verified = world.cli(&["verify"]);
    for kind in ["CustomerFlagged in shape 1", "CustomerRenamed in shape 9", "crm.flag"] {
        assert!(verified.contains(&format!("1 × {kind} cannot be judged")), "{verified}");
    }
    let status = world.cli(&["status"]);
    for parked in [flagged, renamed] {
        assert!(status.contains(&format!("PARKED crm.customer/{parked}")), "{status}");
    }
    // This version refuses commands on a stream that it cannot read; a newer instance accepts them.
    let rename = admin.post(&format!("/customers/{flagged}/rename"), json!({ "name": "B" })).await;
    rename.expect(StatusCode::SERVICE_UNAVAILABLE);
    world.stop().await;
}

#[tokio::test]
async fn t_25_an_order_that_a_worker_cannot_decide_on_is_parked_and_no_other() {
    let world = World::start().await;
    let admin = world.admin().await;
    let shop = world.user_with_role(&admin, "purchase_system", json!({ "name": "shop" })).await;
    let db = world.database().await;
    let product = json!({ "sku": "CAD", "name": "CAD" });
    let product = admin.post("/products", product).await.expect(StatusCode::CREATED).id();
    let policy = json!({ "policy": { "term": "perpetual" } });
    let set = admin.post(&format!("/products/{product}/set-issuance-policy"), policy).await;
    set.expect(StatusCode::OK);
    let send = async |order: &str, sequence: u32, kind: &str, more: Value| {
        let mut message = json!({
            "specversion": "1.0", "type": kind, "source": "shop",
            "id": format!("{order}/{sequence}"), "time": "2026-01-31T10:00:00Z", "data": more,
        });
        message["data"]["order"] = order.into();
        message["data"]["sequence"] = sequence.into();
        let answer = shop.post("/ingest/purchases", message).await.expect(StatusCode::OK).body;
        assert_eq!(answer["data"][0]["outcome"], "applied", "{answer}");
        answer["data"][0]["purchase"].as_str().unwrap().to_owned()
    };
    let euro = json!({ "amount": 100, "currency": "EUR" });
    let bought = json!({
        "organisation": { "name": "Acme", "tax_id": "DE123456789", "country": "DE" },
        "lines": [{ "line": 1, "product": "CAD", "quantity": 1, "price": euro }],
        "total": euro,
    });
    let mut orders = vec![];
    for order in ["A-1", "A-2"] {
        let purchase = send(order, 1, "purchase.recorded", bought.clone()).await;
        world.wait_until_settled().await;
        let found = admin.get(&format!("/purchases/{purchase}")).await.expect(StatusCode::OK).body;
        let license = found["data"]["lines"][0]["licenses"][0].as_str().unwrap();
        orders.push((purchase, license.parse::<Uuid>().unwrap()));
    }
    let [(parked, unreadable), (_, revoked)] = &orders[..] else { unreachable!() };
    insert_event(&db, *unreadable, "LicenseFlagged", 1).await;
    for order in ["A-1", "A-2"] {
        send(order, 2, "purchase.cancelled", json!({})).await;
    }

    let begun = Instant::now();
    let parked = format!("PARKED purchasing.purchase/{parked}");
    let status =
        async || admin.get(&format!("/licenses/{revoked}")).await.body["data"]["status"].clone();
    while status().await != "revoked" || !world.cli(&["status"]).contains(&parked) {
        assert!(begun.elapsed() < Duration::from_mins(1), "{}", world.cli(&["status"]));
        sleep(Duration::from_millis(100)).await;
    }
    db.close().await;
}

/// Makes the program behave as its predecessor, with read models one version lower.
const PREVIOUS_VERSION: (&str, &str) = ("FAILPOINTS", "projector.of_before=return");

#[tokio::test]
async fn t_25_read_models_change_their_version_forth_and_back_and_every_read_is_answered() {
    let mut world = World::start_with(&[PREVIOUS_VERSION]).await;
    let admin = world.admin().await;
    let db = world.database().await;
    let lower = "update projections.checkpoints set version = version - 1";
    sqlx::query(lower).execute(&db).await.unwrap();
    let (load, readers) = (Load::start(&admin, 4, 26), ContinuousReads::start(&admin));
    load.wait_for_writes(50).await;

    let newer = || Process::start(&world, &["run", "projector"], "127.0.0.1:0".to_owned());
    let mut first = newer();
    wait_for_versions(&db, None).await;
    load.wait_for_writes(50).await;
    // Back: the newer one stops, and the older one rebuilds a read model in its own version.
    first.stop().await;
    let rebuilt = world
        .cli_command(&["rebuild", "crm.customer"])
        .env(PREVIOUS_VERSION.0, PREVIOUS_VERSION.1)
        .output();
    let rebuilt = rebuilt.unwrap();
    assert!(rebuilt.status.success(), "{}", String::from_utf8_lossy(&rebuilt.stderr));
    wait_for_versions(&db, Some("crm.customer")).await;
    let anna = json!({ "name": "Anna", "walk_in": true });
    let path = format!("/customers/{}", create_with_key(&admin, "/customers", anna).await);
    let begun = Instant::now();
    while admin.get(&path).await.status != StatusCode::OK {
        assert!(begun.elapsed() < Duration::from_secs(30), "the older one does not go on");
        sleep(Duration::from_millis(20)).await;
    }
    load.wait_for_writes(50).await;
    let _second = newer();
    wait_for_versions(&db, None).await;
    load.wait_for_writes(50).await;

    let (history, read) = (load.stop().await, readers.stop().await);
    assert!(read > 200, "only {read} reads");
    let faults = oracles::check_settled(&world, &history).await;
    assert!(faults.is_empty(), "{}\n{}", faults.join("\n"), world.log());
    world.stop().await;
}

/// Waits until every read model has the version of this code, except one that has the previous
/// version.
async fn wait_for_versions(db: &PgPool, previous: Option<&str>) {
    let version = |model: &Projector| model.version - i32::from(previous == Some(model.name));
    let expected: BTreeSet<_> = projections::all_projectors()
        .map(|model| (model.name.to_owned(), version(model)))
        .collect();
    let begun = Instant::now();
    loop {
        let versions = "select name, version from projections.checkpoints";
        let versions: Vec<(String, i32)> = sqlx::query_as(versions).fetch_all(db).await.unwrap();
        let versions: BTreeSet<_> = versions.into_iter().collect();
        if expected.is_subset(&versions) {
            return;
        }
        assert!(begun.elapsed() < Duration::from_mins(1), "{expected:?} not in {versions:?}");
        sleep(Duration::from_millis(50)).await;
    }
}

/// A task that reads lists all the time, and must always get an answer.
struct ContinuousReads {
    stop: Arc<AtomicBool>,
    reading: JoinHandle<usize>,
}

impl ContinuousReads {
    fn start(caller: &Caller) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (caller, stopped) = (caller.clone(), stop.clone());
        let reading = tokio::spawn(async move {
            let mut read = 0;
            while !stopped.load(Ordering::Relaxed) {
                for list in ["customers", "appointments", "licenses", "issues", "users", "me"] {
                    let answer = caller.get(&format!("/{list}")).await;
                    assert_eq!(answer.status, StatusCode::OK, "{list}: {}", answer.body);
                    read += 1;
                }
                sleep(Duration::from_millis(20)).await;
            }
            read
        });
        Self { stop, reading }
    }

    /// Returns the number of answered reads.
    async fn stop(self) -> usize {
        self.stop.store(true, Ordering::Relaxed);
        self.reading.await.unwrap()
    }
}

#[tokio::test]
async fn t_25_a_log_of_every_schema_that_ever_was_is_replayed() {
    let database = Database::new().await;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut position = 0_i64;
    for file in fs::read_dir(root.join("schemas/history")).unwrap() {
        let file = file.unwrap().path();
        let stream = file.file_stem().unwrap().to_str().unwrap();
        for line in fs::read_to_string(&file).unwrap().lines() {
            let line: Value = serde_json::from_str(line).unwrap();
            // Each in a stream of its own: the samples are no history of one aggregate.
            let id = Uuid::now_v7();
            position += 1;
            sqlx::query(
                "insert into event_store.events
                 values ($1, $2, $3, 1, $4, $5, $6, $7, clock_timestamp())",
            )
            .bind(position)
            .bind(stream)
            .bind(id)
            .bind(line["type"].as_str().unwrap())
            .bind(i16::try_from(line["schema"].as_i64().unwrap()).unwrap())
            .bind(&line["data"])
            .bind(json!({ "actor": id, "command": id, "correlation": id }))
            .execute(&database.owner)
            .await
            .unwrap();
        }
    }
    let ring = KeyRing::new(database.app.clone(), database.master.clone());
    let models = Projections::new(database.app.clone(), ring, None);
    for projector in projections::all_projectors() {
        models.catch_up(projector).await.unwrap();
        let status = models.status(projector).await.unwrap();
        assert!(status.parked.is_empty(), "{}: {:?}", projector.name, status.parked);
        let rebuilt = models.rebuild(projector, |_| ()).await.unwrap();
        assert_eq!(rebuilt.differences, Some(Vec::new()), "{}", projector.name);
    }
    // The samples made no claims and took no numbers from counters; all else is in order.
    let mut faults = database.faults().await;
    faults.retain(|fault| !fault.contains(" should hold ") && !fault.contains("of the counter"));
    assert_eq!(faults, [""; 0]);
    database.stop().await;
}
