//! Deletes what nobody needs any more: files whose attachment was deleted, those of people who were erased,
//! and the bytes of all that are deleted.

use anyhow::Context;
use commands::{CommandEnvelope, Commands, Failure, TransientError};
use domain::{
    Decider, Recorded,
    files::file::{self, Command, File, FileId},
    identity::Actor,
    platform::subject::{self, Subject},
    support::issue::{self, Issue},
};
use objects::{FILES, ObjectKey, Objects};

use crate::{AnyReaction, Reaction, StartAt, Worker};

/// Deletes such files. What is deleted already is not deleted again, so it may start at the first event.
pub fn file_deletion_worker(commands: Commands, objects: Objects) -> Worker {
    let actor = Actor::system(FileDeletion::NAME);
    let deletion = FileDeletion { commands, objects, actor };
    let reactions = vec![
        AnyReaction::to_events_of::<File>(deletion.clone()),
        AnyReaction::to_events_of::<Issue>(deletion.clone()),
        AnyReaction::to_events_of::<Subject>(deletion),
    ];
    Worker { name: FileDeletion::NAME, start_at: StartAt::FirstEvent, reactions }
}

#[derive(Clone)]
struct FileDeletion {
    commands: Commands,
    objects: Objects,
    actor: Actor,
}

impl Reaction<File> for FileDeletion {
    async fn react(&self, recorded: &Recorded<file::Event>) -> anyhow::Result<()> {
        if recorded.event != (file::Event::Deleted {}) {
            return Ok(());
        }
        let deleted = self.objects.delete(&ObjectKey::new(FILES, recorded.id)).await;
        match deleted {
            Err(why) if why.is_transient() => Err(why).context(TransientError),
            deleted => Ok(deleted?),
        }
    }
}

impl Reaction<Issue> for FileDeletion {
    async fn react(&self, recorded: &Recorded<issue::Event>) -> anyhow::Result<()> {
        match recorded.event {
            issue::Event::AttachmentDeleted { attachment, .. } => {
                self.delete(attachment, recorded).await
            }
            _ => Ok(()),
        }
    }
}

impl Reaction<Subject> for FileDeletion {
    async fn react(&self, recorded: &Recorded<subject::Event>) -> anyhow::Result<()> {
        let aggregates = self.commands.aggregates();
        for file in aggregates.aggregates_sealed_for(File::NAME, recorded.id).await? {
            self.delete(file.into(), recorded).await?;
        }
        Ok(())
    }
}

impl FileDeletion {
    const NAME: &str = "files.deletion";

    async fn delete<E>(&self, file: FileId, recorded: &Recorded<E>) -> anyhow::Result<()> {
        let envelope = CommandEnvelope::new(file, Command::Delete {}, self.actor.clone());
        match self.commands.execute(envelope.caused_by(recorded)).await {
            Ok(_) | Err(Failure::Refused(file::Refusal::NotUploaded)) => Ok(()),
            Err(failure) => Err(failure.into()),
        }
    }
}
