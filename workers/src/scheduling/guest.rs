//! Tells people who booked without an account by mail what the business does with their appointment.

use commands::{Commands, scheduling::GUEST_LINK};
use domain::{
    Recorded,
    crm::customer::CustomerId,
    platform::business::BusinessId,
    scheduling::appointment::{Appointment, AppointmentId, Event},
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
        let Some(customer) = self.guest(recorded).await? else { return Ok(()) };
        match self.draft(recorded, customer, change).await? {
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
    /// The guest who booked an appointment, if it was somebody else who did this.
    async fn guest(&self, recorded: &Recorded<Event>) -> anyhow::Result<Option<CustomerId>> {
        let id = AppointmentId::from(recorded.id);
        let history = self.commands.lookup().history::<Appointment>(id).await?;
        let booked = history.iter().find_map(|recorded| match &recorded.event {
            Event::Booked(booking) => Some((booking.customer, recorded.meta.actor)),
            _ => None,
        });
        // A guest acts under the id of the customer whom the signed link names.
        let is_guest = |(customer, actor): &(CustomerId, Uuid)| {
            customer.uuid() == *actor && customer.uuid() != recorded.meta.actor
        };
        Ok(booked.filter(is_guest).map(|(customer, _)| customer))
    }

    /// The mail to a guest, unless what it needs was erased.
    async fn draft(
        &self,
        recorded: &Recorded<Event>,
        customer: CustomerId,
        change: AppointmentChange,
    ) -> anyhow::Result<Option<MailDraft>> {
        let (lookup, id) = (self.commands.lookup(), AppointmentId::from(recorded.id));
        let appointment = lookup.load(id).await?;
        let Some((service, plan)) = appointment.agreed() else { return Ok(None) };
        let (service, to) = (lookup.load(service).await?, lookup.load(customer).await?);
        let Some((service, to)) = service.definition().zip(to.email()) else { return Ok(None) };
        let business = lookup.load(BusinessId::only()).await?;
        let language = business.profile().and_then(|profile| profile.languages.first().copied());
        let language = language.unwrap_or_default();
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
        Event::Confirmed {} => Some(AppointmentChange::Confirmed),
        Event::Declined { .. } => Some(AppointmentChange::Declined),
        Event::Rescheduled { .. } => Some(AppointmentChange::Rescheduled),
        Event::Cancelled { .. } => Some(AppointmentChange::Cancelled),
        _ => None,
    }
}
