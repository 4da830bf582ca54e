//! Failures that no repetition mends.

use std::fmt;

/// Why something will never succeed: a mail that is refused for good, for one. What fails like this is
/// parked at once, and not tried again by itself.
#[derive(Debug)]
pub struct Permanent(pub String);

impl Permanent {
    /// Whether a failure is of this kind.
    pub(crate) fn is(why: &anyhow::Error) -> bool {
        why.chain().any(<dyn std::error::Error>::is::<Self>)
    }
}

impl fmt::Display for Permanent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Permanent {}
