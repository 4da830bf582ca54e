//! Inboxes, and the state of deliveries by other channels.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::{
    Language, Recorded,
    identity::user::UserId,
    notifications::{
        announcement::{self, AnnouncementText},
        notification::{self, Channel, Event, Kind, NotificationId},
    },
};
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Fold, FoldedStream, Projector,
    listing::{Field, Listing, OwnerColumns},
};

pub const PROJECTOR: Projector = Projector {
    name: "notifications.notification",
    version: 3,
    tables: include_str!("notification.sql"),
    streams: &[
        FoldedStream::of::<notification::Notification, Rows>(),
        FoldedStream::of::<announcement::Announcement, AnnouncementRows>(),
    ],
};

/// The notifications that are neither dismissed nor snoozed.
pub const INBOX: Listing = Listing {
    from: "notifications_notification.inbox",
    fields: &[
        Field::enum_of::<Kind>("kind"),
        Field::bool("read"),
        Field::text("about_stream"),
        Field::id_of_topic_in("about_id", "about_stream"),
    ],
    search: None,
    sort: &["-created_at"],
    owner: OwnerColumns { user: Some("recipient"), ..OwnerColumns::NONE },
};

/// What a user is told. It names what happened; the words are there, but for those of an announcement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Notification {
    #[serde(flatten)]
    pub notice: Notice,
    /// What is announced, by language.
    pub announcement: Option<BTreeMap<Language, AnnouncementText>>,
}

/// A notification as it is stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = NotificationNotice)]
pub struct Notice {
    pub recipient: UserId,
    pub kind: Kind,
    /// What kind of thing it is about: `support.issue`.
    pub about_stream: String,
    /// Which one of them.
    pub about_id: Uuid,
    pub read: bool,
    pub snoozed_until: Option<DateTime<Utc>>,
}

/// The state of a delivery by a channel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Delivery {
    key: Channel,
    state: State,
    attempts: u16,
    at: DateTime<Utc>,
    message_id: Option<String>,
    why: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Sent,
    /// To be tried again.
    Failed,
    GivenUp,
    Suppressed,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Rows {
    notifications: Vec<Notice>,
    deliveries: Vec<Delivery>,
}

impl Fold<notification::Notification> for Rows {
    fn apply(&mut self, recorded: &Recorded<Event>) {
        match &recorded.event {
            Event::Created { recipient, kind, cause } => {
                self.notifications = vec![Notice {
                    recipient: *recipient,
                    kind: *kind,
                    about_stream: cause.stream.clone(),
                    about_id: cause.id,
                    read: false,
                    snoozed_until: None,
                }];
            }
            Event::Read {} => self.update(|notification| notification.read = true),
            Event::Unread {} => self.update(|notification| notification.read = false),
            Event::Dismissed {} => self.notifications.clear(),
            Event::Snoozed { until } => {
                self.update(|notification| notification.snoozed_until = Some(*until));
            }
            Event::DeliverySent { channel, message_id } => {
                let delivery = self.delivery(*channel, State::Sent, recorded.recorded_at);
                delivery.attempts += 1;
                delivery.message_id = Some(message_id.clone());
            }
            Event::DeliveryFailed { channel, attempt, why, last } => {
                let state = if *last { State::GivenUp } else { State::Failed };
                let delivery = self.delivery(*channel, state, recorded.recorded_at);
                delivery.attempts = *attempt;
                delivery.why = why.get().map(ToString::to_string);
            }
            Event::DeliverySuppressed { channel, .. } => {
                self.delivery(*channel, State::Suppressed, recorded.recorded_at);
            }
        }
    }
}

impl Rows {
    fn update(&mut self, change: impl Fn(&mut Notice)) {
        self.notifications.iter_mut().for_each(change);
    }

    fn delivery(&mut self, channel: Channel, state: State, at: DateTime<Utc>) -> &mut Delivery {
        let existing = self.deliveries.iter().position(|delivery| delivery.key == channel);
        let index = existing.unwrap_or_else(|| {
            let (attempts, message_id, why) = (0, None, None);
            let new = Delivery { key: channel, state, attempts, at, message_id, why };
            self.deliveries.push(new);
            self.deliveries.len() - 1
        });
        let delivery = &mut self.deliveries[index];
        (delivery.state, delivery.at) = (state, at);
        delivery
    }
}

/// A copy of what is announced.
#[derive(Debug, Serialize, Deserialize)]
struct AnnouncementRow {
    texts: BTreeMap<Language, AnnouncementText>,
    withdrawn: bool,
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct AnnouncementRows {
    announcements: Vec<AnnouncementRow>,
}

impl Fold<announcement::Announcement> for AnnouncementRows {
    fn apply(&mut self, recorded: &Recorded<announcement::Event>) {
        match &recorded.event {
            announcement::Event::Published { message } => {
                let texts = message.texts.clone();
                self.announcements = vec![AnnouncementRow { texts, withdrawn: false }];
            }
            announcement::Event::Withdrawn {} => {
                self.announcements.iter_mut().for_each(|row| row.withdrawn = true);
            }
        }
    }
}

/// How many notifications a user has not read.
pub async fn count_unread(db: &PgPool, recipient: UserId) -> sqlx::Result<i64> {
    let unread = "select count(*) from notifications_notification.inbox
         where recipient = $1 and not read";
    sqlx::query_scalar(unread).bind(recipient.uuid()).fetch_one(db).await
}

/// The notifications that a user has not read, the oldest first.
pub async fn unread_ids(db: &PgPool, recipient: UserId) -> sqlx::Result<Vec<NotificationId>> {
    let unread = "select id from notifications_notification.inbox
         where recipient = $1 and not read order by created_at, id";
    let ids: Vec<Uuid> = sqlx::query_scalar(unread).bind(recipient.uuid()).fetch_all(db).await?;
    Ok(ids.into_iter().map(NotificationId::from).collect())
}

/// Deliveries that failed and can be retried now: after the n-th failure when 4ⁿ minutes have passed.
/// All that a consumer has parked, and the first hundred of the others.
pub async fn notifications_due_for_retry(
    db: &PgPool,
    now: DateTime<Utc>,
    consumer: &str,
) -> sqlx::Result<Vec<NotificationId>> {
    let sql = "with due as (
             select d.id, d.at, exists (select from operations.parked p
                 where p.consumer = $2 and p.stream = 'notifications.notification' and p.id = d.id)
                 as parked
             from notifications_notification.deliveries d
             join notifications_notification.notifications n on n.id = d.id
             where d.state = 'failed' and d.at + interval '1 minute' * power(4, d.attempts) <= $1)
         select id from due where parked
         union all
         (select id from due where not parked order by at, id limit 100)";
    let ids: Vec<Uuid> = sqlx::query_scalar(sql).bind(now).bind(consumer).fetch_all(db).await?;
    Ok(ids.into_iter().map(NotificationId::from).collect())
}
