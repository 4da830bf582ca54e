//! What people without an account are sent by mail. The process that serves the API says how.

use domain::Email;
use futures::future::BoxFuture;
use uuid::Uuid;

/// A mail to somebody without an account.
#[derive(Debug, Clone)]
pub struct GuestMessage {
    /// Identifies the mail: sent again for the same, a mailbox shows it once.
    pub about: Uuid,
    /// The data subject with whom it is erased.
    pub subject: Uuid,
    pub to: Email,
    pub text: MailText,
    /// The path of the page where there is more.
    pub path: String,
}

/// What a mail says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailText {
    pub title: String,
    pub text: String,
}

/// Sends mails to guests; an error if one cannot be sent or deleted now.
pub trait GuestMail: Send + Sync {
    fn send(&self, message: GuestMessage) -> BoxFuture<'_, anyhow::Result<()>>;

    /// Deletes what is kept here of the mails to a subject; what a mail server took is out of reach.
    fn forget(&self, subject: Uuid) -> BoxFuture<'_, anyhow::Result<()>>;
}
