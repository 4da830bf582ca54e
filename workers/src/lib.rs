//! What reacts to events and to the clock.
//!
//! A [`Worker`] follows the log as a projector does, but instead of writing rows it gives
//! commands and talks to the world. It may see an event twice, so what it does follows from the
//! event: ids derived from it, commands that are already done when given again.
//!
//! **Invariant:** a worker changes the business only by giving a command.
//! **Invariant:** a rebuild of a read model never makes a worker act.

mod checkpoint;
mod clock;
mod course;
mod follower;
mod items;
mod panics;
mod permanent;
mod reaction;

pub mod licensing;
pub mod notifications;
pub mod organizations;
pub mod platform;
pub mod purchasing;
pub mod scheduling;
pub mod support;

pub use clock::{Task, Window, run_task};
pub use follower::{Begin, Worker, Workers};
pub use items::each;
pub use permanent::Permanent;
pub use reaction::{On, Reaction};
