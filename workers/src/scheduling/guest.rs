//! Tells people who booked without an account by mail what the business does with their appointment.

use commands::{Commands, scheduling::GUEST_LINK};
use domain::{
    Language, Recorded,
    crm::customer::CustomerId,
    platform::business::BusinessId,
    scheduling::appointment::{Appointment, AppointmentId, Event},
};
use sealing::LinkToken;

use crate::{
    AnyReaction, PermanentFailure, Reaction, StartAt, Worker,
    notifications::mail::{MailDraft, MailSender},
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
        let Some(titles) = titles(&recorded.event) else { return Ok(()) };
        match self.draft(recorded, titles).await? {
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
    /// The mail, if a guest has booked the appointment and it was somebody else who did this.
    async fn draft(
        &self,
        recorded: &Recorded<Event>,
        titles: [&str; 4],
    ) -> anyhow::Result<Option<MailDraft>> {
        let (lookup, id) = (self.commands.lookup(), AppointmentId::from(recorded.id));
        let history = lookup.history::<Appointment>(id).await?;
        let booked = history.iter().find_map(|recorded| match &recorded.event {
            Event::Booked(booking) => Some((booking.customer, recorded.meta.actor)),
            _ => None,
        });
        // A guest acts under the id of the customer whom the signed link names.
        let by_guest = |customer: &CustomerId, actor| customer.uuid() == actor;
        let customer = booked.filter(|(customer, actor)| by_guest(customer, *actor));
        let Some((customer, _)) = customer else { return Ok(None) };
        if by_guest(&customer, recorded.meta.actor) {
            return Ok(None);
        }
        let appointment = lookup.load(id).await?;
        let Some((service, plan)) = appointment.agreed() else { return Ok(None) };
        let (service, to) = (lookup.load(service).await?, lookup.load(customer).await?);
        let Some((service, to)) = service.definition().zip(to.email()) else { return Ok(None) };
        let business = lookup.load(BusinessId::only()).await?;
        let language = business.profile().and_then(|profile| profile.languages.first().copied());
        let language = language.unwrap_or_default();
        let (title, local) = (in_language(language, titles), plan.start.local);
        let when = match language {
            Language::En => local.format("%-d %B %Y, %H:%M"),
            Language::De | Language::Ru | Language::Fr => local.format("%d.%m.%Y, %H:%M"),
        };
        let (hello, more) = (in_language(language, HELLO), in_language(language, MORE));
        let master = lookup.keys().master();
        let token = LinkToken::new(master, GUEST_LINK, id.uuid(), customer.uuid(), "");
        Ok(Some(MailDraft {
            recipient: customer.uuid(),
            about: recorded.event_id(),
            to: MailDraft::mailbox(&to)?,
            subject: format!("{title} ({when})"),
            text: format!("{hello}\n\n{title}.\n\n{}\n{when}\n\n{more}", service.name),
            portal_path: format!("a/{token}"),
        }))
    }
}

/// What happened, if a guest is told of it.
fn titles(event: &Event) -> Option<[&'static str; 4]> {
    match event {
        Event::Confirmed {} => Some(CONFIRMED),
        Event::Declined { .. } => Some(DECLINED),
        Event::Rescheduled { .. } => Some(MOVED),
        Event::Cancelled { .. } => Some(CALLED_OFF),
        _ => None,
    }
}

fn in_language(language: Language, [english, german, russian, french]: [&str; 4]) -> &str {
    match language {
        Language::En => english,
        Language::De => german,
        Language::Ru => russian,
        Language::Fr => french,
    }
}

const HELLO: [&str; 4] = ["Hello,", "Guten Tag,", "Здравствуйте!", "Bonjour,"];
const CONFIRMED: [&str; 4] = [
    "Your appointment is confirmed",
    "Ihr Termin ist bestätigt",
    "Ваша запись подтверждена",
    "Votre rendez-vous est confirmé",
];
const DECLINED: [&str; 4] = [
    "Your appointment could not be confirmed",
    "Ihr Termin konnte nicht bestätigt werden",
    "Запись не удалось подтвердить",
    "Votre rendez-vous n’a pas pu être confirmé",
];
const MOVED: [&str; 4] = [
    "Your appointment is moved",
    "Ihr Termin ist verschoben",
    "Ваша запись перенесена",
    "Votre rendez-vous est déplacé",
];
const CALLED_OFF: [&str; 4] = [
    "Your appointment is called off",
    "Ihr Termin ist abgesagt",
    "Ваша запись отменена",
    "Votre rendez-vous est annulé",
];
/// Before a link.
const MORE: [&str; 4] = [
    "Here you see it:",
    "Hier sehen Sie ihn:",
    "Здесь её можно посмотреть:",
    "Vous pouvez le consulter ici :",
];
