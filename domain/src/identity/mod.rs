//! Who may do what.

mod actor;
mod scope;
pub mod user;

pub use actor::{Actor, Reach, Role};
pub use scope::{Owner, Scope, Sight};
