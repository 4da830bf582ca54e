//! The clock's part in licences: that they expire, and that their holders are told beforehand.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::{DateTime, Utc};
use commands::{Commands, Failure, Order};
use domain::{
    identity::Actor,
    licensing::license::{Command, Due, License, LicenseId, Refusal, Step},
};
use projections::licensing::license as licenses;
use sqlx::PgPool;

use crate::{Task, Window, checkpoint::qualified, each};

/// Records that licences expire, and that their holders are told beforehand: every quarter of an
/// hour and at the exact time. Nothing else waits for it: what a licence is worth is asked of its
/// terms (LIC-3).
pub struct Expiry {
    desk: Commands,
    db: PgPool,
    by: Actor,
    /// What was done of late, by when it was due: the read model may not show it yet.
    done: Mutex<HashMap<LicenseId, DateTime<Utc>>>,
}

impl Expiry {
    pub fn new(desk: Commands, db: PgPool) -> Self {
        Self { desk, db, by: Actor::system(Self::NAME), done: Mutex::default() }
    }

    fn done(&self) -> MutexGuard<'_, HashMap<LicenseId, DateTime<Utc>>> {
        self.done.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records what is due about one licence, unless that was done. Says whether it is.
    async fn record(&self, id: LicenseId, now: DateTime<Utc>) -> anyhow::Result<bool> {
        let license: License = self.desk.lookup().load(id).await?;
        let Some(Due { step, until, .. }) = license.due(now).filter(|due| due.at < now) else {
            return Ok(true);
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
            Ok(_) | Err(Failure::Refused(Refusal::Renewed | Refusal::Revoked)) => Ok(true),
            // The clock that decides is a little behind the one that woke us: try again.
            Err(Failure::Refused(Refusal::NotDue)) => Ok(false),
            Err(failure) => Err(failure.into()),
        }
    }
}

impl Task for Expiry {
    const NAME: &'static str = "licensing.expiry";
    const EVERY: Duration = Duration::from_mins(15);

    async fn run(&self, window: Window) -> anyhow::Result<()> {
        let due = licenses::due_before(&self.db, window.until).await?;
        let times: HashMap<_, _> = due.iter().copied().collect();
        self.done().retain(|id, at| times.get(id) == Some(at));
        let ids = due.into_iter().map(|(id, _)| id).collect();
        let times = &times;
        each::<Self, License, _>(&self.db, ids, |id| async move {
            if self.record(id, window.until).await? {
                self.done().extend(times.get(&id).map(|at| (id, *at)));
            }
            Ok(())
        })
        .await
    }

    async fn due(&self, after: DateTime<Utc>) -> anyhow::Result<Option<DateTime<Utc>>> {
        let overdue = licenses::overdue(&self.db, after, &qualified(Self::NAME)).await?;
        let news = {
            let done = self.done();
            overdue.into_iter().find(|(id, at)| done.get(id) != Some(at))
        };
        match news {
            Some((_, at)) => Ok(Some(at)),
            None => Ok(licenses::next_due(&self.db, after).await?),
        }
    }
}
