//! The read side: read models that are folded from events, and queries on them.
//!
//! Each file of a context holds one read model, with its tables in the SQL file of the same name. Read
//! [`Fold`] first, then any read model: a pure fold of events into rows, and the lists that can be
//! queried ([`listing`]). Queries that join, count or rank rows of several read models are reports
//! ([`reports`]). Everything else is the runtime that all of them share.
//!
//! **Invariant:** the rows of an aggregate follow from its own events alone; rows of several aggregates
//! are joined when they are queried.
//! **Invariant:** rows and checkpoint move in one transaction.
//! **Invariant:** a read model can be dropped at any time, and is equal to the byte when it is rebuilt.
//! **Invariant:** erasing a person needs no code in a read model.

pub mod analyst;
mod batch;
mod checkpoint;
mod compare;
mod concurrency_limit;
mod copy;
mod error;
mod feed;
mod filler;
mod fold;
pub mod listing;
mod live;
mod observed_positions;
mod parking;
mod projector;
mod rebuild;
mod registry;
mod remaining_data;
mod replays;
mod runner;
mod runtime;
mod schema;
mod tables;
mod values;

pub mod analytics;
pub mod catalog;
pub mod crm;
pub mod documents;
pub mod files;
pub mod identity;
pub mod licensing;
pub mod notifications;
pub mod organizations;
pub mod platform;
pub mod purchasing;
pub mod reports;
pub mod scheduling;
pub mod support;

pub use checkpoint::{Checkpoint, EventDigest};
pub use compare::{TableDifference, TableDigest, differences};
pub use concurrency_limit::{Busy, ConcurrencyLimit};
pub use error::Error;
pub use feed::Feed;
pub use filler::FillProgress;
pub use fold::{Fold, FoldedStream, panic_message};
pub use live::WRITER_CONNECTIONS;
pub use parking::{DiscardOutcome, FailedStream, ParkedStream, ParkedStreamFilter};
pub use projector::Projector;
pub use rebuild::{RebuildReport, discard_unfinished_rebuilds};
pub use registry::{all_projectors, projector_named, projector_of};
pub use remaining_data::{RelatedSubject, RemainingComment, RemainingData, remaining_data};
pub use replays::{
    ErasureOutcome, Replay, ReplayEnd, ReplayReport, ReplayRequest, ReplayTable,
    drop_expired_replays, drop_replay_of,
};
pub use runtime::{CountedEvents, Projections, ProjectorStatus};
