//! Measures lists and items as of earlier moments of a long log.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use domain::identity::RowScope;
use projections::{
    Projections,
    listing::{self, AsOf, Past, Query, Source},
    scheduling::service::{SERVICES, Service},
};
use sealing::KeyRing;
use tests::world::World;
use uuid::Uuid;

use crate::{report::Report, verify};

/// How many events there are, ten of each service.
const EVENTS: i64 = 1_000_000;
/// How many services have changed since the moments that are asked for.
const CHANGED: [i64; 3] = [100, 2_000, 20_000];
/// How many answers are measured for each.
const ANSWERS: u32 = 5;

pub(crate) async fn measure(report: &mut Report) {
    let world = World::stopped().await;
    let mut engines = verify::spawn_engines(&world).await;
    let (db, keys) = (world.database().await, world.master().await);
    verify::fill(&db, EVENTS).await;
    // Postgres does so by itself, some time after so many rows.
    sqlx::query("analyze event_store.events").execute(&db).await.unwrap();
    // As if it had never been built: it is folded from all events, many at once.
    let forget = "delete from projections.checkpoints where name = 'scheduling.service'";
    sqlx::query(forget).execute(&db).await.unwrap();
    let keys = KeyRing::new(db.clone(), keys);
    let services = projections::projector_named("scheduling.service").unwrap();
    Projections::new(db.clone(), keys.clone(), None).rebuild(services, |_| {}).await.unwrap();
    let head: i64 = sqlx::query_scalar("select max(position) from event_store.events")
        .fetch_one(&db)
        .await
        .unwrap();

    for changed in CHANGED {
        let since = AsOf::Position(head - changed);
        let mut elapsed = Duration::ZERO;
        for _ in 0..ANSWERS {
            let begun = Instant::now();
            let moment = since.moment(&db, DateTime::<Utc>::MAX_UTC).await.unwrap();
            let scope = RowScope::All;
            let past = Past::of_listings(&db, &keys, &[&SERVICES], moment, &scope).await.unwrap();
            let (query, mut past) = (Query::default(), Source::Past(past));
            let page = listing::fetch_page::<Service>(&mut past, &SERVICES, &query, &scope).await;
            assert_eq!(page.unwrap().rows.len(), 50);
            elapsed += begun.elapsed();
        }
        let value = (elapsed.as_secs_f64() * 1_000.0 / f64::from(ANSWERS), "ms");
        report.at_most(&format!("page of 50, {changed} changed since"), value, 200.0);
    }
    let begun = Instant::now();
    for answer in 0..ANSWERS {
        let moment = AsOf::Position(head / 2).moment(&db, DateTime::<Utc>::MAX_UTC).await.unwrap();
        let which = i64::from(answer);
        let id: Uuid = sqlx::query_scalar("select md5($1::bigint::text)::uuid")
            .bind(which)
            .fetch_one(&db)
            .await
            .unwrap();
        let (scope, aggregate) = (RowScope::All, ("scheduling.service", id));
        let past = Past::of_aggregate(&db, &keys, &SERVICES, aggregate, moment, &scope).await;
        let mut past = Source::Past(past.unwrap());
        listing::find::<Service>(&mut past, &SERVICES, id, &scope).await.unwrap().unwrap();
    }
    let value = (begun.elapsed().as_secs_f64() * 1_000.0 / f64::from(ANSWERS), "ms");
    report.at_most("item as of", value, 20.0);
    db.close().await;
    engines.kill().unwrap();
    engines.wait().unwrap();
}
