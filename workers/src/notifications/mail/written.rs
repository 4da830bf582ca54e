//! Mails that are no notifications, and what all mails have.

use anyhow::{Context, anyhow};
use lettre::{
    Message,
    message::{
        Mailbox,
        header::{ContentType, HeaderName, HeaderValue},
    },
};
use uuid::Uuid;

use super::{Mail, Unsent, letter::Letter};
use crate::Permanent;

/// A mail, ready but for what all mails have.
pub(crate) struct Written {
    /// The data subject with whom it is forgotten.
    pub(crate) recipient: Uuid,
    /// What makes it this mail: written again for the same it has the same `Message-ID`.
    pub(crate) about: Uuid,
    pub(crate) to: Mailbox,
    pub(crate) subject: String,
    pub(crate) text: String,
    /// Where in the portal there is more.
    pub(crate) place: String,
}

impl Mail {
    /// Sends a mail that is no notification; that it could not be sent is a failure.
    pub(crate) async fn send(&self, written: Written) -> anyhow::Result<()> {
        let letter = self.compose(written)?;
        match self.settings.post.send(&letter).await {
            Ok(()) => Ok(()),
            Err(Unsent { why, forever: true }) => Err(Permanent(why).into()),
            Err(Unsent { why, forever: false }) => Err(anyhow!(why)),
        }
    }

    pub(super) fn compose(&self, written: Written) -> anyhow::Result<Letter> {
        let Written { recipient, about, to, subject, text, place } = written;
        let link = format!("{}/{place}", self.settings.portal.trim_end_matches('/'));
        let from: Mailbox = self.settings.from.parse().context("mail_from is no mailbox")?;
        let message_id = format!("<{about}@{}>", from.email.domain());
        let to = Mailbox { name: to.name.as_deref().map(in_line), ..to };
        let message = Message::builder()
            .from(from)
            .to(to)
            .subject(in_line(&subject))
            .date(self.commands.now().into())
            .message_id(Some(message_id.clone()))
            .header(ContentType::TEXT_PLAIN)
            .raw_header(automatic())
            .body(format!("{text}\n\n{link}\n"))
            .context("a letter cannot be written")?;
        Ok(Letter { recipient, about, message_id, message })
    }
}

/// People choose what they are called; in a mail that is one line, whatever it is.
pub(crate) fn in_line(text: &str) -> String {
    text.replace(char::is_control, " ")
}

/// Tells other machines that nobody waits for an answer (RFC 3834).
fn automatic() -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".into())
}
