//! The mail with the code of a guest who is about to book.

use domain::{Email, Language};
use uuid::Uuid;

use crate::{App, guest_mail::GuestMessage, problem::Problem, site::code_mail};

/// Mails a code to an address of which nothing is known yet. `about` and `subject` tell the mail apart, and
/// with whom it is erased.
pub(super) async fn send_code(
    app: &App,
    (about, subject): (Uuid, Uuid),
    (to, language): (&Email, Language),
    code: &str,
) -> Result<(), Problem> {
    let text = code_mail(language, code);
    let message = GuestMessage { about, subject, to: to.clone(), text, path: "book".into() };
    app.guest_mail.send(message).await.map_err(|_| {
        // The reason may quote the address.
        tracing::warn!("the code of a guest could not be mailed");
        Problem::unavailable("unavailable", "no mail can be sent just now; try again")
    })
}

/// Deletes the mail of a code that was used, as nobody who is erased later is named by it.
pub(super) async fn forget_code(app: &App, subject: Uuid) {
    if app.guest_mail.forget(subject).await.is_err() {
        tracing::warn!("the code of a guest could not be deleted");
    }
}
