//! Whoever is invited gets a mail; whoever accepts becomes a member. Whoever ordered first for an
//! organisation that nobody knew is invited to look after it.

use anyhow::Context;
use commands::{Commands, Failure, Order, Receipt, organizations};
use domain::{
    Personal, Recorded,
    identity::{
        Actor, Reach,
        user::{self, Language, User},
    },
    organizations::{
        cabinet::{self, Cabinet},
        invitation::{self, Command, Event, Invitation, InvitationId, Offer},
        membership::{Grant, Rank, Refusal},
    },
};
use lettre::message::Mailbox;
use sealing::Ticket;

use crate::{
    Begin, On, Reaction, Worker,
    notifications::mail::{Mail, Written, in_line},
};

/// Sends invitations, and admits those who accept. Cheap to clone.
#[derive(Clone)]
pub struct Invitations {
    commands: Commands,
    mail: Mail,
    by: Actor,
}

impl Invitations {
    const NAME: &str = "organizations.invitation";

    pub fn new(commands: Commands, mail: Mail) -> Self {
        Self { commands, mail, by: Actor::system(Self::NAME) }
    }

    pub fn worker(&self) -> Worker {
        let reactions = vec![
            On::events_of::<Invitation>(self.clone()),
            On::events_of::<User>(self.clone()),
            On::events_of::<Cabinet>(self.clone()),
        ];
        Worker { name: Self::NAME, begin: Begin::Now, reactions }
    }

    /// The mail that brings the secret of an invitation; nothing, if its address was erased, or it was
    /// taken back or is over by now: it may have waited.
    async fn write(
        &self,
        fact: &Recorded<Event>,
        offer: &Offer,
    ) -> anyhow::Result<Option<Written>> {
        let Some(email) = offer.email.get() else { return Ok(None) };
        let lookup = self.commands.lookup();
        let invitation = lookup.load::<Invitation>(fact.id.into()).await?;
        if !invitation.is_open(self.commands.now()) {
            return Ok(None);
        }
        let (master, nonce) = (lookup.keys().master(), offer.cabinet.uuid());
        let purpose = organizations::INVITATION;
        let ticket = Ticket::new(master, purpose, fact.id, nonce, &email.folded());
        let cabinet = lookup.load::<Cabinet>(offer.cabinet).await?;
        let details = cabinet.details().context("an invitation to nowhere")?;
        // Nobody is invited to what was erased meanwhile.
        let Some(cabinet) = details.name.get() else { return Ok(None) };
        let cabinet = in_line(cabinet.as_str());
        let (subject, text) = match offer.language {
            Language::En => (
                format!("{cabinet}: you are invited"),
                format!(
                    "Hello,\n\nyou are invited to work with {cabinet}. The link is good for seven \
                     days, and once."
                ),
            ),
            Language::De => (
                format!("{cabinet}: Sie sind eingeladen"),
                format!(
                    "Guten Tag,\n\nSie sind eingeladen, mit {cabinet} zu arbeiten. Der Link gilt \
                     sieben Tage, und einmal."
                ),
            ),
        };
        let to = Mailbox::new(None, email.as_str().parse().context("no mailbox")?);
        // After the `#`, so that no server on the way ever logs it.
        let place = format!("invitations#{ticket}");
        Ok(Some(Written { recipient: fact.id, about: fact.event_id(), to, subject, text, place }))
    }
}

impl Reaction<Invitation> for Invitations {
    async fn on(&self, fact: &Recorded<Event>) -> anyhow::Result<()> {
        match &fact.event {
            Event::Sent { offer } => match self.write(fact, offer).await? {
                Some(mail) => self.mail.send(mail).await,
                None => Ok(()),
            },
            Event::Accepted { .. } => {
                admitted(organizations::admit(&self.commands, fact.id.into()).await)
            }
            Event::Withdrawn {} => Ok(()),
        }
    }
}

/// PUR-4: of an organisation that has a cabinet already, an order lets nobody in, whatever address
/// it names: so the first one invites, once, and no other.
impl Reaction<Cabinet> for Invitations {
    async fn on(&self, fact: &Recorded<cabinet::Event>) -> anyhow::Result<()> {
        let cabinet::Event::Provisioned { details, .. } = &fact.event else { return Ok(()) };
        let contact = details.contact.as_ref().and_then(Personal::get);
        let Some(email) = contact.cloned() else { return Ok(()) };
        let cabinet = fact.id.into();
        let grant = Grant { role: Rank::ClientAdmin, reach: Reach::Subtree };
        let send = Command::Send { cabinet, email, grant, language: Language::default() };
        let id = InvitationId::to_buyer(cabinet);
        let order = Order::new(id, send, self.by.clone()).because(fact);
        match self.commands.execute(order).await {
            Ok(_)
            | Err(
                Failure::Refused(
                    invitation::Refusal::AlreadySent | invitation::Refusal::CabinetSuspended,
                )
                | Failure::SubjectErased,
            ) => Ok(()),
            Err(failure) => Err(failure.into()),
        }
    }
}

/// Who is registered after they accepted becomes a member, wherever the process that did it ended.
impl Reaction<User> for Invitations {
    async fn on(&self, fact: &Recorded<user::Event>) -> anyhow::Result<()> {
        if !matches!(fact.event, user::Event::Registered { .. }) {
            return Ok(());
        }
        let (user, correlation) = (fact.id.into(), fact.meta.correlation);
        admitted(organizations::admit_newcomer(&self.commands, user, correlation).await)
    }
}

fn admitted(outcome: Result<Option<Receipt>, Failure<Refusal>>) -> anyhow::Result<()> {
    match outcome {
        // The cabinet was closed or the user deactivated a moment ago, or is yet to be registered.
        Ok(_) | Err(Failure::Refused(Refusal::CabinetClosed | Refusal::UnknownUser)) => Ok(()),
        Err(failure) => Err(failure.into()),
    }
}
