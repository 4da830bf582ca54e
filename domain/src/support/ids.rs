//! The ids of this context, by which the others name what is in it. An id knows nothing of what it
//! identifies: the type only keeps one kind from being taken for another.

use super::issue::{Comment, Issue};
use crate::Id;

pub type IssueId = Id<Issue>;
pub type CommentId = Id<Comment>;
pub type MacroId = Id<super::r#macro::Macro>;
