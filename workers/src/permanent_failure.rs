//! Failures that trying again cannot mend.

use std::fmt;

/// The reason why something will never succeed, such as a mail that is refused for good. What fails with
/// it is parked at once, and not tried again by itself.
#[derive(Debug)]
pub struct PermanentFailure(pub String);

impl PermanentFailure {
    /// Whether a failure is of this kind.
    pub(crate) fn is_cause_of(why: &anyhow::Error) -> bool {
        why.chain().any(<dyn std::error::Error>::is::<Self>)
    }
}

impl fmt::Display for PermanentFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for PermanentFailure {}
