//! The user as whom Postgres runs where we are root.

use anyhow::bail;
use nix::unistd::{User, geteuid};

/// The user as which Postgres runs when we are root, which it refuses to be.
pub(super) fn unprivileged_user() -> anyhow::Result<Option<User>> {
    if !geteuid().is_root() {
        return Ok(None);
    }
    for name in ["postgres", "nobody"] {
        if let Some(user) = User::from_name(name)? {
            return Ok(Some(user));
        }
    }
    bail!("Postgres must not run as root, and there is neither a user `postgres` nor `nobody`.")
}
