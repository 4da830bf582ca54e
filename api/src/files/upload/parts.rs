//! The parts of uploads in the object store.

use objects::{ObjectKey, UPLOADS};
use uuid::Uuid;

use crate::App;

/// The size of the parts, in bytes: how much of an upload is in memory at once, and how much is lost of it when the
/// process dies.
pub(super) const PART_SIZE: usize = 4 << 20;

/// Where a part of an upload is.
pub(super) fn part_key(upload: Uuid, part: Uuid) -> ObjectKey {
    ObjectKey::new(UPLOADS, upload).part(part)
}

/// Removes parts that no upload needs any more, as far as that is possible now.
pub(super) async fn remove_parts(app: &App, upload: Uuid, parts: &[Uuid]) {
    for part in parts {
        if let Err(why) = app.objects.delete(&part_key(upload, *part)).await {
            // Whoever sweeps finds it.
            tracing::warn!(%upload, "a part of no upload stays for now: {why}");
        }
    }
}
