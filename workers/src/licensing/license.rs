//! Licences expire, and their holders are notified beforehand.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::{DateTime, Utc};
use commands::{CommandEnvelope, Commands, Failure};
use domain::{
    identity::Actor,
    licensing::license::{Command, ExpiryStep, License, LicenseId, NextExpiryStep, Refusal},
};
use projections::licensing::license as licenses;
use sqlx::PgPool;

use crate::{Task, Window, checkpoint::consumer_name, for_each_due};

/// Records that licences expire, and that their holders are notified beforehand: every quarter of an
/// hour and at the exact time. Nothing else waits for it: whether a licence is valid follows from its
/// terms (LIC-3).
pub struct LicenseExpiry {
    commands: Commands,
    db: PgPool,
    actor: Actor,
    /// What was recorded lately, and when it was due: the read model may not show it yet.
    recorded: Mutex<HashMap<LicenseId, DateTime<Utc>>>,
}

impl LicenseExpiry {
    pub fn new(commands: Commands, db: PgPool) -> Self {
        Self { commands, db, actor: Actor::system(Self::NAME), recorded: Mutex::default() }
    }

    fn recorded(&self) -> MutexGuard<'_, HashMap<LicenseId, DateTime<Utc>>> {
        self.recorded.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records what is due for one licence, unless that was done. Answers whether it is recorded.
    async fn record_due_step(&self, id: LicenseId, now: DateTime<Utc>) -> anyhow::Result<bool> {
        let license: License = self.commands.aggregates().load(id).await?;
        let Some(NextExpiryStep { step, until, .. }) =
            license.next_expiry_step(now).filter(|due| due.at < now)
        else {
            return Ok(true);
        };
        let term = license.last_term_number();
        let envelope = match step {
            ExpiryStep::Notice { days } => {
                CommandEnvelope::new(id, Command::NoticeExpiry { term, days }, self.actor.clone())
            }
            ExpiryStep::Expiry => {
                CommandEnvelope::new(id, Command::Expire { term }, self.actor.clone())
                    .effective_at(Some(until))
            }
        };
        match self.commands.execute(envelope).await {
            // Renewed or revoked a moment ago.
            Ok(_) | Err(Failure::Refused(Refusal::Renewed | Refusal::Revoked)) => Ok(true),
            // The clock of the decision is a little behind that of the task: it comes again.
            Err(Failure::Refused(Refusal::NotDue)) => Ok(false),
            Err(failure) => Err(failure.into()),
        }
    }
}

impl Task for LicenseExpiry {
    const NAME: &'static str = "licensing.expiry";
    const EVERY: Duration = Duration::from_mins(15);

    async fn run(&self, window: Window) -> anyhow::Result<()> {
        let due = licenses::licenses_due_before(&self.db, window.until).await?;
        let times: HashMap<_, _> = due.iter().copied().collect();
        self.recorded().retain(|id, at| times.get(id) == Some(at));
        let ids = due.into_iter().map(|(id, _)| id).collect();
        let times = &times;
        for_each_due::<Self, License, _>(&self.db, ids, |id| async move {
            if self.record_due_step(id, window.until).await? {
                self.recorded().extend(times.get(&id).map(|at| (id, *at)));
            }
            Ok(())
        })
        .await
    }

    async fn next_due(&self, after: DateTime<Utc>) -> anyhow::Result<Option<DateTime<Utc>>> {
        let overdue =
            licenses::unparked_licenses_due(&self.db, after, &consumer_name(Self::NAME)).await?;
        let next = {
            let recorded = self.recorded();
            overdue.into_iter().find(|(id, at)| recorded.get(id) != Some(at))
        };
        match next {
            Some((_, at)) => Ok(Some(at)),
            None => Ok(licenses::next_due_moment(&self.db, after).await?),
        }
    }
}
