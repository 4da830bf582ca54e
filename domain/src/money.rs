//! Amounts of money.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::macros::letter_code;

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
