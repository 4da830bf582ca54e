//! Workers of files.

mod deletion;
mod scan;
mod scanner;
mod sweep;

pub use deletion::file_deletion_worker;
pub use scan::file_scan_worker;
pub use scanner::Scanner;
pub use sweep::ObjectSweep;
