//! What a purchase system tells us: `CloudEvents` 1.0 in JSON, as `feed/schema.json` describes them.
//!
//! Whether a message can be read follows from the message alone, so all deliveries of it, in any order
//! and at any time, have the same result.

use std::{collections::BTreeSet, sync::LazyLock};

use chrono::{DateTime, Utc};
use jsonschema::Validator;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Country, Email, Fault, Money, NUL_PROBLEM, Parameters, Sku, TaxId, Text, has_four_digit_year,
    has_nul, legibility_problem, parameters,
};

/// The JSON Schema of a message, for those who send it.
pub const SCHEMA: &str = include_str!("feed/schema.json");

/// A message that can be read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Message {
    pub delivery: Delivery,
    pub content: Content,
    /// The message as it came.
    pub text: String,
}

/// Which message it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Delivery {
    /// The purchase system; order numbers and message ids are its own.
    pub source: Text<200>,
    /// Names the message for ever.
    pub id: Text<200>,
    pub order: Text<100>,
    /// Its place in the history of the order, from 1.
    pub sequence: u32,
    /// When it happened there.
    pub time: DateTime<Utc>,
    /// Equal for equal contents.
    pub fingerprint: Uuid,
}

/// What it says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    Recorded(Order),
    Amended(Order),
    Cancelled { reason: Option<Text<500>> },
    Refunded { lines: Vec<Return>, total: Money },
}

/// A whole order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Order {
    pub organisation: Organisation,
    pub lines: Vec<Item>,
    pub total: Money,
}

/// Who ordered: known by its tax id, or by its id in the business's other systems.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Organisation {
    #[serde(default)]
    pub name: Option<Text<200>>,
    #[serde(default)]
    pub tax_id: Option<TaxId>,
    #[serde(default)]
    pub external_id: Option<Text<100>>,
    #[serde(default)]
    pub country: Option<Country>,
    #[serde(default)]
    pub contact_email: Option<Email>,
}

/// A line of an order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Item {
    pub line: u16,
    pub product: Sku,
    pub quantity: u32,
    #[serde(default)]
    #[schema(value_type = Object)]
    pub parameters: Parameters,
    /// Of one.
    pub price: Money,
}

/// So many of a line are given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Return {
    pub line: u16,
    pub quantity: u32,
}

/// A message that cannot be read: why, and what it seems to be.
#[derive(Debug, Clone, PartialEq)]
pub struct UnreadableMessage {
    pub source: Option<Text<200>>,
    pub id: Option<Text<200>>,
    pub order: Option<Text<100>>,
    /// Equal for equal contents.
    pub fingerprint: Uuid,
    pub faults: Vec<Fault>,
}

/// Reads a message.
pub fn parse(text: &str) -> Result<Message, UnreadableMessage> {
    let value: Value = match serde_json::from_str(text) {
        Ok(value) => value,
        Err(why) => {
            let faults = vec![fault("", &format!("is no JSON: {why}"))];
            let fingerprint = hashed(text);
            return Err(UnreadableMessage {
                source: None,
                id: None,
                order: None,
                fingerprint,
                faults,
            });
        }
    };
    read(&value, text).map_err(|faults| UnreadableMessage {
        source: name(&value, "/source"),
        id: name(&value, "/id"),
        order: name(&value, "/data/order"),
        // Its fields cannot be told apart: it is another message if anything in it differs.
        fingerprint: hashed(&canonical(&value)),
        faults,
    })
}

fn name<const MAX: usize>(value: &Value, pointer: &str) -> Option<Text<MAX>> {
    value.pointer(pointer)?.as_str()?.parse().ok()
}

#[derive(Deserialize)]
struct Envelope {
    source: Text<200>,
    id: Text<200>,
    time: DateTime<Utc>,
    #[serde(rename = "type")]
    kind: MessageType,
}

#[derive(Deserialize)]
enum MessageType {
    #[serde(rename = "purchase.recorded")]
    Recorded,
    #[serde(rename = "purchase.amended")]
    Amended,
    #[serde(rename = "purchase.cancelled")]
    Cancelled,
    #[serde(rename = "purchase.refunded")]
    Refunded,
}

#[derive(Deserialize)]
struct Step {
    order: Text<100>,
    sequence: u32,
    #[serde(default)]
    reason: Option<Text<500>>,
}

#[derive(Deserialize)]
struct Refund {
    lines: Vec<Return>,
    total: Money,
}

