//! A private nats-server: on a loopback port that was free, with users that only we and those know for
//! whom they are.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use bus::{Accounts, ProcessKind};
use nix::sys::signal::Signal;
use tokio::{io::AsyncReadExt, net::TcpStream};

use super::{
    child::{Child, Program},
    data_folder::write_private_file,
    leftover,
    logins::{ACCOUNTS_FILE, NatsLogins},
    safety::{Version, is_supported_nats},
};
use crate::Secret;

/// A server's folder and the program to run it.
#[derive(Debug)]
pub(super) struct Nats {
    program: PathBuf,
    folder: PathBuf,
    log: PathBuf,
}

impl Nats {
    /// Finds a program that is new enough.
    pub(super) fn locate(configured: Option<&Path>, data: &Path) -> anyhow::Result<Self> {
        let program = program(configured)?;
        let (folder, logs) = (data.join("nats"), data.join("logs"));
        fs::create_dir_all(&folder)?;
        fs::create_dir_all(&logs)?;
        Ok(Self { program, folder, log: logs.join("nats.log") })
    }

    pub(super) async fn start(&self) -> anyhow::Result<(Child, NatsUrls)> {
        let program = Program {
            name: "nats-server",
            path: self.program.clone(),
            arguments: vec!["-c".into(), self.settings().display().to_string()],
            user: None,
            home: self.folder.clone(),
            mark: self.settings(),
            locks: Vec::new(),
            log: self.log.clone(),
            quit: Signal::SIGINT,
        };
        // First, since it would hold the port.
        program.stop_leftovers().await?;
        let port = self.port()?;
        let accounts = NatsLogins::open(&self.folder)?.accounts;
        write_private_file(&self.settings(), &self.configuration(port))?;
        let child = program.start(async || answers(port).await).await?;
        Ok((child, NatsUrls::new(&accounts, port)))
    }

    fn settings(&self) -> PathBuf {
        self.folder.join("server.conf")
    }

    /// The port of before, so that others who know it may keep it; another one only if a process has
    /// taken it meanwhile.
    fn port(&self) -> anyhow::Result<u16> {
        let file = self.folder.join("address");
        let before = fs::read_to_string(&file).ok().and_then(|line| line.trim().parse().ok());
        let port = match before.filter(|&port| port != 0 && free(port).is_ok()) {
            Some(port) => port,
            None => free(0).context("no port is free")?,
        };
        write_private_file(&file, &port.to_string())?;
        Ok(port)
    }

    fn configuration(&self, port: u16) -> String {
        format!(
            "# Written by servicebook at every start.\n\
             server_name: servicebook\n\
             listen: \"127.0.0.1:{port}\"\n\
             pid_file: \"{}\"\n\
             max_payload: 8MB\n\
             jetstream {{\n\
             \x20 store_dir: \"{}\"\n\
             \x20 max_memory_store: 64MB\n\
             \x20 # The disk is the limit: else it is what is free of it at the start, and with little\n\
             \x20 # of that what is stored already would not fit.\n\
             \x20 max_file_store: 64TB\n\
             \x20 # What is acknowledged is on the disk.\n\
             \x20 sync_interval: always\n\
             }}\n\
             include \"{ACCOUNTS_FILE}\"\n",
            self.folder.join("server.pid").display(),
            self.folder.join("store").display(),
        )
    }
}

/// The address of a server, and its users.
#[derive(Debug)]
pub(super) struct NatsUrls {
    pub operator: Secret,
    pub users: BTreeMap<ProcessKind, Secret>,
}

impl NatsUrls {
    fn new(accounts: &Accounts, port: u16) -> Self {
        let url =
            |user: &str, password: &str| nats_url(user, password, &format!("127.0.0.1:{port}"));
        let users = accounts.processes();
        Self {
            operator: url(Accounts::OPERATOR, &accounts.operator),
            users: users
                .map(|(process, password)| (process, url(process.user_name(), password)))
                .collect(),
        }
    }
}

