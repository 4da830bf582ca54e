//! Who calls.

use std::{ops::Deref, sync::Arc, time::Duration};

use aws_lc_rs::digest::{SHA256, digest};
use axum::{
    extract::{FromRequestParts, MatchedPath},
    http::{
        HeaderMap,
        header::{AUTHORIZATION, SEC_WEBSOCKET_PROTOCOL},
        request::Parts,
    },
};
use commands::policy::{self, Right};
use domain::{
    identity::{
        Actor, Reach, Role, Scope, Sight,
        impersonation::ImpersonationId,
        oauth_client::Permission,
        service_account::{ApiKeyId, Profile},
        session::{Method, SessionId},
    },
    organizations::cabinet::CabinetId,
};
use moka::sync::Cache;
use projections::{identity::service_account, organizations::cabinet::below};
use uuid::Uuid;

use crate::{
    App,
    acting::Acting,
    api_key::Key,
    auth::{ACCESS, cookie},
    problem::Problem,
    tokens::{Act, Claims},
    trace,
};

/// How many verified tokens a process keeps at hand.
const AT_HAND: u64 = 20_000;
/// For how long a change in the tree of cabinets may go unnoticed.
const TRUSTED: Duration = Duration::from_secs(10);

/// Who calls: a user with a token, or a guest without one.
///
/// Being a guest is no error here. Whether guests may do what is asked the matrix of rights says;
/// where it says no, a guest is told to sign in.
#[derive(Debug, Clone)]
pub(crate) struct Caller(Arc<Known>);

#[derive(Debug)]
struct Known {
    actor: Actor,
    /// What the token says; guests and programs have none.
    claims: Option<Claims>,
    /// The key that a program shows.
    key: Option<ApiKeyId>,
    /// Until when, in seconds of the epoch.
    until: u64,
}

/// Tokens that were verified already, by their hash: checking one again costs microseconds.
#[derive(Clone)]
pub(crate) struct Verified(Cache<[u8; 32], Caller>);

impl Default for Verified {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(AT_HAND).time_to_live(TRUSTED).build())
    }
}

impl Caller {
    fn guest() -> Self {
        let actor = Actor::new(Uuid::nil(), Role::Guest);
        Self(Arc::new(Known { actor, claims: None, key: None, until: u64::MAX }))
    }

    /// Lets the rest of the request know who calls, unless his session has ended since (IAM-6), or
    /// he calls too often.
    fn come(&self, app: &App) -> Result<(), Problem> {
        if self.0.claims.as_ref().is_some_and(|claims| app.revocations.cover(claims)) {
            return Err(Problem::unauthenticated());
        }
        let key = self.0.key.map(ApiKeyId::uuid);
        app.rates.admit_caller(self.id, key).map_err(Problem::too_many)?;
        trace::called_by(self.actor());
        Ok(())
    }

    pub(crate) fn is_guest(&self) -> bool {
        self.0.actor.role == Role::Guest
    }

    pub(crate) fn actor(&self) -> &Actor {
        &self.0.actor
    }

    /// Whether the token that said so is still good.
    pub(crate) fn is_current(&self, app: &App) -> bool {
        let revoked = self.0.claims.as_ref().is_some_and(|claims| app.revocations.cover(claims));
        !revoked && self.0.until > jsonwebtoken::get_current_timestamp()
    }

    /// What his token says; guests and programs have none.
    pub(crate) fn claims(&self) -> Option<&Claims> {
        self.0.claims.as_ref()
    }

    /// The session in which he calls.
    pub(crate) fn session(&self) -> Option<SessionId> {
        self.0.claims.as_ref().map(|claims| claims.sid.into())
    }

    /// How he proved who he is.
    pub(crate) fn methods(&self) -> Option<&[Method]> {
        self.0.claims.as_ref().map(|claims| claims.amr.as_slice())
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

impl Deref for Caller {
    type Target = Actor;

    fn deref(&self) -> &Actor {
        self.actor()
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let caller = if let Some(token) = token(&parts.headers)? {
            let caller = Self::by_token(app, token).await?;
            caller.permitted(parts)?;
            caller
        } else if let Some(token) = cookie(&parts.headers, ACCESS) {
            let caller = Self::by_token(app, &token).await?;
            // A browser sends its cookies whoever made it ask, so what changes anything takes more.
            if let (false, Some(session)) = (parts.method.is_safe(), caller.session()) {
                app.csrf.check(session, &parts.headers)?;
            }
            caller
        } else {
            Self::guest()
        };
        caller.admitted(parts)?;
        Ok(caller)
    }
}

/// Who calls with a token, whatever that is for.
pub(crate) struct Bearer(Claims);

impl Bearer {
    pub(crate) fn claims(&self) -> &Claims {
        &self.0
    }
}

impl FromRequestParts<App> for Bearer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let token = token(&parts.headers)?.ok_or_else(Problem::unauthenticated)?;
        let caller = Caller::by_token(app, token).await?;
        caller.0.claims.clone().map(Self).ok_or_else(Problem::unauthenticated)
    }
}

