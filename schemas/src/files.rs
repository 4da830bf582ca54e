//! Where the contracts are.

use std::{env, path::PathBuf};

/// A file of this crate, wherever cargo runs it now.
pub(crate) fn crate_file(file: &str) -> PathBuf {
    let folder = env::var_os("CARGO_MANIFEST_DIR");
    folder.map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from).join(file)
}
