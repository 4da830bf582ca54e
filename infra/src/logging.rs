//! Sets up logging: destinations, format and filter, and a log file that is rotated.

use std::{
    fs::{self, File},
    io::{self, IsTerminal, Write, stderr},
    path::PathBuf,
    sync::Mutex,
};

use anyhow::Context;
use engines::private_file_options;
use tracing_subscriber::{
    EnvFilter, Layer, Registry, fmt,
    layer::{Layered, SubscriberExt},
    util::SubscriberInitExt,
};

use crate::config::{Config, LogDestination, LogFormat};

/// A log file of this length, in bytes, is rotated; one earlier file is kept.
const MAX_LENGTH: u64 = 64 << 20;

/// Starts logging as configured. Fails if it was started before in this process.
pub fn start(config: &Config) -> anyhow::Result<()> {
    let mut layers = Vec::new();
    if config.log_to != LogDestination::File {
        let colours = stderr().is_terminal();
        let plain = fmt::layer().with_ansi(colours).with_writer(stderr);
        layers.push(match config.log_format {
            LogFormat::Text => plain.boxed(),
            LogFormat::Json => plain.json().boxed(),
        });
    }
    if config.log_to != LogDestination::Stderr {
        let file = Mutex::new(LogFile::open(config)?);
        let plain = fmt::layer().with_ansi(false).with_writer(file);
        layers.push(match config.log_format {
            LogFormat::Text => plain.boxed(),
            LogFormat::Json => plain.json().boxed(),
        });
    }
    registry_with_filter(&config.log)?.with(layers).try_init()?;
    Ok(())
}

/// One filter before all layers. A filter per layer would remember that it refused a library that only
/// asked whether a level is enabled, and would drop the next line instead.
fn registry_with_filter(directives: &str) -> anyhow::Result<Layered<EnvFilter, Registry>> {
    let filter = EnvFilter::builder().parse(directives)?;
    // `drop schema if exists` of a missing schema is no reason for a notice.
    let filter = filter.add_directive("sqlx::postgres::notice=warn".parse()?);
    Ok(tracing_subscriber::registry().with(filter))
}

/// `logs/servicebook.log` in the data folder, which is rotated at `max_length` bytes.
struct LogFile {
    path: PathBuf,
    file: File,
    length: u64,
    max_length: u64,
}

impl LogFile {
    fn open(config: &Config) -> anyhow::Result<Self> {
        let folder = config.data_folder()?.join("logs");
        let path = folder.join("servicebook.log");
        let why = || format!("The log {} cannot be written", path.display());
        fs::create_dir_all(&folder).with_context(why)?;
        Self::open_at(path.clone(), MAX_LENGTH).with_context(why)
    }

    fn open_at(path: PathBuf, max_length: u64) -> io::Result<Self> {
        let file = private_file_options().append(true).open(&path)?;
        let length = file.metadata()?.len();
        Ok(Self { path, file, length, max_length })
    }

    fn rotate(&mut self) -> io::Result<()> {
        fs::rename(&self.path, self.path.with_extension("log.1"))?;
        *self = Self::open_at(self.path.clone(), self.max_length)?;
        Ok(())
    }
}

/// Each call writes one whole line, so rotation tears none.
impl Write for LogFile {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.length > 0 && self.length + line.len() as u64 > self.max_length {
            self.rotate()?;
        }
        let written = self.file.write(line)?;
        self.length += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::{os::unix::fs::MetadataExt, sync::Arc};

    use tracing::{dispatcher, info_span, subscriber, warn};

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, line: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(line)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_line_is_written_though_a_library_asked_before_whether_another_one_would_be() {
        let lines = Lines::default();
        let writer = lines.clone();
        let layer = fmt::layer().with_writer(move || writer.clone());
        let logs = registry_with_filter("info").unwrap().with(vec![layer.boxed()]);
        subscriber::with_default(logs, || {
            // As a library does that checks for itself whether a level is enabled.
            let notice = info_span!(target: "sqlx::postgres::notice", "notice");
            let is_enabled = |log: &tracing::Dispatch| log.enabled(notice.metadata().unwrap());
            assert!(!dispatcher::get_default(is_enabled));
            warn!("mails are files");
        });
        let written = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        assert!(written.contains("mails are files"), "{written}");
    }

    #[test]
    fn a_log_that_grows_long_while_it_is_written_is_set_aside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("servicebook.log");
        let mut log = LogFile::open_at(path.clone(), 20).unwrap();
        for line in ["first line\n", "second\n", "third line\n"] {
            log.write_all(line.as_bytes()).unwrap();
        }
        let kept = fs::read_to_string(path.with_extension("log.1")).unwrap();
        assert_eq!(kept, "first line\nsecond\n");
        assert_eq!(fs::read_to_string(&path).unwrap(), "third line\n");
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        // A reopened log is appended to.
        LogFile::open_at(path.clone(), 20).unwrap().write_all(b"fourth line\n").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "fourth line\n");
    }
}
