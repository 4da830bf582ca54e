//! What every business needs that has nothing to do with it.

mod ids;
pub mod subject;

/// The stream of data subjects. Whoever keeps anything about people listens to it: an event
/// `SubjectErased` on it means that the key of the person it is named after is gone.
pub const SUBJECT: &str = "platform.subject";

pub use ids::SubjectId;
