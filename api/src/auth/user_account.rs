//! A user's account as the log has it at this moment, so that no read model lags.

use commands::AggregateReader;
use domain::{
    Decider, Email, Id, Recorded,
    identity::{
        session::Grant,
        user::{Account, AccountStatus, MAILBOX_CLAIM, User, UserId},
    },
};

use crate::problem::Problem;

/// A registered user, and their state.
#[derive(Debug, Clone)]
pub(crate) struct UserAccount {
    pub(crate) user: UserId,
    /// The length of their history.
    pub(crate) version: i32,
    /// Sessions that began before this version have ended.
    pub(crate) since: i32,
    pub(crate) state: Account,
}

impl UserAccount {
    pub(crate) async fn by_id(
        aggregates: &AggregateReader,
        user: UserId,
    ) -> Result<Option<Self>, Problem> {
        let (mut version, mut since, mut state) = (0, 0, User::default());
        for Recorded { version: at, event, .. } in aggregates.history(user).await? {
            version = at;
            if event.ends_sessions() {
                since = at;
            }
            state = state.evolve(event);
        }
        let User::Registered(account) = state else { return Ok(None) };
        Ok(Some(Self { user, version, since, state: *account }))
    }

    /// The account with this e-mail address, in any notation.
    pub(crate) async fn by_login(
        aggregates: &AggregateReader,
        login: &str,
    ) -> Result<Option<Self>, Problem> {
        let Ok(email) = login.parse::<Email>() else { return Ok(None) };
        match aggregates.claim_holder(MAILBOX_CLAIM, &email.normalized()).await? {
            Some(user) => Self::by_id(aggregates, Id::from(user)).await,
            None => Ok(None),
        }
    }

    /// Whether they may sign in and stay signed in; erased users may not.
    pub(crate) fn is_active(&self) -> bool {
        self.state.status() == AccountStatus::Active && self.state.email.get().is_some()
    }

    /// Whether a session with this grant has not been ended by an event of the user.
    pub(crate) fn accepts_grant(&self, grant: &Grant) -> bool {
        self.is_active() && grant.user_version >= self.since
    }
}
