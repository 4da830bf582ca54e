//! Makes the mail of a notification: to whom it goes, and what it says.

use domain::{
    Language,
    catalog::product::{Product, ProductId},
    identity::user::{Account, AccountStatus, Link, Purpose, User},
    licensing::license::{self, License},
    notifications::{
        PreferencesId,
        announcement::{Announcement, AnnouncementText},
        notification::{Cause, Kind, Notice, NotificationId, Suppression},
    },
    support::issue::Issue,
};
use lettre::message::Mailbox;
use sealing::LinkToken;

use super::{
    MailSender, UnrenderedMail, appointment::RecipientKind, content::MailContent,
    mailer::MailMessage, unrendered::single_line,
};
use crate::PermanentFailure;

impl MailSender {
    /// The mail of a notification, in the recipient's language, or why there is none to send.
    pub(super) async fn message_for(
        &self,
        id: NotificationId,
        notice: &Notice,
    ) -> anyhow::Result<Result<MailMessage, Suppression>> {
        let user = self.commands.aggregates().load(notice.recipient).await?;
        let active = |account: &&Account| account.status() != AccountStatus::Deactivated;
        let Some(account) = user.account().filter(active) else {
            return Ok(Err(Suppression::NoAddress));
        };
        let preferences = PreferencesId::from(notice.recipient.uuid());
        let preferences = self.commands.aggregates().load(preferences).await?;
        if preferences.muted_kinds().contains(&notice.kind) {
            return Ok(Err(Suppression::Muted));
        }
        let email = account.link_address(link_purpose(notice.kind));
        let address = email.and_then(|email| email.as_str().parse().ok());
        let Some(address) = address else { return Ok(Err(Suppression::NoAddress)) };
        let content = self.content(notice.kind, &notice.cause, account.language).await?;
        let Some(content) = content else {
            return Ok(Err(Suppression::Stale));
        };

        // Anybody can sign up with the address of somebody else: the name they typed is not in the mail.
        let name = account.name.get().filter(|_| notice.kind != Kind::EmailVerification);
        let name = name.map(|name| single_line(name.as_str()));
        let composed = self.compose(UnrenderedMail {
            data_subject: notice.recipient.uuid(),
            about: id.uuid(),
            to: Mailbox::new(name, address),
            link_path: content.link_path(notice.cause.id),
            content,
            language: account.language,
            zone: account.zone,
        });
        match composed.await {
            Ok(message) => Ok(Ok(message)),
            Err(why) if PermanentFailure::is_cause_of(&why) => Ok(Err(Suppression::NoAddress)),
            Err(why) => Err(why),
        }
    }

    /// The content, looked up now: a notification holds no text. `None` if it is out of date.
    async fn content(
        &self,
        kind: Kind,
        cause: &Cause,
        language: Language,
    ) -> anyhow::Result<Option<MailContent>> {
        Ok(match kind {
            Kind::LicenseExpiring | Kind::LicenseExpired => self.license(cause).await?,
            Kind::AppointmentBooked
            | Kind::AppointmentConfirmed
            | Kind::AppointmentDeclined
            | Kind::AppointmentRescheduled
            | Kind::AppointmentCancelled
            | Kind::AppointmentReminder => {
                let (id, version) = (cause.id.into(), cause.version);
                let mail =
                    self.appointment_mail(id, version, language, RecipientKind::Account).await?;
                mail.map(|mail| MailContent::Appointment(Box::new(mail)))
            }
            Kind::Announcement => self.announcement(cause, language).await?,
            Kind::EmailVerification | Kind::PasswordReset | Kind::EmailChange => {
                self.link(link_purpose(kind), cause).await?
            }
            Kind::ExportCompleted => Some(MailContent::Export { completed: true }),
            Kind::ExportFailed => Some(MailContent::Export { completed: false }),
            Kind::PasswordChanged => Some(MailContent::PasswordChanged),
            Kind::EmailChangeRequested => Some(MailContent::EmailChangeRequested),
            Kind::SecondFactorReset => Some(MailContent::SecondFactorReset),
            Kind::SessionReused => Some(MailContent::SessionReused),
            Kind::StreamParked => Some(MailContent::StreamParked { stream: cause.stream.clone() }),
            Kind::PurchaseConflict => Some(MailContent::PurchaseConflict),
            Kind::IssueCommented | Kind::IssueResolved => {
                let issue = self.commands.aggregates().load::<Issue>(cause.id.into()).await?;
                issue.thread().map(|thread| match kind {
                    Kind::IssueResolved => MailContent::IssueResolved { number: thread.number },
                    _ => MailContent::IssueCommented { number: thread.number },
                })
            }
        })
    }

    /// The link, if it is the user's last one and still valid.
    async fn link(&self, purpose: Purpose, cause: &Cause) -> anyhow::Result<Option<MailContent>> {
        let aggregates = self.commands.aggregates();
        let user = aggregates.load::<User>(cause.id.into()).await?;
        let Some(account) = user.account() else { return Ok(None) };
        let is_valid = |link: &Link| link.is_valid_for(purpose, link.nonce, self.commands.now());
        let (link, email) = (account.link.filter(is_valid), account.link_address(purpose));
        Ok(link.zip(email).map(|(Link { nonce, .. }, email)| {
            let (master, address) = (aggregates.keys().master(), email.normalized());
            let token = LinkToken::new(master, &purpose.to_string(), cause.id, nonce, &address);
            match purpose {
                Purpose::Verification => MailContent::EmailVerification { token },
                Purpose::PasswordReset => MailContent::PasswordReset { token },
                Purpose::EmailChange => MailContent::EmailChange { token },
            }
        }))
    }

    async fn license(&self, cause: &Cause) -> anyhow::Result<Option<MailContent>> {
        let history = self.commands.aggregates().history::<License>(cause.id.into()).await?;
        let recorded = history.into_iter().find(|recorded| recorded.version == cause.version);
        Ok(match recorded.map(|recorded| recorded.event) {
            Some(license::Event::ExpiryNoticed { product, until, .. }) => {
                Some(MailContent::LicenseExpiring { product: self.product(product).await?, until })
            }
            Some(license::Event::Expired { product, until, .. }) => {
                Some(MailContent::LicenseExpired { product: self.product(product).await?, until })
            }
            _ => None,
        })
    }

    /// What is announced, unless it was withdrawn.
    async fn announcement(
        &self,
        cause: &Cause,
        language: Language,
    ) -> anyhow::Result<Option<MailContent>> {
        let announcement = self.commands.aggregates().load::<Announcement>(cause.id.into()).await?;
        let text = announcement.message().and_then(|message| message.text_in(language));
        Ok(text.map(|AnnouncementText { title, text }| MailContent::Announcement {
            title: single_line(title.as_str()),
            text: text.to_string(),
        }))
    }

    async fn product(&self, id: ProductId) -> anyhow::Result<String> {
        let product = self.commands.aggregates().load::<Product>(id).await?;
        Ok(product.details().map_or_else(|| id.to_string(), |details| details.name.to_string()))
    }
}

/// The purpose of the link in such a mail, which decides to which address it goes.
fn link_purpose(kind: Kind) -> Purpose {
    match kind {
        Kind::EmailChange => Purpose::EmailChange,
        Kind::EmailVerification => Purpose::Verification,
        _ => Purpose::PasswordReset,
    }
}
