//! Issues access tokens, with claims from the log at this moment.

use std::sync::Arc;

use commands::Commands;
use domain::{
    crm::customer::CustomerId,
    identity::{
        provider::ProviderId,
        session::{Grant, SessionId},
    },
};
use sqlx::PgPool;
use uuid::Uuid;

use super::{
    mfa_policy::{ENROLMENT_SCOPE, MfaPolicy},
    session_start::session_ended_problem,
    user_account::UserAccount,
};
use crate::{
    cabinet_access::CabinetAccess,
    principal::CredentialVerifier,
    problem::Problem,
    tokens::{Claims, Tokens},
};

/// An access token and its scope.
#[derive(Debug)]
pub(crate) struct AccessToken {
    pub(crate) token: String,
    pub(crate) scope: String,
}

/// Issues access tokens for the users of sessions.
#[derive(Clone)]
pub(crate) struct AccessTokens {
    pub(super) db: PgPool,
    pub(super) commands: Commands,
    pub(super) credentials: CredentialVerifier,
    pub(super) factors: MfaPolicy,
    pub(super) tokens: Arc<Tokens>,
    pub(super) deployment: Uuid,
}

impl AccessTokens {
    /// A token with the present rights of its user.
    pub(crate) async fn issue(
        &self,
        account: &UserAccount,
        session: SessionId,
        grant: &Grant,
    ) -> Result<AccessToken, Problem> {
        let claims = self.sessionless_claims(account, grant.provider).await?;
        // The role may require a second factor that the session began without.
        let lacking =
            claims.roles.iter().any(|role| self.factors.is_missing(*role, &grant.methods));
        if lacking && grant.client.is_some() {
            return Err(session_ended_problem());
        }
        let scope = if lacking { ENROLMENT_SCOPE.into() } else { grant.scope.to_string() };
        let claims = Claims {
            sid: session.uuid(),
            scope: scope.clone(),
            amr: grant.methods.clone(),
            uver: grant.user_version,
            client_id: grant.client,
            cver: match grant.client {
                Some(client) => self.credentials.client_version(client.into()).await?,
                None => 0,
            },
            ..claims
        };
        Ok(AccessToken { token: self.tokens.issue(&claims)?, scope })
    }

    /// The present claims of a user, without a session. An error if a provider signed them in and they
    /// are no longer a member of its cabinet or one below.
    pub(crate) async fn sessionless_claims(
        &self,
        account: &UserAccount,
        provider: Option<ProviderId>,
    ) -> Result<Claims, Problem> {
        let state = &account.state;
        let aggregates = self.commands.aggregates();
        let access =
            CabinetAccess::resolve(aggregates, &self.db, account.user, state, provider).await?;
        if provider.is_some() && access.is_none() {
            return Err(session_ended_problem());
        }
        Ok(Claims {
            sub: account.user.uuid(),
            tid: self.deployment,
            cid: access.map(|access| access.cabinet.uuid()),
            cust: state.customer.map(CustomerId::uuid),
            sid: Uuid::nil(),
            roles: vec![access.map_or(state.role, |access| access.role)],
            reach: access.map(|access| access.reach).unwrap_or_default(),
            scope: "api".into(),
            amr: vec![],
            mver: access.map_or(0, |access| access.version),
            uver: account.version,
            client_id: None,
            cver: 0,
            act: None,
        })
    }
}
