//! The process that makes one document and ends. It reads a job from its standard input and writes the outcome to
//! its standard output.

use std::io::{Read, Write, stdin, stdout};

use nix::sys::resource::{Resource, setrlimit};

use crate::{Error, Job, render};

/// Seconds of processor time.
const MAX_SECONDS: u64 = 10;
/// Memory, in bytes.
const MAX_MEMORY: u64 = 512 << 20;

/// Makes the document of standard input within limits that a bomb does not get out of.
pub fn render_stdin() -> anyhow::Result<()> {
    restrict()?;
    let mut job = Vec::new();
    stdin().lock().read_to_end(&mut job)?;
    let outcome = serde_json::from_slice::<Job>(&job)
        .map_err(|why| Error::Pdf(why.to_string()))
        .and_then(|job| render(&job));
    let bytes = match outcome {
        Ok(pdf) => pdf,
        Err(error) => serde_json::to_vec(&error)?,
    };
    Ok(stdout().lock().write_all(&bytes)?)
}

/// From here on: little time and memory, no new file or connection, nothing written but to what is open, no dump
/// of what is in memory.
fn restrict() -> nix::Result<()> {
    let limits = [
        (Resource::RLIMIT_CPU, MAX_SECONDS),
        (Resource::RLIMIT_DATA, MAX_MEMORY),
        (Resource::RLIMIT_NOFILE, 3),
        (Resource::RLIMIT_FSIZE, 0),
        (Resource::RLIMIT_CORE, 0),
    ];
    limits.into_iter().try_for_each(|(resource, limit)| setrlimit(resource, limit, limit))
}
