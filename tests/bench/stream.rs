//! Measures the relay from the log to the bus, and the rebuild of a read model.

use std::time::{Duration, Instant};

use projections::Projections;
use sealing::KeyRing;
use tests::world::World;
use tokio::time::sleep;

use crate::{append, report::Report};

/// How many events are relayed and projected.
const EVENTS: usize = 150_000;

pub(crate) async fn measure(report: &mut Report) {
    let world = World::isolated().await;
    let master = world.master().await;
    let db = world.database().await;
    append::fill(&world, &master, EVENTS).await;
    world.wait_until_settled().await;

    let relayed = refill(&world, EVENTS as u64).await;
    report.at_least("relay, sync_interval: always", (relayed, "msg/s"), ("bound", 15_000.0), 1.0);

    let projections = Projections::new(db.clone(), KeyRing::new(db.clone(), master), None);
    let customers = projections::projector_named("crm.customer").unwrap();
    let mut rate = 0.0;
    projections.rebuild(customers, |filling| rate = filling.events_per_second()).await.unwrap();
    let value = (rate, "events/s");
    report.at_least("rebuild of the customer list", value, ("bound", 40_000.0), 1.0);
    db.close().await;
}

/// Messages per second with which the relay fills a deleted stream again.
async fn refill(world: &World, events: u64) -> f64 {
    let jetstream = world.bus().await;
    jetstream.delete_stream("EVENTS").await.unwrap();
    let mut first: Option<(Instant, u64)> = None;
    loop {
        sleep(Duration::from_millis(20)).await;
        let Ok(mut stream) = jetstream.get_stream("EVENTS").await else { continue };
        let last = stream.info().await.unwrap().state.last_sequence;
        match first {
            None if last > 0 => first = Some((Instant::now(), last)),
            Some((since, from)) if last >= events => {
                return (last - from) as f64 / since.elapsed().as_secs_f64();
            }
            _ => {}
        }
    }
}
