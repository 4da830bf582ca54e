//! Waits until all that follows the log has reached its end.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use projections::Projector;
use sqlx::{Connection, PgConnection};
use tokio::time::sleep;

use super::{TIMEOUT, World};

impl World {
    /// Waits until bus, read models and workers have reached the end of the log.
    pub async fn wait_until_settled(&self) {
        let begun = Instant::now();
        let mut before = None;
        while begun.elapsed() < TIMEOUT {
            let head = self.head_if_reached().await;
            // Workers may have just appended new events: it is settled when two looks see the same.
            if head.is_some() && head == before {
                return;
            }
            before = head;
            sleep(Duration::from_millis(300)).await;
        }
        panic!("it does not come to rest: {}", self.cli(&["status"]));
    }

    /// The last position of the log if all followers have reached it; nothing while an engine is down.
    async fn head_if_reached(&self) -> Option<i64> {
        let mut db = PgConnection::connect(&self.engine_url("DATABASE_URL")).await.ok()?;
        // Followers first: a log that grows meanwhile must not hide a lag.
        let models = "select name, position from projections.checkpoints";
        let models: HashMap<String, i64> =
            sqlx::query_as(models).fetch_all(&mut db).await.ok()?.into_iter().collect();
        let workers = "select position from workers.checkpoints";
        let workers: Vec<i64> = sqlx::query_scalar(workers).fetch_all(&mut db).await.ok()?;
        let bus = self.try_bus().await.ok()?.get_stream("EVENTS").await.ok()?;
        let bus = i64::try_from(bus.cached_info().state.last_sequence).unwrap();
        let head = "select coalesce(max(position), 0) from event_store.events";
        let head: i64 = sqlx::query_scalar(head).fetch_one(&mut db).await.ok()?;
        db.close().await.ok()?;
        let has_reached =
            |model: &Projector| models.get(model.name).is_some_and(|&reached| reached >= head);
        let all_have = projections::all_projectors().all(has_reached)
            && workers.into_iter().all(|at| at >= head);
        (all_have && bus >= head).then_some(head)
    }
}
