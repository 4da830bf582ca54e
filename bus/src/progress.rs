//! What processes tell each other in passing. Nothing depends on such a message arriving: whoever
//! waits for one also looks for himself now and then.

use anyhow::Context;
use bytes::Bytes;
use futures::{Stream, StreamExt, future::ready};

use crate::Bus;

/// "There is something new in the log."
pub(crate) const APPENDED: &str = "servicebook.appended";

const PROGRESS: &str = "servicebook.progress";

/// How far a projector has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Its name: `crm.customer`.
    pub projector: String,
    /// The position of the last event that its read model contains.
    pub position: i64,
}

impl Bus {
    /// Tells the relay that the log has grown to a position. To be said after the commit; when it
    /// gets lost, the relay finds out within a second.
    pub async fn appended(&self, position: i64) {
        self.mention(APPENDED.to_owned(), position.to_string()).await;
    }

    /// Tells everybody who waits how far a projector has come. To be said after the commit.
    pub async fn reached(&self, projector: &str, position: i64) {
        self.mention(format!("{PROGRESS}.{projector}"), position.to_string()).await;
    }

    /// What projectors of all processes say from now on.
    pub async fn progress(
        &self,
    ) -> anyhow::Result<impl Stream<Item = Progress> + Send + Unpin + use<>> {
        let said = self.client.subscribe(format!("{PROGRESS}.>")).await;
        let said = said.context("NATS does not answer")?;
        Ok(said.filter_map(|message| {
            let projector = message.subject.strip_prefix(PROGRESS).map(|name| &name[1..]);
            let position = std::str::from_utf8(&message.payload).ok().and_then(|n| n.parse().ok());
            ready(projector.zip(position).map(|(projector, position)| Progress {
                projector: projector.to_owned(),
                position,
            }))
        }))
    }

    pub(crate) async fn mention(&self, subject: String, what: impl Into<Bytes>) {
        if let Err(error) = self.client.publish(subject, what.into()).await {
            tracing::debug!(%error, "a message in passing was not sent");
        }
    }
}
