//! Reactions to events, and periodic tasks.
//!
//! A [`Worker`] follows the log as a projector does, but instead of writing rows it executes
//! commands and sends mails. It may see an event twice, so what it does is idempotent: ids are
//! derived from the event, and a command that was executed already changes nothing.
//!
//! **Invariant:** a worker changes the business only by executing a command.
//! **Invariant:** a rebuild of a read model never makes a worker act.

mod checkpoint;
mod completion_watermark;
mod due;
mod panics;
mod permanent_failure;
mod reaction;
mod task;
mod worker;

pub mod analytics;
pub mod files;
pub mod licensing;
pub mod notifications;
pub mod organizations;
pub mod platform;
pub mod purchasing;
pub mod scheduling;
pub mod support;

pub use checkpoint::StartAt;
pub use due::for_each_due;
pub use permanent_failure::PermanentFailure;
pub use reaction::{AnyReaction, Reaction};
pub use task::{Task, Window, run_task};
pub use worker::{Worker, WorkerRuntime};
