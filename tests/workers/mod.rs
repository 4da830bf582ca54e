//! What every worker can rely on.

mod clock;
mod reacting;
