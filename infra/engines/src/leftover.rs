//! What an earlier start left behind when it was killed: processes, and files with their numbers.
//!
//! Whoever has locked the data folder knows that no other Servicebook works on it. So a server that
//! does is a leftover, and is ended; all others are left alone, whatever a file says of them.

use std::{
    fs,
    os::unix::{ffi::OsStrExt, fs::MetadataExt},
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{bail, ensure};
use nix::{
    errno::Errno,
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tokio::time::{Instant, sleep};
use tracing::{info, warn};

/// How long a server may take to stop before it is killed, which costs it a recovery.
pub(super) const STOP_TIMEOUT: Duration = Duration::from_secs(15);

/// A process of this machine.
#[derive(Debug)]
pub(super) struct OsProcess {
    pid: i32,
    parent: i32,
    /// The name of its program.
    name: Vec<u8>,
    arguments: Vec<Vec<u8>>,
    /// Whether it has ended, and only its parent does not know yet.
    has_ended: bool,
}

impl OsProcess {
    /// Nothing, if there is none of this number, or nothing can be known of it.
    fn read(pid: i32) -> Option<Self> {
        let about = PathBuf::from(format!("/proc/{pid}"));
        let mut name = fs::read(about.join("comm")).ok()?;
        name.pop();
        let arguments = fs::read(about.join("cmdline")).ok()?;
        let status = fs::read_to_string(about.join("status")).ok()?;
        let line = |name| status.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
        Some(Self {
            pid,
            parent: line("PPid:")?.parse().ok()?,
            has_ended: line("State:")?.starts_with(['Z', 'X']),
            name,
            arguments: arguments.split(|&byte| byte == 0).map(<[u8]>::to_vec).collect(),
        })
    }

    fn all() -> impl Iterator<Item = Self> {
        let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
        entries
            .filter_map(|entry| Self::read(entry.file_name().to_str()?.parse().ok()?))
            .filter(|process| !process.has_ended)
    }

    /// Whether it runs this program.
    pub(super) fn runs_program(&self, program: &Path) -> bool {
        program.file_name().is_some_and(|name| name.as_bytes() == self.name)
    }

    /// Whether a path is among its arguments, by this name or by another name of the same file.
    pub(super) fn has_argument(&self, path: &Path) -> bool {
        let same = |argument: &Vec<u8>| {
            let argument = Path::new(std::ffi::OsStr::from_bytes(argument));
            argument == path || (argument.is_absolute() && is_same(argument, path))
        };
        self.arguments.iter().any(same)
    }

    /// Whether a path that begins with `prefix` is among its arguments.
    pub(super) fn has_argument_below(&self, prefix: &Path) -> bool {
        let prefix = prefix.as_os_str().as_bytes();
        self.arguments.iter().any(|argument| argument.starts_with(prefix))
    }

    /// Whether its working directory begins with `prefix`; false if that cannot be read.
    pub(super) fn works_below(&self, prefix: &Path) -> bool {
        let folder = fs::read_link(format!("/proc/{}/cwd", self.pid)).unwrap_or_default();
        folder.as_os_str().as_bytes().starts_with(prefix.as_os_str().as_bytes())
    }

    /// Whether it works in a folder, as far as we may know.
    pub(super) fn works_in(&self, folder: &Path) -> bool {
        is_same(Path::new(&format!("/proc/{}/cwd", self.pid)), folder)
    }
}

/// Removes a folder in which somebody who has just been ended may have written to the last.
pub(super) async fn remove_folder_with_retries(folder: &Path) -> std::io::Result<()> {
    let mut removed = fs::remove_dir_all(folder);
    for _ in 0..20 {
        if removed.is_ok() {
            break;
        }
        sleep(Duration::from_millis(50)).await;
        removed = fs::remove_dir_all(folder);
    }
    removed
}

/// Ends the processes that are described, asking them first; returns when they are gone.
pub(super) async fn stop_processes(
    name: &str,
    quit: Signal,
    described: impl Fn(&OsProcess) -> bool,
) -> anyhow::Result<()> {
    let find = || OsProcess::all().filter(&described).collect::<Vec<_>>();
    for signal in [quit, Signal::SIGKILL] {
        let found = find();
        // Those that others have started end with them.
        let leads = |process: &&OsProcess| !found.iter().any(|other| other.pid == process.parent);
        for OsProcess { pid, .. } in found.iter().filter(leads) {
            info!(engine = name, pid, "an earlier start was killed; stopping what it left");
            match kill(Pid::from_raw(*pid), signal) {
                Ok(()) | Err(Errno::ESRCH) => {}
                Err(why) => bail!(
                    "{name} of an earlier start still runs (process {pid}) and cannot be stopped: \
                     {why}. Stop it by hand."
                ),
            }
        }
        let deadline = Instant::now() + STOP_TIMEOUT;
        while Instant::now() < deadline {
            if find().is_empty() {
                return Ok(());
            }
            sleep(Duration::from_millis(10)).await;
        }
    }
    let left: Vec<_> = find().iter().map(|process| process.pid.to_string()).collect();
    bail!(
        "{name} of an earlier start (process {}) cannot be stopped. Stop it by hand.",
        left.join(", ")
    )
}

/// Sends a signal to the processes that are described; fails when there is none.
pub(super) fn signal_processes(
    signal: Signal,
    described: impl Fn(&OsProcess) -> bool,
) -> anyhow::Result<()> {
    let mut found = OsProcess::all().filter(described).peekable();
    ensure!(found.peek().is_some(), "there is no such process");
    for process in found {
        kill(Pid::from_raw(process.pid), signal)?;
    }
    Ok(())
}

/// Removes a file with the number of a process, if it is torn, or if the number is by now that of
/// somebody else: either would stop the server that finds it. A good one stays, since it tells more.
pub(super) fn remove_stale_pid_file(file: &Path, program: &Path) {
    let Ok(text) = fs::read(file) else { return };
    let number = std::str::from_utf8(&text).ok().and_then(|text| text.lines().next());
    // The file of a socket holds it with blanks, that of a server may hold it negative.
    let number = number.and_then(|line| line.trim().parse::<i32>().ok()).map(i32::abs);
    let stale = match number {
        None | Some(0) => true,
        Some(pid) => OsProcess::read(pid).is_some_and(|process| {
            process.has_ended || !process.runs_program(program) || !process.is_unknown()
        }),
    };
    if stale {
        warn!("{} is torn or of somebody else; it is removed", file.display());
        let _ = fs::remove_file(file);
    }
}

impl OsProcess {
    /// Whether nothing shows on what it works.
    fn is_unknown(&self) -> bool {
        let seen = |argument: &Vec<u8>| {
            let argument = Path::new(std::ffi::OsStr::from_bytes(argument));
            argument.is_absolute() && argument.is_dir()
        };
        fs::metadata(format!("/proc/{}/cwd", self.pid)).is_err() && !self.arguments.iter().any(seen)
    }
}

fn is_same(one: &Path, other: &Path) -> bool {
    let [one, other] = [one, other].map(|path| fs::metadata(path).ok());
    one.zip(other).is_some_and(|(one, other)| (one.dev(), one.ino()) == (other.dev(), other.ino()))
}

#[cfg(test)]
mod tests {
    use std::process::{Child, Command};

    use super::*;

    fn sleeper(folder: &Path) -> Child {
        Command::new("sleep").arg("60").current_dir(folder).spawn().unwrap()
    }

    #[tokio::test]
    async fn a_process_is_known_by_its_folder_by_whatever_name() {
        let (ours, foreign) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let link = foreign.path().join("link");
        std::os::unix::fs::symlink(ours.path(), &link).unwrap();
        let (mut here, mut there) = (sleeper(&link), sleeper(foreign.path()));
        let described = |process: &OsProcess| {
            process.runs_program(Path::new("/bin/sleep")) && process.works_in(ours.path())
        };
        let buried = tokio::task::spawn_blocking(move || here.wait().unwrap());
        stop_processes("sleep", Signal::SIGTERM, described).await.unwrap();
        assert!(!buried.await.unwrap().success());
        assert!(there.try_wait().unwrap().is_none(), "the other one goes on");
        there.kill().unwrap();
        there.wait().unwrap();
    }

    #[test]
    fn a_file_with_a_number_is_removed_only_when_it_is_in_the_way() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("postmaster.pid");
        let own = std::process::id();
        // Nobody has the last one: numbers end at 4 million.
        for (text, stays) in [
            (String::new(), false),
            ("garbage".into(), false),
            ("0\n".into(), false),
            (format!("{own}\n/elsewhere\n"), false),
            (format!("       {own}\n"), false),
            ("4194999\n/data\n".into(), true),
        ] {
            fs::write(&file, &text).unwrap();
            remove_stale_pid_file(&file, Path::new("/usr/bin/postgres"));
            assert_eq!(file.exists(), stays, "{text:?}");
        }
        remove_stale_pid_file(&folder.path().join("none"), Path::new("/usr/bin/postgres"));
        // Killed, and nobody has asked what became of it: nothing shows on what it worked.
        let mut killed = sleeper(folder.path());
        killed.kill().unwrap();
        while !OsProcess::read(killed.id().cast_signed()).unwrap().has_ended {
            std::thread::sleep(Duration::from_millis(1));
        }
        fs::write(&file, format!("{}\n", killed.id())).unwrap();
        remove_stale_pid_file(&file, Path::new("/bin/sleep"));
        assert!(!file.exists());
        killed.wait().unwrap();
    }
}
