//! What one user is told about one event, in their inbox and by other channels.

#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use strum::EnumDiscriminants;
use thiserror::Error;
use utoipa::ToSchema;
use uuid::Uuid;

pub use super::NotificationId;
use crate::{
    Decider, DecisionContext, Fault, Id, Personal, Text, identity::UserId,
    macros::display_as_serialized,
};

#[derive(Debug, Clone, Default, PartialEq)]
pub enum Notification {
    #[default]
    Uncreated,
    Created(Box<Notice>),
}

/// A notification as it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    pub recipient: UserId,
    pub kind: Kind,
    pub cause: Cause,
    pub read: bool,
    pub dismissed: bool,
    pub snoozed_until: Option<DateTime<Utc>>,
    /// How each channel fared.
    pub deliveries: Vec<DeliveryState>,
}

/// What the recipient is told.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[schema(as = NotificationKind)]
pub enum Kind {
    LicenseExpiring,
    LicenseExpired,
    AppointmentBooked,
    AppointmentConfirmed,
    AppointmentDeclined,
    AppointmentRescheduled,
    AppointmentCancelled,
    /// It begins soon.
    AppointmentReminder,
    IssueCommented,
    IssueResolved,
    /// The file of an export is there.
    ExportCompleted,
    /// There will be no file of an export.
    ExportFailed,
    /// Somebody told it to many.
    Announcement,
    /// A link by which the user shows that their address is theirs.
    EmailVerification,
    /// A link by which they choose another password.
    PasswordReset,
    PasswordChanged,
    /// An administrator took away what somebody proves themselves with beside the password.
    SecondFactorReset,
    /// A link by which they show that another address is theirs, sent there.
    EmailChange,
    /// That such a link was sent, at the address they have.
    EmailChangeRequested,
    /// A session of theirs was ended, because somebody else had its refresh token.
    SessionReused,
    /// Something waits for a fix that operators must see to.
    StreamParked,
    /// A purchase system used the id of a message for another one.
    PurchaseConflict,
}

display_as_serialized!(Kind);

impl Kind {
    /// What a user may do without by mail. All else keeps their account safe, or is what an operator is
    /// there for (NOT-2).
    pub const OPTIONAL: [Self; 13] = [
        Self::LicenseExpiring,
        Self::LicenseExpired,
        Self::AppointmentBooked,
        Self::AppointmentConfirmed,
        Self::AppointmentDeclined,
        Self::AppointmentRescheduled,
        Self::AppointmentCancelled,
        Self::AppointmentReminder,
        Self::IssueCommented,
        Self::IssueResolved,
        Self::ExportCompleted,
        Self::ExportFailed,
        Self::Announcement,
    ];

    pub fn is_optional(self) -> bool {
        Self::OPTIONAL.contains(&self)
    }
}

/// The event that the notification tells of. It names what happened and holds none of its words:
/// the reader looks it up under their own rights.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Cause {
    /// What kind of aggregate it happened to: `licensing.license`.
    pub stream: String,
    /// Which one of them.
    pub id: Uuid,
    /// The event's place in that one's history.
    pub version: i32,
    /// The event's place in the whole log.
    pub position: i64,
    /// Who could not deal with the event, if it tells of that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parked: Option<Parking>,
}

/// Who parked a stream, and since when: several may fail at one event, and each of them more than once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Parking {
    /// The read model, or `worker/` and the worker or task.
    pub consumer: String,
    pub since: DateTime<Utc>,
}

/// A way to reach someone outside the portal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    Mail,
}

/// How far a delivery has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeliveryState {
    pub channel: Channel,
    /// Failed attempts so far.
    pub failures: u16,
    /// Whether nothing is left to try: it was sent, suppressed, or given up.
    pub settled: bool,
}

/// Why nothing is sent at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Suppression {
    /// The recipient is erased, deactivated or without an address.
    NoAddress,
    /// What it tells of cannot be told any more.
    Stale,
    /// The recipient wants no mail of this kind.
    Muted,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, EnumDiscriminants)]
#[strum_discriminants(name(CommandKind), derive(Serialize), serde(rename_all = "snake_case"))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Command {
    /// Tells a user of an event.
    Create { recipient: UserId, kind: Kind, cause: Cause },
    /// Marks it as read.
    Read {},
    /// Marks it as not read.
    Unread {},
    /// Takes it out of the inbox.
    Dismiss {},
    /// Takes it out of the inbox until a moment.
    Snooze { until: DateTime<Utc> },
    /// Records that a channel took it.
    RecordSent { channel: Channel, message_id: String },
    /// Records that an attempt failed.
    RecordFailed {
        channel: Channel,
        /// Which attempt it was, from 1.
        attempt: u16,
        why: Text<2000>,
        /// Whether no other attempt will follow.
        last: bool,
    },
    /// Records that nothing will be sent.
    Suppress { channel: Channel, why: Suppression },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub enum Event {
    Created {
        recipient: UserId,
        kind: Kind,
        cause: Cause,
    },
    Read {},
    Unread {},
    Dismissed {},
    Snoozed {
        until: DateTime<Utc>,
    },
    DeliverySent {
        channel: Channel,
        message_id: String,
    },
    DeliveryFailed {
        channel: Channel,
        attempt: u16,
        /// The words of the server; they mostly name the address.
        why: Personal<Text<2000>>,
        last: bool,
    },
    DeliverySuppressed {
        channel: Channel,
        why: Suppression,
    },
}

#[derive(Debug, Clone, PartialEq, Error, Serialize, ToSchema)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Refusal {
    #[error("there is no such notification")]
    Uncreated,
    #[error("its id does not follow from recipient, cause and kind: {expected} does")]
    MisnamedNotification { expected: NotificationId },
    #[error("it was dismissed")]
    Dismissed,
    #[error("that moment has passed")]
    Passed,
}

