//! Commands of analytics.

mod replay;

pub use replay::unknown_overrides;
