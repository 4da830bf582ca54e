//! Notifications by mail.
//!
//! What was sent is recorded in the notification itself, so a mail is sent once, whatever is
//! replayed or rebuilt (NOT-4). While it cannot be recorded it is kept in memory. Only a crash between
//! sending and recording sends it again, with the same `Message-ID`: a mailbox shows it once.

mod appointment;
mod content;
mod mailer;
mod message;
#[cfg(test)]
mod tests;
mod texts;
mod unrendered;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use commands::{CommandEnvelope, Commands, Failure};
use domain::{
    Recorded,
    identity::Actor,
    notifications::notification::{Channel, Command, Event, Notice, Notification, NotificationId},
    platform::subject::{self, Subject},
};
use projections::notifications::notification as inbox;
use sqlx::PgPool;

pub(crate) use appointment::RecipientKind;
pub(crate) use content::{AppointmentNotice, MailContent, MembershipInvitation};
pub use mailer::{Mailer, SendError};
pub use unrendered::UnrenderedMail;
pub(crate) use unrendered::single_line;

use crate::{
    AnyReaction, Reaction, StartAt, Task, Window, Worker, checkpoint::consumer_name, for_each_due,
};

/// After so many failures a mail is given up: about four days.
const MAX_ATTEMPTS: u16 = 6;

/// The settings of mail.
pub struct MailSettings {
    pub mailer: Mailer,
    /// `Salon Anna <hello@example.com>`
    pub from: String,
    /// The URL of the portal; links in mails begin with it.
    pub portal: String,
}

/// Sends mails. Cheap to clone.
#[derive(Clone)]
pub struct MailSender {
    commands: Commands,
    db: PgPool,
    settings: Arc<MailSettings>,
    actor: Actor,
    /// The outcomes that are not recorded yet, of mails that are being sent at the moment.
    unrecorded_outcomes: Arc<Mutex<HashMap<NotificationId, Command>>>,
}

impl MailSender {
    pub fn new(commands: Commands, db: PgPool, settings: MailSettings) -> Self {
        let actor = Actor::system("notifications.mail");
        Self {
            commands,
            db,
            settings: Arc::new(settings),
            actor,
            unrecorded_outcomes: Arc::default(),
        }
    }

    /// Sends notifications that are created from now on, and deletes mails to people who are erased.
    pub fn worker(&self) -> Worker {
        let reactions = vec![
            AnyReaction::to_events_of::<Notification>(self.clone()),
            AnyReaction::to_events_of::<Subject>(self.clone()),
        ];
        Worker { name: "notifications.mail", start_at: StartAt::Now, reactions }
    }

    /// Sends the mail of a notification, unless that is settled, and records the outcome.
    async fn deliver(&self, id: NotificationId) -> anyhow::Result<()> {
        let notification = self.commands.aggregates().load(id).await?;
        let Some(notice) = notification.notice() else { return Ok(()) };
        let delivery = notice.delivery(Channel::Mail);
        if delivery.settled {
            return Ok(());
        }
        let unrecorded = self.unrecorded_outcomes().get(&id).cloned();
        let outcome = match unrecorded {
            Some(outcome) => outcome,
            None => self.attempt_delivery(id, notice, delivery.failures + 1).await?,
        };
        self.unrecorded_outcomes().insert(id, outcome.clone());
        match self.commands.execute(CommandEnvelope::new(id, outcome, self.actor.clone())).await {
            // The text of a failure is personal data of the recipient, who was erased a moment ago.
            Ok(_) | Err(Failure::SubjectErased) => {
                self.unrecorded_outcomes().remove(&id);
                Ok(())
            }
            Err(failure) => Err(failure.into()),
        }
    }

    /// Tries to send a mail. Answers the command that records the outcome.
    async fn attempt_delivery(
        &self,
        id: NotificationId,
        notice: &Notice,
        attempt: u16,
    ) -> anyhow::Result<Command> {
        let channel = Channel::Mail;
        let message = match self.message_for(id, notice).await? {
            Err(why) => return Ok(Command::Suppress { channel, why }),
            Ok(message) => message,
        };
        match self.settings.mailer.send(&message).await {
            Ok(()) => Ok(Command::RecordSent { channel, message_id: message.message_id }),
            Err(SendError { reason: why, permanent }) => {
                let why = why.parse().or_else(|_| "without a word".parse());
                let why = why.map_err(anyhow::Error::msg)?;
                let last = permanent || attempt >= MAX_ATTEMPTS;
                Ok(Command::RecordFailed { channel, attempt, why, last })
            }
        }
    }

    fn unrecorded_outcomes(&self) -> MutexGuard<'_, HashMap<NotificationId, Command>> {
        self.unrecorded_outcomes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reaction<Notification> for MailSender {
    async fn react(&self, recorded: &Recorded<Event>) -> anyhow::Result<()> {
        match recorded.event {
            Event::Created { .. } if recorded.meta.is_imported() => Ok(()),
            Event::Created { .. } => self.deliver(recorded.id.into()).await,
            _ => Ok(()),
        }
    }
}

impl Reaction<Subject> for MailSender {
    async fn react(&self, recorded: &Recorded<subject::Event>) -> anyhow::Result<()> {
        let subject::Event::Erased { .. } = recorded.event;
        self.commands.evict_subject(recorded.id);
        Ok(self.delete_mail_files_to(recorded.id).await?)
    }
}

/// Sends again what could not be sent, after ever longer pauses.
impl Task for MailSender {
    const NAME: &'static str = "notifications.mail_retry";
    const EVERY: Duration = Duration::from_mins(1);

    async fn run(&self, window: Window) -> anyhow::Result<()> {
        let due =
            inbox::notifications_due_for_retry(&self.db, window.until, &consumer_name(Self::NAME))
                .await?;
        for_each_due::<Self, Notification, _>(&self.db, due, |id| self.deliver(id)).await
    }
}

/// Deletes mails that are files, and that nobody fetched in time: codes within ten minutes after they have
/// become useless.
pub struct MailSweep(pub MailSender);

impl Task for MailSweep {
    const NAME: &'static str = "notifications.mail_sweep";
    const EVERY: Duration = Duration::from_mins(10);

    async fn run(&self, window: Window) -> anyhow::Result<()> {
        Ok(self.0.settings.mailer.delete_old_files(SystemTime::from(window.until)).await?)
    }
}
