//! Has documents made by processes of their own.

use std::{
    collections::VecDeque,
    hash::{DefaultHasher, Hash, Hasher},
    path::PathBuf,
    process::Stdio,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    process::{Child, Command},
    sync::Semaphore,
    time::timeout,
};

use crate::{Error, Job};

/// How many documents are made at once.
const MAX_PROCESSES: usize = 2;
/// How long one may wait for its turn, and then take.
const MAX_WAIT: Duration = Duration::from_secs(15);
const MAX_TIME: Duration = Duration::from_secs(20);
/// For how long what took too much is not tried again, and how many of those are remembered.
const REFUSED_FOR: Duration = Duration::from_mins(1);
const MAX_REFUSED: usize = 100;

/// Makes documents. A template that loops or explodes takes nobody with it but its own process.
#[derive(Clone)]
pub struct Renderer {
    /// The program, which makes a document when it is called with this argument.
    program: PathBuf,
    argument: &'static str,
    places: Arc<Semaphore>,
    /// Which jobs took too much lately, and when: whoever asks for the same again and again keeps nobody else waiting.
    refused: Arc<Mutex<VecDeque<(u64, Instant)>>>,
}

/// Why there is no document.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    #[error(transparent)]
    Document(#[from] Error),
    /// It was broken off.
    #[error("making the document takes too much time or memory")]
    TooMuch,
    /// Others are being made.
    #[error("too many documents are being made")]
    Busy,
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

impl Renderer {
    /// Calls `program` with `argument` for each document.
    pub fn new(program: PathBuf, argument: &'static str) -> Self {
        let (places, refused) = (Arc::new(Semaphore::new(MAX_PROCESSES)), Arc::default());
        Self { program, argument, places, refused }
    }

    /// The document of a job.
    pub async fn render(&self, job: &Job) -> Result<Vec<u8>, RenderError> {
        let job = serde_json::to_vec(job).map_err(std::io::Error::other)?;
        let mut hasher = DefaultHasher::new();
        job.hash(&mut hasher);
        let hash = hasher.finish();
        let waiting = timeout(MAX_WAIT, self.places.acquire());
        let _place = waiting.await.map_err(|_| RenderError::Busy)?;
        if self.is_refused(hash) {
            return Err(RenderError::TooMuch);
        }
        let child = self.start()?;
        // Its limits are of processor time and memory. What only meets a busy machine may be tried again at once.
        let Ok(made) = timeout(MAX_TIME, outcome(child, &job)).await else {
            return Err(RenderError::TooMuch);
        };
        if matches!(made, Err(RenderError::TooMuch)) {
            self.refuse(hash);
        }
        made
    }

    /// Whether a job took too much lately.
    fn is_refused(&self, hash: u64) -> bool {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        while refused.front().is_some_and(|(_, since)| since.elapsed() > REFUSED_FOR) {
            refused.pop_front();
        }
        refused.iter().any(|(other, _)| *other == hash)
    }

    fn refuse(&self, hash: u64) {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        if refused.len() == MAX_REFUSED {
            refused.pop_front();
        }
        refused.push_back((hash, Instant::now()));
    }

    /// It inherits nothing: neither secrets nor settings. Our allocator reserves a gigabyte at once, and what it may
    /// write to counts against the limit of memory: it shall ask for as much as it uses.
    fn start(&self) -> std::io::Result<Child> {
        Command::new(&self.program)
            .arg(self.argument)
            .env_clear()
            .env("MIMALLOC_ARENA_EAGER_COMMIT", "0")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
    }
}

async fn outcome(mut child: Child, job: &[u8]) -> Result<Vec<u8>, RenderError> {
    if let Some(mut stdin) = child.stdin.take()
        && stdin.write_all(job).await.is_err()
    {
        return Err(RenderError::TooMuch);
    }
    let mut bytes = Vec::new();
    if let Some(mut stdout) = child.stdout.take() {
        stdout.read_to_end(&mut bytes).await?;
    }
    if !child.wait().await?.success() {
        return Err(RenderError::TooMuch);
    }
    match serde_json::from_slice(&bytes) {
        Ok(error) => Err(RenderError::Document(error)),
        Err(_) => Ok(bytes),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use chrono::DateTime;
    use domain::Language;

    use super::*;
    use crate::{Source, Table};

    fn job(title: &str) -> Job {
        Job {
            source: Source::Table(Table { notes: vec![], columns: vec![], rows: vec![] }),
            language: Language::En,
            title: title.into(),
            author: String::new(),
            id: String::new(),
            date: DateTime::UNIX_EPOCH,
            accent: None,
        }
    }

    #[tokio::test]
    async fn what_took_too_much_is_not_tried_again_at_once() {
        let name = format!("servicebook-renderer-{}", std::process::id());
        let script = std::env::temp_dir().join(name);
        let tries = script.with_extension("tries");
        fs::write(&script, format!("echo x >> '{}'; exit 1", tries.display())).unwrap();
        let argument: &'static str = script.display().to_string().leak();
        let renderer = Renderer::new("/bin/sh".into(), argument);
        for title in ["a", "a", "b", "a"] {
            let made = renderer.render(&job(title)).await;
            assert!(matches!(made, Err(RenderError::TooMuch)), "{made:?}");
        }
        assert_eq!(fs::read_to_string(&tries).unwrap(), "x\nx\n", "once for each of the two");
        for file in [script, tries] {
            fs::remove_file(file).unwrap();
        }
    }
}
