//! Tasks of a process that are stopped together.

use std::time::Duration;

use tokio::time::timeout;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::warn;

/// How long all tasks of a group may take to end.
const DRAIN: Duration = Duration::from_secs(10);

/// Tasks that are stopped together.
#[derive(Default)]
pub(crate) struct TaskGroup {
    pub(crate) stop: CancellationToken,
    pub(crate) tasks: TaskTracker,
}

impl TaskGroup {
    pub(crate) async fn shut_down(&self, name: &str) {
        self.stop.cancel();
        self.tasks.close();
        if timeout(DRAIN, self.tasks.wait()).await.is_err() {
            warn!(name, "some did not come to an end in time");
        }
    }
}
