//! Messages of purchase systems that could not be applied.

use domain::{
    Recorded, Text,
    purchasing::purchase_event::{self, Event},
};
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use utoipa::ToSchema;

use crate::{
    Fold, FoldedStream, Projector,
    listing::{Field, Listing, OwnerColumns},
};

pub const PROJECTOR: Projector = Projector {
    name: "purchasing.purchase_event",
    version: 4,
    tables: include_str!("purchase_event.sql"),
    streams: &[FoldedStream::of::<purchase_event::PurchaseEvent, Rows>()],
};

pub const PARKED_MESSAGES: Listing = Listing {
    from: "purchasing_purchase_event.parked",
    fields: &[
        Field::text("source"),
        Field::text("event"),
        Field::text("order_number"),
        Field::text("code"),
        Field::enum_of::<Status>("status"),
    ],
    search: Some("search"),
    sort: &["created_at", "updated_at"],
    owner: OwnerColumns::NONE,
};

/// The same without the message itself, which may name people.
pub const PSEUDONYMOUS_PARKED_MESSAGES: Listing =
    Listing { from: "purchasing_purchase_event.pseudonymous", ..PARKED_MESSAGES };

/// A message that could not be applied.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ParkedPurchaseEvent {
    /// The purchase system it came from, as far as that can be told.
    pub source: Text<200>,
    /// Its id there.
    pub event: Option<Text<200>>,
    /// The order it is about.
    pub order_number: Option<Text<100>>,
    /// Why it could not be applied: the code of the refusal.
    pub code: String,
    /// The same for people; nothing if it was erased, and for analysts.
    pub detail: Option<String>,
    /// The message as it came; nothing if it was erased, and for analysts.
    pub payload: Option<String>,
    pub status: Status,
    /// Why it was discarded.
    pub reason: Option<Text<500>>,
}

/// What was decided about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Parked,
    /// It was tried once more. If that failed again, it is parked again.
    Reprocessed,
    Discarded,
}

/// How many messages wait for a decision.
pub async fn count_parked(db: &PgPool) -> sqlx::Result<i64> {
    let query = "select count(*) from purchasing_purchase_event.parked where status = 'parked'";
    sqlx::query_scalar(query).fetch_one(db).await
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Rows {
    parked: Vec<ParkedPurchaseEvent>,
}

impl Fold<purchase_event::PurchaseEvent> for Rows {
    fn apply(&mut self, recorded: &Recorded<Event>) {
        match recorded.event.clone() {
            Event::Parked { source, event, order: order_number, code, detail, payload } => {
                let (detail, payload) = (detail.into_inner(), payload.into_inner());
                let (status, reason) = (Status::Parked, None);
                self.parked = vec![ParkedPurchaseEvent {
                    source,
                    event,
                    order_number,
                    code,
                    detail,
                    payload,
                    status,
                    reason,
                }];
            }
            Event::Reprocessed {} => {
                self.parked.iter_mut().for_each(|parked| parked.status = Status::Reprocessed);
            }
            Event::Discarded { reason } => {
                for parked in &mut self.parked {
                    (parked.status, parked.reason) = (Status::Discarded, Some(reason.clone()));
                }
            }
        }
    }
}
