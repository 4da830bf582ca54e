//! File permissions (umask) and the limit of open files of the process.

use nix::sys::{
    resource::{Resource, getrlimit, setrlimit},
    stat::{Mode, umask},
};

/// Makes files that this process and its children create from now on accessible to their owner only.
pub(crate) fn make_new_files_private() {
    umask(Mode::S_IRWXG | Mode::S_IRWXO);
}

/// Raises the limit of open files as far as allowed; returns it.
pub(crate) fn raise_open_file_limit() -> nix::Result<u64> {
    let (current, max) = getrlimit(Resource::RLIMIT_NOFILE)?;
    if current < max {
        setrlimit(Resource::RLIMIT_NOFILE, max, max)?;
    }
    Ok(max)
}
