//! Ingests messages of purchase systems: each is applied, waits for earlier ones, or is parked with the
//! reason. None is dropped.

use domain::{
    Text,
    identity::Actor,
    purchasing::{
        feed::{self, Message},
        purchase::{self, Purchase, PurchaseId, RejectionReason},
        purchase_event::{self, PurchaseEvent, PurchaseEventId},
    },
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{CommandEnvelope, Commands, Failure};

/// What became of a message. Sent again, it comes to the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "outcome", rename_all = "snake_case")]
#[schema(as = Outcome)]
pub enum IngestOutcome {
    /// The order is as the message says.
    Applied { purchase: PurchaseId },
    /// It waits for messages that come before it.
    Waiting { purchase: PurchaseId },
    /// It could not be applied, and is kept.
    Parked { parked: PurchaseEventId, reason: RejectionReason },
}

/// The sender of a message.
#[derive(Debug, Clone, Copy)]
pub enum MessageSender<'a> {
    /// From a purchase system, which speaks for the source of this name and for no other (PUR-6).
    Source(&'a Text<200>),
    /// From somebody who may speak for any. The name stands for messages that name no source.
    Anyone(&'a Text<200>),
}

impl MessageSender<'_> {
    fn name(&self) -> &Text<200> {
        let (Self::Source(name) | Self::Anyone(name)) = self;
        name
    }

    fn speaks_for(&self, source: &Text<200>) -> bool {
        match self {
            Self::Source(name) => {
                let (name, source) =
                    (feed::subject_token(name.as_str()), feed::subject_token(source.as_str()));
                name == source && !name.is_empty()
            }
            Self::Anyone(_) => true,
        }
    }
}

/// How many bytes of a message always fit into an event: escaped and sealed they take up to eight times
/// as many.
const ALWAYS_FITS: usize = 64 << 10;

/// Ingests a message as it came; `by` needs the right to. After an error it is unknown whether it was
/// recorded, so send it again.
pub async fn ingest(
    commands: &Commands,
    text: &str,
    sender: MessageSender<'_>,
    by: &Actor,
) -> Result<IngestOutcome, Failure<purchase::Refusal>> {
    let message = match feed::parse(text) {
        Ok(message) => message,
        Err(bad) => {
            let reason = RejectionReason::unreadable(&bad.faults);
            let source = bad.source.filter(|source| sender.speaks_for(source));
            let source = source.unwrap_or_else(|| sender.name().clone());
            let head =
                MessageHead { source, id: bad.id, order: bad.order, fingerprint: bad.fingerprint };
            return park(commands, head, reason, text.to_owned(), by).await;
        }
    };
    if !sender.speaks_for(&message.delivery.source) {
        let refusal = purchase::Refusal::OtherSource { allowed: sender.name().to_string() };
        let head = MessageHead { source: sender.name().clone(), ..MessageHead::of(&message) };
        return park(commands, head, (&refusal).into(), text.to_owned(), by).await;
    }
    let reason = match receive(commands, &message, by).await {
        Ok(outcome) => return Ok(outcome),
        Err(Failure::Refused(refusal)) => (&refusal).into(),
        Err(Failure::Taken { .. }) => (&purchase::Refusal::Conflict).into(),
        Err(Failure::SubjectErased) => (&purchase::Refusal::Erased).into(),
        Err(Failure::TooLarge) => (&purchase::Refusal::TooLarge).into(),
        Err(failure) => return Err(failure),
    };
    park(commands, MessageHead::of(&message), reason, text.to_owned(), by).await
}

/// Parks a message that waited for earlier ones and then could not be applied.
pub async fn park_failed_message(
    commands: &Commands,
    delivery: &feed::Delivery,
    reason: RejectionReason,
    text: String,
    by: &Actor,
) -> Result<IngestOutcome, Failure<purchase::Refusal>> {
    park(commands, delivery.into(), reason, text, by).await
}

async fn receive(
    commands: &Commands,
    message: &Message,
    by: &Actor,
) -> Result<IngestOutcome, Failure<purchase::Refusal>> {
    let delivery = &message.delivery;
    let id = PurchaseId::from_order_number(&delivery.source, &delivery.order);
    let command = purchase::Command::Receive { message: Box::new(message.clone()) };
    let order = CommandEnvelope::new(id, command, by.clone())
        .with_correlation(Some(delivery.fingerprint))
        .effective_at(Some(delivery.time));
    commands.execute(order).await?;
    // The first message of an order never waits.
    let waits = match delivery.sequence {
        1 => false,
        _ => commands.aggregates().load::<Purchase>(id).await?.is_message_waiting(&delivery.id),
    };
    Ok(if waits {
        IngestOutcome::Waiting { purchase: id }
    } else {
        IngestOutcome::Applied { purchase: id }
    })
}

/// The head of a message that cannot be applied, as far as it could be read.
struct MessageHead {
    source: Text<200>,
    id: Option<Text<200>>,
    order: Option<Text<100>>,
    fingerprint: Uuid,
}

impl MessageHead {
    fn of(message: &Message) -> Self {
        (&message.delivery).into()
    }
}

impl From<&feed::Delivery> for MessageHead {
    fn from(delivery: &feed::Delivery) -> Self {
        Self {
            source: delivery.source.clone(),
            id: Some(delivery.id.clone()),
            order: Some(delivery.order.clone()),
            fingerprint: delivery.fingerprint,
        }
    }
}

async fn park(
    commands: &Commands,
    head: MessageHead,
    reason: RejectionReason,
    payload: String,
    by: &Actor,
) -> Result<IngestOutcome, Failure<purchase::Refusal>> {
    let MessageHead { source, id: event, order, fingerprint } = head;
    let id = PurchaseEventId::from_message(
        source.as_str(),
        event.as_ref().map_or("", Text::as_str),
        fingerprint,
    );
    // Postgres cannot store NUL.
    let payload = payload.replace('\0', "\u{fffd}");
    let park = async |payload: &str| {
        let command = purchase_event::Command::Park {
            source: source.clone(),
            event: event.clone(),
            order: order.clone(),
            reason: reason.clone(),
            payload: payload.to_owned(),
        };
        let command = CommandEnvelope::<PurchaseEvent>::new(id, command, by.clone());
        commands.execute(command.with_correlation(Some(fingerprint))).await
    };
    let parked = match park(&payload).await {
        Err(Failure::TooLarge) => park(&payload[..payload.floor_char_boundary(ALWAYS_FITS)]).await,
        parked => parked,
    };
    match parked {
        Ok(receipt) => {
            // A repeated message is counted once.
            if receipt.position > 0 {
                let code = reason.code.clone();
                metrics::counter!("servicebook_purchase_messages_parked_total", "code" => code)
                    .increment(1);
            }
            Ok(IngestOutcome::Parked { parked: id, reason })
        }
        Err(failure) => Err(failure.with_refusal_as_internal_error()),
    }
}
