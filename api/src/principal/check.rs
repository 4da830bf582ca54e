//! Checks a credential against the log, and remembers all that it was checked against.

use chrono::DateTime;
use commands::{
    Commands,
    organizations::{actors_of_principal_in_cabinet, ancestry, has_lost_ancestor_since, subtree},
    policy,
};
use domain::{
    Decider, Id, Recorded,
    files::export::{Export, ExportId},
    identity::{
        Actor, Owner, Reach, Right, Role, Scope,
        authorization::{self, Authorization, AuthorizationId},
        impersonation::{self, Impersonation, ImpersonationId},
        oauth_client::{self, Kind, OAuthClient, OAuthClientId, Permission, Registered},
        provider::{self, Provider},
        service_account::{Event, Profile, ServiceAccount},
        session::{Grant, Session, SessionId},
        user::{User, UserId},
    },
    organizations::{
        cabinet::{Cabinet, CabinetId, CabinetStatus},
        membership::{Membership, MembershipId},
    },
};

use uuid::Uuid;

use super::rejection::{Rejection, require_valid};
use crate::{
    api_key::ApiKeyToken,
    auth::{CABINET_TREE, Dependency, UserAccount},
    cabinet_access::CabinetAccess,
    tokens::{ActorClaim, Claims},
};

/// A session that has not ended, with all that it depends on.
#[derive(Debug)]
pub(crate) struct ActiveSession {
    pub(crate) grant: Grant,
    pub(crate) account: UserAccount,
    /// The application that it was granted to.
    client: Option<ClientState>,
}

/// An application, as far as its tokens depend on it.
#[derive(Debug)]
struct ClientState {
    registered: Registered,
    /// Tokens from before this version of it are invalid: it was disabled, or its secret replaced.
    since: i32,
    /// The position at which it was disabled last; 0 if it never was.
    disabled_at: i64,
}

impl ClientState {
    /// Whether a token with these claims is still valid for it.
    fn accepts(&self, claims: &Claims) -> bool {
        claims.cver >= self.since && self.permits(&claims.scope)
    }

    fn permits(&self, scope: &str) -> bool {
        let permitted = &self.registered.details.permissions;
        let mut permissions = scope.split(' ').map(Permission::parse);
        permissions.all(|permission| permission.is_some_and(|name| permitted.contains(&name)))
    }
}

/// Reads from the log, and remembers what it read as dependencies.
pub(super) struct CredentialChecker<'a> {
    pub(super) commands: &'a Commands,
    pub(super) depends_on: Vec<Dependency>,
}

