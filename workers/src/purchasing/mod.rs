//! Orders of purchase systems: they become cabinets and licences.

mod fulfilment;
mod inbox;
mod waiting_timeout;

pub use fulfilment::Fulfilment;
pub use inbox::run_inbox;
pub use waiting_timeout::WaitingTimeout;