impl crate::Refusal for Refusal {
    fn rule(&self) -> Option<&'static str> {
        match self {
            Self::MisnamedNotification { .. } => Some("NOT-1"),
            _ => None,
        }
    }

    fn is_of_state(&self) -> bool {
        matches!(self, Self::Uncreated | Self::Dismissed)
    }

    fn faults(&self) -> Vec<Fault> {
        match self {
            Self::Passed => vec![Fault::new("/until", self.to_string())],
            _ => vec![],
        }
    }
}

impl Notification {
    /// The one notification by which a user is told this of that event (NOT-1).
    pub fn id_for(recipient: UserId, kind: Kind, cause: &Cause) -> NotificationId {
        let Cause { stream, id, version, parked, .. } = cause;
        let [recipient, kind] = [recipient.to_string(), kind.to_string()];
        let [id, version] = [id.to_string(), version.to_string()];
        let since = parked.as_ref().map(|parked| parked.since.to_rfc3339()).unwrap_or_default();
        let mut parts = vec!["notification", &recipient, &kind, stream, &id, &version];
        parts.extend(parked.iter().flat_map(|parked| [parked.consumer.as_str(), &since]));
        Id::derived(&parts)
    }

    /// The notification, once it was created.
    pub fn notice(&self) -> Option<&Notice> {
        match self {
            Self::Created(notice) => Some(notice),
            Self::Uncreated => None,
        }
    }
}

impl Notice {
    /// How a channel has fared so far.
    pub fn delivery(&self, channel: Channel) -> DeliveryState {
        let existing = self.deliveries.iter().find(|delivery| delivery.channel == channel);
        existing.copied().unwrap_or(DeliveryState { channel, failures: 0, settled: false })
    }

    fn decide(&self, command: Command, now: DateTime<Utc>) -> Result<Option<Event>, Refusal> {
        let event = match command {
            Command::Create { .. } => None,
            Command::RecordSent { channel, message_id } => {
                self.pending(channel).map(|_| Event::DeliverySent { channel, message_id })
            }
            Command::RecordFailed { channel, attempt, why, last } => self
                .pending(channel)
                .filter(|delivery| attempt > delivery.failures)
                .map(|_| Event::DeliveryFailed {
                    channel,
                    attempt,
                    why: Personal::sealed(self.recipient, why),
                    last,
                }),
            Command::Suppress { channel, why } => {
                self.pending(channel).map(|_| Event::DeliverySuppressed { channel, why })
            }
            Command::Dismiss {} => (!self.dismissed).then_some(Event::Dismissed {}),
            _ if self.dismissed => return Err(Refusal::Dismissed),
            Command::Read {} => (!self.read).then_some(Event::Read {}),
            Command::Unread {} => self.read.then_some(Event::Unread {}),
            Command::Snooze { until } if until <= now => return Err(Refusal::Passed),
            Command::Snooze { until } => {
                (self.snoozed_until != Some(until)).then_some(Event::Snoozed { until })
            }
        };
        Ok(event)
    }

    /// The delivery, as long as something is left to try: nothing is delivered twice.
    fn pending(&self, channel: Channel) -> Option<DeliveryState> {
        Some(self.delivery(channel)).filter(|delivery| !delivery.settled)
    }

    fn evolve(mut self, event: &Event) -> Self {
        match event {
            Event::Created { .. } => {}
            Event::Read {} => self.read = true,
            Event::Unread {} => self.read = false,
            Event::Dismissed {} => self.dismissed = true,
            Event::Snoozed { until } => self.snoozed_until = Some(*until),
            Event::DeliverySent { channel, .. } | Event::DeliverySuppressed { channel, .. } => {
                self.deliver(DeliveryState { settled: true, ..self.delivery(*channel) });
            }
            Event::DeliveryFailed { channel, attempt, last, .. } => {
                let (failures, settled) = (*attempt, *last);
                self.deliver(DeliveryState { channel: *channel, failures, settled });
            }
        }
        self
    }

    fn deliver(&mut self, delivery: DeliveryState) {
        self.deliveries.retain(|other| other.channel != delivery.channel);
        self.deliveries.push(delivery);
    }
}

impl Decider for Notification {
    const NAME: &'static str = "notifications.notification";

    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;
    type Facts = ();

    fn decide(&self, command: Command, case: &DecisionContext<()>) -> Result<Vec<Event>, Refusal> {
        match (self, command) {
            (Self::Created(notice), command) => {
                Ok(notice.decide(command, case.now)?.into_iter().collect())
            }
            (Self::Uncreated, Command::Create { recipient, kind, cause }) => {
                let expected = Self::id_for(recipient, kind, &cause);
                if expected.uuid() != case.id {
                    return Err(Refusal::MisnamedNotification { expected });
                }
                Ok(vec![Event::Created { recipient, kind, cause }])
            }
            (Self::Uncreated, _) => Err(Refusal::Uncreated),
        }
    }

    fn evolve(self, event: Event) -> Self {
        match (self, event) {
            (Self::Uncreated, Event::Created { recipient, kind, cause }) => {
                Self::Created(Box::new(Notice {
                    recipient,
                    kind,
                    cause,
                    read: false,
                    dismissed: false,
                    snoozed_until: None,
                    deliveries: Vec::new(),
                }))
            }
            (Self::Uncreated, _) => Self::Uncreated,
            (Self::Created(notice), event) => Self::Created(Box::new(notice.evolve(&event))),
        }
    }
}
