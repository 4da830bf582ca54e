//! Commands of the business itself and of data subjects.

mod business;
mod subject;

pub(crate) use business::business;
pub use subject::erase;
