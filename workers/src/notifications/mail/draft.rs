//! Mails that are no notifications, and what all mails have in common.

use std::io;

use anyhow::{Context, anyhow};
use domain::Email;
use lettre::{
    Message,
    message::{
        Mailbox,
        header::{ContentType, HeaderName, HeaderValue},
    },
};
use uuid::Uuid;

use super::{MailSender, SendError, mailer::MailMessage};
use crate::PermanentFailure;

/// A mail before it gets what all mails have in common: sender, date, headers, link.
pub struct MailDraft {
    /// The data subject with whom it is erased.
    pub recipient: Uuid,
    /// Identifies the mail: made again for the same it has the same `Message-ID`.
    pub about: Uuid,
    pub to: Mailbox,
    pub subject: String,
    pub text: String,
    /// The path of the page where there is more.
    pub portal_path: String,
}

impl MailDraft {
    /// The mailbox of somebody whose name is not known.
    pub fn mailbox(email: &Email) -> anyhow::Result<Mailbox> {
        let address = email.as_str().parse().map_err(|_| unaddressable())?;
        Ok(Mailbox::new(None, address))
    }
}

impl MailSender {
    /// Sends a mail that is no notification. Fails if it cannot be sent: with a [`PermanentFailure`] if it
    /// is refused for good.
    pub async fn send(&self, draft: MailDraft) -> anyhow::Result<()> {
        let message = self.compose(draft)?;
        match self.settings.mailer.send(&message).await {
            Ok(()) => Ok(()),
            // What a server says after the colon may quote the address, and what is parked is not sealed.
            Err(SendError { reason, permanent }) => {
                let kind = reason.split(':').next().unwrap_or_default().to_owned();
                Err(if permanent { PermanentFailure(kind).into() } else { anyhow!(kind) })
            }
        }
    }

    /// Deletes the mails to a data subject that are files here.
    pub async fn forget(&self, recipient: Uuid) -> io::Result<()> {
        self.settings.mailer.forget(recipient).await
    }

    pub(super) fn compose(&self, draft: MailDraft) -> anyhow::Result<MailMessage> {
        let MailDraft { recipient, about, to, subject, text, portal_path } = draft;
        let link = format!("{}/{portal_path}", self.settings.portal.trim_end_matches('/'));
        let from: Mailbox = self.settings.from.parse().context("mail_from is no mailbox")?;
        let message_id = format!("<{about}@{}>", from.email.domain());
        let to = Mailbox { name: to.name.as_deref().map(single_line), ..to };
        let message = Message::builder()
            .from(from)
            .to(to)
            .subject(single_line(&subject))
            .date(self.commands.now().into())
            .message_id(Some(message_id.clone()))
            .header(ContentType::TEXT_PLAIN)
            .raw_header(auto_submitted())
            .body(format!("{text}\n\n{link}\n"))
            .map_err(|_| unaddressable())?;
        Ok(MailMessage { recipient, about, message_id, message })
    }
}

/// What is wrong with the address of a mail that cannot be written: nothing that trying again would mend.
fn unaddressable() -> PermanentFailure {
    PermanentFailure("there is no mail to such an address".into())
}

/// Replaces control characters: people choose their names, which must not break a header.
pub(crate) fn single_line(text: &str) -> String {
    text.replace(char::is_control, " ")
}

/// Tells automatic responders not to answer (RFC 3834).
fn auto_submitted() -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".into())
}
