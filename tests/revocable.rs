//! Every kind of access that a caller can have, with the request that revokes it: for tests and
//! benchmarks.

use std::sync::atomic::{AtomicU32, Ordering};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::identity::{Role, oauth_client::Permission};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    caller::Caller,
    session_tokens::{SessionParams, TokenIssuer},
    world::{PASSWORD, World},
};

/// What is revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccessKind {
    Role,
    Membership,
    /// Over a branch that is detached from the cabinet above.
    Reach,
    /// The cabinet of the caller is closed.
    Cabinet,
    Session,
    /// All sessions of the caller: they sign out everywhere.
    AllSessions,
    Password,
    User,
    ApiKey,
    ServiceAccount,
    Client,
    ClientSecret,
    Authorization,
    Impersonation,
    /// The account of an agent who impersonates a user…
    Agent,
    /// …or their role…
    AgentsRole,
    /// …or their session.
    AgentsSession,
    Provider,
}

impl AccessKind {
    pub const ALL: [Self; 18] = [
        Self::Role,
        Self::Membership,
        Self::Reach,
        Self::Cabinet,
        Self::Session,
        Self::AllSessions,
        Self::Password,
        Self::User,
        Self::ApiKey,
        Self::ServiceAccount,
        Self::Client,
        Self::ClientSecret,
        Self::Authorization,
        Self::Impersonation,
        Self::Agent,
        Self::AgentsRole,
        Self::AgentsSession,
        Self::Provider,
    ];

    /// Whether the credential itself becomes invalid, and its streams end.
    pub fn ends_credential(self) -> bool {
        self != Self::Reach
    }
}

/// A caller with access to a path, and the request that revokes it.
pub struct RevocableAccess {
    pub caller: Caller,
    /// What the caller can get until the access is revoked.
    pub path: String,
    revoker: Caller,
    method: Method,
    revoke_path: String,
    body: Value,
}

impl RevocableAccess {
    pub async fn revoke(&self) {
        let (method, body) = (self.method.clone(), self.body.clone());
        let body = (method != Method::DELETE).then_some(body);
        let answer = self.revoker.send(method, &self.revoke_path, &[], body).await.unwrap();
        assert!(
            answer.status.is_success(),
            "{} {}: {}",
            self.revoke_path,
            answer.status,
            answer.body
        );
    }
}

/// Makes callers whose access can be revoked.
pub struct AccessFixtures<'a> {
    world: &'a World,
    admin: Caller,
    tokens: TokenIssuer,
    count: AtomicU32,
}

impl<'a> AccessFixtures<'a> {
    pub async fn new(world: &'a World, admin: &Caller) -> Self {
        let tokens = TokenIssuer::new(world).await;
        Self { world, admin: admin.clone(), tokens, count: AtomicU32::new(0) }
    }

