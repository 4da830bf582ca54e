//! Deletes the files of exports: each when it was kept long enough, and all of them when a person is erased, who
//! may be in any of them (EXP-4).

use std::time::Duration;

use commands::{CommandEnvelope, Commands};
use domain::{
    Recorded,
    files::export::{self, Command, Content, Export, ExportId, KEPT_EXPORTS_SET},
    identity::Actor,
    platform::subject::{self, Subject},
};
use objects::{EXPORTS, ObjectKey, Objects};
use projections::files::export::exports_due_for_expiry_before;
use sqlx::PgPool;

use super::delete_object;
use crate::{AnyReaction, Reaction, StartAt, Task, Window, Worker, for_each_due};

/// Deletes the files of exports that expired, and lets all expire when a person is erased. What is deleted
/// already is not deleted again, so it may start at the first event.
pub fn export_deletion_worker(commands: Commands, db: PgPool, objects: Objects) -> Worker {
    let actor = Actor::system(ExportDeletion::NAME);
    let deletion = ExportDeletion { commands, db, objects, actor };
    let reactions = vec![
        AnyReaction::to_events_of::<Export>(deletion.clone()),
        AnyReaction::to_events_of::<Subject>(deletion),
    ];
    Worker { name: ExportDeletion::NAME, start_at: StartAt::FirstEvent, reactions }
}

#[derive(Clone)]
struct ExportDeletion {
    commands: Commands,
    db: PgPool,
    objects: Objects,
    actor: Actor,
}

impl Reaction<Export> for ExportDeletion {
    async fn react(&self, recorded: &Recorded<export::Event>) -> anyhow::Result<()> {
        match &recorded.event {
            export::Event::Completed(content) if self.is_outdated(content).await? => {
                self.expire(recorded.id.into(), recorded).await
            }
            export::Event::Expired { object } => {
                let key = ObjectKey::new(EXPORTS, recorded.id).part(*object);
                delete_object(&self.objects, &key).await
            }
            _ => Ok(()),
        }
    }
}

impl Reaction<Subject> for ExportDeletion {
    async fn react(&self, recorded: &Recorded<subject::Event>) -> anyhow::Result<()> {
        for export in self.commands.aggregates().claim_holders(KEPT_EXPORTS_SET).await? {
            self.expire(export.into(), recorded).await?;
        }
        Ok(())
    }
}

impl ExportDeletion {
    const NAME: &str = "files.export_deletion";

    /// Whether somebody was erased after the rows were read.
    async fn is_outdated(&self, content: &Content) -> sqlx::Result<bool> {
        Ok(!event_store::erased_subjects(&self.db, content.position).await?.is_empty())
    }

    async fn expire<E: Sync>(
        &self,
        export: ExportId,
        recorded: &Recorded<E>,
    ) -> anyhow::Result<()> {
        let envelope = CommandEnvelope::new(export, Command::Expire {}, self.actor.clone());
        self.commands.execute(envelope.caused_by(recorded)).await?;
        Ok(())
    }
}

/// Lets exports expire that were kept long enough. The clock of a command is checked as that of any other; a file
/// that goes too early is made again by whoever asks for it.
pub struct ExportExpiry {
    commands: Commands,
    db: PgPool,
    actor: Actor,
}

impl ExportExpiry {
    pub fn new(commands: Commands, db: PgPool) -> Self {
        Self { commands, db, actor: Actor::system(Self::NAME) }
    }
}

impl Task for ExportExpiry {
    const NAME: &'static str = "files.export_expiry";
    const EVERY: Duration = Duration::from_mins(15);

    async fn run(&self, window: Window) -> anyhow::Result<()> {
        let due = exports_due_for_expiry_before(&self.db, window.until).await?;
        for_each_due::<Self, Export, _>(&self.db, due, |id| async move {
            let envelope = CommandEnvelope::new(id, Command::Expire {}, self.actor.clone());
            self.commands.execute(envelope).await?;
            Ok(())
        })
        .await
    }
}
