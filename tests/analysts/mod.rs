//! What analysts may read, and what they find there.

mod access;
