//! Commands of issues.

pub mod issue;
mod r#macro;
