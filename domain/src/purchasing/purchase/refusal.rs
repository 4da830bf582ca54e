//! Why a message about an order is not applied.

use serde::Serialize;
use thiserror::Error;
use utoipa::ToSchema;

use crate::{Fault, Sku};

/// Why a message about an order is not applied.
#[derive(Debug, Clone, PartialEq, Error, Serialize, ToSchema)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Refusal {
    #[error("another message had the same id and said something else")]
    Conflict,
    #[error("another message had place {sequence} in the history of the order")]
    PlaceTaken { sequence: u32 },
    #[error("whoever sent it speaks for {allowed} only")]
    OtherSource {
        #[serde(rename = "known")]
        allowed: String,
    },
    #[error("the first message of an order records it")]
    NotRecorded,
    #[error("the order is recorded already")]
    AlreadyRecorded,
    #[error("the order is cancelled")]
    Cancelled,
    #[error("nobody knows the organisation, and without name and tax id it cannot be provisioned")]
    UnknownOrganisation,
    #[error("the organisation's tax id and its external id belong to different cabinets")]
    AmbiguousOrganisation,
    #[error("an order keeps its buyer")]
    OtherBuyer,
    #[error("there is no product '{sku}'")]
    UnknownProduct { sku: Sku },
    #[error("the product '{sku}' is not for sale")]
    NotForSale { sku: Sku },
    #[error("the parameters are not as the product declares them")]
    BadParameters { faults: Vec<Fault> },
    #[error("line {line} would be more than {limit} separate licences")]
    TooMany { line: u16, limit: u32 },
    #[error("the order has no line {line}")]
    NoSuchLine { line: u16 },
    #[error("line {line} keeps its product")]
    OtherProduct { line: u16 },
    #[error("of line {line} some was taken back; more of it is another line")]
    TakenBack { line: u16 },
    #[error("line {line} is over")]
    LineOver { line: u16 },
    #[error("more than was ordered and paid is given back")]
    TooMuch,
    #[error("the missing message did not come within a day")]
    Gap,
    #[error("the message was erased while it waited")]
    Erased,
    #[error("the message is too large to be kept whole")]
    TooLarge,
}

impl crate::Refusal for Refusal {
    fn rule(&self) -> Option<&'static str> {
        Some(match self {
            Self::Conflict => "PUR-1",
            Self::OtherSource { .. } => "PUR-6",
            Self::PlaceTaken { .. } | Self::Gap | Self::NotRecorded => "PUR-2",
            _ => "PUR-3",
        })
    }

    fn faults(&self) -> Vec<Fault> {
        match self {
            Self::BadParameters { faults } => faults.clone(),
            _ => Vec::new(),
        }
    }
}
