//! Mails people who booked without an account the link to their appointment, and what the business does
//! with it, in the language in which they booked.

use commands::{Commands, scheduling::GUEST_LINK};
use domain::{
    Recorded,
    platform::business::BusinessId,
    scheduling::appointment::{Appointment, AppointmentId, Booking, Event, Status},
};
use sealing::LinkToken;
use uuid::Uuid;

use crate::{
    AnyReaction, PermanentFailure, Reaction, StartAt, Worker,
    notifications::mail::{
        AppointmentChange, MailContent, MailDraft, MailSender, MailText, render,
    },
};

/// Mails what happens from now on.
pub fn guest_worker(commands: Commands, mail: MailSender) -> Worker {
    let reactions = vec![AnyReaction::to_events_of::<Appointment>(GuestMails { commands, mail })];
    Worker { name: "scheduling.guest", start_at: StartAt::Now, reactions }
}

struct GuestMails {
    commands: Commands,
    mail: MailSender,
}

impl Reaction<Appointment> for GuestMails {
    async fn react(&self, recorded: &Recorded<Event>) -> anyhow::Result<()> {
        let Some(change) = change_of(&recorded.event) else { return Ok(()) };
        let Some(booking) = self.booking_of_guest(recorded).await? else { return Ok(()) };
        match self.draft(recorded, &booking, change).await? {
            Some(draft) => match self.mail.send(draft).await {
                // Nobody can help with a mailbox that is gone.
                Err(why) if PermanentFailure::is(&why) => Ok(()),
                sent => sent,
            },
            None => Ok(()),
        }
    }
}

impl GuestMails {
    /// What a guest has booked, if they are told of this event: not of what they did themselves later, by
    /// the link.
    async fn booking_of_guest(
        &self,
        recorded: &Recorded<Event>,
    ) -> anyhow::Result<Option<Booking>> {
        let id = AppointmentId::from(recorded.id);
        let history = self.commands.lookup().history::<Appointment>(id).await?;
        let booked = history.into_iter().find_map(|before| match before.event {
            Event::Booked(booking) => Some((booking, before.meta.actor)),
            _ => None,
        });
        // A guest acts under the id of the customer whom the signed link names.
        let is_notified = |(booking, actor): &(Booking, Uuid)| {
            let guest = booking.customer.uuid();
            let is_first = matches!(recorded.event, Event::Booked(_));
            guest == *actor && (is_first || guest != recorded.meta.actor)
        };
        Ok(booked.filter(is_notified).map(|(booking, _)| booking))
    }

    /// The mail to a guest, unless what it needs was erased.
    async fn draft(
        &self,
        recorded: &Recorded<Event>,
        booking: &Booking,
        change: AppointmentChange,
    ) -> anyhow::Result<Option<MailDraft>> {
        let (lookup, id) = (self.commands.lookup(), AppointmentId::from(recorded.id));
        let customer = booking.customer;
        let appointment = lookup.load(id).await?;
        let Some((service, plan)) = appointment.agreed() else { return Ok(None) };
        let (service, to) = (lookup.load(service).await?, lookup.load(customer).await?);
        let Some((service, to)) = service.definition().zip(to.email()) else { return Ok(None) };
        let business = lookup.load(BusinessId::only()).await?;
        let first = || business.profile()?.languages.first().copied();
        let language = booking.language.or_else(first).unwrap_or_default();
        let (service, start) = (service.name_in(language).to_string(), plan.start.clone());
        let content = MailContent::Appointment { change, service, start };
        let MailText { subject, text } = render(&content, language, plan.start.zone, None);
        let master = lookup.keys().master();
        let token = LinkToken::new(master, GUEST_LINK, id.uuid(), customer.uuid(), "");
        Ok(Some(MailDraft {
            recipient: customer.uuid(),
            about: recorded.event_id(),
            to: MailDraft::mailbox(&to)?,
            subject,
            text,
            portal_path: format!("a/{token}"),
        }))
    }
}

/// What a guest is told of an event, if they are.
fn change_of(event: &Event) -> Option<AppointmentChange> {
    match event {
        Event::Booked(booking) => {
            Some(AppointmentChange::BookedByGuest { pending: booking.status == Status::Pending })
        }
        Event::Confirmed {} => Some(AppointmentChange::Confirmed),
        Event::Declined { .. } => Some(AppointmentChange::Declined),
        Event::Rescheduled { .. } => Some(AppointmentChange::Rescheduled),
        Event::Cancelled { .. } => Some(AppointmentChange::Cancelled),
        _ => None,
    }
}
