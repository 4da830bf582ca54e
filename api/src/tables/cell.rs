//! The cells of a table: what a value of a row is to somebody who reads it.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use domain::{Currency, Money};
use serde_json::Value;

use super::{file_locale::FileLocale, kind::Kind};
use crate::names::Names;

/// What stands between several values in one cell.
const SEPARATOR: &str = ", ";

/// A cell.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell {
    Empty,
    Text(String),
    /// As it is written in decimal digits.
    Number(String),
    /// Of money, as it is written in decimal digits.
    Amount(String),
    Bool(bool),
    Date(NaiveDate),
    Time(DateTime<Tz>),
}

impl Cell {
    /// A value of this kind in the object `beside`, as the locale reads it. What is not of the kind is text.
    pub(super) fn new(
        kind: Kind,
        (value, beside): (&Value, &Value),
        names: &Names,
        locale: FileLocale,
    ) -> Self {
        let phrase = |value: &Value| Some(locale.texts().value(value.as_str()?).to_owned());
        let name = |id: &Value| names.get(&id.as_str()?.parse().ok()?)?.name.clone();
        let cell = match kind {
            Kind::Enum => phrase(value).map(Self::Text),
            Kind::Enums => Some(joined(value, phrase)),
            Kind::Names => Some(joined(value, name)),
            Kind::Values => Some(joined(value, |value| Some(plain(value)))),
            Kind::Count => value.as_array().map(|values| Self::Number(values.len().to_string())),
            Kind::Integer | Kind::Number => {
                value.as_number().map(|number| Self::Number(number.to_string()))
            }
            Kind::Amount => amount(value, beside),
            Kind::Bool => value.as_bool().map(Self::Bool),
            Kind::Date => value.as_str().and_then(|text| text.parse().ok()).map(Self::Date),
            Kind::Time => instant(value).map(|time| Self::Time(time.with_timezone(&locale.zone))),
            Kind::Json if !value.is_null() => Some(Self::Text(value.to_string())),
            Kind::Json | Kind::Text | Kind::Id => None,
        };
        cell.unwrap_or_else(|| match value {
            Value::Null => Self::Empty,
            value => Self::Text(plain(value)),
        })
    }
}

fn instant(value: &Value) -> Option<DateTime<Utc>> {
    value.as_str()?.parse().ok()
}

/// An amount in minor units beside its currency, in major units.
fn amount(value: &Value, beside: &Value) -> Option<Cell> {
    let currency: Currency = beside["currency"].as_str()?.parse().ok()?;
    Some(Cell::Amount(Money::new(value.as_i64()?, currency).in_major_units()))
}

/// Several values, or the one there is, without those of which there is nothing to say.
fn joined(value: &Value, text: impl Fn(&Value) -> Option<String>) -> Cell {
    let values = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
    let texts: Vec<_> = values.iter().filter_map(text).collect();
    if texts.is_empty() { Cell::Empty } else { Cell::Text(texts.join(SEPARATOR)) }
}

/// A text as it is, all else as JSON.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
