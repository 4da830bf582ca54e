//! Who a credential identifies, read from the log at this moment, so that no read model lags. All
//! that was read is remembered as a dependency, so that a change of it is noticed
//! (see [`changes`](crate::auth)).

mod check;
mod rejection;

use std::sync::Arc;

use commands::Commands;
use domain::{
    files::export::ExportId,
    identity::{Actor, oauth_client::OAuthClientId, session::SessionId},
};
use uuid::Uuid;

pub(crate) use self::check::{ActiveSession, may_impersonate};
use self::{check::CredentialChecker, rejection::none_if_invalid};
use crate::{
    api_key::ApiKeyToken,
    auth::{CredentialChanges, Dependency, LogPosition},
    problem::Problem,
    tokens::{Claims, Tokens},
};

/// A credential, as far as it can be checked without reading the log.
#[derive(Debug, Clone)]
pub(crate) enum Credential {
    /// An access token that we signed, valid until then (seconds since the epoch).
    Token { claims: Claims, until: u64 },
    /// The key of a program.
    Key(ApiKeyToken),
    /// An export that somebody asked for, and that is being made. It stands for them, and nobody can show it.
    Export(ExportId),
}

/// Somebody whose credential is valid.
#[derive(Debug)]
pub(crate) struct Principal {
    pub(crate) actor: Actor,
    /// Guests have none.
    pub(crate) credential: Option<Credential>,
    /// Until when it is valid, in seconds since the epoch.
    pub(crate) until: u64,
    /// When it was found valid; `None` if that must not be cached.
    pub(crate) verified: Option<LogPosition>,
    /// The aggregates that its validity depends on.
    pub(crate) depends_on: Vec<Dependency>,
}

/// Checks credentials.
#[derive(Clone)]
pub(crate) struct CredentialVerifier {
    pub(crate) commands: Commands,
    pub(crate) changes: Arc<CredentialChanges>,
    pub(crate) tokens: Arc<Tokens>,
    pub(crate) deployment: Uuid,
}

impl CredentialVerifier {
    /// Parses a credential, and verifies the signature of a token.
    pub(crate) fn parse(&self, text: &str) -> Result<Credential, Problem> {
        if let Some(key) = ApiKeyToken::parse(text) {
            return Ok(Credential::Key(key));
        }
        let (claims, until) = self.tokens.verify(text).map_err(|why| {
            tracing::debug!(%why, "token refused");
            Problem::invalid_token()
        })?;
        if claims.tid != self.deployment {
            return Err(Problem::invalid_token());
        }
        Ok(Credential::Token { claims, until })
    }

    /// Who presents this credential, if it is valid now.
    pub(crate) async fn authenticate(&self, credential: Credential) -> Result<Principal, Problem> {
        // What changes during the check is checked again later.
        let verified = self.changes.current_position();
        let mut check = CredentialChecker { commands: &self.commands, depends_on: vec![] };
        let checked = match &credential {
            Credential::Token { claims, until } => check.check_token(claims, *until).await,
            Credential::Key(key) => check.check_api_key(key).await,
            Credential::Export(export) => check.check_export_requester(*export).await,
        };
        let (actor, until) = none_if_invalid(checked)?.ok_or_else(Problem::invalid_token)?;
        let depends_on = check.depends_on;
        Ok(Principal { actor, credential: Some(credential), until, verified, depends_on })
    }

    /// A session, if it, its user, its application and its provider are all still valid.
    pub(crate) async fn active_session(
        &self,
        session: SessionId,
    ) -> Result<Option<ActiveSession>, Problem> {
        none_if_invalid(
            CredentialChecker { commands: &self.commands, depends_on: vec![] }
                .check_session(session)
                .await,
        )
    }

    /// The version of an application that a token for it is made from.
    pub(crate) async fn client_version(&self, client: OAuthClientId) -> Result<i32, Problem> {
        let history = self.commands.aggregates().history(client).await?;
        Ok(history.last().map_or(0, |last| last.version))
    }
}
