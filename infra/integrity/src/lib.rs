//! Integrity of the log: whether it is complete and unchanged.
//!
//! Appended events are gathered into [`Segment`]s that are chained by their hashes; [`SegmentPublisher`] closes
//! them and publishes them on the bus. [`verify()`] checks the log and everything that follows from it, in
//! one snapshot; [`export()`] writes the log in a form that can be checked without this program, and
//! [`export_table()`] in one that analysts read.
//!
//! **Invariant:** nothing here writes, except by `event_store.close_segment`.
//! **Invariant:** memory does not grow with the log, except for a few bytes per segment.

mod export;
mod export_table;
mod line;
mod segments;
mod snapshot;
mod verify;

pub use export::{ExportSummary, export};
pub use export_table::export_table;
pub use segments::{Segment, SegmentPublisher};
pub use verify::{Report, verify};
