//! The mail with the code of a guest who is about to book.

use uuid::Uuid;

use crate::{
    App,
    guest_mail::GuestCode,
    problem::{Problem, ProblemCode},
};

/// Mails a code to an address of which nothing is known yet.
pub(super) async fn send_code_mail(app: &App, code: GuestCode) -> Result<(), Problem> {
    app.guest_mail.send_code(code).await.map_err(|_| {
        // The reason may quote the address.
        tracing::warn!("the code of a guest could not be mailed");
        Problem::unavailable(ProblemCode::Unavailable, "no mail can be sent just now; try again")
    })
}

/// Deletes the mail of a code that was used, as nobody who is erased later is named by it.
pub(super) async fn delete_code_mail(app: &App, subject: Uuid) {
    if app.guest_mail.forget(subject).await.is_err() {
        tracing::warn!("the code of a guest could not be deleted");
    }
}
