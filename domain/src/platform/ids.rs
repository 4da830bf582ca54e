//! The ids of this context, by which the others name what is in it. An id knows nothing of what it
//! identifies: the type only keeps one kind from being taken for another.

use super::{business::Business, subject::Subject};
use crate::{Decider, Id};

/// The id of the person as it stands in [`Personal::subject`](crate::Personal::subject): a customer's, a
/// user's.
pub type SubjectId = Id<Subject>;

/// The id of the business.
pub type BusinessId = Id<Business>;

impl BusinessId {
    /// The business that this deployment serves: there is no other.
    pub fn singleton() -> Self {
        Self::derived(&[Business::NAME])
    }
}
