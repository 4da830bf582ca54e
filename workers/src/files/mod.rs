//! Workers of files.

mod deletion;

pub use deletion::file_deletion_worker;
