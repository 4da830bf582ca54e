//! What a process may do with files: how many it may have open, and who may look into them.

use nix::sys::{
    resource::{Resource, getrlimit, setrlimit},
    stat::{Mode, umask},
};

/// Whatever this process and its children make from now on is for nobody else to see.
pub(crate) fn keep_private() {
    umask(Mode::S_IRWXG | Mode::S_IRWXO);
}

/// Takes as many open files as may be had; how many that are.
pub(crate) fn raise_limit() -> nix::Result<u64> {
    let (now, most) = getrlimit(Resource::RLIMIT_NOFILE)?;
    if now < most {
        setrlimit(Resource::RLIMIT_NOFILE, most, most)?;
    }
    Ok(most)
}
