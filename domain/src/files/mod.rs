//! Files that people upload. Where something refers to one, such as an issue to its attachments, it says
//! itself who sees it there.

pub mod file;
mod ids;

pub use ids::FileId;
