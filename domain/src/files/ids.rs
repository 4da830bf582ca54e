//! The ids of this context, by which the others name what is in it. An id knows nothing of what it
//! identifies: the type only keeps one kind from being taken for another.

use super::file::File;
use crate::Id;

pub type FileId = Id<File>;