    /// A new caller with access of this kind.
    pub async fn create(&self, kind: AccessKind) -> RevocableAccess {
        match kind {
            AccessKind::Role | AccessKind::User => {
                let (caller, user) = self.employee().await;
                let access = |method, path, body| {
                    self.access(&caller, "/customers?limit=1", (method, path, body))
                };
                if kind == AccessKind::User {
                    return access(Method::DELETE, format!("/users/{user}"), json!({}));
                }
                let role = json!({ "role": "analyst" });
                access(Method::POST, format!("/users/{user}/grant-role"), role)
            }
            AccessKind::Membership | AccessKind::Reach | AccessKind::Cabinet => {
                self.member(kind).await
            }
            AccessKind::Session | AccessKind::AllSessions | AccessKind::Password => {
                let (caller, _) = self.employee().await;
                let change =
                    json!({ "current": PASSWORD, "password": "another long battery staple" });
                let (method, path, body) = match kind {
                    AccessKind::Session => {
                        let session = claim(&caller, "sid");
                        (Method::DELETE, format!("/auth/sessions/{session}"), json!({}))
                    }
                    AccessKind::AllSessions => (Method::DELETE, "/auth/sessions".into(), json!({})),
                    _ => (Method::POST, "/auth/password/change".into(), change),
                };
                let access = self.access(&caller, "/me", (method, path, body));
                RevocableAccess { revoker: caller, ..access }
            }
            AccessKind::ApiKey | AccessKind::ServiceAccount => {
                let program = json!({ "name": "ERP", "role": "employee" });
                let program = self.create_by_post("/service-accounts", program).await;
                let keys = format!("/service-accounts/{program}/keys");
                let key = json!({ "name": "first", "rights": ["profile", "customers_read"] });
                let key = self.admin.post(&keys, key).await.expect(StatusCode::CREATED);
                let secret = key.body["data"]["secret"].as_str().unwrap();
                let (method, path) = match kind {
                    AccessKind::ApiKey => (Method::DELETE, format!("{keys}/{}", key.id())),
                    _ => (Method::POST, format!("/service-accounts/{program}/disable")),
                };
                let program = self.world.guest().with_token(Some(secret));
                self.access(&program, "/customers?limit=1", (method, path, json!({})))
            }
            AccessKind::Client | AccessKind::ClientSecret => {
                let client = self.create_by_post(
                    "/oauth-clients",
                    json!({
                        "kind": { "service": { "role": "employee" } },
                        "details": { "name": "Feeder", "permissions": ["api"] },
                    }),
                );
                let client = client.await;
                let token = self.tokens.token_of_service(client, Role::Employee);
                let (method, path) = match kind {
                    AccessKind::Client => (Method::DELETE, format!("/oauth-clients/{client}")),
                    _ => (Method::POST, format!("/oauth-clients/{client}/rotate-secret")),
                };
                let service = self.world.guest().with_token(Some(&token));
                self.access(&service, "/customers?limit=1", (method, path, json!({})))
            }
            AccessKind::Authorization => {
                let (caller, user) = self.employee().await;
                let (token, authorization) = self.application(user, "api:read").await;
                let (method, path) = (Method::DELETE, format!("/authorizations/{authorization}"));
                let application = caller.with_token(Some(&token));
                let access = self.access(&application, "/me", (method, path, json!({})));
                RevocableAccess { revoker: caller, ..access }
            }
            AccessKind::Impersonation
            | AccessKind::Agent
            | AccessKind::AgentsRole
            | AccessKind::AgentsSession => self.impersonation(kind).await,
            AccessKind::Provider => {
                let cabinet = self.create_by_post("/cabinets", json!({ "name": "Acme" })).await;
                let provider = self.create_by_post(
                    "/identity-providers",
                    json!({
                        "cabinet": cabinet,
                        "settings": {
                            "name": "Acme", "domain": format!("{}.example", self.unique_word()),
                            "client_id": "servicebook", "issuer": "https://login.example.org",
                        },
                    }),
                );
                let provider = provider.await;
                let path = format!("/identity-providers/{provider}");
                let membership = json!({ "membership": { "cabinet": cabinet } });
                let caller =
                    self.world.user_with_role(&self.admin, "client_user", membership).await;
                let user = claim(&caller, "sub").parse().unwrap();
                let (role, scope) = (Role::ClientUser, "api");
                let (provider, cabinet) = (Some(provider), Some(cabinet));
                let session = SessionParams { user, role, client: None, provider, scope, cabinet };
                let federated = caller.with_token(Some(&self.tokens.token(session).await));
                self.access(&federated, "/me", (Method::DELETE, path, json!({})))
            }
        }
    }

    /// The token of a new application that a user authorized, and the id of the authorization.
    pub async fn application(&self, user: Uuid, scope: &str) -> (String, Uuid) {
        let client = self.create_by_post(
            "/oauth-clients",
            json!({
                "kind": "confidential",
                "details": {
                    "name": "Planner", "redirect_uris": ["https://planner.example.org/back"],
                    "permissions": ["openid", "api:read", "api"],
                },
            }),
        );
        let client = client.await;
        let permissions: Vec<_> = scope.split(' ').filter_map(Permission::parse).collect();
        let authorization = self.tokens.authorize(user, client, &permissions).await;
        let role = Role::Employee;
        let client = Some(client);
        let session = SessionParams { user, role, client, provider: None, scope, cabinet: None };
        (self.tokens.token(session).await, authorization)
    }

