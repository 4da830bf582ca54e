//! Notifies people of the events that concern them.

use std::collections::BTreeSet;

use anyhow::Context;
use commands::{
    CommandEnvelope, Commands, Right, organizations::user_has_right, support::issue::owner_of,
};
use domain::{
    Recorded,
    files::export::{self, Export},
    identity::{
        Actor, Owner, Role,
        session::{self, Session},
        user::{Event, Link, Purpose, User, UserId},
    },
    licensing::license::{self, License},
    notifications::{
        announcement::{self, Announcement, Audience},
        notification::{Cause, Command, Kind, Notification},
    },
    organizations::cabinet::CabinetId,
    purchasing::{
        purchase,
        purchase_event::{self, PurchaseEvent},
    },
    scheduling::appointment::{self, Appointment},
    support::issue::{self, Issue, Visibility},
};
use projections::{
    Projections,
    identity::user,
    organizations::{cabinet, membership},
};
use sqlx::PgPool;

use crate::{AnyReaction, Reaction, StartAt, Worker, reaction::wait_until_caught_up};

/// Creates notifications. One that exists already is not created again (NOT-1), so the worker may
/// start at the first event.
pub fn notification_creation_worker(
    commands: Commands,
    projections: Projections,
    db: PgPool,
) -> Worker {
    let notify =
        Notifier { commands, projections, db, actor: Actor::system("notifications.notification") };
    let reactions = vec![
        AnyReaction::to_events_of::<License>(notify.clone()),
        AnyReaction::to_events_of::<Appointment>(notify.clone()),
        AnyReaction::to_events_of::<Issue>(notify.clone()),
        AnyReaction::to_events_of::<Export>(notify.clone()),
        AnyReaction::to_events_of::<User>(notify.clone()),
        AnyReaction::to_events_of::<Session>(notify.clone()),
        AnyReaction::to_events_of::<Announcement>(notify.clone()),
        AnyReaction::to_events_of::<PurchaseEvent>(notify),
    ];
    Worker { name: "notifications.notification", start_at: StartAt::FirstEvent, reactions }
}

#[derive(Clone)]
struct Notifier {
    commands: Commands,
    projections: Projections,
    db: PgPool,
    actor: Actor,
}

impl Reaction<License> for Notifier {
    /// Notifies the members of the cabinet that holds the licence, as far as they see it.
    async fn react(&self, recorded: &Recorded<license::Event>) -> anyhow::Result<()> {
        let (kind, cabinet) = match &recorded.event {
            license::Event::ExpiryNoticed { cabinet, .. } => (Kind::LicenseExpiring, *cabinet),
            license::Event::Expired { cabinet, .. } => (Kind::LicenseExpired, *cabinet),
            _ => return Ok(()),
        };
        let members = self.members(cabinet, recorded.position).await?;
        let owner = Owner { cabinet: Some(cabinet), ..Owner::default() };
        let holders = self.users_with_right(Right::LicensesRead, &owner, members).await?;
        self.notify(holders, kind, recorded).await
    }
}

impl Reaction<Appointment> for Notifier {
    /// Notifies the customer; also of a booking that they made themselves, as a receipt.
    async fn react(&self, recorded: &Recorded<appointment::Event>) -> anyhow::Result<()> {
        let kind = match &recorded.event {
            appointment::Event::Booked(_) => Kind::AppointmentBooked,
            appointment::Event::Confirmed {} => Kind::AppointmentConfirmed,
            appointment::Event::Declined { .. } => Kind::AppointmentDeclined,
            appointment::Event::Rescheduled { .. } => Kind::AppointmentRescheduled,
            appointment::Event::Cancelled { .. } => Kind::AppointmentCancelled,
            appointment::Event::ReminderDue {} => Kind::AppointmentReminder,
            _ => return Ok(()),
        };
        let appointment =
            self.commands.aggregates().load::<Appointment>(recorded.id.into()).await?;
        let Some(customer) = appointment.customer() else { return Ok(()) };
        self.wait_for_users(recorded.position).await?;
        let customers = user::active_users_of_customer(&self.db, customer).await?;
        self.notify(customers, kind, recorded).await
    }
}

