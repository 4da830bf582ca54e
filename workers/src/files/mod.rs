//! Workers of files.

mod deletion;
mod export;
mod saved_export;
mod scan;
mod scanner;
mod sweep;

pub use deletion::file_deletion_worker;
pub use export::{ExportExpiry, export_deletion_worker};
pub use saved_export::SavedExportRuns;
pub use scan::file_scan_worker;
pub use scanner::Scanner;
pub use sweep::ObjectSweep;
