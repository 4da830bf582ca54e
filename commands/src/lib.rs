//! The write side: who may ask what, what must be looked up first, and the append.
//!
//! A command comes in as an [`Order`]; [`Commands::execute`] checks the right, looks up the facts,
//! lets the aggregate decide, seals what is personal and hands the events to the one appender of
//! this process, which writes those of many commands at once.
//!
//! **Invariant:** nothing but the appender writes events, and it only calls `event_store.append`.
//! **Invariant:** the system's time is read only by the [`Clock`] that [`Commands`] was given; a
//! decision gets it as `now`, and never asks.

mod aggregates;
mod appender;
mod batch;
mod clock;
mod commands;
mod failure;
mod handler;
mod lookup;
mod order;
pub mod policy;
mod reads;
mod root;
mod runs;

mod catalog;
mod crm;
mod identity;
mod licensing;
mod notifications;
pub mod organizations;
pub mod platform;
pub mod purchasing;
mod scheduling;
mod support;

pub use aggregates::{ForEach, for_each};
pub use appender::Appender;
pub use batch::claim_digest;
pub use clock::{Clock, ClockFault};
pub use commands::{Commands, Settings};
pub use failure::{Failure, Lost, Outage, Passing};
pub use handler::{CommandKind, Handler};
pub use lookup::Lookup;
pub use order::{Order, Receipt};
pub use policy::Right;
