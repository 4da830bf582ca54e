use domain::{
    Decider, Email, Id, Recorded,
    identity::{
        session::Grant,
        user::{Account, MAILBOX, Standing, User, UserId},
    },
};

use crate::{App, problem::Problem};

/// Somebody who has an account, as the log knows him at this moment: no read model lags here.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) user: UserId,
    /// The length of his history.
    pub(crate) version: i32,
    /// Sessions that began before this version have ended.
    pub(crate) since: i32,
    pub(crate) account: Account,
}

impl Known {
    pub(crate) async fn by_id(app: &App, user: UserId) -> Result<Option<Self>, Problem> {
        let (mut version, mut since, mut state) = (0, 0, User::default());
        for Recorded { version: at, event, .. } in app.commands.lookup().history(user).await? {
            version = at;
            if event.ends_sessions() {
                since = at;
            }
            state = state.evolve(event);
        }
        let User::Registered(account) = state else { return Ok(None) };
        Ok(Some(Self { user, version, since, account: *account }))
    }

    /// By the address that somebody typed in.
    pub(crate) async fn by_login(app: &App, login: &str) -> Result<Option<Self>, Problem> {
        let Ok(email) = login.parse::<Email>() else { return Ok(None) };
        match app.commands.lookup().holder(MAILBOX, &email.folded()).await? {
            Some(user) => Self::by_id(app, Id::from(user)).await,
            None => Ok(None),
        }
    }

    /// Whether he may be let in, or stay; whoever was erased may not.
    pub(crate) fn is_active(&self) -> bool {
        self.account.standing() == Standing::Active && self.account.email.get().is_some()
    }

    /// Whether what was granted to him when a session began still is.
    pub(crate) fn keeps(&self, grant: &Grant) -> bool {
        self.is_active() && grant.user_version >= self.since
    }
}
