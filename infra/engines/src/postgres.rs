//! A private Postgres: on a socket in a folder that only we can enter. Only analysts can be let in from
//! elsewhere on the machine.

mod network;
mod programs;

use std::{
    fs::{self, Permissions},
    hash::{DefaultHasher, Hash, Hasher},
    net::SocketAddr,
    os::unix::{
        ffi::OsStrExt,
        fs::{MetadataExt, PermissionsExt},
    },
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::{Context, bail};
use nix::{
    sys::signal::Signal,
    unistd::{Uid, User, chown, geteuid},
};
use sqlx::{ConnectOptions, Connection, Executor, postgres::PgConnectOptions};
use tokio::process::Command;
use tracing::warn;

use self::{network::network_settings, programs::find_programs};
use super::{
    child::{Child, Program},
    leftover::{self, OsProcess},
    user::unprivileged_user,
};
use crate::Secret;

/// The name of the database, and of its owner.
const NAME: &str = "servicebook";
/// How a folder goes on in which a cluster is made, in place of its own name's end.
const DRAFT: &str = "new-";
/// What fits into a socket's address, less the file's name.
const LONGEST_FOLDER: usize = 107 - "/.s.PGSQL.65535".len();
/// Of the socket, where nothing else is set.
const PORT: u16 = 5432;

/// What is set differently from Postgres's own defaults, and what must never be set otherwise.
const SETTINGS: [&str; 15] = [
    "fsync=on",
    "synchronous_commit=on",
    "full_page_writes=on",
    "unix_socket_permissions=0700",
    // Each process of a role has some for every read model or worker it has or stands by for.
    "max_connections=500",
    "shared_buffers=128MB",
    "max_wal_size=2GB",
    "checkpoint_timeout=15min",
    "random_page_cost=1.1",
    // A young table outgrows within seconds the plans that were made for it.
    "autovacuum_naptime=10s",
    "jit=off",
    "timezone=UTC",
    "log_timezone=UTC",
    "log_line_prefix=%m [%p] ",
    "cluster_name=servicebook",
];

/// A cluster in the data folder and the programs to run it.
#[derive(Debug)]
pub(super) struct Postgres {
    programs: PathBuf,
    cluster: PathBuf,
    sockets: PathBuf,
    log: PathBuf,
    user: Option<User>,
    /// Where analysts log in, and nobody else.
    analyst_listen: Option<SocketAddr>,
}

impl Postgres {
    /// Finds programs that fit the cluster, and the user to run them as.
    pub(super) fn locate(
        configured: Option<&Path>,
        data: &Path,
        analyst_listen: Option<SocketAddr>,
    ) -> anyhow::Result<Self> {
        let cluster = data.join("postgres");
        let cluster_version = fs::read_to_string(cluster.join("PG_VERSION")).ok();
        let cluster_version = cluster_version.and_then(|version| version.trim().parse().ok());
        let programs = find_programs(configured, cluster_version)?;
        let user = unprivileged_user()?;
        let sockets = socket_folder(data);
        let logs = data.join("logs");
        fs::create_dir_all(&logs)?;
        let log = logs.join("postgres.log");
        let postgres = Self { programs, cluster, sockets, log, user, analyst_listen };
        postgres.check_access(data)?;
        Ok(postgres)
    }

    fn url(&self) -> Secret {
        let (port, sockets) = (self.port(), self.sockets.display());
        Secret::new(format!("postgres://{NAME}@localhost:{port}/{NAME}?host={sockets}"))
    }

    /// The socket and the address have the same.
    fn port(&self) -> u16 {
        self.analyst_listen.map_or(PORT, |address| address.port())
    }

    fn options(&self, database: &str) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass()
            .socket(&self.sockets)
            .port(self.port())
            .username(NAME)
            .database(database)
    }

    /// Starts it, having made the cluster and the database if there were none.
    pub(super) async fn start(&self) -> anyhow::Result<(Child, Secret)> {
        self.initialise().await?;
        self.own_folder(&self.sockets)?;
        let mut arguments = vec!["-D".to_owned(), self.cluster.display().to_string()];
        arguments.push("-k".into());
        arguments.push(self.sockets.display().to_string());
        let port = format!("port={}", self.port());
        let network = network_settings(&self.cluster, self.analyst_listen, self.user.as_ref())?;
        for setting in SETTINGS.map(str::to_owned).into_iter().chain([port]).chain(network) {
            arguments.extend(["-c".to_owned(), setting]);
        }
        let program = Program {
            name: "Postgres",
            path: self.programs.join("postgres"),
            arguments,
            user: self.user.as_ref().map(|user| (user.uid.as_raw(), user.gid.as_raw())),
            home: self.cluster.clone(),
            mark: self.cluster.clone(),
            locks: vec![
                self.cluster.join("postmaster.pid"),
                self.sockets.join(format!(".s.PGSQL.{}.lock", self.port())),
            ],
            log: self.log.clone(),
            quit: Signal::SIGINT,
        };
        let options = self.options("postgres").disable_statement_logging();
        let child = program.start(async || options.connect().await.is_ok()).await?;
        self.create_database(&options).await?;
        Ok((child, self.url()))
    }

    /// Makes the cluster, beside its place, so that a cluster in its place is a whole one.
    async fn initialise(&self) -> anyhow::Result<()> {
        if self.cluster.join("PG_VERSION").is_file() {
            return Ok(());
        }
        self.clear_drafts().await?;
        let draft = self.cluster.with_extension(format!("{DRAFT}{}", std::process::id()));
        self.own_folder(&draft)?;
        let mut command = Command::new(self.programs.join("initdb"));
        command
            .arg("-D")
            .arg(&draft)
            .args(["-U", NAME, "--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums"])
            // Nobody but us can enter the folder of the socket, so no password is asked there.
            .args(["--auth-local=trust", "--auth-host=reject", "--no-instructions"])
            .current_dir("/")
            .stdin(Stdio::null())
            .kill_on_drop(true);
        if let Some(user) = &self.user {
            command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
        }
        let output = command.output().await.context("initdb cannot be run")?;
        if !output.status.success() {
            bail!("initdb failed:\n{}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(fs::rename(draft, &self.cluster)?)
    }

    /// An earlier start may have been killed while it made a cluster: what still does is ended, and
    /// what it made so far removed. What cannot be removed now is not in the way.
    async fn clear_drafts(&self) -> anyhow::Result<()> {
        let drafts = self.cluster.with_extension(DRAFT);
        let makes_one = |process: &OsProcess| {
            let is_initdb = process.runs_program(&self.programs.join("initdb"));
            // What it runs works in the folder that it makes.
            (is_initdb && process.has_argument_below(&drafts)) || process.works_below(&drafts)
        };
        leftover::stop_processes("initdb", Signal::SIGKILL, makes_one).await?;
        let folder = self.cluster.parent().context("the data folder has no path")?;
        for entry in fs::read_dir(folder)?.flatten() {
            let path = entry.path();
            let is_draft = path.as_os_str().as_bytes().starts_with(drafts.as_os_str().as_bytes());
            if is_draft && let Err(why) = leftover::remove_folder_with_retries(&path).await {
                warn!("{} is left behind: {why}", path.display());
            }
        }
        Ok(())
    }

    async fn create_database(&self, server: &PgConnectOptions) -> anyhow::Result<()> {
        let mut connection = server.connect().await?;
        let there: bool =
            sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
                .bind(NAME)
                .fetch_one(&mut connection)
                .await?;
        if !there {
            connection.execute("create database servicebook").await?;
        }
        Ok(connection.close().await?)
    }

    /// Makes a folder that only the user Postgres runs as can enter.
    fn own_folder(&self, folder: &Path) -> anyhow::Result<()> {
        fs::create_dir_all(folder)?;
        let about = fs::symlink_metadata(folder)?;
        let user = self.user.as_ref();
        let owners = [Some(geteuid()), user.map(|user| user.uid)];
        // In /tmp somebody else may have been there first.
        if !about.is_dir() || !owners.contains(&Some(Uid::from_raw(about.uid()))) {
            bail!("{} belongs to somebody else. Remove it.", folder.display());
        }
        if let Some(user) = user {
            chown(folder, Some(user.uid), Some(user.gid))?;
        }
        Ok(fs::set_permissions(folder, Permissions::from_mode(0o700))?)
    }

    /// Another user than root may not get to the data folder at all, and Postgres would only say
    /// "permission denied".
    fn check_access(&self, data: &Path) -> anyhow::Result<()> {
        let Some(user) = &self.user else { return Ok(()) };
        for folder in data.ancestors() {
            let about = fs::metadata(folder)?;
            if !may_pass(user, &about) {
                bail!(
                    "Postgres must not run as root, and the user `{}` cannot enter {}, where the \
                     data folder lies. Choose another one, for example \
                     SERVICEBOOK_DATA=/var/lib/servicebook, or let others pass: chmod o+x {}.",
                    user.name,
                    folder.display(),
                    folder.display()
                );
            }
        }
        Ok(())
    }
}

/// Whether a user may pass through a folder, by its mode.
fn may_pass(user: &User, folder: &fs::Metadata) -> bool {
    let bit = if folder.uid() == user.uid.as_raw() {
        0o100
    } else if folder.gid() == user.gid.as_raw() {
        0o010
    } else {
        0o001
    };
    folder.mode() & bit != 0
}

/// Whether an address is that of the private Postgres of a data folder.
pub(super) fn is_private_url(url: &Secret, data: &Path) -> bool {
    let options: Option<PgConnectOptions> = url.reveal().parse().ok();
    options.is_some_and(|options| options.get_socket() == Some(&socket_folder(data)))
}

/// In the data folder, unless its path is too long for the address of a socket.
fn socket_folder(data: &Path) -> PathBuf {
    let inside = data.join("run");
    if inside.as_os_str().len() <= LONGEST_FOLDER {
        return inside;
    }
    let mut hasher = DefaultHasher::new();
    data.hash(&mut hasher);
    PathBuf::from(format!("/tmp/servicebook-{:016x}", hasher.finish()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_has_a_short_address_even_in_a_deep_folder() {
        assert_eq!(socket_folder(Path::new("/srv/book")), Path::new("/srv/book/run"));
        let deep = PathBuf::from(format!("/srv/{}", "deep/".repeat(30)));
        let folder = socket_folder(&deep);
        assert!(folder.starts_with("/tmp") && folder.as_os_str().len() <= LONGEST_FOLDER);
        assert_eq!(folder, socket_folder(&deep), "and it is found again");
    }
}
