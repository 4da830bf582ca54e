//! Orders of purchase systems, with the messages about them.

use chrono::{DateTime, Utc};
use domain::{
    Currency, Id, MaybePersonal, Recorded, Text,
    licensing::license::LicenseId,
    organizations::cabinet::CabinetId,
    purchasing::{
        feed::Delivery,
        purchase::{self, Event, Line, LineState, PurchaseId},
        purchase_event::PurchaseEventId,
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
    name: "purchasing.purchase",
    version: 8,
    tables: include_str!("purchase.sql"),
    streams: &[FoldedStream::of::<purchase::Purchase, Rows>()],
};

pub const PURCHASES: Listing = Listing {
    from: "purchasing_purchase.purchases",
    fields: &[
        Field::text("source").as_row_name(),
        Field::text("order_number").as_row_name(),
        Field::time("placed_at"),
        Field::id::<CabinetId>("cabinet_id"),
        Field::enum_of::<Status>("status"),
        Field::int("amount"),
        Field::text("currency"),
    ],
    search: Some("search"),
    sort: &["placed_at", "created_at"],
    owner: OwnerColumns { cabinet: Some("cabinet_id"), ..OwnerColumns::NONE },
};

/// The same for analysts, without what buyers are called.
pub const PSEUDONYMOUS_PURCHASES: Listing =
    Listing { from: "purchasing_purchase.pseudonymous", ..PURCHASES };

/// An order of a purchase system.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Purchase {
    /// The purchase system.
    pub source: Text<200>,
    /// The order's number there.
    pub order_number: Text<100>,
    pub placed_at: DateTime<Utc>,
    /// The buyer's cabinet.
    pub cabinet_id: CabinetId,
    /// Nothing, once it was erased.
    pub buyer: Option<Text<200>>,
    /// What it costs, in minor units of the currency.
    pub amount: i64,
    /// What of it was given back.
    pub refunded: i64,
    pub currency: Currency,
    pub status: Status,
    pub lines: Vec<PurchaseLine>,
}

/// How far an order has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Not every line has come to its end.
    Open,
    Fulfilled,
    /// Every line has come to its end, and none by licences.
    Closed,
}

/// A line of an order, and the licences that stand for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PurchaseLine {
    #[serde(flatten)]
    pub line: Line,
    pub licenses: Vec<LicenseId>,
}

/// A message that was applied, or waits for earlier ones.
#[derive(Debug, Serialize, Deserialize)]
struct Message {
    /// Its number in the sequence of the order's messages.
    key: u32,
    source: Text<200>,
    /// Its id as a parked message, if it was parked before.
    parked_as: PurchaseEventId,
    sent_at: DateTime<Utc>,
    /// Until when it waits; `None` once it was applied.
    until: Option<DateTime<Utc>>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Rows {
    purchases: Vec<Purchase>,
    messages: Vec<Message>,
}

impl Rows {
    fn record_message(&mut self, delivery: &Delivery, until: Option<DateTime<Utc>>) {
        let Delivery { id, source, sequence: key, time: sent_at, fingerprint, .. } =
            delivery.clone();
        let parked_as = PurchaseEventId::from_message(source.as_str(), id.as_str(), fingerprint);
        self.messages.retain(|message| message.key != key);
        self.messages.push(Message { key, source, parked_as, sent_at, until });
    }
}

impl Purchase {
    fn set_lines(&mut self, id: PurchaseId, lines: &[Line]) {
        let before = std::mem::take(&mut self.lines);
        let licenses = |line: &Line| {
            let before = before.iter().find(|before| before.line.line == line.line);
            match line.state {
                // Not fulfilled yet.
                LineState::Open => before.map(|line| line.licenses.clone()).unwrap_or_default(),
                LineState::Fulfilled | LineState::Refunded | LineState::Discarded { .. } => {
                    line.active_license_ids(id)
                }
            }
        };
        let lines = lines.iter().cloned();
        self.lines = lines.map(|line| PurchaseLine { licenses: licenses(&line), line }).collect();
        self.update_status();
    }

    fn update_status(&mut self) {
        let any = |state: &LineState| self.lines.iter().any(|line| line.line.state == *state);
        self.status = match (any(&LineState::Open), any(&LineState::Fulfilled)) {
            (true, _) => Status::Open,
            (false, true) => Status::Fulfilled,
            (false, false) => Status::Closed,
        };
    }

    fn line(&mut self, number: u16) -> Option<&mut PurchaseLine> {
        self.lines.iter_mut().find(|line| line.line.line == number)
    }

    fn apply(&mut self, id: PurchaseId, event: &Event) {
        match event {
            Event::Amended { lines, total, .. } => {
                (self.amount, self.currency) = (total.amount, total.currency);
                self.set_lines(id, lines);
            }
            Event::Cancelled { lines, .. } => self.set_lines(id, lines),
            Event::Refunded { lines, total, .. } => {
                self.refunded = self.refunded.saturating_add(total.amount);
                self.set_lines(id, lines);
            }
            Event::LineFulfilled { line, cabinet, licenses } => {
                self.cabinet_id = *cabinet;
                if let Some(line) = self.line(*line) {
                    line.line.state = LineState::Fulfilled;
                    line.licenses.clone_from(licenses);
                }
                self.update_status();
            }
            Event::LineDiscarded { line, reason } => {
                if let Some(line) = self.line(*line) {
                    line.line.state = LineState::Discarded { reason: reason.to_string() };
                    line.licenses.clear();
                }
                self.update_status();
            }
            Event::Recorded { .. }
            | Event::Deferred { .. }
            | Event::GivenUp { .. }
            | Event::Fulfilled {} => {}
        }
    }
}

impl Fold<purchase::Purchase> for Rows {
    fn apply(&mut self, recorded: &Recorded<Event>) {
        match &recorded.event {
            Event::Recorded { delivery, cabinet, buyer, lines, total } => {
                let mut purchase = Purchase {
                    source: delivery.source.clone(),
                    order_number: delivery.order.clone(),
                    placed_at: delivery.time,
                    cabinet_id: *cabinet,
                    buyer: buyer.name.as_ref().and_then(MaybePersonal::get).cloned(),
                    amount: total.amount,
                    refunded: 0,
                    currency: total.currency,
                    status: Status::Open,
                    lines: Vec::new(),
                };
                purchase.set_lines(recorded.id.into(), lines);
                self.purchases = vec![purchase];
                self.record_message(delivery, None);
            }
            Event::Deferred { delivery, until, .. } => self.record_message(delivery, Some(*until)),
            Event::Amended { delivery, .. }
            | Event::Cancelled { delivery, .. }
            | Event::Refunded { delivery, .. } => self.record_message(delivery, None),
            Event::GivenUp { delivery, .. } => {
                self.messages.retain(|message| message.key != delivery.sequence);
            }
            Event::LineFulfilled { .. } | Event::LineDiscarded { .. } | Event::Fulfilled {} => {}
        }
        self.purchases
            .iter_mut()
            .for_each(|purchase| purchase.apply(recorded.id.into(), &recorded.event));
    }
}

/// Orders with messages that have waited until `moment` or longer.
pub async fn purchases_with_timeout_due(
    db: &PgPool,
    moment: DateTime<Utc>,
) -> sqlx::Result<Vec<PurchaseId>> {
    let late = "select distinct id from purchasing_purchase.messages where until <= $1 order by id";
    let late: Vec<Uuid> = sqlx::query_scalar(late).bind(moment).fetch_all(db).await?;
    Ok(late.into_iter().map(Id::from).collect())
}
