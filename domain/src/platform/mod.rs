//! Concerns of the platform itself: the business that it serves, and erasing a person's data.

pub mod business;
mod ids;
pub mod subject;

/// The stream of data subjects. Everything that stores personal data reads it: `SubjectErased` means
/// that the key of the person with the event's id is gone.
pub const SUBJECT_STREAM: &str = "platform.subject";

pub use ids::{BusinessId, SubjectId};
