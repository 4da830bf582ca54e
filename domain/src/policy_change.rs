//! What a scenario puts in the place of a policy (ANA-4): another price, other rules of issuing licences.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Fault, Keyword, Money, TermLength, term_length::problem_of_notices};

/// How many percent a price may change by.
const PERCENT: std::ops::RangeInclusive<i32> = -100..=1_000;

/// Another price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PriceChange {
    /// So many percent more, or less: from -100 to 1000. What has no price has none then either.
    Percent(i32),
    /// This, whatever it was.
    Amount(Money),
}

impl PriceChange {
    /// The price that takes the place of another one. Half a minor unit is rounded up.
    pub fn applied_to(self, price: Option<Money>) -> Option<Money> {
        match self {
            Self::Amount(price) => Some(price),
            Self::Percent(percent) => price.map(|price| {
                let hundredfold = i128::from(price.amount) * (100 + i128::from(percent));
                let amount = (hundredfold + 50).div_euclid(100);
                Money { amount: i64::try_from(amount).unwrap_or(i64::MAX), ..price }
            }),
        }
    }

    /// What is wrong with it, below a pointer.
    pub(crate) fn fault(self, at: &str) -> Option<Fault> {
        match self {
            Self::Percent(percent) if !PERCENT.contains(&percent) => {
                let (keyword, limit) = if percent < *PERCENT.start() {
                    (Keyword::Minimum, PERCENT.start())
                } else {
                    (Keyword::Maximum, PERCENT.end())
                };
                let fault = Fault::new(format!("{at}/percent"), "is -100 at least, 1000 at most");
                Some(fault.with_keyword(keyword, Some((*limit).into())))
            }
            Self::Amount(price) if price.amount < 0 => {
                let fault = Fault::new(format!("{at}/amount/amount"), "a price is not negative");
                Some(fault.with_keyword(Keyword::Minimum, Some(0.into())))
            }
            Self::Percent(_) | Self::Amount(_) => None,
        }
    }
}

/// Other rules of issuing licences; what is left out stays as it was.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IssuanceChange {
    /// How long one purchase lasts.
    #[serde(default)]
    pub term: Option<TermLength>,
    /// For how many days after the end of a term the product still works.
    #[serde(default)]
    pub grace_days: Option<u16>,
    /// How many days before the end the holder is told, longest first.
    #[serde(default)]
    pub notices: Option<Vec<u16>>,
}

impl IssuanceChange {
    /// What is wrong with it, below a pointer.
    pub(crate) fn faults(&self, at: &str) -> Vec<Fault> {
        if *self == Self::default() {
            return vec![Fault::new(at, "it changes a term, days of grace, or notices")];
        }
        let term = self.term.and_then(TermLength::problem);
        let notices = self.notices.as_deref().and_then(problem_of_notices);
        let problems = [("term", term), ("notices", notices)];
        let fault = |(field, problem): (&str, Option<&str>)| {
            problem.map(|problem| Fault::new(format!("{at}/{field}"), problem))
        };
        problems.into_iter().filter_map(fault).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Currency;

    #[test]
    fn a_price_changes_by_percent_to_the_nearest_minor_unit() {
        let euros = |amount| Money::new(amount, Currency::EUR);
        let changed =
            |amount, percent| PriceChange::Percent(percent).applied_to(Some(euros(amount)));
        assert_eq!(changed(3_800, 10), Some(euros(4_180)));
        assert_eq!(changed(5, 10), Some(euros(6)), "half a cent is rounded up");
        assert_eq!(changed(3_333, -50), Some(euros(1_667)));
        assert_eq!(changed(3_800, -100), Some(euros(0)));
        assert_eq!(changed(i64::MAX, 1_000), Some(euros(i64::MAX)));
        assert_eq!(PriceChange::Percent(10).applied_to(None), None);
        assert_eq!(PriceChange::Amount(euros(1)).applied_to(None), Some(euros(1)));
    }
}
