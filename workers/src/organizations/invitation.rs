//! Sends invitations by mail, and makes those who accept members. The contact of the first order of an
//! organisation is invited to administer its cabinet.

use anyhow::Context;
use chrono_tz::Tz;
use commands::{CommandEnvelope, Commands, Failure, Receipt, organizations};
use domain::{
    Personal, Recorded,
    identity::{
        Actor, Reach,
        user::{self, Language, User},
    },
    organizations::{
        cabinet::{self, Cabinet},
        invitation::{self, Command, Event, Invitation, InvitationId, MembershipOffer},
        membership::{Grant, Rank, Refusal},
    },
};
use sealing::LinkToken;

use crate::{
    AnyReaction, Reaction, StartAt, Worker,
    notifications::mail::{
        MailContent, MailSender, MembershipInvitation, UnrenderedMail, single_line,
    },
};

/// Sends invitations, and makes those who accept members. Cheap to clone.
#[derive(Clone)]
pub struct InvitationReactions {
    commands: Commands,
    mail: MailSender,
    actor: Actor,
}

impl InvitationReactions {
    const NAME: &str = "organizations.invitation";

    pub fn new(commands: Commands, mail: MailSender) -> Self {
        Self { commands, mail, actor: Actor::system(Self::NAME) }
    }

    pub fn worker(&self) -> Worker {
        let reactions = vec![
            AnyReaction::to_events_of::<Invitation>(self.clone()),
            AnyReaction::to_events_of::<User>(self.clone()),
            AnyReaction::to_events_of::<Cabinet>(self.clone()),
        ];
        Worker { name: Self::NAME, start_at: StartAt::Now, reactions }
    }

    /// The mail that carries the secret of an invitation; `None` if its address was erased, or it was
    /// withdrawn or has expired by now.
    async fn invitation_mail(
        &self,
        recorded: &Recorded<Event>,
        offer: &MembershipOffer,
    ) -> anyhow::Result<Option<UnrenderedMail>> {
        let Some(email) = offer.email.get() else { return Ok(None) };
        let aggregates = self.commands.aggregates();
        let invitation = aggregates.load::<Invitation>(recorded.id.into()).await?;
        if !invitation.is_open(self.commands.now()) {
            return Ok(None);
        }
        let (master, nonce) = (aggregates.keys().master(), offer.cabinet.uuid());
        let purpose = organizations::INVITATION_LINK_PURPOSE;
        let token = LinkToken::new(master, purpose, recorded.id, nonce, &email.normalized());
        let cabinet = aggregates.load::<Cabinet>(offer.cabinet).await?;
        let details = cabinet.details().context("an invitation to nowhere")?;
        // The name was erased meanwhile: nobody is invited.
        let Some(cabinet) = details.name.get() else { return Ok(None) };
        let cabinet = single_line(cabinet.as_str());
        let inviter = self.inviter(recorded).await?;
        let invited = MembershipInvitation { inviter, cabinet, role: offer.grant.role, token };
        let content = MailContent::Invitation(invited);
        Ok(Some(UnrenderedMail {
            data_subject: recorded.id,
            about: recorded.event_id(),
            to: UnrenderedMail::mailbox(email)?,
            link_path: content.link_path(recorded.id),
            content,
            language: offer.language,
            zone: Tz::UTC,
        }))
    }

    /// What whoever invites is called; programs and the business itself have no such name.
    async fn inviter(&self, recorded: &Recorded<Event>) -> anyhow::Result<Option<String>> {
        let user = self.commands.aggregates().load::<User>(recorded.meta.actor.into()).await?;
        let name = user.account().and_then(|account| account.name.get());
        Ok(name.map(|name| single_line(name.as_str())))
    }
}

impl Reaction<Invitation> for InvitationReactions {
    async fn react(&self, recorded: &Recorded<Event>) -> anyhow::Result<()> {
        match &recorded.event {
            Event::Sent { offer } => match self.invitation_mail(recorded, offer).await? {
                Some(mail) => self.mail.send(mail).await,
                None => Ok(()),
            },
            Event::Accepted { .. } => ignore_impossible_admission(
                organizations::join_by_accepted_invitation(&self.commands, recorded.id.into())
                    .await,
            ),
            Event::Withdrawn {} => Ok(()),
        }
    }
}

/// PUR-4: an order for an organisation that has a cabinet already lets nobody in, whatever address
/// it names. So only the event that creates the cabinet invites its contact.
impl Reaction<Cabinet> for InvitationReactions {
    async fn react(&self, recorded: &Recorded<cabinet::Event>) -> anyhow::Result<()> {
        let cabinet::Event::Provisioned { details, .. } = &recorded.event else { return Ok(()) };
        let contact = details.contact.as_ref().and_then(Personal::get);
        let Some(email) = contact.cloned() else { return Ok(()) };
        let cabinet = recorded.id.into();
        let grant = Grant { role: Rank::ClientAdmin, reach: Reach::Subtree };
        let send = Command::Send { cabinet, email, grant, language: Language::default() };
        let id = InvitationId::of_first_buyer(cabinet);
        let envelope = CommandEnvelope::new(id, send, self.actor.clone()).caused_by(recorded);
        match self.commands.execute(envelope).await {
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

/// A person who is registered after they accepted becomes a member, even if the process that registered
/// them died in between.
impl Reaction<User> for InvitationReactions {
    async fn react(&self, recorded: &Recorded<user::Event>) -> anyhow::Result<()> {
        if !matches!(recorded.event, user::Event::Registered { .. }) {
            return Ok(());
        }
        let (user, correlation) = (recorded.id.into(), recorded.meta.correlation);
        ignore_impossible_admission(
            organizations::join_if_registered_by_invitation(&self.commands, user, correlation)
                .await,
        )
    }
}

fn ignore_impossible_admission(
    outcome: Result<Option<Receipt>, Failure<Refusal>>,
) -> anyhow::Result<()> {
    match outcome {
        // The cabinet was closed or the user deactivated a moment ago, or is yet to be registered.
        Ok(_) | Err(Failure::Refused(Refusal::CabinetClosed | Refusal::UnknownUser)) => Ok(()),
        Err(failure) => Err(failure.into()),
    }
}
