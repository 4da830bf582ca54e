//! Whoever reads a file: in which language, and by which clock.

use chrono_tz::Tz;
use commands::AggregateReader;
use domain::{Language, identity::user::UserId, platform::business::BusinessId};

use super::texts::Texts;
use crate::{caller::Caller, problem::Problem};

/// How somebody reads a file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FileLocale {
    pub(crate) language: Language,
    /// The time zone in which they are told times.
    pub(crate) zone: Tz,
}

impl FileLocale {
    /// The language and the zone of the caller's account. Programs and guests have none: they read in the
    /// language that they accept, by the clock of the business.
    pub(crate) async fn of(
        aggregates: &AggregateReader,
        caller: &Caller,
        accepted: Language,
    ) -> Result<Self, Problem> {
        let user = aggregates.load(UserId::from(caller.id)).await?;
        if let Some(account) = user.account().filter(|_| !caller.is_guest()) {
            return Ok(Self { language: account.language, zone: account.zone });
        }
        let business = aggregates.load(BusinessId::singleton()).await?;
        let zone = business.profile().map_or(Tz::UTC, |profile| profile.zone);
        Ok(Self { language: accepted, zone })
    }

    pub(super) fn texts(self) -> &'static Texts {
        Texts::of(self.language)
    }
}
