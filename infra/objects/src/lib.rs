//! The object store: bytes by key, in a folder of ours or on a server that speaks S3.
//!
//! Objects are written once and never changed, in streams: neither side ever holds more of one than a
//! part. What an object is, and whose, is recorded elsewhere (files, exports); here are only bytes.
//!
//! **Invariant:** a key is made of ids, never of what somebody typed.
//! **Invariant:** an object is there whole or not at all, and once [`ObjectWriter::finish`] has answered it
//! survives a crash.

mod error;
mod key;
mod s3;
#[cfg(test)]
mod tests;
mod writer;

use std::{
    fmt, fs,
    io::{self, Write},
    ops::Range,
    path::{Path, PathBuf},
    sync::Arc,
};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures::{Stream, StreamExt, TryStreamExt, stream};
use object_store::{ObjectStore, ObjectStoreExt, local::LocalFileSystem};
use tokio::task::spawn_blocking;

pub use error::ObjectError;
pub use key::{EXPORTS, FILES, ObjectKey, UPLOADS};
pub use s3::S3Settings;
pub use writer::{ObjectWriter, StoredObject};

/// How much of an object is read at once, in bytes: so much is held for everybody who takes one in. On a server
/// each read is a request, with a time limit of its own, so whoever takes it in slowly is not cut off.
const READ_SIZE: u64 = 256 << 10;
const SERVER_READ_SIZE: u64 = 1 << 20;

/// How much must have room in a folder, in bytes.
const CHECKED_ROOM: usize = 1 << 20;

/// Objects by their keys. Cheap to clone.
#[derive(Clone)]
pub struct Objects {
    store: Arc<dyn ObjectStore>,
    /// The folder, unless they are on a server.
    folder: Option<PathBuf>,
    /// Where they are, for messages.
    location: Arc<str>,
}

/// An object that was found in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedObject {
    pub key: ObjectKey,
    /// In bytes.
    pub size: u64,
    /// When it was written, by the clock of the store.
    pub written_at: DateTime<Utc>,
}

impl Objects {
    /// Objects as files below a folder, which is made if it is missing.
    pub fn in_folder(folder: &Path) -> Result<Self, ObjectError> {
        let location: Arc<str> = folder.display().to_string().into();
        let failed = |why: &dyn fmt::Display| ObjectError::Unusable {
            location: location.to_string(),
            why: why.to_string(),
        };
        fs::create_dir_all(folder).map_err(|why| failed(&why))?;
        let store = LocalFileSystem::new_with_prefix(folder).map_err(|why| failed(&why))?;
        let store = Arc::new(store.with_automatic_cleanup(true).with_fsync(true));
        Ok(Self { store, folder: Some(folder.to_owned()), location })
    }

    /// Objects in a bucket of a server that speaks S3. Nothing is sent to it yet.
    pub fn on_s3(settings: &S3Settings) -> Result<Self, ObjectError> {
        let location = settings.location();
        let store = settings.connect().map_err(|why| ObjectError::Unusable {
            location: location.clone(),
            why: why.to_string(),
        })?;
        Ok(Self { store: Arc::new(store), folder: None, location: location.into() })
    }

    /// Where they are: a folder, or a bucket of a server.
    pub fn location(&self) -> &str {
        &self.location
    }

    /// Starts to write an object. It is not there before the writer has finished.
    pub fn writer(&self, key: &ObjectKey) -> ObjectWriter {
        ObjectWriter::new(self.clone(), key)
    }

    /// Writes an object from a stream of its bytes.
    pub async fn put<E: From<ObjectError>>(
        &self,
        key: &ObjectKey,
        bytes: impl Stream<Item = Result<Bytes, E>>,
    ) -> Result<StoredObject, E> {
        let mut writer = self.writer(key);
        let mut bytes = std::pin::pin!(bytes);
        while let Some(part) = bytes.next().await {
            let written = match part {
                Ok(part) => writer.write(part).await.map_err(E::from),
                Err(why) => Err(why),
            };
            if let Err(why) = written {
                writer.abort().await;
                return Err(why);
            }
        }
        Ok(writer.finish().await?)
    }

    /// How many bytes an object has.
    pub async fn size(&self, key: &ObjectKey) -> Result<u64, ObjectError> {
        let found = self.store.head(&key.path()).await;
        Ok(found.map_err(|why| self.failed(why))?.size)
    }

    /// The bytes of an object, or those of a range of it that lies within its size.
    pub fn read(
        &self,
        key: &ObjectKey,
        range: Range<u64>,
    ) -> impl Stream<Item = Result<Bytes, ObjectError>> + Send + 'static {
        let (objects, path) = (self.clone(), key.path());
        let size = if self.folder.is_some() { READ_SIZE } else { SERVER_READ_SIZE };
        stream::try_unfold(range, move |rest| {
            let (objects, path) = (objects.clone(), path.clone());
            async move {
                if rest.is_empty() {
                    return Ok(None);
                }
                let end = rest.end.min(rest.start + size);
                let read = objects.store.get_range(&path, rest.start..end).await;
                let read = read.map_err(|why| objects.failed(why))?;
                Ok(Some((read, end..rest.end)))
            }
        })
    }

    /// Removes an object. One that is not there is removed already.
    pub async fn delete(&self, key: &ObjectKey) -> Result<(), ObjectError> {
        match self.store.delete(&key.path()).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(why) => Err(self.failed(why)),
        }
    }

    /// The objects whose keys begin with a folder, in no order. What others put there is left out.
    pub fn list(
        &self,
        folder: &'static str,
    ) -> impl Stream<Item = Result<ListedObject, ObjectError>> + Send + 'static {
        let objects = self.clone();
        let found = self.store.list(Some(&object_store::path::Path::from(folder)));
        found.map_err(move |why| objects.failed(why)).try_filter_map(async |found| {
            let key = ObjectKey::parse(&found.location);
            Ok(key.map(|key| ListedObject {
                key,
                size: found.size,
                written_at: found.last_modified,
            }))
        })
    }

    /// Whether the store can be reached and lets us in; whether a folder has room.
    pub async fn check(&self) -> Result<(), ObjectError> {
        if let Some(folder) = self.folder.clone() {
            let write = move || tempfile::tempfile_in(folder)?.write_all(&vec![0; CHECKED_ROOM]);
            return match spawn_blocking(write).await.map_err(io::Error::from).flatten() {
                Ok(()) => Ok(()),
                Err(why) => Err(self.unavailable(&why)),
            };
        }
        let nowhere = object_store::path::Path::from("check");
        match self.store.list(Some(&nowhere)).next().await {
            None | Some(Ok(_)) => Ok(()),
            Some(Err(object_store::Error::NotFound { .. })) => Err(ObjectError::Unusable {
                location: self.location.to_string(),
                why: "there is no such bucket".into(),
            }),
            Some(Err(why)) => Err(self.failed(why)),
        }
    }

    fn failed(&self, why: object_store::Error) -> ObjectError {
        ObjectError::from_store(&self.location, why)
    }

    fn unavailable(&self, why: &dyn fmt::Display) -> ObjectError {
        ObjectError::Unavailable { location: self.location.to_string(), why: why.to_string() }
    }
}

impl fmt::Debug for Objects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Objects({})", self.location)
    }
}
