//! Who a credential stands for, by the log at this moment: no read model lags here. Whatever is
//! looked at is remembered, so that a change of any of it is noticed (see [`changes`](crate::auth)).

use std::sync::Arc;

use chrono::DateTime;
use commands::{Commands, Lost, organizations::subtree, policy};
use domain::{
    Decider, Id, Recorded,
    identity::{
        Actor, Reach, Right, Role, Scope,
        authorization::{self, Authorization, AuthorizationId},
        impersonation::{self, Impersonation, ImpersonationId},
        oauth_client::{self, Kind, OAuthClient, OAuthClientId, Permission, Registered},
        provider::{self, Provider},
        service_account::{Profile, ServiceAccount},
        session::{Grant, Session, SessionId},
        user::{User, UserId},
    },
    organizations::{
        cabinet::{Cabinet, CabinetId, Standing},
        membership::{Membership, MembershipId},
    },
};
use uuid::Uuid;

use crate::{
    acting::Acting,
    api_key::Key,
    auth::{Changes, Dependency, Moment, TREE, UserAccount},
    problem::Problem,
    tokens::{Act, Claims, Tokens},
};

/// What somebody shows, as far as it can be checked without asking anybody.
#[derive(Debug, Clone)]
pub(crate) enum Credential {
    /// An access token that we signed, good until then (seconds of the epoch).
    Token { claims: Claims, until: u64 },
    /// The key of a program.
    Key(Key),
}

/// Somebody whose credential is good.
#[derive(Debug)]
pub(crate) struct Principal {
    pub(crate) actor: Actor,
    /// What they showed; guests showed nothing.
    pub(crate) credential: Option<Credential>,
    /// Until when it is good, in seconds of the epoch.
    pub(crate) until: u64,
    /// When it was good; nothing if that is not to be remembered.
    pub(crate) verified: Option<Moment>,
    /// What it depends on.
    pub(crate) depends_on: Vec<Dependency>,
}

/// A session that lasts, with all that it depends on.
#[derive(Debug)]
pub(crate) struct Lasting {
    pub(crate) grant: Grant,
    pub(crate) known: UserAccount,
    /// The application that it was granted to.
    client: Option<Client>,
}

/// An application, as far as its tokens depend on it.
#[derive(Debug)]
struct Client {
    registered: Registered,
    /// Its tokens from before this version of it are good for nothing: it was disabled, or its
    /// secret replaced.
    since: i32,
    /// The position at which it was disabled last; 0 if it never was.
    disabled: i64,
}

impl Client {
    /// Whether it may still have a token that says so.
    fn keeps(&self, claims: &Claims) -> bool {
        claims.cver >= self.since && self.permits(&claims.scope)
    }

    fn permits(&self, scope: &str) -> bool {
        let permitted = &self.registered.details.permissions;
        let mut permissions = scope.split(' ').map(Permission::parse);
        permissions.all(|it| it.is_some_and(|permission| permitted.contains(&permission)))
    }
}

/// Why a credential is not taken.
enum Unfit {
    /// It is not good, or not any more.
    Void,
    /// That could not be found out.
    Failed(Problem),
}

impl From<Problem> for Unfit {
    fn from(problem: Problem) -> Self {
        Self::Failed(problem)
    }
}

impl From<Lost> for Unfit {
    fn from(lost: Lost) -> Self {
        Self::Failed(lost.into())
    }
}

/// What holds; nothing, if it was found that it does not.
fn good<T>(checked: Result<T, Unfit>) -> Result<Option<T>, Problem> {
    match checked {
        Ok(good) => Ok(Some(good)),
        Err(Unfit::Void) => Ok(None),
        Err(Unfit::Failed(problem)) => Err(problem),
    }
}

fn held(so: bool) -> Result<(), Unfit> {
    if so { Ok(()) } else { Err(Unfit::Void) }
}

/// Finds out what a credential is good for.
#[derive(Clone)]
pub(crate) struct Credentials {
    pub(crate) commands: Commands,
    pub(crate) changes: Arc<Changes>,
    pub(crate) tokens: Arc<Tokens>,
    pub(crate) deployment: Uuid,
}

