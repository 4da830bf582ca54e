//! The ids of this context, by which the others name what is in it. An id knows nothing of what it
//! identifies: the type only keeps one kind from being taken for another.

pub type ReplayId = crate::Id<super::replay::Replay>;
