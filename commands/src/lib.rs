//! The write side: rights, reads, decisions and the append.
//!
//! A command comes in as an [`CommandEnvelope`]; [`Commands::execute`] checks the right, looks up the facts,
//! lets the aggregate decide, seals personal data and passes the events to the one appender of this
//! process, which writes those of many commands at once.
//!
//! **Invariant:** nothing but the appender writes events, and it only calls `event_store.append`.
//! **Invariant:** the time is read only from the [`Clock`] in the [`Settings`]; a decision gets it as `now`.

mod aggregate_reader;
mod aggregates;
mod appender;
mod batch;
mod clock;
mod commands;
mod dry_decision;
mod envelope;
mod failure;
mod handler;
pub mod policy;
mod read_set;
mod root;
mod runs;

pub mod analytics;
mod catalog;
mod crm;
mod documents;
mod files;
mod identity;
mod licensing;
mod notifications;
pub mod organizations;
pub mod platform;
pub mod purchasing;
pub mod scheduling;
pub mod support;

pub use aggregate_reader::AggregateReader;
pub use aggregates::{AggregateVisitor, visit_aggregates};
pub use appender::Appender;
pub use batch::claim_digest;
pub use clock::{Clock, ClockFault};
pub use commands::{Commands, Settings};
pub use dry_decision::{DryDecider, Verdict};
pub use envelope::{CommandEnvelope, Receipt};
pub use failure::{ClaimedPeriod, Failure, Outage, ReadError, TransientError};
pub use handler::{CommandKind, Handler};
pub use policy::Right;
