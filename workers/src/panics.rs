//! A panic is a failure like others: what is broken stops nothing else.

use std::{any::Any, panic::AssertUnwindSafe};

use futures::FutureExt;

use crate::Permanent;

/// Does something; a panic in it is a [`Permanent`] failure.
pub(crate) async fn caught<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    AssertUnwindSafe(work).catch_unwind().await.unwrap_or_else(|panic| Err(failure(&*panic).into()))
}

fn failure(panic: &(dyn Any + Send)) -> Permanent {
    let words = panic.downcast_ref::<&str>().copied();
    let words = words.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    Permanent(format!("panicked: {}", words.unwrap_or("without a word")))
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
