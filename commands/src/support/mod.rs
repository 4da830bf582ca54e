//! Commands of issues.

mod issue;
mod r#macro;
