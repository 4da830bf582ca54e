//! From what purchase systems tell to cabinets and licences.

mod fulfilment;
mod inbox;
mod patience;

pub use fulfilment::Fulfilment;
pub use inbox::run_inbox;
pub use patience::Patience;
