//! Removes objects that belong to nothing: of uploads that never ended, of files that were never recorded, of
//! those that nobody uses, and of runs of exports that others finished.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use commands::{CommandEnvelope, Commands};
use domain::{
    files::{
        export::{Export, ExportId},
        file::{Command, File, FileId},
    },
    identity::Actor,
};
use futures::TryStreamExt;
use objects::{EXPORTS, FILES, ListedObject, Objects, UPLOADS};
use sqlx::PgPool;

use crate::{Task, Window, platform::is_clock_steady_for};

/// The folders of objects, and how old one is before it is taken for one of nothing: no request lasts that long. A
/// part is not there before its upload is.
const FOLDERS: [(&str, TimeDelta); 3] =
    [(FILES, TimeDelta::hours(48)), (EXPORTS, TimeDelta::hours(48)), (UPLOADS, TimeDelta::zero())];

/// Removes such objects. As in all that deletes for good, no clock is believed at once; see
/// [`RetentionSweep`](crate::platform::RetentionSweep).
pub struct ObjectSweep {
    commands: Commands,
    db: PgPool,
    objects: Objects,
}

impl ObjectSweep {
    pub fn new(commands: Commands, db: PgPool, objects: Objects) -> Self {
        Self { commands, db, objects }
    }

    /// Whether an old object is that of a file; one that nobody uses is deleted, and its object after it (FIL-6).
    async fn belongs_to_a_file(&self, object: &ListedObject) -> anyhow::Result<bool> {
        let Some(id) = object.key.ids().next().map(FileId::from) else { return Ok(true) };
        let file: File = self.commands.aggregates().load(id).await?;
        if file.content().is_none() {
            return Ok(false);
        }
        let actor = Actor::system(Self::NAME);
        self.commands.execute(CommandEnvelope::new(id, Command::DeleteUnused {}, actor)).await?;
        Ok(true)
    }

    /// Whether an object is what came of an export.
    async fn belongs_to_an_export(&self, object: &ListedObject) -> anyhow::Result<bool> {
        let mut ids = object.key.ids();
        let (Some(export), Some(part)) = (ids.next(), ids.next()) else { return Ok(false) };
        let export: Export = self.commands.aggregates().load(ExportId::from(export)).await?;
        Ok(export.content().is_some_and(|content| content.object == part))
    }

    /// Whether an object is, or was, a part of an upload that may still go on.
    async fn belongs_to_an_upload(&self, object: &ListedObject) -> anyhow::Result<bool> {
        let exists = "select exists (select from uploads.uploads where id = $1)";
        let exists = sqlx::query_scalar(exists).bind(object.key.ids().next());
        Ok(exists.fetch_one(&self.db).await?)
    }

    async fn belongs(&self, folder: &'static str, object: &ListedObject) -> anyhow::Result<bool> {
        match folder {
            FILES => self.belongs_to_a_file(object).await,
            EXPORTS => self.belongs_to_an_export(object).await,
            _ => self.belongs_to_an_upload(object).await,
        }
    }

    async fn sweep(&self, folder: &'static str, before: DateTime<Utc>) -> anyhow::Result<()> {
        let mut listed = Box::pin(self.objects.list(folder));
        while let Some(object) = listed.try_next().await? {
            let is_old = object.written_at < before;
            if is_old && !self.belongs(folder, &object).await? {
                self.objects.delete(&object.key).await?;
            }
        }
        Ok(())
    }
}

impl Task for ObjectSweep {
    const NAME: &'static str = "files.sweep";
    const EVERY: Duration = Duration::from_hours(6);

    async fn run(&self, window: Window) -> anyhow::Result<()> {
        if !is_clock_steady_for(&self.commands, Self::EVERY).await? {
            return Ok(());
        }
        for (folder, min_age) in FOLDERS {
            self.sweep(folder, window.from - min_age).await?;
        }
        Ok(())
    }
}
