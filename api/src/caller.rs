//! Who calls: one way in for every credential, however it is shown.

use std::{borrow::Cow, ops::Deref, sync::Arc, time::Duration};

use axum::{
    extract::{FromRequestParts, MatchedPath},
    http::{
        HeaderMap,
        header::{AUTHORIZATION, SEC_WEBSOCKET_PROTOCOL},
        request::Parts,
    },
};
use commands::policy::{self, Right};
use domain::identity::{
    Actor, Role, Scope, Sight,
    oauth_client::Permission,
    session::{Method, SessionId},
};
use moka::sync::Cache;
use uuid::Uuid;

use crate::{
    App,
    auth::{ACCESS, ENROLMENT, cookie},
    edge::is_under,
    principal::{Credential, Principal},
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

/// Who calls: somebody with a credential, or a guest without one.
///
/// Being a guest is no error here. Whether guests may do what is asked the matrix of rights says;
/// where it says no, a guest is told to sign in.
#[derive(Debug, Clone)]
pub(crate) struct Caller(Arc<Principal>);

/// Credentials that were verified already, by their hashes: as long as nothing that they depend on
/// has changed, verifying one again costs microseconds.
#[derive(Clone)]
pub(crate) struct Verified(Cache<Vec<u8>, Caller>);

impl Default for Verified {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(AT_HAND).time_to_idle(REMEMBERED).build())
    }
}

impl Caller {
    fn guest() -> Self {
        let (actor, until) = (Actor::new(Uuid::nil(), Role::Guest), u64::MAX);
        let (credential, verified, depends_on) = (None, None, vec![]);
        Self(Arc::new(Principal { actor, credential, until, verified, depends_on }))
    }

    /// Lets the rest of the request know who calls, unless they call too often.
    fn counted(self, app: &App) -> Result<Self, Problem> {
        let key = match &self.0.credential {
            Some(Credential::Key(key)) => Some(key.id.uuid()),
            _ => None,
        };
        app.rates.admit_caller(self.id, key).map_err(Problem::too_many)?;
        trace::called_by(self.actor());
        Ok(self)
    }

    pub(crate) fn is_guest(&self) -> bool {
        self.0.credential.is_none()
    }

    pub(crate) fn actor(&self) -> &Actor {
        &self.0.actor
    }

    /// Whether the credential that said so is still good, for all that this process knows.
    pub(crate) fn is_current(&self, app: &App) -> bool {
        let changed = |verified| !app.changes.unchanged(&self.0.depends_on, verified);
        let stale = !self.is_guest() && self.0.verified.is_none_or(changed);
        !stale && self.0.until > jsonwebtoken::get_current_timestamp()
    }

    /// The same caller as they are by now, if their credential is still good.
    pub(crate) async fn again(&self, app: &App) -> Result<Self, Problem> {
        match self.0.credential.clone() {
            Some(_) if self.0.until <= jsonwebtoken::get_current_timestamp() => {
                Err(Problem::invalid_token())
            }
            Some(credential) => Ok(Self(Arc::new(app.principal(credential).await?))),
            None => Ok(self.clone()),
        }
    }

    /// What their token says; guests and programs have none.
    pub(crate) fn claims(&self) -> Option<&Claims> {
        match &self.0.credential {
            Some(Credential::Token { claims, .. }) => Some(claims),
            _ => None,
        }
    }

    /// Until when their credential is good, in seconds of the epoch.
    pub(crate) fn until(&self) -> u64 {
        self.0.until
    }

    /// The session in which they call.
    pub(crate) fn session(&self) -> Option<SessionId> {
        self.claims().map(|claims| claims.sid.into())
    }

    /// Whether they call through an application, and this is nothing for applications.
    pub(crate) fn lacks_as_application(&self, right: Right) -> bool {
        let application = self.claims().is_some_and(|claims| claims.client_id.is_some());
        application && policy::NEVER_BORROWED.contains(&right)
    }

    /// How they proved who they are.
    pub(crate) fn methods(&self) -> Option<&[Method]> {
        self.claims().map(|claims| claims.amr.as_slice())
    }

    pub(crate) fn scope(&self, right: Right) -> Scope {
        policy::granted(right, self.actor())
    }

    /// Whose things the caller sees by a right.
    pub(crate) fn sight(&self, right: Right) -> Result<Sight, Problem> {
        self.sight_within(right, Scope::All)
    }

    /// As [`sight`](Self::sight), but no further than `widest`.
    pub(crate) fn sight_within(&self, right: Right, widest: Scope) -> Result<Sight, Problem> {
        let scope = self.scope(right).min(widest);
        // What a guest owns, a signed link says; this one has none.
        let knocks = self.is_guest() && scope != Scope::All && self.actor().customer.is_none();
        match scope.sight(self.actor()) {
            _ if knocks => Err(Problem::unauthenticated()),
            Sight::Nothing => Err(Problem::forbidden(right)),
            sight => Ok(sight),
        }
    }

    /// Whose histories the caller sees, of things that are seen by a right.
    pub(crate) fn sight_of_histories(&self, seen: Right) -> Result<Sight, Problem> {
        self.sight(Right::History)?;
        self.sight_within(seen, self.scope(Right::History))
    }

