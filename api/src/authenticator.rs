//! Authenticates the caller of a request, wherever its credential is: header, cookie or WebSocket
//! protocol.

use std::{borrow::Cow, sync::Arc, time::Duration};

use axum::{
    extract::{FromRef, FromRequestParts, MatchedPath},
    http::{
        HeaderMap,
        header::{AUTHORIZATION, SEC_WEBSOCKET_PROTOCOL},
        request::Parts,
    },
};
use commands::AggregateReader;
use domain::{files::export::ExportId, identity::oauth_client::Permission};
use moka::sync::Cache;

use crate::{
    auth::{ACCESS_COOKIE, CsrfTokens, ENROLMENT_SCOPE, read_cookie},
    caller::Caller,
    duplicates,
    ingress::{RateLimits, is_under},
    principal::{Credential, CredentialVerifier},
    problem::Problem,
    secret::sha256,
    tokens::{ACCESS_TOKEN_LIFETIME, Claims},
    trace,
};

/// How many verified credentials a process caches.
const CACHE_SIZE: u64 = 20_000;
/// After how long without use a credential leaves the cache.
const CACHE_IDLE: Duration = Duration::from_secs(ACCESS_TOKEN_LIFETIME);
/// The routes open to a user who must enroll a second factor first.
const ENROLMENT_ROUTES: [&str; 3] =
    ["/api/v1/auth/mfa", "/api/v1/auth/passkeys", "/api/v1/auth/logout"];

/// The routes that manage credentials, which applications never reach.
const CREDENTIAL_ROUTES: [&str; 3] =
    ["/api/v1/auth", "/api/v1/identity-providers", "/api/v1/oauth-clients"];

/// Finds out who sends a request, and caches the answer.
pub(crate) struct Authenticator {
    credentials: CredentialVerifier,
    csrf: CsrfTokens,
    rates: Arc<RateLimits>,
    /// Verified callers by the hashes of their credentials; an entry counts only while nothing that it
    /// depends on has changed.
    verified: Cache<Vec<u8>, Caller>,
}

/// Where a request carries its credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CredentialLocation {
    /// `Authorization: Bearer …`
    Header,
    /// The protocol `bearer.…` of a WebSocket: pages of browsers can send no header there.
    Protocol,
    /// The cookie of our own pages.
    Cookie,
}

/// The credential of a request, if it has one.
fn credential_of(
    headers: &HeaderMap,
) -> Result<Option<(CredentialLocation, Cow<'_, str>)>, Problem> {
    // With two credentials it is ambiguous who the caller is.
    if duplicates::is_repeated(headers, AUTHORIZATION) {
        return Err(Problem::unauthenticated());
    }
    if let Some(header) = headers.get(AUTHORIZATION) {
        let header = header.to_str().unwrap_or_default();
        return match header.split_once(' ') {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => {
                Ok(Some((CredentialLocation::Header, token.trim().into())))
            }
            _ => Err(Problem::unauthenticated()),
        };
    }
    let offered = headers.get(SEC_WEBSOCKET_PROTOCOL).and_then(|names| names.to_str().ok());
    let mut offered = offered.into_iter().flat_map(|names| names.split(','));
    if let Some(token) = offered.find_map(|name| name.trim().strip_prefix("bearer.")) {
        return Ok(Some((CredentialLocation::Protocol, token.into())));
    }
    Ok(read_cookie(headers, ACCESS_COOKIE).map(|token| (CredentialLocation::Cookie, token.into())))
}

impl CredentialLocation {
    /// API keys are accepted in the header only, and cookies only from people who signed in at our
    /// own pages.
    fn is_for(self, caller: &Caller) -> bool {
        match (self, caller.claims()) {
            (Self::Header, _) => true,
            (Self::Protocol, claims) => claims.is_some(),
            (Self::Cookie, claims) => {
                claims.is_some_and(|claims| claims.client_id.is_none() && claims.act.is_none())
            }
        }
    }
}

impl Authenticator {
    pub(crate) fn new(
        credentials: CredentialVerifier,
        csrf: CsrfTokens,
        rates: Arc<RateLimits>,
    ) -> Self {
        let verified = Cache::builder().max_capacity(CACHE_SIZE).time_to_idle(CACHE_IDLE).build();
        Self { credentials, csrf, rates, verified }
    }

    /// Looks up what the log has.
    pub(crate) fn aggregates(&self) -> &AggregateReader {
        self.credentials.commands.aggregates()
    }

    /// Whether the caller's credential is still valid, as far as this process knows.
    pub(crate) fn is_current(&self, caller: &Caller) -> bool {
        let principal = caller.principal();
        let changed =
            |verified| !self.credentials.changes.unchanged_since(&principal.depends_on, verified);
        let stale = !caller.is_guest() && principal.verified.is_none_or(changed);
        !stale && caller.valid_until() > jsonwebtoken::get_current_timestamp()
    }

