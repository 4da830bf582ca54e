//! Who acts, which rights there are, and how far a right goes. Every context uses these.

mod actor;
mod right;
mod scope;

pub use actor::{Actor, Reach, Role};
pub use right::Right;
pub use scope::{CabinetLimit, OwnScope, Owner, RowScope, Scope};
