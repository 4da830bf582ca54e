//! Idle timeouts: sessions that are not renewed for a while end before their lifetime is over.

use std::str::FromStr;

use anyhow::{Context, bail};
use chrono::TimeDelta;
use domain::identity::Role;

/// How long sessions may stay without renewal, by the kind of their user.
///
/// `staff=12h, clients=14d, applications=30d`: staff of the business, everybody else, and
/// applications that act for a user.
#[derive(Debug, Clone, Copy)]
pub struct IdleTimeouts {
    staff: TimeDelta,
    clients: TimeDelta,
    applications: TimeDelta,
}

impl Default for IdleTimeouts {
    fn default() -> Self {
        Self {
            staff: TimeDelta::hours(12),
            clients: TimeDelta::days(14),
            applications: TimeDelta::days(30),
        }
    }
}

impl IdleTimeouts {
    /// The idle timeout of a session, by role, or of an application.
    pub(crate) fn for_role(&self, role: Role, by_application: bool) -> TimeDelta {
        match (by_application, role.is_staff()) {
            (true, _) => self.applications,
            (false, true) => self.staff,
            (false, false) => self.clients,
        }
    }
}

impl FromStr for IdleTimeouts {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let mut idle = Self::default();
        for rule in text.split(',').map(str::trim).filter(|rule| !rule.is_empty()) {
            let (group, time) = rule.split_once('=').context("a rule is `whose=time`")?;
            let time =
                time_of(time.trim()).with_context(|| format!("{rule} has no time like 12h"))?;
            match group.trim() {
                "staff" => idle.staff = time,
                "clients" => idle.clients = time,
                "applications" => idle.applications = time,
                other => bail!(
                    "there are no sessions of {other}; there are staff, clients, applications"
                ),
            }
        }
        Ok(idle)
    }
}

/// `30m`, `12h`, `14d`: access tokens last ten minutes, so less than 15 minutes would end sessions
/// that are used.
fn time_of(text: &str) -> Option<TimeDelta> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let number: u32 = number.parse().ok()?;
    let minutes = match unit {
        "m" => 1,
        "h" => 60,
        "d" => 24 * 60,
        _ => return None,
    };
    let time = TimeDelta::minutes(i64::from(number) * minutes);
    (time >= TimeDelta::minutes(15)).then_some(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_said_stays_as_it_is_and_nonsense_is_refused() {
        let idle: IdleTimeouts = "staff=30m".parse().unwrap();
        assert_eq!(idle.for_role(Role::Admin, false), TimeDelta::minutes(30));
        assert_eq!(idle.for_role(Role::ClientUser, false), TimeDelta::days(14));
        assert_eq!(idle.for_role(Role::Admin, true), TimeDelta::days(30));
        for wrong in ["staff", "staff=5m", "staff=12", "staff=h", "guests=12h", "staff=\u{e4}"] {
            assert!(wrong.parse::<IdleTimeouts>().is_err(), "{wrong}");
        }
    }
}