impl CredentialChecker<'_> {
    async fn history<D: Decider>(
        &mut self,
        id: Id<D>,
    ) -> Result<Vec<Recorded<D::Event>>, Rejection> {
        self.depends_on.push((D::NAME, id.uuid()));
        Ok(self.commands.aggregates().history(id).await?)
    }

    async fn state<D: Decider>(&mut self, id: Id<D>) -> Result<D, Rejection> {
        Ok(D::from_history(self.history(id).await?))
    }

    /// An account that may be used.
    async fn account(&mut self, user: UserId) -> Result<UserAccount, Rejection> {
        self.depends_on.push((User::NAME, user.uuid()));
        let account = UserAccount::by_id(self.commands.aggregates(), user).await?;
        account.filter(UserAccount::is_active).ok_or(Rejection::Invalid)
    }

    pub(super) async fn check_token(
        &mut self,
        claims: &Claims,
        until: u64,
    ) -> Result<(Actor, u64), Rejection> {
        let role = claims.roles.first().copied().ok_or(Rejection::Invalid)?;
        if claims.client_id == Some(claims.sub) {
            let client = self.client(claims.sub.into()).await?;
            require_valid(
                client.registered.kind == Kind::Service { role } && client.accepts(claims),
            )?;
            let only = Some(policy::delegable_rights());
            return Ok((Actor { only, ..Actor::new(claims.sub, role) }, until));
        }
        let (account, until, provider) = if let Some(act) = &claims.act {
            let (account, until) = self.impersonated(claims, act, until).await?;
            (account, until, None)
        } else {
            let ActiveSession { grant, account, client } =
                self.check_session(claims.sid.into()).await?;
            require_valid(grant.user.uuid() == claims.sub && grant.client == claims.client_id)?;
            require_valid(client.is_none_or(|client| client.accepts(claims)))?;
            if let Some(provider) = grant.provider {
                // It vouches only in its own cabinet and those below, as the tree is now.
                let top = self
                    .state::<Provider>(provider)
                    .await?
                    .registered()
                    .map(|provider| provider.cabinet);
                let within = self.reachable(top, Reach::Subtree).await?;
                require_valid(claims.cid.is_some_and(|cabinet| within.contains(&cabinet.into())))?;
            }
            (account, until.min(seconds(grant.until)), grant.provider)
        };
        let state = &account.state;
        require_valid(state.customer.map(Id::uuid) == claims.cust)?;
        let cabinet = claims.cid.map(CabinetId::from);
        match cabinet {
            Some(cabinet) => {
                // ORG-7: the membership must be unchanged since the token was issued.
                let now = self.cabinet_access(account.user, cabinet).await?;
                require_valid(
                    state.role.is_client() && (now.version, now.role) == (claims.mver, role),
                )?;
            }
            None => require_valid(state.role == role)?,
        }
        let actor = Actor {
            reach: claims.reach,
            cabinet,
            reachable: self.reachable(cabinet, claims.reach).await?,
            // An organisation's provider cannot vouch for what they are as a customer.
            customer: state.customer.filter(|_| provider.is_none()),
            impersonator: claims.act.map(|act| act.sub),
            // An application's rights end with the consent, so it never has undelegable ones.
            only: claims.client_id.map(|_| policy::delegable_rights()),
            ..Actor::new(claims.sub, role)
        };
        Ok((actor, until))
    }

    /// The program that presents an API key, limited to the rights the key was issued with.
    pub(super) async fn check_api_key(
        &mut self,
        key: &ApiKeyToken,
    ) -> Result<(Actor, u64), Rejection> {
        let history = self.history::<ServiceAccount>(key.account).await?;
        let issued = history.iter().rfind(
            |recorded| matches!(&recorded.event, Event::KeyIssued { id, .. } if *id == key.id),
        );
        let issued = issued.ok_or(Rejection::Invalid)?;
        let (issued_at, issuer) = (issued.position, issued.meta.actor);
        let account = ServiceAccount::from_history(history);
        let issued = account.key(key.id, self.commands.now());
        let issued =
            issued.filter(|issued| key.matches_hash(&issued.hash)).ok_or(Rejection::Invalid)?;
        let Profile { role, cabinet, reach, .. } = *account.profile().ok_or(Rejection::Invalid)?;
        if let Some(cabinet) = cabinet {
            require_valid(self.state::<Cabinet>(cabinet).await?.status() != CabinetStatus::Closed)?;
            self.depends_on.push(CABINET_TREE);
            let has_moved =
                has_lost_ancestor_since(self.commands.aggregates(), cabinet, issued_at).await?;
            require_valid(
                !has_moved || self.manages_programs((issuer, issued_at), cabinet).await?,
            )?;
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

    /// Who asked for an export, as long as it is to be made: with the rights that they have now where they asked,
    /// and as no other customer.
    pub(super) async fn check_export_requester(
        &mut self,
        export: ExportId,
    ) -> Result<(Actor, u64), Rejection> {
        let export = self.state::<Export>(export).await?;
        let request = export.to_be_made().ok_or(Rejection::Invalid)?;
        let account = self.account(request.requester).await?;
        let (role, reach) = match request.cabinet {
            Some(cabinet) => {
                require_valid(account.state.role.is_client())?;
                let now = self.cabinet_access(account.user, cabinet).await?;
                (now.role, now.reach)
            }
            None => (account.state.role, Reach::default()),
        };
        let actor = Actor {
            reach,
            cabinet: request.cabinet,
            reachable: self.reachable(request.cabinet, reach).await?,
            customer: account.state.customer.filter(|now| request.customer == Some(*now)),
            ..Actor::new(account.user.uuid(), role)
        };
        Ok((actor, u64::MAX))
    }

    /// Whether whoever issued a key may give one to the programs of a cabinet now.
    async fn manages_programs(
        &mut self,
        (issuer, issued_at): (Uuid, i64),
        cabinet: CabinetId,
    ) -> Result<bool, Rejection> {
        let aggregates = self.commands.aggregates();
        self.depends_on.extend([(User::NAME, issuer), (ServiceAccount::NAME, issuer)]);
        let memberships = ancestry(aggregates, cabinet).await?.into_iter();
        let memberships =
            memberships.map(|above| MembershipId::in_cabinet_of_user(above, issuer.into()).uuid());
        self.depends_on.extend(memberships.map(|membership| (Membership::NAME, membership)));
        let owner = Owner { cabinet: Some(cabinet), ..Owner::default() };
        let manages = |actor: &Actor| {
            policy::granted_scope(Right::ServiceAccounts, actor).permits(actor, &owner)
        };
        Ok(actors_of_principal_in_cabinet(aggregates, (issuer, issued_at), cabinet)
            .await?
            .iter()
            .any(manages))
    }

    /// The impersonated user, as long as the agent may impersonate them and is signed in (IAM-8).
    async fn impersonated(
        &mut self,
        claims: &Claims,
        act: &ActorClaim,
        until: u64,
    ) -> Result<(UserAccount, u64), Rejection> {
        let state = self.state::<Impersonation>(ImpersonationId::from(claims.sid)).await?;
        let active = state.active().filter(|active| active.until > self.commands.now());
        let active = active.ok_or(Rejection::Invalid)?;
        require_valid((active.agent.uuid(), active.user.uuid()) == (act.sub, claims.sub))?;
        let ActiveSession { grant, account: agent, .. } =
            self.check_session(act.sid.into()).await?;
        let user = self.account(active.user).await?;
        require_valid(grant.user == active.agent && claims.uver >= user.since)?;
        require_valid(may_impersonate(agent.state.role, user.state.role))?;
        Ok((user, until.min(seconds(active.until)).min(seconds(grant.until))))
    }

    /// A session, if neither it nor anything that it depends on has ended since it started.
    pub(super) async fn check_session(
        &mut self,
        id: SessionId,
    ) -> Result<ActiveSession, Rejection> {
        let history = self.history::<Session>(id).await?;
        let started = history.first().ok_or(Rejection::Invalid)?.position;
        let session = Session::from_history(history);
        let grant = session.grant(self.commands.now()).ok_or(Rejection::Invalid)?.clone();
        let account = self.account(grant.user).await?;
        require_valid(account.accepts_grant(&grant))?;
        let client = match grant.client {
            Some(client) => Some(self.granted_client(client.into(), &grant, started).await?),
            None => None,
        };
        if let Some(provider) = grant.provider {
            let history = self.history::<Provider>(provider).await?;
            let disabled = |event: &_| matches!(event, provider::Event::Disabled {});
            require_valid(!has_event_since(&history, started, disabled))?;
            let provider = Provider::from_history(history);
            require_valid(provider.registered().is_some_and(|provider| provider.enabled))?;
        }
        Ok(ActiveSession { grant, account, client })
    }

    /// The application that a session was granted to, if the grant still stands.
    async fn granted_client(
        &mut self,
        id: OAuthClientId,
        grant: &Grant,
        started: i64,
    ) -> Result<ClientState, Rejection> {
        let client = self.client(id).await?;
        require_valid(client.disabled_at < started && client.permits(grant.scope.as_str()))?;
        if !client.registered.details.first_party {
            let id = AuthorizationId::of_user_and_client(grant.user, id);
            let history = self.history::<Authorization>(id).await?;
            let withdrawn = |event: &_| matches!(event, authorization::Event::Withdrawn {});
            require_valid(!has_event_since(&history, started, withdrawn))?;
            let permissions = grant.scope.as_str().split(' ').filter_map(Permission::parse);
            require_valid(Authorization::from_history(history).covers(&permissions.collect()))?;
        }
        Ok(client)
    }

    /// An application that may have tokens.
    async fn client(&mut self, id: OAuthClientId) -> Result<ClientState, Rejection> {
        let history = self.history::<OAuthClient>(id).await?;
        let (mut since, mut disabled_at) = (0, 0);
        for recorded in &history {
            match recorded.event {
                oauth_client::Event::Disabled {} => {
                    (since, disabled_at) = (recorded.version, recorded.position);
                }
                oauth_client::Event::SecretRotated { .. } => since = recorded.version,
                _ => {}
            }
        }
        let client = OAuthClient::from_history(history);
        let registered = client.registered().filter(|client| client.enabled).cloned();
        Ok(ClientState { registered: registered.ok_or(Rejection::Invalid)?, since, disabled_at })
    }

    /// What a user may do in a cabinet.
    async fn cabinet_access(
        &mut self,
        user: UserId,
        cabinet: CabinetId,
    ) -> Result<CabinetAccess, Rejection> {
        let membership = MembershipId::in_cabinet_of_user(cabinet, user).uuid();
        self.depends_on.push((Membership::NAME, membership));
        self.depends_on.push((Cabinet::NAME, cabinet.uuid()));
        CabinetAccess::load(self.commands.aggregates(), user, cabinet)
            .await?
            .ok_or(Rejection::Invalid)
    }

    async fn reachable(
        &mut self,
        cabinet: Option<CabinetId>,
        reach: Reach,
    ) -> Result<Vec<CabinetId>, Rejection> {
        match cabinet {
            Some(top) if reach == Reach::Subtree => {
                self.depends_on.push(CABINET_TREE);
                Ok(subtree(self.commands.aggregates(), top).await?)
            }
            _ => Ok(cabinet.into_iter().collect()),
        }
    }
}

/// Whether an agent of one role may impersonate a user of another (IAM-8).
pub(crate) fn may_impersonate(agent: Role, user: Role) -> bool {
    policy::role_scope(Right::Impersonate, agent) != Scope::None
        && impersonation::may_impersonate(agent, user)
}

fn has_event_since<E>(history: &[Recorded<E>], position: i64, is: impl Fn(&E) -> bool) -> bool {
    history.iter().any(|recorded| recorded.position > position && is(&recorded.event))
}

fn seconds(moment: DateTime<chrono::Utc>) -> u64 {
    moment.timestamp().try_into().unwrap_or_default()
}