fn read(value: &Value, text: &str) -> Result<Message, Vec<Fault>> {
    static VALIDATOR: LazyLock<Result<Validator, String>> = LazyLock::new(|| {
        let schema = serde_json::from_str(SCHEMA).map_err(|why| why.to_string())?;
        parameters::compile_validator(&schema).map_err(|why| why.to_string())
    });
    let validator = VALIDATOR.as_ref().map_err(|why| vec![fault("", why)])?;
    let faults = parameters::validation_faults(validator, value, "");
    if !faults.is_empty() {
        return Err(faults);
    }

    if has_nul(value) {
        return Err(vec![fault("", NUL_PROBLEM)]);
    }
    let data = &value["data"];
    let Envelope { source, id, time, kind } = typed(value, "")?;
    if !has_four_digit_year(&time) {
        return Err(vec![fault("/time", "is in a year that not everybody can read")]);
    }
    legible(value, &["/source", "/data/order", "/data/organisation/name"])?;
    let Step { order, sequence, reason } = typed(data, "/data")?;
    let content = match kind {
        MessageType::Recorded => Content::Recorded(checked_order(data)?),
        MessageType::Amended => Content::Amended(checked_order(data)?),
        MessageType::Cancelled => Content::Cancelled { reason },
        MessageType::Refunded => {
            let Refund { lines, total } = typed(data, "/data")?;
            distinct(lines.iter().map(|line| line.line))?;
            Content::Refunded { lines, total }
        }
    };
    let fingerprint = fingerprint(value);
    let delivery = Delivery { source, id, order, sequence, time, fingerprint };
    Ok(Message { delivery, content, text: text.to_owned() })
}

/// An order whose lines are distinct and add up.
fn checked_order(data: &Value) -> Result<Order, Vec<Fault>> {
    let order: Order = typed(data, "/data")?;
    distinct(order.lines.iter().map(|item| item.line))?;
    let nothing = Money::new(0, order.total.currency);
    let sum = order.lines.iter().try_fold(nothing, |sum, item| {
        item.price.times(item.quantity).and_then(|price| sum.plus(price))
    });
    match sum {
        Some(sum) if sum == order.total => Ok(order),
        _ => Err(vec![fault("/data/total", "is not the sum of the prices times the quantities")]),
    }
}

fn distinct(lines: impl Iterator<Item = u16>) -> Result<(), Vec<Fault>> {
    let mut seen = BTreeSet::new();
    let twice = lines.enumerate().find(|(_, line)| !seen.insert(*line));
    match twice {
        Some((place, _)) => Err(vec![fault(&format!("/data/lines/{place}/line"), "comes twice")]),
        None => Ok(()),
    }
}

/// By what people tell orders and organisations apart, they can read.
fn legible(message: &Value, pointers: &[&str]) -> Result<(), Vec<Fault>> {
    let problem = |at: &&str| {
        let text = message.pointer(at)?.as_str()?;
        legibility_problem(text).map(|why| fault(at, why))
    };
    let faults: Vec<_> = pointers.iter().filter_map(problem).collect();
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

fn typed<T: for<'de> Deserialize<'de>>(value: &Value, at: &str) -> Result<T, Vec<Fault>> {
    T::deserialize(value).map_err(|why| vec![fault(at, &why.to_string())])
}

fn fault(pointer: &str, message: &str) -> Fault {
    Fault::new(pointer, message)
}

/// Equal if and only if two messages that can be read say the same, whatever a transport added and
/// however the fields are ordered.
fn fingerprint(message: &Value) -> Uuid {
    let fields = ["type", "source", "id", "time", "data"];
    let fields = fields.map(|name| (name.to_owned(), message[name].clone()));
    hashed(&canonical(&Value::from_iter(fields)))
}

fn hashed(text: &str) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, text.as_bytes())
}

/// A source as a token of a subject on the bus: letters and digits beyond ASCII become their code
/// points, all other characters `-`. Empty if the source has neither letters nor digits.
pub fn subject_token(source: &str) -> String {
    let encode = |c: char| match c {
        c if c.is_ascii_alphanumeric() => c.to_string(),
        c if c.is_alphanumeric() => format!("u{:x}", u32::from(c)),
        _ => "-".to_owned(),
    };
    let token: String = source.chars().map(encode).collect();
    token.trim_matches('-').to_owned()
}

fn canonical(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_unstable_by_key(|(name, _)| *name);
            let fields = fields.into_iter().map(|(name, value)| {
                format!("{}:{}", Value::from(name.as_str()), canonical(value))
            });
            format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
        }
        Value::Array(values) => {
            format!("[{}]", values.iter().map(canonical).collect::<Vec<_>>().join(","))
        }
        scalar => scalar.to_string(),
    }
}

#[cfg(test)]
pub(super) mod tests;
