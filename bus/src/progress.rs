//! Announcements between processes. Nothing depends on their arrival: a process that waits for one
//! also polls.

use anyhow::Context;
use bytes::Bytes;
use futures::{Stream, StreamExt, future::ready};

use crate::Bus;

/// The subject on which appends to the log are announced.
pub(crate) const APPENDED_SUBJECT: &str = "servicebook.appended";

/// The prefix of the subjects on which projectors announce their progress.
const PROGRESS: &str = "servicebook.progress";

/// How far a projector has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectorProgress {
    /// Its name: `crm.customer`.
    pub projector: String,
    /// The position of the last event that its read model contains.
    pub position: i64,
}

impl Bus {
    /// Tells the relay that the log has grown to a position. To be called after the commit; if the
    /// message gets lost, the relay finds out within a second.
    pub async fn announce_appended(&self, position: i64) {
        self.publish_unreliably(APPENDED_SUBJECT.to_owned(), position.to_string()).await;
    }

    /// Announces how far a projector has come. To be called after the commit.
    pub async fn announce_progress(&self, projector: &str, position: i64) {
        self.publish_unreliably(format!("{PROGRESS}.{projector}"), position.to_string()).await;
    }

    /// The announcements of all projectors from now on.
    pub async fn subscribe_progress(
        &self,
    ) -> anyhow::Result<impl Stream<Item = ProjectorProgress> + Send + Unpin + use<>> {
        let messages = self.client.subscribe(format!("{PROGRESS}.>")).await;
        let messages = messages.context("NATS does not answer")?;
        Ok(messages.filter_map(|message| {
            let projector = message.subject.strip_prefix(PROGRESS).map(|name| &name[1..]);
            let position = std::str::from_utf8(&message.payload).ok().and_then(|n| n.parse().ok());
            ready(projector.zip(position).map(|(projector, position)| ProjectorProgress {
                projector: projector.to_owned(),
                position,
            }))
        }))
    }

    /// Publishes a message that may get lost.
    pub(crate) async fn publish_unreliably(&self, subject: String, payload: impl Into<Bytes>) {
        if let Err(error) = self.client.publish(subject, payload.into()).await {
            tracing::debug!(%error, "a message in passing was not sent");
        }
    }
}
