//! Customers and how to reach them.

mod address;
mod contact;
pub mod customer;
mod ids;
mod names;

pub use crate::Address;
pub use address::AddressEntry;
pub use contact::{Contact, ContactKind, ContactPoint, Phone};
pub use names::{ExternalId, ExternalIdEntry, Kind, Names, Renaming};

pub use ids::CustomerId;
