//! What happens is told to whom it concerns.

use std::collections::BTreeSet;

use anyhow::Context;
use commands::{Commands, Order, organizations::reaches};
use domain::{
    Recorded,
    identity::{
        Actor, Role,
        session::{self, Session},
        user::{Event, Link, Purpose, User, UserId},
    },
    licensing::license::{self, License},
    notifications::notification::{Cause, Command, Kind, Notification},
    organizations::cabinet::CabinetId,
    purchasing::{
        purchase,
        purchase_event::{self, PurchaseEvent},
    },
    scheduling::appointment::{self, Appointment},
    support::issue::{self, Issue, Thread, Visibility},
};
use projections::{Projections, identity::user, organizations::membership};
use sqlx::PgPool;

use crate::{Begin, On, Reaction, Worker, reaction::caught_up};

/// Creates notifications. One that exists already is not created again (NOT-1), so it may begin
/// with the first event of all.
pub fn worker(commands: Commands, projections: Projections, db: PgPool) -> Worker {
    let tell = Tell { commands, projections, db, by: Actor::system("notifications.notification") };
    let reactions = vec![
        On::events_of::<License>(tell.clone()),
        On::events_of::<Appointment>(tell.clone()),
        On::events_of::<Issue>(tell.clone()),
        On::events_of::<User>(tell.clone()),
        On::events_of::<Session>(tell.clone()),
        On::events_of::<PurchaseEvent>(tell),
    ];
    Worker { name: "notifications.notification", begin: Begin::First, reactions }
}

#[derive(Clone)]
struct Tell {
    commands: Commands,
    projections: Projections,
    db: PgPool,
    by: Actor,
}

impl Reaction<License> for Tell {
    /// Whoever acts in the cabinet that holds the licence.
    async fn on(&self, fact: &Recorded<license::Event>) -> anyhow::Result<()> {
        let (kind, cabinet) = match &fact.event {
            license::Event::ExpiryNoticed { cabinet, .. } => (Kind::LicenseExpiring, *cabinet),
            license::Event::Expired { cabinet, .. } => (Kind::LicenseExpired, *cabinet),
            _ => return Ok(()),
        };
        let members = self.members(cabinet, fact.position).await?;
        self.tell(members, kind, fact).await
    }
}

impl Reaction<Appointment> for Tell {
    /// Whoever is the customer; of a booking of his own, too: it is his receipt.
    async fn on(&self, fact: &Recorded<appointment::Event>) -> anyhow::Result<()> {
        let kind = match &fact.event {
            appointment::Event::Booked(_) => Kind::AppointmentBooked,
            appointment::Event::Confirmed {} => Kind::AppointmentConfirmed,
            appointment::Event::Cancelled { .. } => Kind::AppointmentCancelled,
            _ => return Ok(()),
        };
        let appointment = self.commands.lookup().load::<Appointment>(fact.id.into()).await?;
        let Some(customer) = appointment.customer() else { return Ok(()) };
        self.users_of(fact.position).await?;
        let customers = user::of_customer(&self.db, customer).await?;
        self.tell(customers, kind, fact).await
    }
}

impl Reaction<Issue> for Tell {
    /// Whoever asks, as long as they belong there, and whoever answers; but not the one who did it.
    async fn on(&self, fact: &Recorded<issue::Event>) -> anyhow::Result<()> {
        let (kind, internal) = match &fact.event {
            issue::Event::Commented { visibility, .. } => {
                (Kind::IssueCommented, *visibility == Visibility::Internal)
            }
            issue::Event::Continued { .. } => (Kind::IssueCommented, false),
            issue::Event::Resolved { .. } => (Kind::IssueResolved, false),
            _ => return Ok(()),
        };
        let issue = self.commands.lookup().load::<Issue>(fact.id.into()).await?;
        let Some(thread) = issue.thread() else { return Ok(()) };
        // Of what is internal no client hears (SUP-1).
        let hears = !internal && self.still_asks(thread).await?;
        let reporter = Some(thread.reporter).filter(|_| hears);
        let told = reporter.into_iter().chain(thread.assignee);
        self.tell(told.filter(|user| user.uuid() != fact.meta.actor), kind, fact).await
    }
}

