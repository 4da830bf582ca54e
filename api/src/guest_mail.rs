//! The mails that people without an account wait for while they book. The process that serves the API says how
//! they are sent; all other mails are a worker's.

use domain::{Email, Language};
use futures::future::BoxFuture;
use uuid::Uuid;

/// The code by which somebody shows that an address is theirs.
#[derive(Debug, Clone)]
pub struct GuestCode {
    /// Identifies the mail: sent again for the same, a mailbox shows it once.
    pub about: Uuid,
    /// The data subject with whom it is erased.
    pub subject: Uuid,
    pub to: Email,
    pub language: Language,
    pub code: String,
}

/// Sends codes to guests; an error if one cannot be sent or deleted now. It is sent while they wait, as
/// otherwise the address of somebody who has confirmed nothing would have to be kept.
pub trait GuestMail: Send + Sync {
    fn send_code(&self, code: GuestCode) -> BoxFuture<'_, anyhow::Result<()>>;

    /// Deletes what is kept here of the mails to a subject; what a mail server took is out of reach.
    fn forget(&self, subject: Uuid) -> BoxFuture<'_, anyhow::Result<()>>;
}
