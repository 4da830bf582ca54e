//! Support.

mod issue;
