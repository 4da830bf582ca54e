//! Commands of issues.

mod issue;
