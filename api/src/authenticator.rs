//! Who calls: one way in for every credential, however it is shown.

use std::{borrow::Cow, sync::Arc, time::Duration};

use axum::{
    extract::{FromRef, FromRequestParts, MatchedPath},
    http::{
        HeaderMap,
        header::{AUTHORIZATION, SEC_WEBSOCKET_PROTOCOL},
        request::Parts,
    },
};
use domain::identity::oauth_client::Permission;
use moka::sync::Cache;

use crate::{
    auth::{ACCESS, Csrf, ENROLMENT, read_cookie},
    caller::Caller,
    ingress::{Rates, is_under},
    principal::Credentials,
    problem::Problem,
    secret::sha256,
    tokens::{Claims, LIFETIME},
    trace, unique,
};

/// How many verified tokens a process keeps at hand.
const AT_HAND: u64 = 20_000;
/// For how long nobody shows a token again that is forgotten.
const REMEMBERED: Duration = Duration::from_secs(LIFETIME);
/// Where somebody gets who has to enroll a second factor first.
const ENROLS: [&str; 3] = ["/api/v1/auth/mfa", "/api/v1/auth/passkeys", "/api/v1/auth/logout"];

/// Here is made and ended what somebody proves who they are with.
const PROOFS: [&str; 3] = ["/api/v1/auth", "/api/v1/identity-providers", "/api/v1/oauth-clients"];

/// Finds out who sends a request.
pub(crate) struct Authenticator {
    credentials: Credentials,
    csrf: Csrf,
    rates: Arc<Rates>,
    /// Callers whose credentials were verified already, by the hashes of these: as long as nothing
    /// that they depend on has changed, verifying one again costs microseconds.
    verified: Cache<Vec<u8>, Caller>,
}

/// Where a request shows a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CredentialLocation {
    /// `Authorization: Bearer …`
    Header,
    /// The protocol `bearer.…` of a WebSocket: pages of browsers can send no header there.
    Protocol,
    /// What our own pages keep.
    Cookie,
}

