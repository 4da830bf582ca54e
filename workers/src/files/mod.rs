//! Workers of files.

mod deletion;
mod export;
mod saved_export;
mod scan;
mod scanner;
mod sweep;

use anyhow::Context;
use commands::TransientError;
use objects::{ObjectKey, Objects};

pub use deletion::file_deletion_worker;
pub use export::{ExportExpiry, export_deletion_worker};
pub use saved_export::SavedExportRuns;
pub use scan::file_scan_worker;
pub use scanner::Scanner;
pub use sweep::ObjectSweep;

/// Deletes an object, for a reaction; while the store is away that is to be tried again.
async fn delete_object(objects: &Objects, key: &ObjectKey) -> anyhow::Result<()> {
    match objects.delete(key).await {
        Err(why) if why.is_transient() => Err(why).context(TransientError),
        deleted => Ok(deleted?),
    }
}