impl Credentials {
    /// What a text is as a credential.
    pub(crate) fn read(&self, text: &str) -> Result<Credential, Problem> {
        if let Some(key) = Key::parse(text) {
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

    /// Who shows this, if it is good now.
    pub(crate) async fn principal(&self, shown: Credential) -> Result<Principal, Problem> {
        // What changes while we look is looked at again.
        let verified = self.changes.now();
        let mut check = Check { commands: &self.commands, depends_on: vec![] };
        let checked = match &shown {
            Credential::Token { claims, until } => check.token(claims, *until).await,
            Credential::Key(key) => check.key(key).await,
        };
        let (actor, until) = good(checked)?.ok_or_else(Problem::invalid_token)?;
        let depends_on = check.depends_on;
        Ok(Principal { actor, credential: Some(shown), until, verified, depends_on })
    }

    /// A session with its user, if both, the application and the provider behind it still are what
    /// they must be.
    pub(crate) async fn lasting(&self, session: SessionId) -> Result<Option<Lasting>, Problem> {
        good(Check { commands: &self.commands, depends_on: vec![] }.session(session).await)
    }

    /// The version of an application that a token for it is made from.
    pub(crate) async fn client_version(&self, client: OAuthClientId) -> Result<i32, Problem> {
        let history = self.commands.lookup().history(client).await?;
        Ok(history.last().map_or(0, |last| last.version))
    }
}

/// Looks things up, and remembers what it looked at.
struct Check<'a> {
    commands: &'a Commands,
    depends_on: Vec<Dependency>,
}

impl Check<'_> {
    async fn history<D: Decider>(&mut self, id: Id<D>) -> Result<Vec<Recorded<D::Event>>, Unfit> {
        self.depends_on.push((D::NAME, id.uuid()));
        Ok(self.commands.lookup().history(id).await?)
    }

    async fn state<D: Decider>(&mut self, id: Id<D>) -> Result<D, Unfit> {
        Ok(D::from_history(self.history(id).await?))
    }

    /// An account that may be used.
    async fn account(&mut self, user: UserId) -> Result<UserAccount, Unfit> {
        self.depends_on.push((User::NAME, user.uuid()));
        let known = UserAccount::by_id(self.commands.lookup(), user).await?;
        known.filter(UserAccount::is_active).ok_or(Unfit::Void)
    }

    async fn token(&mut self, claims: &Claims, until: u64) -> Result<(Actor, u64), Unfit> {
        let role = claims.roles.first().copied().ok_or(Unfit::Void)?;
        if claims.client_id == Some(claims.sub) {
            let client = self.client(claims.sub.into()).await?;
            held(client.registered.kind == Kind::Service { role } && client.keeps(claims))?;
            let only = Some(policy::delegable());
            return Ok((Actor { only, ..Actor::new(claims.sub, role) }, until));
        }
        let (known, until, provider) = if let Some(act) = &claims.act {
            let (known, until) = self.impersonated(claims, act, until).await?;
            (known, until, None)
        } else {
            let Lasting { grant, known, client } = self.session(claims.sid.into()).await?;
            held(grant.user.uuid() == claims.sub && grant.client == claims.client_id)?;
            held(client.is_none_or(|client| client.keeps(claims)))?;
            if let Some(provider) = grant.provider {
                // Its word counts in its own cabinet and those below, wherever these lie by now.
                let within =
                    self.state::<Provider>(provider).await?.registered().map(|it| it.cabinet);
                let within = self.reachable(within, Reach::Subtree).await?;
                held(claims.cid.is_some_and(|cabinet| within.contains(&cabinet.into())))?;
            }
            (known, until.min(seconds(grant.until)), grant.provider)
        };
        let account = &known.account;
        held(account.customer.map(Id::uuid) == claims.cust)?;
        let cabinet = claims.cid.map(CabinetId::from);
        match cabinet {
            Some(cabinet) => {
                // ORG-7: what the membership was when the token was made, it must still be.
                let now = self.acting(known.user, cabinet).await?;
                held(account.role.is_client() && (now.version, now.role) == (claims.mver, role))?;
            }
            None => held(account.role == role)?,
        }
        let actor = Actor {
            reach: claims.reach,
            cabinet,
            reachable: self.reachable(cabinet, claims.reach).await?,
            // What they are to the business themselves is beyond an organisation's word.
            customer: account.customer.filter(|_| provider.is_none()),
            impersonator: claims.act.map(|act| act.sub),
            // What an application is allowed ends with the consent, and so must all that it does.
            only: claims.client_id.map(|_| policy::delegable()),
            ..Actor::new(claims.sub, role)
        };
        Ok((actor, until))
    }

    /// The program that shows a key, which is good for what it was issued for.
    async fn key(&mut self, key: &Key) -> Result<(Actor, u64), Unfit> {
        let account = self.state::<ServiceAccount>(key.account).await?;
        let issued = account.key(key.id, self.commands.now());
        let issued = issued.filter(|issued| key.fits(&issued.hash)).ok_or(Unfit::Void)?;
        let Profile { role, cabinet, reach, .. } = *account.profile().ok_or(Unfit::Void)?;
        if let Some(cabinet) = cabinet {
            held(self.state::<Cabinet>(cabinet).await?.standing() != Standing::Closed)?;
        }
        let actor = Actor {
            reach,
            cabinet,
            reachable: self.reachable(cabinet, reach).await?,
            only: Some(issued.rights.clone()),
            ..Actor::new(key.account.uuid(), role)
        };
        Ok((actor, issued.until.map_or(u64::MAX, seconds)))
    }

