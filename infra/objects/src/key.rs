//! The keys of objects: a folder for each use, and ids in it.

use std::fmt;

use object_store::path::Path;
use uuid::Uuid;

/// The folder of the files that people upload.
pub const FILES: &str = "files";
/// The folder of exports: a folder for each, and in it what a run of it made.
pub const EXPORTS: &str = "exports";
/// The folder of uploads that have not ended: a folder for each, and in it its parts.
pub const UPLOADS: &str = "uploads";

/// The key of an object: `files/0198c0de-…`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ObjectKey(String);

impl ObjectKey {
    /// The key of an id within the folder of a use.
    pub fn new(folder: &'static str, id: Uuid) -> Self {
        Self(format!("{folder}/{id}"))
    }

    /// The key of a part of this.
    #[must_use]
    pub fn part(&self, part: Uuid) -> Self {
        Self(format!("{}/{part}", self.0))
    }

    /// The ids in it, from the first one on.
    pub fn ids(&self) -> impl Iterator<Item = Uuid> {
        self.0.split('/').skip(1).filter_map(|id| id.parse().ok())
    }

    pub(crate) fn path(&self) -> Path {
        Path::from(self.0.as_str())
    }

    /// The key of a path, if it is one of ours.
    pub(crate) fn parse(path: &Path) -> Option<Self> {
        let key = Self(path.to_string());
        let parts = key.0.split('/').count();
        (parts > 1 && key.ids().count() == parts - 1).then_some(key)
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
