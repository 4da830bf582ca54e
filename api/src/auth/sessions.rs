//! Starts, renews and ends sessions.

use std::sync::Arc;

use chrono::TimeDelta;
use commands::{CommandEnvelope, Commands};
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
    credential_changes::CredentialChanges,
    devices::KnownDeviceTokens,
    idle_timeouts::IdleTimeouts,
    refresh::{ExchangeOutcome, RefreshTokens},
    session_start::session_ended_problem,
    user_account::UserAccount,
};
use crate::{
    principal::{ActiveSession, CredentialVerifier},
    problem::Problem,
};

/// How long a first-party session lasts, however often it is renewed.
pub(crate) const SESSION_LIFETIME: TimeDelta = TimeDelta::days(30);

/// How a user signed in, and for what: the parameters of a new session.
#[derive(Debug)]
pub(crate) struct NewSession {
    pub(crate) methods: Vec<Method>,
    /// The application that acts for the user; none is our own.
    pub(crate) client: Option<Uuid>,
    /// The identity provider that signed them in.
    pub(crate) provider: Option<ProviderId>,
    pub(crate) scope: Text<500>,
    /// How long it lasts, however often it is renewed.
    pub(crate) lifetime: TimeDelta,
    pub(crate) origin: Origin,
}

impl NewSession {
    /// A session of our own pages and apps, with full scope.
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

/// The tokens of a session that was started or renewed.
#[derive(Debug)]
pub(crate) struct IssuedTokens {
    pub(crate) session: SessionId,
    pub(crate) grant: Grant,
    pub(crate) access_token: String,
    /// The scope of the access token, separated by blanks.
    pub(crate) scope: String,
    pub(crate) refresh_token: String,
    /// Identifies the device at the next sign-in; only after a sign-in.
    pub(crate) device_token: Option<String>,
}

impl IssuedTokens {
    fn new(session: SessionId, grant: Grant, access: AccessToken, refresh_token: String) -> Self {
        let AccessToken { token: access_token, scope } = access;
        Self { session, grant, access_token, scope, refresh_token, device_token: None }
    }
}

/// Starts, renews and ends sessions.
#[derive(Clone)]
pub(crate) struct Sessions {
    pub(super) commands: Commands,
    pub(super) changes: Arc<CredentialChanges>,
    pub(super) credentials: CredentialVerifier,
    pub(super) access_tokens: AccessTokens,
    pub(super) refresh_tokens: RefreshTokens,
    pub(super) devices: KnownDeviceTokens,
    pub(super) idle: IdleTimeouts,
}

impl Sessions {
    /// Starts a session for a user who has proved who they are.
    pub(crate) async fn start(
        &self,
        account: &UserAccount,
        entry: NewSession,
    ) -> Result<IssuedTokens, Problem> {
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
        let envelope = CommandEnvelope::<Session>::create(start, system_actor_for(user));
        let session = envelope.id();
        self.commands.execute(envelope).await?;
        let idle = self.idle.for_role(account.state.role, client.is_some());
        let refresh_token = self.refresh_tokens.issue_first(session, until, idle).await?;
        let access_token = self.access_tokens.issue(account, session, &grant).await?;
        Ok(IssuedTokens::new(session, grant, access_token, refresh_token))
    }

    /// Adds a device token for the next sign-in.
    pub(super) fn with_device_token(
        &self,
        tokens: IssuedTokens,
        account: &UserAccount,
        device: Uuid,
    ) -> IssuedTokens {
        let device_token = Some(self.devices.issue(account, device, self.commands.now()));
        IssuedTokens { device_token, ..tokens }
    }

    /// Exchanges a refresh token of a client for a new pair, after checking in the log that the session
    /// is still active. A reused token ends the session.
    pub(crate) async fn renew(
        &self,
        refresh_token: &str,
        client: Option<Uuid>,
    ) -> Result<IssuedTokens, Problem> {
        let session = self
            .refresh_tokens
            .session_of_token(refresh_token)
            .await?
            .ok_or_else(session_ended_problem)?;
        let active = self
            .credentials
            .active_session(session)
            .await?
            .filter(|session| session.grant.client == client);
        let ActiveSession { grant, account, .. } = active.ok_or_else(session_ended_problem)?;
        // By the account's own role, as the role in the cabinet would take another read.
        let max_idle = self.idle.for_role(account.state.role, client.is_some());
        if self.refresh_tokens.idle_time(session).await? > max_idle {
            self.end(session).await?;
            return Err(session_ended_problem());
        }
        let refresh_token = match self.refresh_tokens.exchange(refresh_token, max_idle).await? {
            ExchangeOutcome::Successor(successor) => successor,
            ExchangeOutcome::Unknown => return Err(session_ended_problem()),
            ExchangeOutcome::Reused => {
                let reused = CommandEnvelope::new(
                    session,
                    Command::DetectReuse {},
                    system_actor_for(grant.user),
                );
                let receipt = self.commands.execute(reused).await?;
                self.changes.mark_changed(session, receipt.position);
                return Err(session_ended_problem());
            }
        };
        fail::fail_point!("session.after_exchange", |_| std::process::abort());
        let access_token = self.access_tokens.issue(&account, session, &grant).await?;
        Ok(IssuedTokens::new(session, grant, access_token, refresh_token))
    }

    /// Ends a session; one that has ended or never existed is left as it is.
    pub(crate) async fn end(&self, session: SessionId) -> Result<(), Problem> {
        if let Some(user) = self.commands.aggregates().load(session).await?.user() {
            let envelope =
                CommandEnvelope::new(session, Command::Revoke {}, system_actor_for(user));
            let receipt = self.commands.execute(envelope).await?;
            self.changes.mark_changed(session, receipt.position);
        }
        Ok(())
    }
}

/// The system as actor, on behalf of this user.
pub(super) fn system_actor_for(user: UserId) -> Actor {
    Actor::new(user.uuid(), Role::System)
}
