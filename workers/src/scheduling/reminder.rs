//! Customers are reminded of their appointments the day before.

use std::time::Duration;

use chrono::{DateTime, Utc};
use commands::{CommandEnvelope, Commands};
use domain::{
    identity::Actor,
    scheduling::appointment::{Appointment, Command},
};
use projections::scheduling::appointment as appointments;
use sqlx::PgPool;

use crate::{Task, Window, for_each_due};

/// Records that customers are to be reminded, at the exact time: what is recorded is mailed as all that happens
/// with appointments.
pub struct AppointmentReminders {
    commands: Commands,
    db: PgPool,
    actor: Actor,
}

impl AppointmentReminders {
    pub fn new(commands: Commands, db: PgPool) -> Self {
        Self { commands, db, actor: Actor::system(Self::NAME) }
    }
}

impl Task for AppointmentReminders {
    const NAME: &'static str = "scheduling.reminder";
    const EVERY: Duration = Duration::from_mins(5);

    async fn run(&self, window: Window) -> anyhow::Result<()> {
        let due =
            appointments::appointments_with_reminder_due_before(&self.db, window.until).await?;
        for_each_due::<Self, Appointment, _>(&self.db, due, |id| async move {
            self.commands
                .execute(CommandEnvelope::new(id, Command::Remind {}, self.actor.clone()))
                .await?;
            Ok(())
        })
        .await
    }

    async fn next_due(&self, after: DateTime<Utc>) -> anyhow::Result<Option<DateTime<Utc>>> {
        Ok(appointments::next_reminder(&self.db, after).await?)
    }
}
