//! A panic is a failure like others: what is broken stops nothing else.

use std::panic::AssertUnwindSafe;

use futures::FutureExt;
use projections::panic_words;

use crate::Permanent;

/// Does something; a panic in it is a [`Permanent`] failure.
pub(crate) async fn caught<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    AssertUnwindSafe(work).catch_unwind().await.unwrap_or_else(|panic| {
        Err(Permanent(format!("panicked: {}", panic_words(&*panic))).into())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_a_failure_that_is_told() {
        let said = caught::<()>(async { panic!("no {}", "mailbox") }).await.unwrap_err();
        assert!(Permanent::is(&said), "{said:?}");
        assert_eq!(said.to_string(), "panicked: no mailbox");
        assert_eq!(caught(async { Ok(1) }).await.unwrap(), 1);
    }
}
