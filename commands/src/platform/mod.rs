//! Commands of data subjects.

mod subject;

pub use subject::erase;
