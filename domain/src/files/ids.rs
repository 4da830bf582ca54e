//! The ids of this context, by which the others name what is in it. An id knows nothing of what it
//! identifies: the type only keeps one kind from being taken for another.

use super::{export::Export, file::File, saved_export::SavedExport};
use crate::Id;

pub type ExportId = Id<Export>;
pub type FileId = Id<File>;
pub type SavedExportId = Id<SavedExport>;