impl Reaction<Issue> for Notifier {
    /// Notifies the reporter and the assignee, as long as they may read what was written; but not the one
    /// who acted.
    async fn react(&self, recorded: &Recorded<issue::Event>) -> anyhow::Result<()> {
        let (kind, internal) = match &recorded.event {
            issue::Event::Commented { visibility, .. } => {
                (Kind::IssueCommented, *visibility == Visibility::Internal)
            }
            issue::Event::Continued { .. } => (Kind::IssueCommented, false),
            issue::Event::Resolved { .. } => (Kind::IssueResolved, false),
            _ => return Ok(()),
        };
        let issue = self.commands.aggregates().load::<Issue>(recorded.id.into()).await?;
        let Some(thread) = issue.thread() else { return Ok(()) };
        // No client is notified of an internal comment (SUP-1).
        let right = if internal { Right::IssuesWork } else { Right::IssuesRead };
        let people = [thread.reporter].into_iter().chain(thread.assignee);
        let others = people.filter(|user| user.uuid() != recorded.meta.actor);
        let readers = self.users_with_right(right, &owner_of(thread), others).await?;
        self.notify(readers, kind, recorded).await
    }
}

impl Reaction<Export> for Notifier {
    /// Notifies whoever asked for it. Who is sent one by a rhythm is not told of what they may not see.
    async fn react(&self, recorded: &Recorded<export::Event>) -> anyhow::Result<()> {
        let kind = match &recorded.event {
            export::Event::Completed(_) => Kind::ExportCompleted,
            export::Event::Failed { .. } => Kind::ExportFailed,
            _ => return Ok(()),
        };
        let history = self.commands.aggregates().history::<Export>(recorded.id.into()).await?;
        let Some(first) = history.first() else { return Ok(()) };
        let export::Event::Requested(request) = &first.event else { return Ok(()) };
        let asked_themselves = first.meta.actor == request.requester.uuid();
        if kind == Kind::ExportCompleted || asked_themselves {
            self.notify([request.requester], kind, recorded).await?;
        }
        Ok(())
    }
}

impl Reaction<User> for Notifier {
    /// Notifies the user themselves: of links to their address, and of what somebody else may have done.
    async fn react(&self, recorded: &Recorded<Event>) -> anyhow::Result<()> {
        let kind = match &recorded.event {
            Event::LinkRequested(Link { purpose: Purpose::Verification, .. }) => {
                Kind::EmailVerification
            }
            Event::LinkRequested(_) => Kind::PasswordReset,
            Event::EmailChangeRequested { .. } => {
                self.notify([UserId::from(recorded.id)], Kind::EmailChange, recorded).await?;
                Kind::EmailChangeRequested
            }
            // The first password is no change of one.
            Event::PasswordChanged { .. } if self.had_password(recorded).await? => {
                Kind::PasswordChanged
            }
            Event::SecondFactorReset {} => Kind::SecondFactorReset,
            _ => return Ok(()),
        };
        self.notify([UserId::from(recorded.id)], kind, recorded).await
    }
}

impl Reaction<Session> for Notifier {
    async fn react(&self, recorded: &Recorded<session::Event>) -> anyhow::Result<()> {
        match recorded.event {
            session::Event::ReuseDetected { user } => {
                self.notify([user], Kind::SessionReused, recorded).await
            }
            _ => Ok(()),
        }
    }
}

impl Reaction<Announcement> for Notifier {
    /// Notifies those who belong to the audience by now, but not the one who announces.
    async fn react(&self, recorded: &Recorded<announcement::Event>) -> anyhow::Result<()> {
        let announcement::Event::Published { message } = &recorded.event else { return Ok(()) };
        let audience = self.audience(message.audience, recorded.position).await?;
        let others = audience.into_iter().filter(|user| user.uuid() != recorded.meta.actor);
        self.notify(others, Kind::Announcement, recorded).await
    }
}

