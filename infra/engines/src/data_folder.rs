//! One process at a time works on a data folder, and the others can find it.

use std::{
    collections::BTreeMap,
    fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError},
    io::{Read, Seek, SeekFrom, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use bus::ProcessKind;
use nix::unistd::chown;
use serde::{Deserialize, Serialize};

use super::user::unprivileged_user;
use crate::Secret;

/// The folder of a deployment, locked against a second start. The lock falls with the process,
/// however that ends.
#[derive(Debug)]
pub struct DataFolder {
    path: PathBuf,
    lock: File,
}

/// Where a running `servicebook up` can be reached. It is written with its secrets in plain, into a
/// file that only we can read.
#[derive(Debug, Serialize, Deserialize)]
pub struct RunningDeployment {
    /// The number of its process.
    pub pid: u32,
    /// The address of its API, without a slash at the end.
    pub http: String,
    /// As the owner of the database.
    #[serde(serialize_with = "Secret::serialize_plain")]
    pub database_url: Secret,
    /// As the operator of the bus.
    #[serde(serialize_with = "Secret::serialize_plain")]
    pub nats_url: Secret,
    /// By which gateways and instances know each other, in Base64.
    #[serde(serialize_with = "Secret::serialize_plain")]
    pub gateway_key: Secret,
    /// The addresses of the bus for each kind of process that runs alone.
    #[serde(serialize_with = "Secret::serialize_each_plain")]
    pub nats_users: BTreeMap<ProcessKind, Secret>,
}

impl DataFolder {
    /// Makes the folder if need be, and keeps it for this process.
    pub fn lock(path: &Path) -> anyhow::Result<Self> {
        let folder = || format!("The data folder {} cannot be used", path.display());
        DirBuilder::new().recursive(true).mode(0o700).create(path).with_context(folder)?;
        restrict_to_owner(path).with_context(folder)?;
        let mut lock = private_file_options().open(path.join("lock")).with_context(folder)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                lock.read_to_string(&mut holder)?;
                let holder = holder.trim();
                bail!(
                    "Servicebook already runs on {} (process {holder}). Stop it first (Ctrl-C \
                     there, or `kill {holder}`), or choose another folder with SERVICEBOOK_DATA.",
                    path.display()
                );
            }
            Err(TryLockError::Error(why)) => return Err(why).with_context(folder),
        }
        lock.set_len(0).with_context(folder)?;
        lock.seek(SeekFrom::Start(0)).with_context(folder)?;
        writeln!(lock, "{}", std::process::id()).with_context(folder)?;
        let locked = Self { path: path.to_owned(), lock };
        locked.remove_running_file();
        Ok(locked)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn write_running_file(&self, running: &RunningDeployment) -> anyhow::Result<()> {
        write_private_file(&running_json(&self.path), &serde_json::to_string_pretty(running)?)
    }

    /// Removes what was written; if there is nothing, that is as good.
    pub(super) fn remove_running_file(&self) {
        let _ = fs::remove_file(running_json(&self.path));
    }
}

impl Drop for DataFolder {
    fn drop(&mut self) {
        let _ = self.lock.unlock();
    }
}

impl RunningDeployment {
    /// The process that works on the folder, if there is one and it is ready to be reached.
    pub fn find(data: &Path) -> anyhow::Result<Option<Self>> {
        let Ok(lock) = File::open(data.join("lock")) else { return Ok(None) };
        if !matches!(lock.try_lock_shared(), Err(TryLockError::WouldBlock)) {
            return Ok(None);
        }
        let Ok(text) = fs::read(running_json(data)) else {
            bail!(
                "Servicebook on {} is still starting. `servicebook wait` returns when it is ready.",
                data.display()
            );
        };
        let running: Self = serde_json::from_slice(&text).with_context(|| {
            format!(
                "{} is broken. Start the Servicebook of process {} again, which writes it.",
                running_json(data).display(),
                fs::read_to_string(data.join("lock")).unwrap_or_default().trim()
            )
        })?;
        Ok(Some(running))
    }

    /// What the last process on the folder announced and did not take back: it died, and its engines
    /// may have outlived it.
    pub(super) fn find_leftover(data: &Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(running_json(data)).ok()?).ok()
    }
}

/// Writes a file that only we may read: whole or not at all, since others may be reading it, and
/// whatever happens meanwhile.
pub(super) fn write_private_file(file: &Path, text: &str) -> anyhow::Result<()> {
    let mut draft = file.as_os_str().to_owned();
    draft.push(".new");
    let failed = || format!("{} cannot be written", file.display());
    let mut written = private_file_options().truncate(true).open(&draft).with_context(failed)?;
    written.write_all(text.as_bytes()).with_context(failed)?;
    written.sync_all().with_context(failed)?;
    fs::rename(draft, file).with_context(failed)
}

/// Lets nobody else into the folder; but if we are root, Postgres runs as somebody else, whose group
/// must be able to pass through, not to look.
fn restrict_to_owner(folder: &Path) -> anyhow::Result<()> {
    let passes = unprivileged_user().ok().flatten();
    if let Some(user) = &passes {
        chown(folder, None, Some(user.gid))?;
    }
    let mode = if passes.is_some() { 0o710 } else { 0o700 };
    Ok(fs::set_permissions(folder, Permissions::from_mode(mode))?)
}

fn running_json(data: &Path) -> PathBuf {
    data.join("running.json")
}

/// To open files that hold something only we may read.
pub fn private_file_options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.create(true).read(true).write(true).mode(0o600);
    options
}