/// The credential of a request, if it has one.
fn shown(headers: &HeaderMap) -> Result<Option<(CredentialLocation, Cow<'_, str>)>, Problem> {
    // Of two credentials it is not plain whose the request is.
    if unique::is_repeated(headers, AUTHORIZATION) {
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
    Ok(read_cookie(headers, ACCESS).map(|token| (CredentialLocation::Cookie, token.into())))
}

impl CredentialLocation {
    /// Keys stand in the header alone, and cookies are for people who signed in at our own pages.
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
    pub(crate) fn new(credentials: Credentials, csrf: Csrf, rates: Arc<Rates>) -> Self {
        let verified = Cache::builder().max_capacity(AT_HAND).time_to_idle(REMEMBERED).build();
        Self { credentials, csrf, rates, verified }
    }

    /// Whether the credential that said who calls is still good, for all that this process knows.
    pub(crate) fn is_current(&self, caller: &Caller) -> bool {
        let principal = caller.principal();
        let changed =
            |verified| !self.credentials.changes.unchanged(&principal.depends_on, verified);
        let stale = !caller.is_guest() && principal.verified.is_none_or(changed);
        !stale && caller.valid_until() > jsonwebtoken::get_current_timestamp()
    }

    /// The same caller as they are by now, if their credential is still good.
    pub(crate) async fn refreshed(&self, caller: &Caller) -> Result<Caller, Problem> {
        match caller.principal().credential.clone() {
            Some(_) if caller.valid_until() <= jsonwebtoken::get_current_timestamp() => {
                Err(Problem::invalid_token())
            }
            Some(credential) => Ok(self.credentials.principal(credential).await?.into()),
            None => Ok(caller.clone()),
        }
    }

    /// Who sent a request to the API, if that is what their credential is for; asked once.
    pub(crate) async fn admitted(&self, parts: &mut Parts) -> Result<Caller, Problem> {
        if let Some(caller) = parts.extensions.get::<Caller>() {
            return Ok(caller.clone());
        }
        let (caller, _) = self.caller(parts).await?;
        permitted(&caller, parts)?;
        parts.extensions.insert(caller.clone());
        Ok(caller)
    }

    /// Who sent a request, whatever for.
    async fn caller(&self, parts: &Parts) -> Result<(Caller, Option<CredentialLocation>), Problem> {
        let Some((place, text)) = shown(&parts.headers)? else {
            return Ok((Caller::guest(), None));
        };
        let caller = self.showing(&text).await?;
        if !place.is_for(&caller) {
            return Err(Problem::invalid_token());
        }
        // A browser sends its cookies whoever made it ask, so what changes anything takes more.
        if let (CredentialLocation::Cookie, false) = (place, parts.method.is_safe()) {
            let session = caller.session().ok_or_else(Problem::unauthenticated)?;
            self.csrf.check(session, &parts.headers)?;
        }
        self.rates.admit_caller(caller.id, caller.key()).map_err(Problem::too_many)?;
        trace::called_by(caller.actor());
        Ok((caller, Some(place)))
    }

    async fn showing(&self, text: &str) -> Result<Caller, Problem> {
        let hash = sha256(text);
        if let Some(caller) = self.verified.get(&hash).filter(|caller| self.is_current(caller)) {
            return Ok(caller);
        }
        let principal = self.credentials.principal(self.credentials.read(text)?).await?;
        let caller = Caller::from(principal);
        if caller.principal().verified.is_some() {
            self.verified.insert(hash, caller.clone());
        }
        Ok(caller)
    }

    /// As if this token had just been found good.
    #[cfg(test)]
    pub(crate) fn pretend(&self, token: &str, role: domain::identity::Role) {
        let changes = &self.credentials.changes;
        changes.pretend();
        let credential = Some(self.credentials.read(token).unwrap());
        let actor = domain::identity::Actor::new(uuid::Uuid::from_u128(1), role);
        let (verified, depends_on, until) = (changes.now(), vec![], u64::MAX);
        let principal =
            crate::principal::Principal { actor, credential, until, verified, depends_on };
        self.verified.insert(sha256(token), principal.into());
    }
}

/// Refuses a credential that is for something else than what is asked. Applications never get
/// at what somebody proves who they are with, whatever they were allowed: that would outlast
/// the consent.
fn permitted(caller: &Caller, parts: &Parts) -> Result<(), Problem> {
    let Some(claims) = caller.claims() else { return Ok(()) };
    let route = parts.extensions.get::<MatchedPath>();
    if claims.scope == ENROLMENT {
        return match route {
            Some(route) if ENROLS.iter().any(|it| route.as_str().starts_with(it)) => Ok(()),
            _ => Err(Problem::second_factor_required()),
        };
    }
    let is_proof = |route: &MatchedPath| PROOFS.iter().any(|it| is_under(route.as_str(), it));
    if claims.client_id.is_some() && route.is_some_and(is_proof) {
        return Err(Problem::insufficient_scope("proving who a user is"));
    }
    let reads = parts.method.is_safe() && claims.may(Permission::Read);
    if reads || claims.may(Permission::Api) {
        Ok(())
    } else {
        let wanted = if parts.method.is_safe() { Permission::Read } else { Permission::Api };
        Err(Problem::insufficient_scope(&wanted.to_string()))
    }
}

impl<S: Sync> FromRequestParts<S> for Caller
where
    Arc<Authenticator>: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Arc::<Authenticator>::from_ref(state).admitted(parts).await
    }
}

/// Who calls with a token in the header, whatever that is for.
pub(crate) struct Bearer(Claims);

impl Bearer {
    pub(crate) fn claims(&self) -> &Claims {
        &self.0
    }
}

impl<S: Sync> FromRequestParts<S> for Bearer
where
    Arc<Authenticator>: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let authenticator = Arc::<Authenticator>::from_ref(state);
        let (caller, place) = authenticator.caller(parts).await?;
        let claims = caller.claims().filter(|_| place == Some(CredentialLocation::Header));
        claims.cloned().map(Self).ok_or_else(Problem::unauthenticated)
    }
}