impl Reaction<User> for Tell {
    /// Himself, of what is sent to his address, and of what somebody else may have done.
    async fn on(&self, fact: &Recorded<Event>) -> anyhow::Result<()> {
        let kind = match &fact.event {
            Event::LinkRequested(Link { purpose: Purpose::Verification, .. }) => {
                Kind::EmailVerification
            }
            Event::LinkRequested(_) => Kind::PasswordReset,
            Event::EmailChangeRequested { .. } => {
                self.tell([UserId::from(fact.id)], Kind::EmailChange, fact).await?;
                Kind::EmailChangeRequested
            }
            // With the first password there is nobody yet who could be surprised.
            Event::PasswordChanged { .. } if self.had_password(fact).await? => {
                Kind::PasswordChanged
            }
            Event::SecondFactorReset {} => Kind::SecondFactorReset,
            _ => return Ok(()),
        };
        self.tell([UserId::from(fact.id)], kind, fact).await
    }
}

impl Reaction<Session> for Tell {
    async fn on(&self, fact: &Recorded<session::Event>) -> anyhow::Result<()> {
        match fact.event {
            session::Event::ReuseDetected { user } => {
                self.tell([user], Kind::SessionReused, fact).await
            }
            _ => Ok(()),
        }
    }
}

impl Reaction<PurchaseEvent> for Tell {
    /// PUR-1: two messages with one id are a fault of the purchase system, or not from it: operators
    /// are told. What else is parked waits for those who see to purchases.
    async fn on(&self, fact: &Recorded<purchase_event::Event>) -> anyhow::Result<()> {
        let conflict = purchase::Reason::from(&purchase::Refusal::Conflict).code;
        match &fact.event {
            purchase_event::Event::Parked { code, .. } if *code == conflict => {
                self.users_of(fact.position).await?;
                let operators = user::of_role(&self.db, Role::Admin).await?;
                self.tell(operators, Kind::PurchaseConflict, fact).await
            }
            _ => Ok(()),
        }
    }
}

impl Tell {
    /// Whether there was a password before.
    async fn had_password(&self, fact: &Recorded<Event>) -> anyhow::Result<bool> {
        let history = self.commands.lookup().history::<User>(fact.id.into()).await?;
        let mut before = history.iter().take_while(|before| before.version < fact.version);
        Ok(before.any(|before| matches!(before.event, Event::PasswordChanged { .. })))
    }

    /// Whether whoever asked may still read it: a client only as a member of the cabinet (ORG-7).
    async fn still_asks(&self, thread: &Thread) -> anyhow::Result<bool> {
        let (lookup, reporter) = (self.commands.lookup(), thread.reporter);
        let Some(cabinet) = thread.cabinet else { return Ok(true) };
        let user = lookup.load(reporter).await?;
        let is_client = user.account().is_some_and(|account| account.role.is_client());
        Ok(!is_client || reaches(lookup, reporter, cabinet).await?)
    }

    async fn tell<E: Sync>(
        &self,
        recipients: impl IntoIterator<Item = UserId>,
        kind: Kind,
        fact: &Recorded<E>,
    ) -> anyhow::Result<()> {
        let cause = Cause {
            stream: fact.stream.clone(),
            id: fact.id,
            version: fact.version,
            position: fact.position,
            parked: None,
        };
        for recipient in recipients.into_iter().collect::<BTreeSet<_>>() {
            let id = Notification::id_for(recipient, kind, &cause);
            let create = Command::Create { recipient, kind, cause: cause.clone() };
            let order = Order::new(id, create, self.by.clone()).because(fact);
            self.commands.execute(order).await.context("a notification is not created")?;
        }
        Ok(())
    }

    async fn members(&self, cabinet: CabinetId, position: i64) -> anyhow::Result<Vec<UserId>> {
        self.users_of(position).await?;
        caught_up(&self.projections, &membership::PROJECTOR, position).await?;
        Ok(membership::of_cabinet(&self.db, cabinet).await?)
    }

    /// Waits until the users are known as they were at a position, or later.
    async fn users_of(&self, position: i64) -> anyhow::Result<()> {
        caught_up(&self.projections, &user::PROJECTOR, position).await
    }
}
