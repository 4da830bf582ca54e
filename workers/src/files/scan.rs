//! Scans files when they are uploaded, where somebody scans.

use anyhow::Context;
use commands::{CommandEnvelope, Commands, Failure, TransientError};
use domain::{
    Recorded, Text,
    files::file::{Command, Event, File, FileId, Refusal, ScanStatus},
    identity::Actor,
};
use objects::{FILES, ObjectError, ObjectKey, Objects};

use super::scanner::Scanner;
use crate::{AnyReaction, Reaction, StartAt, Worker};

/// Scans every file that was not yet; it starts at the first event, so those of before anybody scanned come
/// first.
pub fn file_scan_worker(commands: Commands, objects: Objects, scanner: Scanner) -> Worker {
    let actor = Actor::system(FileScan::NAME);
    let scan = FileScan { commands, objects, scanner, actor };
    let reactions = vec![AnyReaction::to_events_of::<File>(scan)];
    Worker { name: FileScan::NAME, start_at: StartAt::FirstEvent, reactions }
}

struct FileScan {
    commands: Commands,
    objects: Objects,
    scanner: Scanner,
    actor: Actor,
}

impl Reaction<File> for FileScan {
    async fn react(&self, recorded: &Recorded<Event>) -> anyhow::Result<()> {
        let Event::Uploaded { size, .. } = recorded.event else { return Ok(()) };
        let id = FileId::from(recorded.id);
        let file: File = self.commands.aggregates().load(id).await?;
        if file.content().is_none() || file.scan() != ScanStatus::Unscanned {
            return Ok(());
        }
        let bytes = self.objects.read(&ObjectKey::new(FILES, recorded.id), 0..size);
        let found = match self.scanner.scan(Box::pin(bytes)).await {
            Err(why) => return failed(why),
            Ok(found) => found,
        };
        let command = match found {
            None => Command::MarkClean {},
            Some(reason) => Command::Quarantine { reason: reason_of(&reason)? },
        };
        let envelope = CommandEnvelope::new(id, command, self.actor.clone()).caused_by(recorded);
        match self.commands.execute(envelope).await {
            Ok(_) | Err(Failure::Refused(Refusal::Deleted)) => Ok(()),
            Err(failure) => Err(failure.into()),
        }
    }
}

impl FileScan {
    const NAME: &str = "files.scan";
}

/// A file that was deleted meanwhile needs no scan; a store that is away is waited for.
fn failed(why: anyhow::Error) -> anyhow::Result<()> {
    match why.downcast_ref() {
        Some(ObjectError::Missing { .. }) => Ok(()),
        Some(away) if away.is_transient() => Err(why).context(TransientError),
        _ => Err(why),
    }
}

/// What a scanner says, cut to length.
fn reason_of(said: &str) -> anyhow::Result<Text<200>> {
    let kept: String = said.chars().filter(|c| !c.is_control()).take(200).collect();
    let kept = if kept.trim().is_empty() { "found" } else { kept.trim() };
    kept.parse().map_err(anyhow::Error::msg)
}
