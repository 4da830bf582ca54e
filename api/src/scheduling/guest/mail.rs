//! The mails to guests, in the language in which they book.

use domain::{
    Email, Language,
    scheduling::appointment::{Appointment, AppointmentId, Status},
};
use sealing::LinkToken;
use uuid::Uuid;

use crate::{
    App,
    guest_mail::GuestMessage,
    problem::Problem,
    site::{BookedMail, booked_mail, code_mail},
};

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

/// Mails what was booked, and the link to it. The appointment stands even if that fails.
pub(super) async fn confirm(
    app: &App,
    appointment: AppointmentId,
    (to, language): (&Email, Language),
    token: &LinkToken,
) {
    let sent = async {
        let lookup = app.commands.lookup();
        let Appointment::Booked(record) = lookup.load(appointment).await? else { return Ok(()) };
        if !record.booking.status.is_live() {
            return Ok(());
        }
        let service = lookup.load(record.booking.service).await?;
        let booked = BookedMail {
            service: service
                .definition()
                .map(|service| service.name_in(language).as_str())
                .unwrap_or_default(),
            start: record.booking.plan.start.local,
            pending: record.booking.status == Status::Pending,
        };
        let message = GuestMessage {
            about: appointment.uuid(),
            subject: token.nonce,
            to: to.clone(),
            text: booked_mail(language, &booked),
            path: format!("a/{token}"),
        };
        // The reason may quote the address.
        let unavailable = |_| Problem::unavailable("unavailable", "no mail can be sent just now");
        app.guest_mail.send(message).await.map_err(unavailable)
    };
    if let Err::<(), Problem>(why) = sent.await {
        tracing::warn!(code = why.code(), "a guest was not told of their appointment by mail");
    }
}