    /// The user in whose name an agent acts, as long as the agent may and is signed in (IAM-8).
    async fn impersonated(
        &mut self,
        claims: &Claims,
        act: &Act,
        until: u64,
    ) -> Result<(UserAccount, u64), Unfit> {
        let state = self.state::<Impersonation>(ImpersonationId::from(claims.sid)).await?;
        let active = state.active().filter(|active| active.until > self.commands.now());
        let active = active.ok_or(Unfit::Void)?;
        held((active.agent.uuid(), active.user.uuid()) == (act.sub, claims.sub))?;
        let Lasting { grant, known: agent, .. } = self.session(act.sid.into()).await?;
        let user = self.account(active.user).await?;
        held(grant.user == active.agent && claims.uver >= user.since)?;
        held(may_impersonate(agent.account.role, user.account.role))?;
        Ok((user, until.min(seconds(active.until)).min(seconds(grant.until))))
    }

    /// A session, if neither it nor anything that it depends on has ended since it began.
    async fn session(&mut self, id: SessionId) -> Result<Lasting, Unfit> {
        let history = self.history::<Session>(id).await?;
        let began = history.first().ok_or(Unfit::Void)?.position;
        let session = Session::from_history(history);
        let grant = session.grant(self.commands.now()).ok_or(Unfit::Void)?.clone();
        let known = self.account(grant.user).await?;
        held(known.keeps(&grant))?;
        let client = match grant.client {
            Some(client) => Some(self.granted(client.into(), &grant, began).await?),
            None => None,
        };
        if let Some(provider) = grant.provider {
            let history = self.history::<Provider>(provider).await?;
            let disabled = |event: &_| matches!(event, provider::Event::Disabled {});
            held(!happened_since(&history, began, disabled))?;
            let provider = Provider::from_history(history);
            held(provider.registered().is_some_and(|known| known.enabled))?;
        }
        Ok(Lasting { grant, known, client })
    }

    /// The application to which something was granted, if it still is.
    async fn granted(
        &mut self,
        id: OAuthClientId,
        grant: &Grant,
        began: i64,
    ) -> Result<Client, Unfit> {
        let client = self.client(id).await?;
        held(client.disabled < began && client.permits(grant.scope.as_str()))?;
        if !client.registered.details.first_party {
            let id = AuthorizationId::between(grant.user, id);
            let history = self.history::<Authorization>(id).await?;
            let withdrawn = |event: &_| matches!(event, authorization::Event::Withdrawn {});
            held(!happened_since(&history, began, withdrawn))?;
            let words = grant.scope.as_str().split(' ').filter_map(Permission::parse);
            held(Authorization::from_history(history).covers(&words.collect()))?;
        }
        Ok(client)
    }

    /// An application that may have tokens.
    async fn client(&mut self, id: OAuthClientId) -> Result<Client, Unfit> {
        let history = self.history::<OAuthClient>(id).await?;
        let (mut since, mut disabled) = (0, 0);
        for fact in &history {
            match fact.event {
                oauth_client::Event::Disabled {} => {
                    (since, disabled) = (fact.version, fact.position);
                }
                oauth_client::Event::SecretRotated { .. } => since = fact.version,
                _ => {}
            }
        }
        let client = OAuthClient::from_history(history);
        let registered = client.registered().filter(|known| known.enabled).cloned();
        Ok(Client { registered: registered.ok_or(Unfit::Void)?, since, disabled })
    }

    /// What a user may do in a cabinet.
    async fn acting(&mut self, user: UserId, cabinet: CabinetId) -> Result<Acting, Unfit> {
        let membership = MembershipId::of(cabinet, user).uuid();
        self.depends_on.push((Membership::NAME, membership));
        self.depends_on.push((Cabinet::NAME, cabinet.uuid()));
        Acting::within(self.commands.lookup(), user, cabinet).await?.ok_or(Unfit::Void)
    }

    async fn reachable(
        &mut self,
        cabinet: Option<CabinetId>,
        reach: Reach,
    ) -> Result<Vec<CabinetId>, Unfit> {
        match cabinet {
            Some(top) if reach == Reach::Subtree => {
                self.depends_on.push(TREE);
                Ok(subtree(self.commands.lookup(), top).await?)
            }
            _ => Ok(cabinet.into_iter().collect()),
        }
    }
}

/// Whether somebody of a role may act in the name of somebody of another (IAM-8).
pub(crate) fn may_impersonate(agent: Role, user: Role) -> bool {
    policy::scope(Right::Impersonate, agent) != Scope::None && impersonation::may(agent, user)
}

fn happened_since<E>(history: &[Recorded<E>], position: i64, what: impl Fn(&E) -> bool) -> bool {
    history.iter().any(|fact| fact.position > position && what(&fact.event))
}

fn seconds(moment: DateTime<chrono::Utc>) -> u64 {
    moment.timestamp().try_into().unwrap_or_default()
}
