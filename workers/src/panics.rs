//! Turns a panic of one reaction or task into a failure, so that it stops nothing else.

use std::panic::AssertUnwindSafe;

use futures::FutureExt;
use projections::panic_message;

use crate::PermanentFailure;

/// Runs `work`; a panic in it is a [`PermanentFailure`].
pub(crate) async fn catch_panic<T>(
    work: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<T> {
    AssertUnwindSafe(work).catch_unwind().await.unwrap_or_else(|panic| {
        Err(PermanentFailure(format!("panicked: {}", panic_message(&*panic))).into())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_a_failure_that_is_told() {
        let failure = catch_panic::<()>(async { panic!("no {}", "mailbox") }).await.unwrap_err();
        assert!(PermanentFailure::is_cause_of(&failure), "{failure:?}");
        assert_eq!(failure.to_string(), "panicked: no mailbox");
        assert_eq!(catch_panic(async { Ok(1) }).await.unwrap(), 1);
    }
}
