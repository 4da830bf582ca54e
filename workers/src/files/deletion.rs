//! Deletes what nobody needs any more: files whose attachment was deleted, those of people who were erased and what
//! has come of their uploads, and the bytes of all that are deleted.

use commands::{CommandEnvelope, Commands, Failure};
use domain::{
    Decider, Recorded,
    files::file::{self, Command, File, FileId},
    identity::Actor,
    platform::subject::{self, Subject},
    support::issue::{self, Issue},
};
use objects::{FILES, ObjectKey, Objects, UPLOADS};
use sqlx::PgPool;
use uuid::Uuid;

use super::delete_object;
use crate::{AnyReaction, Reaction, StartAt, Worker};

/// Deletes such files. What is deleted already is not deleted again, so it may start at the first event.
pub fn file_deletion_worker(commands: Commands, db: PgPool, objects: Objects) -> Worker {
    let actor = Actor::system(FileDeletion::NAME);
    let deletion = FileDeletion { commands, db, objects, actor };
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
    db: PgPool,
    objects: Objects,
    actor: Actor,
}

impl Reaction<File> for FileDeletion {
    async fn react(&self, recorded: &Recorded<file::Event>) -> anyhow::Result<()> {
        if recorded.event != (file::Event::Deleted {}) {
            return Ok(());
        }
        delete_object(&self.objects, &ObjectKey::new(FILES, recorded.id)).await
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
        for file in aggregates.ids_in_stream_sealed_for(File::NAME, recorded.id).await? {
            self.delete(file.into(), recorded).await?;
        }
        self.delete_uploads(recorded.id).await
    }
}

impl FileDeletion {
    const NAME: &str = "files.deletion";

    /// Deletes what has come of somebody's uploads. What comes from now on has no row that could name it.
    async fn delete_uploads(&self, owner: Uuid) -> anyhow::Result<()> {
        // Who adds to one now finds that it is no longer theirs, and takes back what they stored.
        let uploads =
            "update uploads.uploads set writer = null where owner = $1 returning id, parts";
        let uploads: Vec<(Uuid, Vec<Uuid>)> =
            sqlx::query_as(uploads).bind(owner).fetch_all(&self.db).await?;
        for (upload, parts) in uploads {
            for part in parts {
                delete_object(&self.objects, &ObjectKey::new(UPLOADS, upload).part(part)).await?;
            }
        }
        let delete = "delete from uploads.uploads where owner = $1";
        sqlx::query(delete).bind(owner).execute(&self.db).await?;
        Ok(())
    }

    async fn delete<E>(&self, file: FileId, recorded: &Recorded<E>) -> anyhow::Result<()> {
        let envelope = CommandEnvelope::new(file, Command::Delete {}, self.actor.clone());
        match self.commands.execute(envelope.caused_by(recorded)).await {
            Ok(_) | Err(Failure::Refused(file::Refusal::NotUploaded)) => Ok(()),
            Err(failure) => Err(failure.into()),
        }
    }
}
