//! Mails customers without an account what happens with their appointments, and the link by which they see them.
//! Who has an account is told by a notification instead.

use commands::Commands;
use domain::{
    Recorded,
    platform::business::BusinessId,
    scheduling::appointment::{Appointment, AppointmentId, Event},
};
use lettre::message::Mailbox;
use projections::{Projections, identity::user};
use sqlx::PgPool;

use crate::{
    AnyReaction, PermanentFailure, Reaction, StartAt, Worker,
    notifications::mail::{
        AppointmentNotice, MailContent, MailSender, RecipientKind, UnrenderedMail, single_line,
    },
    reaction::wait_until_caught_up,
};

/// Mails what happens from now on.
pub fn appointment_mail_worker(
    commands: Commands,
    projections: Projections,
    db: PgPool,
    mail: MailSender,
) -> Worker {
    let mails = AppointmentMails { commands, projections, db, mail };
    let reactions = vec![AnyReaction::to_events_of::<Appointment>(mails)];
    Worker { name: "scheduling.appointment", start_at: StartAt::Now, reactions }
}

struct AppointmentMails {
    commands: Commands,
    projections: Projections,
    db: PgPool,
    mail: MailSender,
}

impl Reaction<Appointment> for AppointmentMails {
    async fn react(&self, recorded: &Recorded<Event>) -> anyhow::Result<()> {
        let is_told = AppointmentNotice::for_event(&recorded.event).is_some();
        if !is_told || recorded.meta.is_imported() {
            return Ok(());
        }
        match self.mail_of(recorded).await? {
            Some(mail) => match self.mail.send(mail).await {
                // Nobody can help with a mailbox that is gone.
                Err(why) if PermanentFailure::is_cause_of(&why) => Ok(()),
                sent => sent,
            },
            None => Ok(()),
        }
    }
}

impl AppointmentMails {
    /// The mail to a customer, unless they have none, have an account, or what it needs was erased.
    async fn mail_of(&self, recorded: &Recorded<Event>) -> anyhow::Result<Option<UnrenderedMail>> {
        let (aggregates, id) = (self.commands.aggregates(), AppointmentId::from(recorded.id));
        let Appointment::Booked(record) = aggregates.load(id).await? else { return Ok(None) };
        let id_of_customer = record.booking.customer;
        let customer = aggregates.load(id_of_customer).await?;
        let Some(email) = customer.email() else { return Ok(None) };
        wait_until_caught_up(&self.projections, &user::PROJECTOR, recorded.position).await?;
        if !user::active_users_of_customer(&self.db, id_of_customer).await?.is_empty() {
            return Ok(None);
        }
        let business = aggregates.load(BusinessId::singleton()).await?;
        let first = || business.profile()?.languages.first().copied();
        let language = record.booking.language.or_else(first).unwrap_or_default();
        let mail = self.mail.appointment_mail(id, recorded.version, language, RecipientKind::Guest);
        let Some(mail) = mail.await? else { return Ok(None) };
        let (zone, content) =
            (mail.details.plan.start.zone, MailContent::Appointment(Box::new(mail)));
        let name = customer.name().map(|name| single_line(name.as_str()));
        Ok(Some(UnrenderedMail {
            data_subject: id_of_customer.uuid(),
            about: recorded.event_id(),
            to: Mailbox { name, ..UnrenderedMail::mailbox(&email)? },
            link_path: content.link_path(recorded.id),
            content,
            language,
            zone,
        }))
    }
}
