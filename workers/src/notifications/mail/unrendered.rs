//! Mails that are no notifications, and what all mails have in common.

use std::io;

use anyhow::{Context, anyhow};
use chrono_tz::Tz;
use commands::scheduling::CalendarInvitation;
use domain::{
    Email, Language, Text,
    platform::business::{BusinessId, Profile},
};
use lettre::{
    Message,
    message::{
        Attachment, Mailbox, MultiPart, SinglePart,
        header::{ContentType, HeaderName, HeaderValue},
    },
};
use uuid::Uuid;

use super::{
    MailSender, SendError,
    content::MailContent,
    mailer::MailMessage,
    texts::{MailText, render},
};
use crate::PermanentFailure;

/// A mail before it gets what all mails have in common: sender, date, headers, link.
pub struct UnrenderedMail {
    /// The data subject with whom it is erased.
    pub data_subject: Uuid,
    /// Identifies the mail: made again for the same it has the same `Message-ID`.
    pub about: Uuid,
    /// With the name by which they are greeted, if it is known.
    pub to: Mailbox,
    pub(crate) content: MailContent,
    pub(crate) language: Language,
    /// In which times are told that have no place.
    pub(crate) zone: Tz,
    /// The path of the page where there is more.
    pub(crate) link_path: String,
}

impl UnrenderedMail {
    /// The mailbox of somebody whose name is not known.
    pub fn mailbox(email: &Email) -> anyhow::Result<Mailbox> {
        let address = email.as_str().parse().map_err(|_| unaddressable())?;
        Ok(Mailbox::new(None, address))
    }

    /// The mail with the code by which somebody without an account shows that an address is theirs. `about`
    /// identifies it, and it is erased with `data_subject`.
    pub fn for_guest_code(
        (about, data_subject): (Uuid, Uuid),
        to: &Email,
        language: Language,
        code: String,
    ) -> anyhow::Result<Self> {
        let content = MailContent::GuestCode { code };
        Ok(Self {
            data_subject,
            about,
            to: Self::mailbox(to)?,
            link_path: content.link_path(about),
            content,
            language,
            zone: Tz::UTC,
        })
    }
}

impl MailSender {
    /// Sends a mail that is no notification. Fails if it cannot be sent: with a [`PermanentFailure`] if it
    /// is refused for good.
    pub async fn send(&self, mail: UnrenderedMail) -> anyhow::Result<()> {
        let message = self.compose(mail).await?;
        match self.settings.mailer.send(&message).await {
            Ok(()) => Ok(()),
            // What a server says after the colon may quote the address, and what is parked is not sealed.
            Err(SendError { reason, permanent }) => {
                let kind = reason.split(':').next().unwrap_or_default().to_owned();
                Err(if permanent { PermanentFailure(kind).into() } else { anyhow!(kind) })
            }
        }
    }

    /// Deletes the mails to a data subject that are files here.
    pub async fn delete_mail_files_to(&self, data_subject: Uuid) -> io::Result<()> {
        self.settings.mailer.delete_mail_files_to(data_subject).await
    }

    pub(super) async fn compose(&self, mail: UnrenderedMail) -> anyhow::Result<MailMessage> {
        let UnrenderedMail { data_subject, about, to, content, language, zone, link_path } = mail;
        let business = self.commands.aggregates().load(BusinessId::singleton()).await?;
        let business = business.profile();
        let link = format!("{}/{link_path}", self.settings.portal.trim_end_matches('/'));
        let from = self.sender(business)?;
        let message_id = format!("<{about}@{}>", from.email.domain());
        let to = Mailbox { name: to.name.as_deref().map(single_line), ..to };
        let MailText { subject, text } = render(&content, language, zone, to.name.as_deref());
        let text = format!("{text}\n\n{link}\n{}", signature(business));
        let calendar = calendar_file(&content, (&from, &to), &link, business);
        let builder = Message::builder()
            .from(from)
            .to(to)
            .subject(single_line(&subject))
            .date(self.commands.now().into())
            .message_id(Some(message_id.clone()))
            .raw_header(auto_submitted());
        let message = match calendar {
            None => builder.header(ContentType::TEXT_PLAIN).body(text),
            Some(calendar) => builder.multipart(
                MultiPart::mixed().singlepart(SinglePart::plain(text)).singlepart(calendar),
            ),
        };
        let message = message.map_err(|_| unaddressable())?;
        let is_code = matches!(content, MailContent::GuestCode { .. });
        Ok(MailMessage { data_subject, about, message_id, message, is_code })
    }

    /// The business by its name, as soon as it has one.
    fn sender(&self, business: Option<&Profile>) -> anyhow::Result<Mailbox> {
        let from: Mailbox = self.settings.from.parse().context("mail_from is no mailbox")?;
        Ok(match business {
            Some(business) => Mailbox::new(Some(single_line(business.name.as_str())), from.email),
            None => from,
        })
    }
}

/// Who writes, where they are, and how they are reached by telephone; below the line that programs know (RFC
/// 3676 §4.3).
fn signature(business: Option<&Profile>) -> String {
    let Some(Profile { name, address, phone, .. }) = business else { return String::new() };
    let place = address.as_ref().map(|address| {
        let code = address.postal_code.as_ref().map(|code| format!("{code} "));
        format!("{}\n{}{}", address.street, code.unwrap_or_default(), address.city)
    });
    let lines = [Some(name.to_string()), place, phone.as_ref().map(Text::to_string)];
    format!("\n-- \n{}\n", lines.into_iter().flatten().collect::<Vec<_>>().join("\n"))
}

/// An appointment as calendars take it: they know it again by its id, so one that was moved or called off
/// takes the place of the earlier one (SCH-11).
fn calendar_file(
    content: &MailContent,
    (from, to): (&Mailbox, &Mailbox),
    link: &str,
    business: Option<&Profile>,
) -> Option<SinglePart> {
    let MailContent::Appointment(mail) = content else { return None };
    let invitation =
        CalendarInvitation { organizer: from.email.as_ref(), attendee: to.email.as_ref() };
    let file = mail.details.calendar_file(mail.version, link, business, Some(invitation));
    let method = mail.details.calendar_method();
    let kind = format!("text/calendar; charset=utf-8; method={method}");
    let kind = ContentType::parse(&kind).ok()?;
    Some(Attachment::new("appointment.ics".into()).body(file, kind))
}

/// What is wrong with the address of a mail that cannot be written: nothing that trying again would mend.
fn unaddressable() -> PermanentFailure {
    PermanentFailure("there is no mail to such an address".into())
}

/// Replaces control characters: people choose their names, which must not break a header.
pub(crate) fn single_line(text: &str) -> String {
    text.replace(char::is_control, " ")
}

/// Tells automatic responders not to answer (RFC 3834).
fn auto_submitted() -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".into())
}
