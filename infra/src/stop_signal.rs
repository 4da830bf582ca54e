//! The signals by which somebody asks the program to stop.

use tokio::signal::unix::{Signal, SignalKind, signal};

/// The signals that request a stop: SIGINT (Ctrl-C) and SIGTERM.
pub(crate) struct StopSignal {
    interrupt: Signal,
    terminate: Signal,
}

impl StopSignal {
    pub(crate) fn new() -> anyhow::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    pub(crate) async fn wait_until_requested(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }

    /// The outcome of some work, or nothing if a stop is requested first. An interrupted start does no
    /// harm: the next one completes it.
    pub(crate) async fn run_until_requested<T>(
        &mut self,
        work: impl Future<Output = anyhow::Result<T>>,
    ) -> anyhow::Result<Option<T>> {
        tokio::select! {
            outcome = work => outcome.map(Some),
            () = self.wait_until_requested() => Ok(None),
        }
    }
}
