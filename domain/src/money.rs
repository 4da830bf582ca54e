//! Amounts of money.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Language, macros::letter_code};

/// The currencies without minor units that prices are likely to be in.
const WHOLE: [&str; 5] = ["CLP", "ISK", "JPY", "KRW", "VND"];

/// An amount in a currency, exact: minor units (cents), never a float.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Money {
    /// Minor units of the currency: 1999 is 19.99 EUR.
    pub amount: i64,
    pub currency: Currency,
}

impl Money {
    pub const fn new(amount: i64, currency: Currency) -> Self {
        Self { amount, currency }
    }

    /// The sum, unless the currencies differ or it does not fit.
    pub fn plus(self, other: Self) -> Option<Self> {
        let amount = self.amount.checked_add(other.amount)?;
        (self.currency == other.currency).then_some(Self { amount, ..self })
    }

    /// So many times the amount, unless that does not fit.
    pub fn times(self, count: u32) -> Option<Self> {
        let amount = self.amount.checked_mul(count.into())?;
        Some(Self { amount, ..self })
    }

    /// In decimal digits of its major units: `19.99`.
    pub fn in_major_units(self) -> String {
        let Self { amount, currency } = self;
        if WHOLE.contains(&currency.to_string().as_str()) {
            return amount.to_string();
        }
        let (sign, cents) = (if amount < 0 { "-" } else { "" }, amount.unsigned_abs());
        format!("{sign}{}.{:02}", cents / 100, cents % 100)
    }

    /// As those who read a language write a price: `€38` or `38 €`; cents are left out where there are none.
    pub fn written_in(self, language: Language) -> String {
        let Self { amount, currency } = self;
        let code = currency.to_string();
        let symbol = match code.as_str() {
            "EUR" => "€",
            "USD" => "$",
            "GBP" => "£",
            "RUB" => "₽",
            other => other,
        };
        let english = language == Language::En;
        let point = if english { '.' } else { ',' };
        let text = match (WHOLE.contains(&code.as_str()), amount / 100, amount % 100) {
            (true, ..) => amount.to_string(),
            (false, whole, 0) => whole.to_string(),
            (false, whole, cents) => format!("{whole}{point}{cents:02}"),
        };
        if english && symbol != code {
            format!("{symbol}{text}")
        } else {
            format!("{text}\u{a0}{symbol}")
        }
    }
}

/// An ISO 4217 code: three capital letters.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, pattern = "^[A-Z]{3}$", example = "EUR")]
pub struct Currency([u8; 3]);

letter_code!(Currency, "ISO 4217 currency code such as EUR");

impl Currency {
    pub const EUR: Self = Self(*b"EUR");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minor_units_are_the_decimals_of_major_ones() {
        let digits = |amount| Money::new(amount, Currency::EUR).in_major_units();
        assert_eq!([1_999, 5, -5, -1_250].map(digits), ["19.99", "0.05", "-0.05", "-12.50"]);
        assert_eq!(Money::new(500, "JPY".parse().unwrap()).in_major_units(), "500");
    }

    #[test]
    fn a_price_is_written_as_its_reader_does() {
        let cents = |amount| Money::new(amount, Currency::EUR);
        let english = [3_800, 3_850].map(|amount| cents(amount).written_in(Language::En));
        assert_eq!(english, ["€38", "€38.50"]);
        assert_eq!(cents(3_805).written_in(Language::De), "38,05\u{a0}€");
        let yen = Money::new(4_000, "JPY".parse().unwrap());
        assert_eq!(yen.written_in(Language::En), "4000\u{a0}JPY");
    }
}
