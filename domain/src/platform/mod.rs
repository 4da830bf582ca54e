//! What every business needs that has nothing to do with it.

pub mod subject;
