//! The read side: answers kept ready, made from nothing but events.
//!
//! A file here holds one read model whole, with its tables beside it in SQL. Read [`Fold`] first,
//! then any read model: a pure fold of events into rows, and the questions they answer
//! ([`listing`]). What joins, counts or ranks rows of several is a report ([`reports`]). Everything else
//! is the runtime that all of them share.
//!
//! **Invariant:** the rows of an aggregate follow from its own events alone; what belongs together
//! is joined when it is asked for.
//! **Invariant:** rows and checkpoint move in one transaction.
//! **Invariant:** a read model can be dropped at any time, and built again it is equal to the byte.
//! **Invariant:** erasing a person needs no code in a read model.

mod batch;
mod checkpoint;
mod compare;
mod copy;
mod error;
mod feed;
mod filler;
mod fold;
pub mod listing;
mod live;
mod parking;
mod projector;
mod reached;
mod rebuild;
mod remains;
mod replays;
mod runner;
mod runtime;
mod tables;
mod values;

pub mod catalog;
pub mod crm;
pub mod identity;
pub mod licensing;
pub mod notifications;
pub mod organizations;
pub mod purchasing;
pub mod reports;
pub mod scheduling;
pub mod support;

pub use checkpoint::{Checkpoint, Count};
pub use compare::{Difference, Digest, differences};
pub use error::Error;
pub use feed::Feed;
pub use fold::{Fold, Stream, panic_message};
pub use parking::{Discarded, Failed, Parked, Which};
pub use projector::Projector;
pub use rebuild::{Filling, Rebuilt, discard_left};
pub use remains::{Comment, Related, Remains, remains};
pub use replays::{Outcome, Replay};
pub use runtime::{Projections, Status, Verdict};

/// Every read model.
pub fn all() -> impl Iterator<Item = &'static Projector> {
    [
        catalog::ALL,
        crm::ALL,
        identity::ALL,
        licensing::ALL,
        notifications::ALL,
        organizations::ALL,
        purchasing::ALL,
        scheduling::ALL,
        support::ALL,
    ]
    .into_iter()
    .flatten()
    .copied()
}
