//! Files that people upload, and exports that are made for them. Where something refers to a file, such as an
//! issue to its attachments, it says itself who sees it there.

pub mod export;
pub mod file;
mod ids;
pub mod saved_export;

pub use ids::{ExportId, FileId, SavedExportId};
