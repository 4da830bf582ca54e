//! Sessions begin, are renewed, and end.

use std::sync::Arc;

use chrono::TimeDelta;
use commands::{Commands, Order};
use domain::{
    Text,
    identity::{
        Actor, Role,
        provider::ProviderId,
        session::{Command, Grant, Method, Origin, Session, SessionId, Start},
        user::UserId,
    },
};
use uuid::Uuid;

use super::{
    access_token::{AccessToken, AccessTokens},
    changes::Changes,
    devices::Devices,
    idle::Idle,
    refresh::{Exchange, RefreshTokens},
    session_start::session_ended,
    user_account::UserAccount,
};
use crate::{
    principal::{ActiveSession, Credentials},
    problem::Problem,
};

/// How long a session of our own lasts, however often it is renewed.
pub(crate) const SESSION_LIFETIME: TimeDelta = TimeDelta::days(30);

/// How somebody comes in, and for what.
#[derive(Debug)]
pub(crate) struct NewSession {
    pub(crate) methods: Vec<Method>,
    /// The application that acts for the user; none is our own.
    pub(crate) client: Option<Uuid>,
    /// The provider whose word it is that they are let in on.
    pub(crate) provider: Option<ProviderId>,
    pub(crate) scope: Text<500>,
    /// How long it lasts, however often it is renewed.
    pub(crate) lifetime: TimeDelta,
    pub(crate) origin: Origin,
}

impl NewSession {
    /// For everything, without another application in between.
    pub(crate) fn first_party(methods: Vec<Method>, origin: Origin) -> Result<Self, Problem> {
        let scope = "api".parse().map_err(anyhow::Error::msg)?;
        Ok(Self {
            methods,
            client: None,
            provider: None,
            scope,
            lifetime: SESSION_LIFETIME,
            origin,
        })
    }
}

/// A session that was begun or renewed: what proves it, and what renews it next.
#[derive(Debug)]
pub(crate) struct TokenPair {
    pub(crate) session: SessionId,
    pub(crate) grant: Grant,
    pub(crate) access_token: String,
    /// What the access token is for, in words between blanks.
    pub(crate) scope: String,
    pub(crate) refresh_token: String,
    /// By which the device is known at the next sign-in, if one signed in just now.
    pub(crate) device_token: Option<String>,
}

impl TokenPair {
    fn new(session: SessionId, grant: Grant, access: AccessToken, refresh_token: String) -> Self {
        let AccessToken { token: access_token, scope } = access;
        Self { session, grant, access_token, scope, refresh_token, device_token: None }
    }
}

/// Begins, renews and ends sessions.
#[derive(Clone)]
pub(crate) struct Sessions {
    pub(super) commands: Commands,
    pub(super) changes: Arc<Changes>,
    pub(super) credentials: Credentials,
    pub(super) access_tokens: AccessTokens,
    pub(super) refresh_tokens: RefreshTokens,
    pub(super) devices: Devices,
    pub(super) idle: Idle,
}

impl Sessions {
    /// Lets somebody in who has proved who they are.
    pub(crate) async fn start(
        &self,
        account: &UserAccount,
        entry: NewSession,
    ) -> Result<TokenPair, Problem> {
        let NewSession { methods, client, provider, scope, lifetime, origin } = entry;
        let grant = Grant {
            user: account.user,
            user_version: account.version,
            client,
            provider,
            scope,
            methods,
            until: self.commands.now() + lifetime,
        };
        let Grant { user, user_version, client, provider, scope, methods, until } = grant.clone();
        let start = Start { user, user_version, client, provider, scope, methods, until, origin };
        let start = Command::Start(start);
        let order = Order::<Session>::create(start, for_user(user));
        let session = order.id();
        self.commands.execute(order).await?;
        let idle = self.idle.of(account.state.role, client.is_some());
        let refresh_token = self.refresh_tokens.first(session, until, idle).await?;
        let access_token = self.access_tokens.issue(account, session, &grant).await?;
        Ok(TokenPair::new(session, grant, access_token, refresh_token))
    }

    /// The same, with what the device is known by at the next sign-in.
    pub(super) fn at_device(
        &self,
        pair: TokenPair,
        account: &UserAccount,
        device: Uuid,
    ) -> TokenPair {
        let device_token = Some(self.devices.token(account, device, self.commands.now()));
        TokenPair { device_token, ..pair }
    }

    /// Exchanges a refresh token of a client for a new pair.
    ///
    /// The log is asked whether the session still lasts, and what the user may do by now.
    pub(crate) async fn renew(
        &self,
        refresh_token: &str,
        client: Option<Uuid>,
    ) -> Result<TokenPair, Problem> {
        let session =
            self.refresh_tokens.session(refresh_token).await?.ok_or_else(session_ended)?;
        let active = self
            .credentials
            .active_session(session)
            .await?
            .filter(|session| session.grant.client == client);
        let ActiveSession { grant, account, .. } = active.ok_or_else(session_ended)?;
        // By the account's own role: the least that somebody is, and known without another look.
        let most = self.idle.of(account.state.role, client.is_some());
        if self.refresh_tokens.rested(session).await? > most {
            self.end(session).await?;
            return Err(session_ended());
        }
        let refresh_token = match self.refresh_tokens.exchange(refresh_token, most).await? {
            Exchange::Successor(successor) => successor,
            Exchange::Unknown => return Err(session_ended()),
            Exchange::Reused => {
                let reused = Order::new(session, Command::DetectReuse {}, for_user(grant.user));
                let receipt = self.commands.execute(reused).await?;
                self.changes.mark(session, receipt.position);
                return Err(session_ended());
            }
        };
        fail::fail_point!("session.after_exchange", |_| std::process::abort());
        let access_token = self.access_tokens.issue(&account, session, &grant).await?;
        Ok(TokenPair::new(session, grant, access_token, refresh_token))
    }

    /// Ends a session; one that has ended or never existed is left as it is.
    pub(crate) async fn end(&self, session: SessionId) -> Result<(), Problem> {
        if let Some(user) = self.commands.lookup().load(session).await?.user() {
            let order = Order::new(session, Command::Revoke {}, for_user(user));
            let receipt = self.commands.execute(order).await?;
            self.changes.mark(session, receipt.position);
        }
        Ok(())
    }
}

/// The business itself, doing what this user set off.
pub(super) fn for_user(user: UserId) -> Actor {
    Actor::new(user.uuid(), Role::System)
}
