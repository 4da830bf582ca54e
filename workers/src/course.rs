//! How a batch is brought to an end when the process stops: nothing is begun any more, but for what
//! lies before something that was begun already, so that the checkpoint can say exactly what is done.

use std::sync::atomic::{AtomicI64, Ordering::SeqCst};

use tokio_util::sync::CancellationToken;

/// One batch on its way, aggregates side by side.
pub(crate) struct Course<'a> {
    pub(crate) stop: &'a CancellationToken,
    /// The last position at which something was begun.
    begun: AtomicI64,
    /// The first position that is left undone.
    left: AtomicI64,
}

impl<'a> Course<'a> {
    pub(crate) fn new(stop: &'a CancellationToken) -> Self {
        Self { stop, begun: AtomicI64::new(0), left: AtomicI64::new(i64::MAX) }
    }

    /// Whether the event at a position may still be begun; if not, it is left.
    pub(crate) fn begin(&self, position: i64) -> bool {
        if self.stop.is_cancelled() && position > self.begun.load(SeqCst) {
            self.leave(position);
            return false;
        }
        self.begun.fetch_max(position, SeqCst);
        true
    }

    /// Leaves an event undone.
    pub(crate) fn leave(&self, position: i64) {
        self.left.fetch_min(position, SeqCst);
    }

    /// Up to where everything is done, if the batch goes to `upto`.
    pub(crate) fn done(&self, upto: i64) -> i64 {
        upto.min(self.left.load(SeqCst) - 1)
    }
}

/// A token that nobody cancels.
pub(crate) fn never() -> CancellationToken {
    CancellationToken::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_before_something_begun_is_still_done_and_nothing_after_it() {
        let stop = CancellationToken::new();
        let course = Course::new(&stop);
        assert!(course.begin(1) && course.begin(7));
        stop.cancel();
        assert!(course.begin(3), "the checkpoint could not say that 7 is done");
        assert!(!course.begin(8));
        assert_eq!(course.done(20), 7);
        course.leave(3);
        assert_eq!(course.done(20), 2);
    }
}