    /// What becomes of a refusal for lack of rights: a guest should sign in.
    pub(crate) fn refused(&self, problem: Problem) -> Problem {
        if self.is_guest() && problem.status() == 403 {
            Problem::unauthenticated()
        } else {
            problem
        }
    }
}

/// Where a request shows a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// `Authorization: Bearer …`
    Header,
    /// The protocol `bearer.…` of a WebSocket: pages of browsers can send no header there.
    Protocol,
    /// What our own pages keep.
    Cookie,
}

/// The credential of a request, if it has one.
fn shown(headers: &HeaderMap) -> Result<Option<(Place, Cow<'_, str>)>, Problem> {
    // Of two credentials it is not plain whose the request is.
    if unique::is_repeated(headers, AUTHORIZATION) {
        return Err(Problem::unauthenticated());
    }
    if let Some(header) = headers.get(AUTHORIZATION) {
        let header = header.to_str().unwrap_or_default();
        return match header.split_once(' ') {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => {
                Ok(Some((Place::Header, token.trim().into())))
            }
            _ => Err(Problem::unauthenticated()),
        };
    }
    let offered = headers.get(SEC_WEBSOCKET_PROTOCOL).and_then(|names| names.to_str().ok());
    let mut offered = offered.into_iter().flat_map(|names| names.split(','));
    if let Some(token) = offered.find_map(|name| name.trim().strip_prefix("bearer.")) {
        return Ok(Some((Place::Protocol, token.into())));
    }
    Ok(cookie(headers, ACCESS).map(|token| (Place::Cookie, token.into())))
}

impl Caller {
    /// Who sent a request, whatever for.
    async fn of(parts: &Parts, app: &App) -> Result<(Self, Option<Place>), Problem> {
        let Some((place, text)) = shown(&parts.headers)? else { return Ok((Self::guest(), None)) };
        let caller = Self::showing(app, &text).await?;
        if !caller.may_show_it_in(place) {
            return Err(Problem::invalid_token());
        }
        // A browser sends its cookies whoever made it ask, so what changes anything takes more.
        if let (Place::Cookie, false) = (place, parts.method.is_safe()) {
            let session = caller.session().ok_or_else(Problem::unauthenticated)?;
            app.csrf.check(session, &parts.headers)?;
        }
        Ok((caller.counted(app)?, Some(place)))
    }

    async fn showing(app: &App, text: &str) -> Result<Self, Problem> {
        let hash = sha256(text);
        if let Some(caller) = app.verified.0.get(&hash).filter(|caller| caller.is_current(app)) {
            return Ok(caller);
        }
        let principal = app.principal(Credential::read(app, text)?).await?;
        let caller = Self(Arc::new(principal));
        if caller.0.verified.is_some() {
            app.verified.0.insert(hash, caller.clone());
        }
        Ok(caller)
    }

    /// Keys stand in the header alone, and cookies are for people who signed in at our own pages.
    fn may_show_it_in(&self, place: Place) -> bool {
        match (place, self.claims()) {
            (Place::Header, _) => true,
            (Place::Protocol, claims) => claims.is_some(),
            (Place::Cookie, claims) => {
                claims.is_some_and(|claims| claims.client_id.is_none() && claims.act.is_none())
            }
        }
    }

    /// Refuses a credential that is for something else than what is asked. Applications never get
    /// at what somebody proves who they are with, whatever they were allowed: that would outlast
    /// the consent.
    fn permitted(&self, parts: &Parts) -> Result<(), Problem> {
        let Some(claims) = self.claims() else { return Ok(()) };
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

    /// Who sent a request to the API, if that is what their credential is for; asked once.
    pub(crate) async fn admitted(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        if let Some(caller) = parts.extensions.get::<Self>() {
            return Ok(caller.clone());
        }
        let (caller, _) = Self::of(parts, app).await?;
        caller.permitted(parts)?;
        parts.extensions.insert(caller.clone());
        Ok(caller)
    }

    /// As if this token had just been found good.
    #[cfg(test)]
    pub(crate) fn pretend(app: &App, token: &str, role: Role) {
        app.changes.pretend();
        let credential = Credential::read(app, token).unwrap();
        let actor = Actor::new(Uuid::from_u128(1), role);
        let (credential, verified, depends_on) = (Some(credential), app.changes.now(), vec![]);
        let until = u64::MAX;
        let principal = Principal { actor, credential, until, verified, depends_on };
        app.verified.0.insert(sha256(token), Self(Arc::new(principal)));
    }
}

impl Deref for Caller {
    type Target = Actor;

    fn deref(&self) -> &Actor {
        self.actor()
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        Self::admitted(parts, app).await
    }
}

/// Who calls with a token in the header, whatever that is for.
pub(crate) struct Bearer(Claims);

impl Bearer {
    pub(crate) fn claims(&self) -> &Claims {
        &self.0
    }
}

impl FromRequestParts<App> for Bearer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let (caller, place) = Caller::of(parts, app).await?;
        let claims = caller.claims().filter(|_| place == Some(Place::Header));
        claims.cloned().map(Self).ok_or_else(Problem::unauthenticated)
    }
}
