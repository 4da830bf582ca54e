//! What concerns the deployment itself.

mod subject;

pub use subject::erase;