/// The address of a server, with the login of a user.
pub fn nats_url(user: &str, password: &str, host: &str) -> Secret {
    Secret::new(format!("nats://{user}:{password}@{host}"))
}

/// Lets the server of a data folder go by what is written for it now: it ends, whoever has started
/// it starts it again, and whoever is connected comes back.
pub fn terminate_nats_to_reload(data: &Path) -> anyhow::Result<()> {
    let settings = data.join("nats/server.conf");
    let works_here = |process: &leftover::OsProcess| {
        process.runs_program(Path::new("nats-server")) && process.has_argument(&settings)
    };
    leftover::signal_processes(Signal::SIGTERM, works_here)
}

/// A free port; `0` means any.
fn free(port: u16) -> std::io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, port))?.local_addr()?.port())
}

/// A server greets as soon as it is ready, its streams included.
async fn answers(port: u16) -> bool {
    let Ok(mut stream) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await else {
        return false;
    };
    let mut greeting = [0; 5];
    stream.read_exact(&mut greeting).await.is_ok() && &greeting == b"INFO "
}

/// The one that is set, else the first new enough: on the PATH, or where `infra/up` installs it.
fn program(configured: Option<&Path>) -> anyhow::Result<PathBuf> {
    if let Some(configured) = configured {
        let version = version(configured).with_context(|| {
            format!(
                "SERVICEBOOK_NATS_BIN={} is no nats-server that can be run",
                configured.display()
            )
        })?;
        if !is_supported_nats(version) {
            bail!(
                "SERVICEBOOK_NATS_BIN={} has version {version}, and {} or newer is needed: older \
                 ones silently ignore what keeps the bus exact.",
                configured.display(),
                Version::OLDEST_NATS
            );
        }
        return Ok(configured.to_owned());
    }
    let mut too_old = String::new();
    for candidate in candidates() {
        match version(&candidate) {
            Some(found) if is_supported_nats(found) => return Ok(candidate),
            Some(found) => write!(too_old, " ({} has version {found})", candidate.display())?,
            None => {}
        }
    }
    bail!(
        "There is no nats-server {} or newer{too_old}. Install one with infra/tools/install, or \
         put one on the PATH, set SERVICEBOOK_NATS_BIN to it, or NATS_URL to a running one.",
        Version::OLDEST_NATS
    )
}

fn candidates() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path).map(|folder| folder.join("nats-server"));
    let places = [std::env::current_dir().ok(), std::env::current_exe().ok()];
    let installed = places
        .iter()
        .flatten()
        .flat_map(|place| place.ancestors().map(|folder| folder.join(".tools/nats-server")));
    on_path.chain(installed).filter(|candidate| candidate.is_file()).collect()
}

/// What a program says of itself: `nats-server: v2.15.1`.
fn version(program: &Path) -> Option<Version> {
    let output = std::process::Command::new(program).arg("--version").output().ok()?;
    String::from_utf8(output.stdout).ok()?.rsplit_once('v')?.1.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn an_old_nats_server_is_refused_with_the_reason() {
        let folder = tempfile::tempdir().unwrap();
        let old = folder.path().join("nats-server");
        fs::write(&old, "#!/bin/sh\necho 'nats-server: v2.9.10'\n").unwrap();
        fs::set_permissions(&old, fs::Permissions::from_mode(0o755)).unwrap();
        let refused = program(Some(&old)).unwrap_err().to_string();
        assert!(refused.contains("has version 2.9.10, and 2.12.0 or newer"), "{refused}");
    }

    #[test]
    fn the_port_stays_unless_somebody_took_it_or_it_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let nats = Nats {
            program: PathBuf::new(),
            folder: folder.path().to_owned(),
            log: folder.path().join("log"),
        };
        let port = nats.port().unwrap();
        assert_eq!(nats.port().unwrap(), port);
        let _taken = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
        assert_ne!(nats.port().unwrap(), port);
        for torn in ["", "0", "0 secret", "99999", "nonsense"] {
            fs::write(folder.path().join("address"), torn).unwrap();
            assert_ne!(nats.port().unwrap(), 0, "{torn}");
        }
    }
}
