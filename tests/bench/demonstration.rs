//! Measures how long the demonstration business takes to load, for which whoever starts it first waits.

use std::time::Instant;

use tests::world::World;

use crate::report::Report;

/// In seconds.
const MAX_DURATION: f64 = 20.0;

pub(crate) async fn measure(report: &mut Report) {
    let mut world = World::isolated().await;
    let begun = Instant::now();
    world.cli(&["demo"]);
    let duration = begun.elapsed().as_secs_f64();
    report.at_most("demonstration, loading", (duration, "s"), MAX_DURATION);
    world.stop().await;
}
