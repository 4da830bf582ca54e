//! Has documents made by processes of their own.

use std::{path::PathBuf, process::Stdio, sync::Arc, time::Duration};

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

/// Makes documents. A template that loops or explodes takes nobody with it but its own process.
#[derive(Clone)]
pub struct Renderer {
    /// The program, which makes a document when it is called with this argument.
    program: PathBuf,
    argument: &'static str,
    places: Arc<Semaphore>,
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
        Self { program, argument, places: Arc::new(Semaphore::new(MAX_PROCESSES)) }
    }

    /// The document of a job.
    pub async fn render(&self, job: &Job) -> Result<Vec<u8>, RenderError> {
        let waiting = timeout(MAX_WAIT, self.places.acquire());
        let _place = waiting.await.map_err(|_| RenderError::Busy)?;
        let job = serde_json::to_vec(job).map_err(std::io::Error::other)?;
        let child = self.start()?;
        timeout(MAX_TIME, outcome(child, &job)).await.unwrap_or(Err(RenderError::TooMuch))
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
