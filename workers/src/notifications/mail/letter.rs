//! One letter, from what is known of the notification.

use domain::{
    Decider,
    catalog::product::{Product, ProductId},
    identity::user::{Account, Link, Purpose, Standing, User},
    licensing::license::{self, License},
    notifications::notification::{Cause, Kind, Notice, NotificationId, Suppression},
    scheduling::{
        appointment::{Appointment, Status},
        service::Service,
    },
    support::issue::Issue,
};
use lettre::{Message, message::Mailbox};
use sealing::Ticket;
use uuid::Uuid;

use super::{
    Mail, Written,
    words::{self, Told},
    written::in_line,
};

/// A message to somebody.
pub(super) struct Letter {
    pub(super) recipient: Uuid,
    pub(super) about: Uuid,
    /// The same for the same mail, for ever.
    pub(super) message_id: String,
    pub(super) message: Message,
}

impl Mail {
    /// The letter of a notification, in the recipient's language, or why there is none to send.
    pub(super) async fn letter(
        &self,
        id: NotificationId,
        notice: &Notice,
    ) -> anyhow::Result<Result<Letter, Suppression>> {
        let user = self.commands.lookup().load(notice.recipient).await?;
        let active = |account: &&Account| account.standing() != Standing::Deactivated;
        let Some(account) = user.account().filter(active) else {
            return Ok(Err(Suppression::NoAddress));
        };
        let email = account.address(purpose(notice.kind));
        let address = email.and_then(|email| email.as_str().parse().ok());
        let Some(address) = address else { return Ok(Err(Suppression::NoAddress)) };
        let Some(told) = self.told(notice.kind, &notice.cause).await? else {
            return Ok(Err(Suppression::Stale));
        };

        // What anybody says who signs up with another's address, that other is not told by us.
        let name = account.name.get().filter(|_| notice.kind != Kind::EmailVerification);
        let name = name.map(|name| in_line(name.as_str()));
        let words = words::write(&told, account.language, account.zone, name.as_deref());
        Ok(Ok(self.compose(Written {
            recipient: notice.recipient.uuid(),
            about: id.uuid(),
            to: Mailbox::new(name, address),
            subject: words.subject,
            text: words.text,
            place: told.place(notice.cause.id),
        })?))
    }

    /// What there is to tell, looked up anew: a notification holds no words.
    async fn told(&self, kind: Kind, cause: &Cause) -> anyhow::Result<Option<Told>> {
        Ok(match kind {
            Kind::LicenseExpiring | Kind::LicenseExpired => self.license(cause).await?,
            Kind::AppointmentBooked | Kind::AppointmentConfirmed | Kind::AppointmentCancelled => {
                self.appointment(kind, cause).await?
            }
            Kind::EmailVerification | Kind::PasswordReset | Kind::EmailChange => {
                self.link(purpose(kind), cause).await?
            }
            Kind::PasswordChanged => Some(Told::PasswordChanged),
            Kind::EmailChangeRequested => Some(Told::EmailChangeRequested),
            Kind::SecondFactorReset => Some(Told::SecondFactorReset),
            Kind::SessionReused => Some(Told::SessionReused),
            Kind::StreamParked => Some(Told::StreamParked { stream: cause.stream.clone() }),
            Kind::PurchaseConflict => Some(Told::PurchaseConflict),
            Kind::IssueCommented | Kind::IssueResolved => {
                let issue = self.commands.lookup().load::<Issue>(cause.id.into()).await?;
                issue.thread().map(|thread| match kind {
                    Kind::IssueResolved => Told::IssueResolved { number: thread.number },
                    _ => Told::IssueCommented { number: thread.number },
                })
            }
        })
    }

    /// The link, as long as it is the last one and good.
    async fn link(&self, purpose: Purpose, cause: &Cause) -> anyhow::Result<Option<Told>> {
        let lookup = self.commands.lookup();
        let user = lookup.load::<User>(cause.id.into()).await?;
        let Some(account) = user.account() else { return Ok(None) };
        let good = |link: &Link| link.fits(purpose, link.nonce, self.commands.now());
        let (link, email) = (account.link.filter(good), account.address(purpose));
        Ok(link.zip(email).map(|(Link { nonce, .. }, email)| {
            let (master, address) = (lookup.keys().master(), email.folded());
            let ticket = Ticket::new(master, purpose.as_str(), cause.id, nonce, &address);
            match purpose {
                Purpose::Verification => Told::EmailVerification { ticket },
                Purpose::PasswordReset => Told::PasswordReset { ticket },
                Purpose::EmailChange => Told::EmailChange { ticket },
            }
        }))
    }

    async fn license(&self, cause: &Cause) -> anyhow::Result<Option<Told>> {
        let history = self.commands.lookup().history::<License>(cause.id.into()).await?;
        let fact = history.into_iter().find(|fact| fact.version == cause.version);
        Ok(match fact.map(|fact| fact.event) {
            Some(license::Event::ExpiryNoticed { product, until, .. }) => {
                Some(Told::LicenseExpiring { product: self.product(product).await?, until })
            }
            Some(license::Event::Expired { product, until, .. }) => {
                Some(Told::LicenseExpired { product: self.product(product).await?, until })
            }
            _ => None,
        })
    }

    async fn appointment(&self, kind: Kind, cause: &Cause) -> anyhow::Result<Option<Told>> {
        let lookup = self.commands.lookup();
        let mut appointment = Appointment::default();
        // As it was then: it may have been moved since.
        for fact in lookup.history::<Appointment>(cause.id.into()).await? {
            if fact.version <= cause.version {
                appointment = appointment.evolve(fact.event);
            }
        }
        let Some((service, plan)) = appointment.agreed() else { return Ok(None) };
        let service = lookup.load::<Service>(service).await?;
        let Some(service) = service.definition() else { return Ok(None) };
        let (service, start) = (service.name.to_string(), plan.start.clone());
        let pending = matches!(&appointment, Appointment::Booked(record)
            if record.booking.status == Status::Pending);
        Ok(Some(match kind {
            Kind::AppointmentConfirmed => Told::AppointmentConfirmed { service, start },
            Kind::AppointmentCancelled => Told::AppointmentCancelled { service, start },
            _ => Told::AppointmentBooked { service, start, pending },
        }))
    }

    async fn product(&self, id: ProductId) -> anyhow::Result<String> {
        let product = self.commands.lookup().load::<Product>(id).await?;
        Ok(product.details().map_or_else(|| id.to_string(), |details| details.name.to_string()))
    }
}

/// For what a link in such a letter would be; that says where the letter goes.
fn purpose(kind: Kind) -> Purpose {
    match kind {
        Kind::EmailChange => Purpose::EmailChange,
        Kind::EmailVerification => Purpose::Verification,
        _ => Purpose::PasswordReset,
    }
}