impl Reaction<PurchaseEvent> for Notifier {
    /// PUR-1: two messages with one id are a fault of the purchase system, or not from it: administrators
    /// are notified. Other parked messages are only listed.
    async fn react(&self, recorded: &Recorded<purchase_event::Event>) -> anyhow::Result<()> {
        let conflict = purchase::RejectionReason::from(&purchase::Refusal::Conflict).code;
        match &recorded.event {
            purchase_event::Event::Parked { code, .. } if *code == conflict => {
                self.wait_for_users(recorded.position).await?;
                let operators = user::active_users_of_role(&self.db, Role::Admin).await?;
                self.notify(operators, Kind::PurchaseConflict, recorded).await
            }
            _ => Ok(()),
        }
    }
}

impl Notifier {
    /// Whether there was a password before.
    async fn had_password(&self, recorded: &Recorded<Event>) -> anyhow::Result<bool> {
        let history = self.commands.aggregates().history::<User>(recorded.id.into()).await?;
        let mut before = history.iter().take_while(|before| before.version < recorded.version);
        Ok(before.any(|before| matches!(before.event, Event::PasswordChanged { .. })))
    }

    /// Those who may do with a thing what takes a right: nobody is notified of what their reach hides.
    async fn users_with_right(
        &self,
        right: Right,
        owner: &Owner,
        users: impl IntoIterator<Item = UserId>,
    ) -> anyhow::Result<Vec<UserId>> {
        let mut allowed = Vec::new();
        for user in users {
            if user_has_right(self.commands.aggregates(), user, right, owner).await? {
                allowed.push(user);
            }
        }
        Ok(allowed)
    }

    async fn notify<E: Sync>(
        &self,
        recipients: impl IntoIterator<Item = UserId>,
        kind: Kind,
        recorded: &Recorded<E>,
    ) -> anyhow::Result<()> {
        let cause = Cause {
            stream: recorded.stream.clone(),
            id: recorded.id,
            version: recorded.version,
            position: recorded.position,
            parked: None,
        };
        for recipient in recipients.into_iter().collect::<BTreeSet<_>>() {
            let id = Notification::id_for(recipient, kind, &cause);
            let create = Command::Create { recipient, kind, cause: cause.clone() };
            let envelope = CommandEnvelope::new(id, create, self.actor.clone()).caused_by(recorded);
            self.commands.execute(envelope).await.context("a notification is not created")?;
        }
        Ok(())
    }

    async fn audience(&self, audience: Audience, position: i64) -> anyhow::Result<Vec<UserId>> {
        self.wait_for_users(position).await?;
        let mut users = vec![];
        match audience {
            Audience::Staff {} => {
                for role in Role::ALL.into_iter().filter(|role| role.is_staff()) {
                    users.extend(user::active_users_of_role(&self.db, role).await?);
                }
            }
            Audience::Role { role } => users = user::active_users_of_role(&self.db, role).await?,
            Audience::Cabinet { cabinet: top } => {
                wait_until_caught_up(&self.projections, &cabinet::PROJECTOR, position).await?;
                for cabinet in cabinet::subtree(&self.db, top).await? {
                    users.extend(self.members(cabinet, position).await?);
                }
            }
        }
        Ok(users)
    }

    async fn members(&self, cabinet: CabinetId, position: i64) -> anyhow::Result<Vec<UserId>> {
        self.wait_for_users(position).await?;
        wait_until_caught_up(&self.projections, &membership::PROJECTOR, position).await?;
        Ok(membership::active_members_of_cabinet(&self.db, cabinet).await?)
    }

    /// Waits until the read model of users holds everything up to a position.
    async fn wait_for_users(&self, position: i64) -> anyhow::Result<()> {
        wait_until_caught_up(&self.projections, &user::PROJECTOR, position).await
    }
}
