//! Asks for the saved exports that are due: one for each recipient, of what they may read themselves (EXP-5).
//! They are made and told of as all exports are. One for which somebody has too many unfinished ones (EXP-3) waits.

use std::time::Duration;

use chrono::{DateTime, Utc};
use commands::{CommandEnvelope, Commands, Failure};
use domain::{
    Personal, Text,
    files::{
        export::{self, Export, ExportId},
        saved_export::{Command, Details, SavedExport, SavedExportId},
    },
    identity::{
        Actor,
        user::{Account, AccountStatus, User, UserId},
    },
    organizations::CabinetId,
};
use projections::{
    files::saved_export::{next_due_moment, saved_exports_due_before},
    organizations::membership::first_cabinet,
};
use sqlx::PgPool;

use crate::{Task, Window, for_each_due};

/// Asks for them at the exact time, and every ten seconds for those that wait.
pub struct SavedExportRuns {
    commands: Commands,
    db: PgPool,
    actor: Actor,
}

impl SavedExportRuns {
    pub fn new(commands: Commands, db: PgPool) -> Self {
        Self { commands, db, actor: Actor::system(Self::NAME) }
    }

    async fn run_due(&self, id: SavedExportId, now: DateTime<Utc>) -> anyhow::Result<()> {
        let saved: SavedExport = self.commands.aggregates().load(id).await?;
        let Some((plan, due)) = saved.plan().and_then(|plan| Some((plan, plan.last_due(now)?)))
        else {
            return Ok(());
        };
        let details = &plan.details;
        // Whoever saved it is gone, or was erased.
        let is_lost = details.query.as_ref().is_some_and(|query| query.get().is_none());
        if is_lost || self.account(details.owner).await?.is_none() {
            return self.record(id, Command::End {}).await;
        }
        let query = details.query_at(due).map_err(anyhow::Error::msg)?;
        let mut waits = false;
        for recipient in &details.recipients {
            waits |= !self.request((id, due), details, query.clone(), *recipient).await?;
        }
        if waits {
            return Ok(());
        }
        self.record(id, Command::RecordRun { due }).await
    }

    /// Asks for the export of a recipient; false, if it must wait until others of theirs have ended. It is named by
    /// what it follows from, so it is asked for once.
    async fn request(
        &self,
        (saved, due): (SavedExportId, DateTime<Utc>),
        details: &Details,
        query: Option<Text<4000>>,
        recipient: UserId,
    ) -> anyhow::Result<bool> {
        let Some(account) = self.account(recipient).await? else { return Ok(true) };
        let request = export::Request {
            requester: recipient,
            cabinet: self.cabinet(recipient, &account).await?,
            customer: account.customer,
            path: details.path.clone(),
            query: query.map(|query| Personal::sealed(recipient, query)),
            format: details.format,
            language: account.language,
            zone: account.zone,
        };
        let (saved, due) = (saved.to_string(), due.to_rfc3339());
        let id = ExportId::derived(&["export", &saved, &due, &recipient.to_string()]);
        let request = export::Command::Request(request);
        let envelope = CommandEnvelope::<Export>::new(id, request, self.actor.clone());
        match self.commands.execute(envelope).await {
            Ok(_) | Err(Failure::Refused(export::Refusal::AlreadyRequested)) => Ok(true),
            Err(Failure::Refused(export::Refusal::TooManyExports { .. })) => Ok(false),
            Err(failure) => Err(failure.into()),
        }
    }

    /// The cabinet in which somebody acts when they sign in.
    async fn cabinet(&self, user: UserId, account: &Account) -> anyhow::Result<Option<CabinetId>> {
        match account.acts_in {
            _ if !account.role.is_client() => Ok(None),
            Some(chosen) => Ok(Some(chosen)),
            None => Ok(first_cabinet(&self.db, user).await?),
        }
    }

    async fn account(&self, user: UserId) -> anyhow::Result<Option<Account>> {
        let user: User = self.commands.aggregates().load(user).await?;
        let account = user.account().filter(|account| account.status() == AccountStatus::Active);
        Ok(account.cloned())
    }

    async fn record(&self, id: SavedExportId, command: Command) -> anyhow::Result<()> {
        let envelope = CommandEnvelope::<SavedExport>::new(id, command, self.actor.clone());
        self.commands.execute(envelope).await?;
        Ok(())
    }
}

impl Task for SavedExportRuns {
    const NAME: &'static str = "files.saved_exports";
    const EVERY: Duration = Duration::from_secs(10);

    async fn run(&self, window: Window) -> anyhow::Result<()> {
        let due = saved_exports_due_before(&self.db, window.until).await?;
        for_each_due::<Self, SavedExport, _>(&self.db, due, |id| self.run_due(id, window.until))
            .await
    }

    async fn next_due(&self, after: DateTime<Utc>) -> anyhow::Result<Option<DateTime<Utc>>> {
        Ok(next_due_moment(&self.db, after).await?)
    }
}
