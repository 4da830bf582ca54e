//! The ids of this context, by which the others name what is in it. An id knows nothing of what it
//! identifies: the type only keeps one kind from being taken for another.

use super::subject::Subject;
use crate::Id;

/// The id of the person as it stands in [`Personal::subject`](crate::Personal::subject): a customer's, a
/// user's.
pub type SubjectId = Id<Subject>;
