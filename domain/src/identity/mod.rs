//! Who may do what.

mod actor;
pub mod user;

pub use actor::{Actor, Reach, Role};