    /// Verifies the caller's credential again, and returns them as they are now.
    pub(crate) async fn reverify(&self, caller: &Caller) -> Result<Caller, Problem> {
        match caller.principal().credential.clone() {
            Some(_) if caller.valid_until() <= jsonwebtoken::get_current_timestamp() => {
                Err(Problem::invalid_token())
            }
            Some(credential) => Ok(self.credentials.authenticate(credential).await?.into()),
            None => Ok(caller.clone()),
        }
    }

    /// Who asked for an export that is being made, with the rights that they have now.
    pub(crate) async fn requester_of_export(&self, export: ExportId) -> Result<Caller, Problem> {
        Ok(self.credentials.authenticate(Credential::Export(export)).await?.into())
    }

    /// The caller of a request to the API, if their credential is for it. Computed once per request.
    pub(crate) async fn authenticate(&self, parts: &mut Parts) -> Result<Caller, Problem> {
        if let Some(caller) = parts.extensions.get::<Caller>() {
            return Ok(caller.clone());
        }
        let (caller, _) = self.caller(parts).await?;
        check_scope(&caller, parts)?;
        parts.extensions.insert(caller.clone());
        Ok(caller)
    }

    /// The caller of a request, whatever their credential is for.
    async fn caller(&self, parts: &Parts) -> Result<(Caller, Option<CredentialLocation>), Problem> {
        let Some((location, text)) = credential_of(&parts.headers)? else {
            return Ok((Caller::guest(), None));
        };
        let caller = self.verify(&text).await?;
        if !location.is_for(&caller) {
            return Err(Problem::invalid_token());
        }
        // Browsers send cookies with requests from foreign pages too, so unsafe methods need a CSRF token.
        if let (CredentialLocation::Cookie, false) = (location, parts.method.is_safe()) {
            let session = caller.session().ok_or_else(Problem::unauthenticated)?;
            self.csrf.check(session, &parts.headers)?;
        }
        self.rates.admit_caller(caller.id, caller.api_key()).map_err(Problem::too_many)?;
        trace::set_caller(caller.actor());
        Ok((caller, Some(location)))
    }

    async fn verify(&self, text: &str) -> Result<Caller, Problem> {
        let hash = sha256(text);
        if let Some(caller) = self.verified.get(&hash).filter(|caller| self.is_current(caller)) {
            return Ok(caller);
        }
        let principal = self.credentials.authenticate(self.credentials.parse(text)?).await?;
        let caller = Caller::from(principal);
        if caller.principal().verified.is_some() {
            self.verified.insert(hash, caller.clone());
        }
        Ok(caller)
    }

    /// Caches this token as verified.
    #[cfg(test)]
    pub(crate) fn trust_token(&self, token: &str, role: domain::identity::Role) {
        let changes = &self.credentials.changes;
        changes.assume_up_to_date();
        let credential = Some(self.credentials.parse(token).unwrap());
        let actor = domain::identity::Actor::new(uuid::Uuid::from_u128(1), role);
        let (verified, depends_on, until) = (changes.current_position(), vec![], u64::MAX);
        let principal =
            crate::principal::Principal { actor, credential, until, verified, depends_on };
        self.verified.insert(sha256(token), principal.into());
    }
}

/// Refuses a credential whose scope does not cover the request. Applications never manage
/// credentials, whatever they were granted: what they create would outlast the consent.
fn check_scope(caller: &Caller, parts: &Parts) -> Result<(), Problem> {
    let Some(claims) = caller.claims() else { return Ok(()) };
    let route = parts.extensions.get::<MatchedPath>();
    if claims.scope == ENROLMENT_SCOPE {
        return match route {
            Some(route)
                if ENROLMENT_ROUTES.iter().any(|prefix| route.as_str().starts_with(prefix)) =>
            {
                Ok(())
            }
            _ => Err(Problem::mfa_required()),
        };
    }
    let manages_credentials = |route: &MatchedPath| {
        CREDENTIAL_ROUTES.iter().any(|prefix| is_under(route.as_str(), prefix))
    };
    if claims.client_id.is_some() && route.is_some_and(manages_credentials) {
        return Err(Problem::denied_to_applications("proving who a user is"));
    }
    let reads = parts.method.is_safe() && claims.permits(Permission::Read);
    if reads || claims.permits(Permission::Api) {
        Ok(())
    } else {
        let permission = if parts.method.is_safe() { Permission::Read } else { Permission::Api };
        Err(Problem::insufficient_scope(permission))
    }
}

impl<S: Sync> FromRequestParts<S> for Caller
where
    Arc<Authenticator>: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Arc::<Authenticator>::from_ref(state).authenticate(parts).await
    }
}

/// A caller with a token in the header, whatever its scope.
pub(crate) struct BearerToken(Claims);

impl BearerToken {
    pub(crate) fn claims(&self) -> &Claims {
        &self.0
    }
}

impl<S: Sync> FromRequestParts<S> for BearerToken
where
    Arc<Authenticator>: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let authenticator = Arc::<Authenticator>::from_ref(state);
        let (caller, location) = authenticator.caller(parts).await?;
        let claims = caller.claims().filter(|_| location == Some(CredentialLocation::Header));
        claims.cloned().map(Self).ok_or_else(Problem::unauthenticated)
    }
}
