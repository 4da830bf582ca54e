//! Who acts, what there is to be allowed, and how far a right goes: what every context needs to know
//! of whoever asks.

mod actor;
mod right;
mod scope;

pub use actor::{Actor, Reach, Role};
pub use right::Right;
pub use scope::{Owner, Person, Place, RowScope, Scope};