impl Caller {
    /// Whether the token is for what is asked. Applications never get at what a user proves
    /// himself with, whatever he allowed them.
    fn permitted(&self, parts: &Parts) -> Result<(), Problem> {
        let Some(claims) = &self.0.claims else { return Ok(()) };
        let route = parts.extensions.get::<MatchedPath>();
        let proofs = route.is_some_and(|route| route.as_str().starts_with("/api/v1/auth/"));
        if proofs && claims.client_id.is_some() {
            return Err(Problem::insufficient_scope("proving who a user is"));
        }
        let reads = parts.method.is_safe() && claims.may(Permission::Read);
        if reads || claims.may(Permission::Api) {
            Ok(())
        } else {
            let wanted = if parts.method.is_safe() { Permission::Read } else { Permission::Api };
            Err(Problem::insufficient_scope(wanted.as_str()))
        }
    }

    async fn by_token(app: &App, token: &str) -> Result<Self, Problem> {
        let mut hash = [0; 32];
        hash.copy_from_slice(digest(&SHA256, token.as_bytes()).as_ref());
        let now = jsonwebtoken::get_current_timestamp();
        if let Some(caller) = app.verified.0.get(&hash).filter(|caller| caller.0.until > now) {
            caller.come(app)?;
            return Ok(caller);
        }
        let known = if let Some(key) = Key::parse(token) {
            let actor = program(app, &key).await?;
            Known { actor, claims: None, key: Some(key.id), until: u64::MAX }
        } else {
            let (claims, until) = app.tokens.verify(token).map_err(|why| {
                tracing::debug!(%why, "token refused");
                Problem::unauthenticated()
            })?;
            let actor = actor(app, &claims).await?;
            Known { actor, claims: Some(claims), key: None, until }
        };
        let caller = Self(Arc::new(known));
        app.verified.0.insert(hash, caller.clone());
        caller.come(app)?;
        Ok(caller)
    }
}

/// The token of a request, if it has one: `Authorization: Bearer …`, or the protocol `bearer.…` of
/// a WebSocket.
fn token(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let Some(header) = headers.get(AUTHORIZATION) else {
        let offered = headers.get(SEC_WEBSOCKET_PROTOCOL).and_then(|names| names.to_str().ok());
        let mut offered = offered.into_iter().flat_map(|names| names.split(','));
        return Ok(offered.find_map(|name| name.trim().strip_prefix("bearer.")));
    };
    let header = header.to_str().unwrap_or_default();
    match header.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(Some(token.trim())),
        _ => Err(Problem::unauthenticated()),
    }
}

async fn actor(app: &App, claims: &Claims) -> Result<Actor, Problem> {
    let role = claims.roles.first().copied().ok_or_else(Problem::unauthenticated)?;
    let cabinet = claims.cid.map(CabinetId::from);
    if let Some(cabinet) = cabinet.filter(|_| role.is_client()) {
        // ORG-7: what the membership was when the token was made, it must still be.
        let now = Acting::within(app, claims.sub.into(), cabinet).await?;
        let same = now.filter(|now| now.version == claims.mver);
        same.ok_or_else(Problem::unauthenticated)?;
    }
    let impersonator = match &claims.act {
        Some(act) => Some(impersonator(app, claims, act).await?),
        None => None,
    };
    Ok(Actor {
        reach: claims.reach,
        cabinet,
        reachable: reachable(app, cabinet, claims.reach).await?,
        customer: claims.cust.map(Into::into),
        impersonator,
        ..Actor::new(claims.sub, role)
    })
}

/// Whoever acts in the name of the user, as long as he may (IAM-8).
async fn impersonator(app: &App, claims: &Claims, act: &Act) -> Result<Uuid, Problem> {
    let lent = app.commands.lookup().load(ImpersonationId::from(claims.sid)).await?.lent();
    let now = app.commands.now();
    let lent = lent.filter(|lent| {
        (lent.agent.uuid(), lent.user.uuid()) == (act.sub, claims.sub) && lent.until > now
    });
    lent.map(|lent| lent.agent.uuid()).ok_or_else(Problem::unauthenticated)
}

/// The program that shows a key, which is good for what it was issued for.
async fn program(app: &App, key: &Key) -> Result<Actor, Problem> {
    let known = service_account::shown(&app.db, key.id).await?;
    let known = known.filter(|known| key.fits(&known.hash)).ok_or_else(Problem::unauthenticated)?;
    let Profile { role, cabinet, reach, .. } = known.profile;
    Ok(Actor {
        reach,
        cabinet,
        reachable: reachable(app, cabinet, reach).await?,
        only: Some(known.rights),
        ..Actor::new(known.account, role)
    })
}

async fn reachable(
    app: &App,
    cabinet: Option<CabinetId>,
    reach: Reach,
) -> sqlx::Result<Vec<CabinetId>> {
    match cabinet {
        Some(top) if reach == Reach::Subtree => below(&app.db, top).await,
        _ => Ok(cabinet.into_iter().collect()),
    }
}
