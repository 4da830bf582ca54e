//! Whether the log is whole, and still what was recorded.
//!
//! Behind the append, events are gathered into [`Segment`]s that are chained by their hashes;
//! [`Segments`] closes them and tells the bus. [`verify`] examines everything that must follow from
//! everything else, in one snapshot; [`export`] writes the log in a form that others can check
//! without this program.
//!
//! **Invariant:** nothing here writes but by `event_store.close_segment`.
//! **Invariant:** memory does not grow with the log, but for a few bytes for each segment.

mod export;
mod line;
mod segments;
mod snapshot;
mod verify;

pub use export::{Exported, export};
pub use segments::{Segment, Segments};
pub use verify::{Report, verify};
