//! Concerns of the platform itself, such as erasing a person's data.

mod ids;
pub mod subject;

/// The stream of data subjects. Everything that stores personal data reads it: `SubjectErased` means
/// that the key of the person with the event's id is gone.
pub const SUBJECT: &str = "platform.subject";

pub use ids::SubjectId;
