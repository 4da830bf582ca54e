//! Commands of analytics.

mod replay;
