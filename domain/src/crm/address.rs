//! The addresses of a customer.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Address, Personal};

/// One of a customer's addresses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AddressEntry {
    /// Its number among the addresses this customer ever had, from 1.
    pub key: u32,
    pub address: Personal<Address>,
}
