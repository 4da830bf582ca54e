//! Who needs help.

mod issue;
