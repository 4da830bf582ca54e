//! Orders of purchase systems: they become cabinets and licences.

mod fulfilment;
mod inbox;
mod waiting_timeout;

pub use fulfilment::PurchaseFulfilment;
pub use inbox::ingest_purchase_messages;
pub use waiting_timeout::WaitingMessageTimeout;
