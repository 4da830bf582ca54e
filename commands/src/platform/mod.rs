//! Commands of the business itself and of data subjects.

mod business;
mod subject;

pub(crate) use business::load_business;
pub use subject::erase_subject;