    /// A new employee of the business, and their id.
    pub async fn employee(&self) -> (Caller, Uuid) {
        let caller = self.world.user_with_role(&self.admin, "employee", json!({})).await;
        let user = claim(&caller, "sub").parse().unwrap();
        (caller, user)
    }

    async fn member(&self, kind: AccessKind) -> RevocableAccess {
        let cabinet = self.create_by_post("/cabinets", json!({ "name": "Acme" })).await;
        let branch = json!({ "name": "Branch", "parent": cabinet });
        let membership = json!({ "membership": { "cabinet": cabinet, "reach": "subtree" } });
        if kind == AccessKind::Reach {
            let branch = self.create_by_post("/cabinets", branch).await;
            let caller = self.world.user_with_role(&self.admin, "client_admin", membership).await;
            let path = format!("/cabinets/{branch}");
            let detach = format!("{path}/detach");
            return self.access(&caller, &path, (Method::POST, detach, json!({})));
        }
        let caller = self.world.user_with_role(&self.admin, "client_user", membership).await;
        let user = claim(&caller, "sub");
        let (method, path) = match kind {
            AccessKind::Membership => {
                (Method::DELETE, format!("/cabinets/{cabinet}/members/{user}"))
            }
            _ => (Method::POST, format!("/cabinets/{cabinet}/close")),
        };
        self.access(&caller, "/me", (method, path, json!({})))
    }

    async fn impersonation(&self, kind: AccessKind) -> RevocableAccess {
        let agent = self.world.user_with_role(&self.admin, "support_agent", json!({})).await;
        let user = self.world.user_with_role(&self.admin, "client_user", json!({})).await;
        let path = format!("/users/{}/impersonate", claim(&user, "sub"));
        let impersonation = agent.post(&path, json!({ "reason": "ticket 7" })).await;
        let impersonation = impersonation.expect(StatusCode::CREATED);
        let impersonated = user.with_token(impersonation.body["data"]["access_token"].as_str());
        let agents = format!("/users/{}", claim(&agent, "sub"));
        let (method, path, body) = match kind {
            AccessKind::Impersonation => {
                (Method::POST, format!("/impersonations/{}/end", impersonation.id()), json!({}))
            }
            AccessKind::Agent => (Method::DELETE, agents, json!({})),
            AccessKind::AgentsSession => {
                let session = claim(&agent, "sid");
                (Method::DELETE, format!("/auth/sessions/{session}"), json!({}))
            }
            _ => (Method::POST, format!("{agents}/grant-role"), json!({ "role": "employee" })),
        };
        let access = self.access(&impersonated, "/me", (method, path, body));
        if kind == AccessKind::Impersonation {
            RevocableAccess { revoker: agent, ..access }
        } else {
            access
        }
    }

    fn access(
        &self,
        caller: &Caller,
        path: &str,
        (method, revoke_path, body): (Method, String, Value),
    ) -> RevocableAccess {
        let (caller, path, revoker) = (caller.clone(), path.to_owned(), self.admin.clone());
        RevocableAccess { caller, path, revoker, method, revoke_path, body }
    }

    async fn create_by_post(&self, path: &str, body: Value) -> Uuid {
        self.admin.post(path, body).await.expect(StatusCode::CREATED).id()
    }

    /// A word that was not used before.
    fn unique_word(&self) -> String {
        format!("w{}", self.count.fetch_add(1, Ordering::Relaxed))
    }
}

/// A claim of the caller's access token.
pub fn claim(caller: &Caller, name: &str) -> String {
    let token = caller.token.as_deref().unwrap();
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    claims[name].as_str().unwrap_or_else(|| panic!("no {name} in {claims}")).to_owned()
}
