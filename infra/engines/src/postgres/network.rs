//! Where the private Postgres listens, and who gets in there: analysts, and nobody else.

use std::{fs, net::SocketAddr, path::Path};

use nix::unistd::{User, chown};

/// Who may log in where analysts may: on the socket we, and on the network they, by their passwords.
const RULES: &str = "\
# Written by servicebook.
local all all trust
host servicebook +servicebook_analyst all scram-sha-256
";

/// What is set for a server that listens for analysts on an address, or for nobody. `user` is whom it runs as.
pub(super) fn network_settings(
    cluster: &Path,
    address: Option<SocketAddr>,
    user: Option<&User>,
) -> anyhow::Result<Vec<String>> {
    let Some(address) = address else { return Ok(vec!["listen_addresses=".into()]) };
    let rules = cluster.join("analysts_hba.conf");
    fs::write(&rules, RULES)?;
    if let Some(user) = user {
        chown(&rules, Some(user.uid), Some(user.gid))?;
    }
    Ok(vec![format!("listen_addresses={}", address.ip()), format!("hba_file={}", rules.display())])
}
