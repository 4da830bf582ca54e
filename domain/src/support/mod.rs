//! Who needs help, and what was said.

pub mod issue;
