//! How a batch ends when the process stops: no event is started any more, except those before one
//! that was started already, so that one checkpoint can say exactly what is done.

use std::sync::atomic::{AtomicI64, Ordering::SeqCst};

use tokio_util::sync::CancellationToken;

/// The progress of one batch, whose aggregates are processed concurrently.
pub(crate) struct CompletionWatermark<'a> {
    pub(crate) stop: &'a CancellationToken,
    /// The last position that was started.
    last_started: AtomicI64,
    /// The first position that was not processed.
    first_skipped: AtomicI64,
}

impl<'a> CompletionWatermark<'a> {
    pub(crate) fn new(stop: &'a CancellationToken) -> Self {
        Self { stop, last_started: AtomicI64::new(0), first_skipped: AtomicI64::new(i64::MAX) }
    }

    /// Whether the event at a position may still be started; if not, it is skipped.
    pub(crate) fn try_start(&self, position: i64) -> bool {
        if self.stop.is_cancelled() && position > self.last_started.load(SeqCst) {
            self.skip(position);
            return false;
        }
        self.last_started.fetch_max(position, SeqCst);
        true
    }

    /// Notes that an event was not processed.
    pub(crate) fn skip(&self, position: i64) {
        self.first_skipped.fetch_min(position, SeqCst);
    }

    /// The position up to which everything is done, in a batch that goes to `end`.
    pub(crate) fn completed_up_to(&self, end: i64) -> i64 {
        end.min(self.first_skipped.load(SeqCst) - 1)
    }
}

/// A token that is never cancelled.
pub(crate) fn never_cancelled() -> CancellationToken {
    CancellationToken::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_before_something_started_is_still_done_and_nothing_after_it() {
        let stop = CancellationToken::new();
        let progress = CompletionWatermark::new(&stop);
        assert!(progress.try_start(1) && progress.try_start(7));
        stop.cancel();
        assert!(progress.try_start(3), "else the checkpoint could not say that 7 is done");
        assert!(!progress.try_start(8));
        assert_eq!(progress.completed_up_to(20), 7);
        progress.skip(3);
        assert_eq!(progress.completed_up_to(20), 2);
    }
}
