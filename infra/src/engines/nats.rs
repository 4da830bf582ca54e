//! A private nats-server: on a loopback port that was free, with a password that only we know.

use std::{
    fmt::Write as _,
    fs,
    io::Write as _,
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use nix::sys::signal::Signal;
use tokio::{io::AsyncReadExt, net::TcpStream};

use super::{
    child::{Child, Program},
    safety::{Version, fits},
    state::private,
};
use crate::{
    config::{Config, Secret},
    random,
};

const USER: &str = "servicebook";

/// A server's folder and the program to run it.
#[derive(Debug)]
pub(super) struct Nats {
    program: PathBuf,
    folder: PathBuf,
    log: PathBuf,
}

impl Nats {
    /// Finds a program that is new enough.
    pub(super) fn locate(config: &Config, data: &Path) -> anyhow::Result<Self> {
        let program = program(config.nats_bin.as_deref())?;
        let (folder, logs) = (data.join("nats"), data.join("logs"));
        fs::create_dir_all(&folder)?;
        fs::create_dir_all(&logs)?;
        Ok(Self { program, folder, log: logs.join("nats.log") })
    }

    pub(super) async fn start(&self) -> anyhow::Result<(Child, Secret)> {
        let settings = self.folder.join("server.conf");
        let program = Program {
            name: "nats-server",
            path: self.program.clone(),
            arguments: vec!["-c".into(), settings.display().to_string()],
            user: None,
            pid_file: self.folder.join("server.pid"),
            mark: settings.display().to_string(),
            log: self.log.clone(),
            quit: Signal::SIGINT,
        };
        // First, since it would hold the port.
        program.stop_leftover().await?;
        let (port, password) = self.address()?;
        private()
            .truncate(true)
            .open(&settings)?
            .write_all(self.settings(port, &password, &program.pid_file).as_bytes())?;
        let child = program.start(async || answers(port).await).await?;
        Ok((child, Secret::new(format!("nats://{USER}:{password}@127.0.0.1:{port}"))))
    }

    /// The port and password of before, so that others who know them may keep them; another port
    /// only if somebody has taken it meanwhile.
    fn address(&self) -> anyhow::Result<(u16, String)> {
        let file = self.folder.join("address");
        let before = fs::read_to_string(&file).ok();
        let before = before.as_deref().and_then(|line| line.trim().split_once(' '));
        let (port, password) = match before {
            Some((port, password)) => (port.parse().ok(), password.to_owned()),
            None => (None, random::word()?),
        };
        let port = match port.filter(|&port| free(port).is_ok()) {
            Some(port) => port,
            None => free(0).context("no port is free")?,
        };
        writeln!(private().truncate(true).open(file)?, "{port} {password}")?;
        Ok((port, password))
    }

    fn settings(&self, port: u16, password: &str, pid_file: &Path) -> String {
        format!(
            "# Written by servicebook at every start.\n\
             server_name: servicebook\n\
             listen: \"127.0.0.1:{port}\"\n\
             pid_file: \"{}\"\n\
             authorization {{ user: {USER}, password: \"{password}\" }}\n\
             max_payload: 8MB\n\
             jetstream {{\n\
             \x20 store_dir: \"{}\"\n\
             \x20 max_memory_store: 64MB\n\
             \x20 # What is acknowledged is on the disk.\n\
             \x20 sync_interval: always\n\
             }}\n",
            pid_file.display(),
            self.folder.join("store").display(),
        )
    }
}

/// A port nobody listens on; 0 asks for any.
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
fn program(set: Option<&Path>) -> anyhow::Result<PathBuf> {
    if let Some(set) = set {
        let version = version(set).with_context(|| {
            format!("SERVICEBOOK_NATS_BIN={} is no nats-server that can be run", set.display())
        })?;
        if !fits(version) {
            bail!(
                "SERVICEBOOK_NATS_BIN={} has version {version}, and {} or newer is needed: older \
                 ones silently ignore what keeps the bus exact.",
                set.display(),
                Version::OLDEST_NATS
            );
        }
        return Ok(set.to_owned());
    }
    let mut too_old = String::new();
    for candidate in candidates() {
        match version(&candidate) {
            Some(found) if fits(found) => return Ok(candidate),
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
    fn the_address_stays_unless_somebody_took_it() {
        let folder = tempfile::tempdir().unwrap();
        let nats = Nats {
            program: PathBuf::new(),
            folder: folder.path().to_owned(),
            log: folder.path().join("log"),
        };
        let (port, password) = nats.address().unwrap();
        assert_eq!(nats.address().unwrap(), (port, password.clone()));
        let _taken = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
        let (other, same) = nats.address().unwrap();
        assert_ne!(other, port);
        assert_eq!(same, password);
    }
}
