//! Writes an object in a stream.

use aws_lc_rs::digest::{Context, SHA256};
use bytes::Bytes;
use object_store::buffered::BufWriter;
use tokio::io::AsyncWriteExt;

use crate::{ObjectError, ObjectKey, Objects};

/// The size of the parts in which an object is sent, in bytes. S3 takes 10,000 of them: 80 GB.
const PART_SIZE: usize = 8 << 20;

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredObject {
    /// In bytes.
    pub size: u64,
    pub sha256: [u8; 32],
}

/// Writes one object, part by part. Dropped before it has finished, it leaves nothing that can be read; the
/// parts that a server of S3 has by then stay until [`abort`](Self::abort) or a rule of the bucket removes
/// them.
pub struct ObjectWriter {
    objects: Objects,
    parts: BufWriter,
    hash: Context,
    size: u64,
}

impl ObjectWriter {
    pub(crate) fn new(objects: Objects, key: &ObjectKey) -> Self {
        let parts = BufWriter::with_capacity(objects.store.clone(), key.path(), PART_SIZE);
        let parts = parts.with_max_concurrency(1);
        Self { objects, parts, hash: Context::new(&SHA256), size: 0 }
    }

    /// How many bytes were written so far.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Adds bytes at the end; waits while the store is slower than they come.
    pub async fn write(&mut self, bytes: Bytes) -> Result<(), ObjectError> {
        self.hash.update(&bytes);
        self.size += bytes.len() as u64;
        self.parts.put(bytes).await.map_err(|why| self.objects.failed(why))
    }

    /// Ends the object: from now on it can be read, and it survives a crash.
    pub async fn finish(mut self) -> Result<StoredObject, ObjectError> {
        let ended = self.parts.shutdown().await;
        ended.map_err(|why| self.objects.unavailable(&why))?;
        let mut sha256 = [0; 32];
        sha256.copy_from_slice(self.hash.finish().as_ref());
        Ok(StoredObject { size: self.size, sha256 })
    }

    /// Gives the object up, and what the store has of it.
    pub async fn abort(mut self) {
        // What cannot be removed now is removed by a rule of the bucket.
        let _ = self.parts.abort().await;
    }
}
