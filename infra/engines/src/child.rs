//! A server that is our child: started, watched, started again when it dies, stopped with us.

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    time::Duration,
};

use anyhow::{Context, bail};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tokio::{
    process::{self, Command},
    task::JoinHandle,
    time::{Instant, sleep, timeout},
};
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use super::{
    leftover::{self, OsProcess, STOP_TIMEOUT},
    private_file_options,
};

/// How long a server may take until it answers; recovery after a crash is part of it.
const START: Duration = Duration::from_mins(2);
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// A server that ran this long before it died is not failing again and again.
const STEADY: Duration = Duration::from_secs(30);
/// How often the log of a server is looked at, and what is too long for one, in bytes.
const LOG_CHECK_INTERVAL: Duration = Duration::from_mins(1);
const MAX_LOG_BYTES: u64 = 16 << 20;

/// How a server is run. The command's environment is ours without our secrets.
pub(super) struct Program {
    /// What people call it.
    pub name: &'static str,
    pub path: PathBuf,
    pub arguments: Vec<String>,
    /// The user to run as, if we are root.
    pub user: Option<(u32, u32)>,
    /// The folder in which it works.
    pub home: PathBuf,
    /// An argument that no process but ours has: a path in our data folder.
    pub mark: PathBuf,
    /// Files in which it notes the number of its process: a torn one would keep it from starting.
    pub locks: Vec<PathBuf>,
    /// Takes what it prints.
    pub log: PathBuf,
    /// Asks it to stop soon, and in order.
    pub quit: Signal,
}

/// A server that runs, and is started again whenever it dies, until it is stopped.
#[derive(Debug)]
pub(super) struct Child {
    stop: CancellationToken,
    watch: JoinHandle<()>,
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.path.display(), self.arguments.join(" "))
    }
}

impl Program {
    /// Starts the server and waits until `answers` says so.
    pub(super) async fn start(self, answers: impl AsyncFn() -> bool) -> anyhow::Result<Child> {
        self.stop_leftovers().await?;
        let mut child = self.spawn()?;
        let deadline = Instant::now() + START;
        while !answers().await {
            if let Some(status) = child.try_wait()? {
                bail!("{} did not start ({status}):\n{}", self.name, self.log_tail());
            }
            if Instant::now() > deadline {
                bail!("{} does not answer. Its log is {}.", self.name, self.log.display());
            }
            sleep(Duration::from_millis(10)).await;
        }
        let stop = CancellationToken::new();
        let watch = tokio::spawn(self.watch(child, stop.clone()));
        Ok(Child { stop, watch })
    }

    fn spawn(&self) -> anyhow::Result<process::Child> {
        for file in &self.locks {
            leftover::remove_stale_pid_file(file, &self.path);
        }
        let log = private_file_options().append(true).open(&self.log);
        let log = log.with_context(|| format!("{} cannot be written", self.log.display()))?;
        let mut command = Command::new(&self.path);
        command
            .args(&self.arguments)
            .current_dir(&self.home)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            // A group of its own: Ctrl-C is for us, and we stop the servers last.
            .process_group(0)
            .kill_on_drop(true);
        for (name, _) in std::env::vars_os().filter(|(name, _)| is_ours(&name.to_string_lossy())) {
            command.env_remove(name);
        }
        if let Some((user, group)) = self.user {
            command.uid(user).gid(group);
        }
        command.spawn().with_context(|| format!("{} cannot be run", self.path.display()))
    }

    async fn watch(self, mut child: process::Child, stop: CancellationToken) {
        let mut pause = FIRST_PAUSE;
        loop {
            let started = Instant::now();
            let status = loop {
                tokio::select! {
                    status = child.wait() => break status,
                    () = self.truncate_log() => {}
                    () = stop.cancelled() => return self.stop(child).await,
                }
            };
            self.log_unexpected_exit(status);
            if started.elapsed() > STEADY {
                pause = FIRST_PAUSE;
            }
            child = loop {
                tokio::select! {
                    () = sleep(pause) => {}
                    () = stop.cancelled() => return,
                }
                pause = (pause * 2).min(LONGEST_PAUSE);
                match self.spawn() {
                    Ok(child) => break child,
                    Err(why) => error!(engine = self.name, "cannot be started again: {why:#}"),
                }
            };
            info!(engine = self.name, "started again");
        }
    }

    /// Waits a while, then moves the log aside if it is too large.
    async fn truncate_log(&self) {
        sleep(LOG_CHECK_INTERVAL).await;
        if let Err(why) = shorten(&self.log, MAX_LOG_BYTES) {
            warn!(engine = self.name, "its log cannot be set aside: {why}");
        }
    }

    fn log_unexpected_exit(&self, status: io::Result<ExitStatus>) {
        let status = status.map_or_else(|why| why.to_string(), |status| status.to_string());
        warn!(engine = self.name, status, "died; it is started again\n{}", self.log_tail());
    }

    async fn stop(&self, mut child: process::Child) {
        if let Some(pid) = child.id().and_then(|id| i32::try_from(id).ok()) {
            let _ = kill(Pid::from_raw(pid), self.quit);
        }
        if timeout(STOP_TIMEOUT, child.wait()).await.is_err() {
            warn!(engine = self.name, "does not stop; it is killed");
            let _ = child.kill().await;
        }
    }

    /// Stops children that a killed parent left behind: they would hold the files and the port. They are
    /// recognised by their folder, since files with their process ids may be damaged or foreign.
    pub(super) async fn stop_leftovers(&self) -> anyhow::Result<()> {
        let is_leftover = |process: &OsProcess| {
            process.runs_program(&self.path)
                && (process.has_argument(&self.mark) || process.works_in(&self.home))
        };
        leftover::stop_processes(self.name, self.quit, is_leftover).await
    }

    /// The last lines of its log.
    fn log_tail(&self) -> String {
        let log = fs::read(&self.log).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<_> = log.lines().rev().take(10).map(|line| format!("  {line}")).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }
}

impl Child {
    pub(super) async fn stop(self) {
        self.stop.cancel();
        let _ = self.watch.await;
    }
}

/// Whether a variable is a setting of ours, which may be a secret.
fn is_ours(name: &str) -> bool {
    name.starts_with("SERVICEBOOK_") || name.ends_with("_URL") || name.starts_with("PG")
}

/// Sets aside what stands in a log that has grown long. The server goes on writing to the same
/// file, from its beginning on; what it writes in between may be lost.
fn shorten(log: &Path, longest: u64) -> io::Result<()> {
    if fs::metadata(log)?.len() > longest {
        // Not onto the earlier one: its mode may be another.
        let earlier = log.with_extension("log.1");
        let draft = log.with_extension("log.new");
        fs::copy(log, &draft)?;
        fs::rename(draft, earlier)?;
        fs::OpenOptions::new().write(true).open(log)?.set_len(0)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn the_log_of_a_server_that_goes_on_writing_is_shortened() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("nats.log");
        let mut server = private_file_options().append(true).open(&log).unwrap();
        server.write_all(b"a long line\n").unwrap();
        shorten(&log, 100).unwrap();
        assert_eq!(fs::read(&log).unwrap(), b"a long line\n");
        shorten(&log, 5).unwrap();
        server.write_all(b"more\n").unwrap();
        assert_eq!(fs::read(&log).unwrap(), b"more\n");
        assert_eq!(fs::read(log.with_extension("log.1")).unwrap(), b"a long line\n");
    }
}
