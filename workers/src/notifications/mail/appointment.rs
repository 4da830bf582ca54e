//! What a mail about an appointment says.

use commands::scheduling::{AppointmentDetails, GUEST_LINK_PURPOSE};
use domain::{
    Decider, Language, Personal, Recorded, Text,
    scheduling::appointment::{Appointment, AppointmentId, AppointmentRecord, Event},
};
use sealing::LinkToken;

use super::{
    MailSender,
    content::{AppointmentMail, AppointmentNotice},
};

/// Whether the customer who is told of an appointment signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RecipientKind {
    /// They see it in the portal, unless they booked it without signing in.
    Account,
    /// They see it by a link.
    Guest,
}

impl MailSender {
    /// What a customer is told of an event of their appointment, as it stood then: it may have been moved
    /// since. `None` if they are not told of such events, or it has begun by now.
    pub(crate) async fn appointment_mail(
        &self,
        id: AppointmentId,
        version: i32,
        language: Language,
        reader: RecipientKind,
    ) -> anyhow::Result<Option<AppointmentMail>> {
        let (aggregates, now) = (self.commands.aggregates(), self.commands.now());
        let mut history = aggregates.history::<Appointment>(id).await?;
        let is_over = |it: &AppointmentRecord| !it.booking.status.is_live();
        let present = Appointment::from_history(history.iter().cloned());
        history.retain(|recorded| recorded.version <= version);
        let Some(last) = history.last().cloned() else { return Ok(None) };
        let Appointment::Booked(record) = Appointment::from_history(history) else {
            return Ok(None);
        };
        let Some(notice) = AppointmentNotice::for_event(&last.event) else { return Ok(None) };
        let has_begun = record.booking.plan.start.utc <= now;
        // Nobody is reminded of what was called off a moment ago.
        let is_gone = matches!(&present, Appointment::Booked(present) if is_over(present));
        if has_begun || notice == AppointmentNotice::Reminder && is_gone {
            return Ok(None);
        }
        let details = AppointmentDetails::load(aggregates, id, &record, language).await?;
        let (customer, is_guest) = (record.booking.customer, record.booking.language.is_some());
        let token = || {
            LinkToken::new(
                aggregates.keys().master(),
                GUEST_LINK_PURPOSE,
                id.uuid(),
                customer.uuid(),
                "",
            )
        };
        Ok(Some(AppointmentMail {
            notice,
            changeable: details.is_changeable_by_customer(now),
            details,
            reason: reason(&last, &record),
            version: (last.version, last.recorded_at),
            token: (reader == RecipientKind::Guest || is_guest).then(token),
        }))
    }
}

/// Why the business declined it or called it off; customers know their own reasons.
fn reason(last: &Recorded<Event>, record: &AppointmentRecord) -> Option<Text<500>> {
    let (Event::Declined { reason, .. } | Event::Cancelled { reason, .. }) = &last.event else {
        return None;
    };
    let by_customer = last.meta.actor == record.booking.customer.uuid();
    reason.as_ref().and_then(Personal::get).filter(|_| !by_customer).cloned()
}
