//! Notifications by mail.
//!
//! What was sent is recorded in the notification itself, so a letter goes out once, whatever is
//! replayed or rebuilt (NOT-4). While nothing can be recorded it is remembered. Only a crash between
//! sending and recording sends it again, under the same `Message-ID`: a mailbox shows it once.

mod letter;
mod post;
#[cfg(test)]
mod tests;
mod words;
mod written;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use commands::{Commands, Failure, Order};
use domain::{
    Recorded,
    identity::Actor,
    notifications::notification::{Channel, Command, Event, Notice, Notification, NotificationId},
    platform::subject::{self, Subject},
};
use projections::notifications::notification as inbox;
use sqlx::PgPool;

pub use post::{Post, Unsent};
pub(crate) use written::{Written, in_line};

use crate::{Begin, On, Reaction, Task, Window, Worker, checkpoint::qualified, each};

/// After so many failures a letter is given up: about four days.
const ATTEMPTS: u16 = 6;

/// What the mail worker works with.
pub struct Settings {
    pub post: Post,
    /// `Salon Anna <hello@example.com>`
    pub from: String,
    /// Where people reach the portal; links begin with it.
    pub portal: String,
}

/// Sends letters. Cheap to clone.
#[derive(Clone)]
pub struct Mail {
    commands: Commands,
    db: PgPool,
    settings: Arc<Settings>,
    by: Actor,
    /// What came of letters, until it is recorded; of no more than are in hand.
    unrecorded: Arc<Mutex<HashMap<NotificationId, Command>>>,
}

impl Mail {
    pub fn new(commands: Commands, db: PgPool, settings: Settings) -> Self {
        let by = Actor::system("notifications.mail");
        Self { commands, db, settings: Arc::new(settings), by, unrecorded: Arc::default() }
    }

    /// Sends what is created from now on, and forgets who is erased.
    pub fn worker(&self) -> Worker {
        let reactions = vec![
            On::events_of::<Notification>(self.clone()),
            On::events_of::<Subject>(self.clone()),
        ];
        Worker { name: "notifications.mail", begin: Begin::Now, reactions }
    }

    /// Tries to send a letter, unless that is settled, and records what came of it.
    async fn deliver(&self, id: NotificationId) -> anyhow::Result<()> {
        let notification = self.commands.lookup().load(id).await?;
        let Some(notice) = notification.notice() else { return Ok(()) };
        let delivery = notice.delivery(Channel::Mail);
        if delivery.settled {
            return Ok(());
        }
        let known = self.unrecorded().get(&id).cloned();
        let outcome = match known {
            Some(outcome) => outcome,
            None => self.tried(id, notice, delivery.failures + 1).await?,
        };
        self.unrecorded().insert(id, outcome.clone());
        match self.commands.execute(Order::new(id, outcome, self.by.clone())).await {
            // The words of a failure are the recipient's, who was erased a moment ago.
            Ok(_) | Err(Failure::SubjectErased) => {
                self.unrecorded().remove(&id);
                Ok(())
            }
            Err(failure) => Err(failure.into()),
        }
    }

    /// Tries to send a letter; what came of it, to be recorded.
    async fn tried(
        &self,
        id: NotificationId,
        notice: &Notice,
        attempt: u16,
    ) -> anyhow::Result<Command> {
        let channel = Channel::Mail;
        let letter = match self.letter(id, notice).await? {
            Err(why) => return Ok(Command::Suppress { channel, why }),
            Ok(letter) => letter,
        };
        match self.settings.post.send(&letter).await {
            Ok(()) => Ok(Command::RecordSent { channel, message_id: letter.message_id }),
            Err(Unsent { why, forever }) => {
                let why = why.parse().or_else(|_| "without a word".parse());
                let why = why.map_err(anyhow::Error::msg)?;
                let last = forever || attempt >= ATTEMPTS;
                Ok(Command::RecordFailed { channel, attempt, why, last })
            }
        }
    }

    fn unrecorded(&self) -> MutexGuard<'_, HashMap<NotificationId, Command>> {
        self.unrecorded.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reaction<Notification> for Mail {
    async fn on(&self, fact: &Recorded<Event>) -> anyhow::Result<()> {
        match fact.event {
            Event::Created { .. } => self.deliver(fact.id.into()).await,
            _ => Ok(()),
        }
    }
}

impl Reaction<Subject> for Mail {
    async fn on(&self, fact: &Recorded<subject::Event>) -> anyhow::Result<()> {
        let subject::Event::Erased { .. } = fact.event;
        self.commands.forget(fact.id);
        Ok(self.settings.post.forget(fact.id).await?)
    }
}

/// Sends again what could not be sent, ever more seldom.
impl Task for Mail {
    const NAME: &'static str = "notifications.mail_again";
    const EVERY: Duration = Duration::from_mins(1);

    async fn run(&self, window: Window) -> anyhow::Result<()> {
        let due = inbox::due(&self.db, window.until, &qualified(Self::NAME)).await?;
        each::<Self, Notification, _>(&self.db, due, |id| self.deliver(id)).await
    }
}
