//! The lines of an order and the licences they stand for.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::PurchaseId;
use crate::{
    Money, Parameters, SchemaVersion, Sku,
    catalog::ProductId,
    licensing::{LicenseId, LicenseOrigin},
};

/// A line of an order as it is now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Line {
    pub line: u16,
    pub sku: Sku,
    pub product: ProductId,
    /// The declaration that the parameters satisfy.
    pub schema: SchemaVersion,
    #[schema(value_type = Object)]
    pub parameters: Parameters,
    /// Of one.
    pub price: Money,
    /// How many are ordered, those given back included.
    pub quantity: u32,
    /// How many were given back for money.
    pub returned: u32,
    /// The most that ever were ordered.
    pub peak: u32,
    /// Whether three of it are three licences, or one with three seats.
    pub separate: bool,
    pub state: LineState,
}

/// How far a line has come. Every line ends as one of the last three (PUR-5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LineState {
    /// Its licences do not all exist yet, or not as they should be.
    Open,
    Fulfilled,
    /// All of it was given back for money.
    Refunded,
    Discarded {
        reason: String,
    },
}

/// A licence that a line stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LicensedUnit {
    /// Which one of the line, from 0.
    pub unit: u32,
    /// Its seats; 0 if it was taken back.
    pub seats: u32,
}

impl Line {
    /// How many are to be licensed.
    pub fn net_quantity(&self) -> u32 {
        match self.state {
            LineState::Open | LineState::Fulfilled => self.quantity.saturating_sub(self.returned),
            LineState::Refunded | LineState::Discarded { .. } => 0,
        }
    }

    /// Every licence that the line ever stood for. Of separate ones the last are taken back first.
    pub fn licensed_units(&self) -> Vec<LicensedUnit> {
        let remaining = self.net_quantity();
        if self.separate {
            (0..self.peak)
                .map(|unit| LicensedUnit { unit, seats: (unit < remaining).into() })
                .collect()
        } else {
            vec![LicensedUnit { unit: 0, seats: remaining }]
        }
    }

    /// The licences that stand for it in an order.
    pub fn active_license_ids(&self, purchase: PurchaseId) -> Vec<LicenseId> {
        let standing = self.licensed_units().into_iter().filter(|unit| unit.seats > 0);
        standing.map(|unit| LicenseId::from_origin(&self.license_origin(purchase, unit))).collect()
    }

    /// What a licence of it comes from.
    pub fn license_origin(
        &self,
        purchase: PurchaseId,
        LicensedUnit { unit, .. }: LicensedUnit,
    ) -> LicenseOrigin {
        LicenseOrigin { purchase, line: self.line, unit }
    }

    pub(super) fn is_final(&self) -> bool {
        matches!(self.state, LineState::Refunded | LineState::Discarded { .. })
    }
}
