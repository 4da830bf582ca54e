use std::time::Duration;

use anyhow::bail;
use chrono::{DateTime, Utc};
use commands::{Commands, Failure, Order};
use domain::{
    identity::Actor,
    licensing::license::{Command, Due, License, LicenseId, Refusal, Step},
};
use projections::licensing::license as licenses;
use sqlx::PgPool;

use crate::{Task, Window};

/// Records that licences expire, and that their holders are told beforehand: every quarter of an
/// hour and at the exact time. Nothing else waits for it: what a licence is worth is asked of its
/// terms (LIC-3).
pub struct Expiry {
    desk: Commands,
    db: PgPool,
    by: Actor,
}

impl Expiry {
    pub fn new(desk: Commands, db: PgPool) -> Self {
        Self { desk, db, by: Actor::system(Self::NAME) }
    }

    /// Records what is due about one licence, unless that was done.
    async fn record(&self, id: LicenseId, now: DateTime<Utc>) -> anyhow::Result<()> {
        let license: License = self.desk.lookup().load(id).await?;
        let Some(Due { step, until, .. }) = license.due(now).filter(|due| due.at < now) else {
            return Ok(());
        };
        let term = license.last_term();
        let order = match step {
            Step::Notice { days } => {
                Order::new(id, Command::NoticeExpiry { term, days }, self.by.clone())
            }
            Step::Expiry => {
                Order::new(id, Command::Expire { term }, self.by.clone()).effective_at(Some(until))
            }
        };
        match self.desk.execute(order).await {
            // Renewed or revoked a moment ago.
            Ok(_) | Err(Failure::Refused(Refusal::Renewed | Refusal::Revoked)) => Ok(()),
            // The clock that decides is a little behind the one that woke us: try again.
            Err(Failure::Refused(Refusal::NotDue)) => bail!("{id} is not due yet"),
            Err(failure) => Err(failure.into()),
        }
    }
}

impl Task for Expiry {
    const NAME: &'static str = "licensing.expiry";
    const EVERY: Duration = Duration::from_mins(15);

    async fn run(&self, window: Window) -> anyhow::Result<()> {
        for id in licenses::due_before(&self.db, window.until).await? {
            self.record(id, window.until).await?;
        }
        Ok(())
    }

    async fn due(&self, after: DateTime<Utc>) -> anyhow::Result<Option<DateTime<Utc>>> {
        Ok(licenses::next_due(&self.db, after).await?)
    }
}
