//! Support.

mod issue;
mod r#macro;
