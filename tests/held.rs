//! Everything that somebody may hold, and how it is taken away: for tests and measurements alike.

use std::sync::atomic::{AtomicU32, Ordering};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::identity::{Role, oauth_client::Permission};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    caller::Caller,
    forge::{Forge, Wanted},
    world::{PASSWORD, World},
};

/// What is taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Role,
    Membership,
    /// Over a cabinet that leaves the one above.
    Reach,
    /// The cabinet that somebody acts in.
    Cabinet,
    Session,
    /// By signing out everywhere.
    AllSessions,
    Password,
    User,
    ApiKey,
    ServiceAccount,
    Client,
    ClientSecret,
    Authorization,
    Impersonation,
    /// Who acts in the name of another is no user any more…
    Agent,
    /// …or nobody who may…
    AgentsRole,
    /// …or signed out.
    AgentsSession,
    Provider,
}

impl Kind {
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

    /// Whether the credential itself goes with it, and streams end.
    pub fn ends(self) -> bool {
        self != Self::Reach
    }
}

/// Something that is held, and the request that takes it away.
pub struct Held {
    /// Who shows it.
    pub by: Caller,
    /// What they may ask for as long as they have it.
    pub path: String,
    taker: Caller,
    method: Method,
    at: String,
    body: Value,
}

impl Held {
    pub async fn take_away(&self) {
        let (method, body) = (self.method.clone(), self.body.clone());
        let body = (method != Method::DELETE).then_some(body);
        let answer = self.taker.send(method, &self.at, &[], body).await.unwrap();
        assert!(answer.status.is_success(), "{} {}: {}", self.at, answer.status, answer.body);
    }
}

/// Gives people what can be taken from them.
pub struct Giver<'a> {
    world: &'a World,
    admin: Caller,
    forge: Forge,
    count: AtomicU32,
}

impl<'a> Giver<'a> {
    pub async fn new(world: &'a World, admin: &Caller) -> Self {
        let forge = Forge::of(world).await;
        Self { world, admin: admin.clone(), forge, count: AtomicU32::new(0) }
    }

    /// Somebody new who holds something of a kind.
    pub async fn give(&self, kind: Kind) -> Held {
        match kind {
            Kind::Role | Kind::User => {
                let (someone, user) = self.employee().await;
                let held = |method, at, body| {
                    self.held(&someone, "/customers?limit=1", (method, at, body))
                };
                if kind == Kind::User {
                    return held(Method::DELETE, format!("/users/{user}"), json!({}));
                }
                let role = json!({ "role": "analyst" });
                held(Method::POST, format!("/users/{user}/grant-role"), role)
            }
            Kind::Membership | Kind::Reach | Kind::Cabinet => self.client(kind).await,
            Kind::Session | Kind::AllSessions | Kind::Password => {
                let (someone, _) = self.employee().await;
                let change =
                    json!({ "current": PASSWORD, "password": "another long battery staple" });
                let (method, at, body) = match kind {
                    Kind::Session => {
                        let session = claim(&someone, "sid");
                        (Method::DELETE, format!("/auth/sessions/{session}"), json!({}))
                    }
                    Kind::AllSessions => (Method::DELETE, "/auth/sessions".into(), json!({})),
                    _ => (Method::POST, "/auth/password/change".into(), change),
                };
                Held { taker: someone.clone(), ..self.held(&someone, "/me", (method, at, body)) }
            }
            Kind::ApiKey | Kind::ServiceAccount => {
                let program = json!({ "name": "ERP", "role": "employee" });
                let program = self.made("/service-accounts", program).await;
                let keys = format!("/service-accounts/{program}/keys");
                let key = json!({ "name": "first", "rights": ["profile", "customers_read"] });
                let key = self.admin.post(&keys, key).await.expect(StatusCode::CREATED);
                let secret = key.body["data"]["secret"].as_str().unwrap();
                let (method, at) = match kind {
                    Kind::ApiKey => (Method::DELETE, format!("{keys}/{}", key.id())),
                    _ => (Method::POST, format!("/service-accounts/{program}/disable")),
                };
                let program = self.world.guest().with(Some(secret));
                self.held(&program, "/customers?limit=1", (method, at, json!({})))
            }
            Kind::Client | Kind::ClientSecret => {
                let client = self.made(
                    "/oauth-clients",
                    json!({
                        "kind": { "service": { "role": "employee" } },
                        "details": { "name": "Feeder", "permissions": ["api"] },
                    }),
                );
                let client = client.await;
                let token = self.forge.token_of_service(client, Role::Employee);
                let (method, at) = match kind {
                    Kind::Client => (Method::DELETE, format!("/oauth-clients/{client}")),
                    _ => (Method::POST, format!("/oauth-clients/{client}/rotate-secret")),
                };
                let service = self.world.guest().with(Some(&token));
                self.held(&service, "/customers?limit=1", (method, at, json!({})))
            }
            Kind::Authorization => {
                let (someone, user) = self.employee().await;
                let (token, allowed) = self.application(user, "api:read").await;
                let (method, at) = (Method::DELETE, format!("/authorizations/{allowed}"));
                let application = someone.with(Some(&token));
                let held = self.held(&application, "/me", (method, at, json!({})));
                Held { taker: someone, ..held }
            }
            Kind::Impersonation | Kind::Agent | Kind::AgentsRole | Kind::AgentsSession => {
                self.impersonation(kind).await
            }
            Kind::Provider => {
                let cabinet = self.made("/cabinets", json!({ "name": "Acme" })).await;
                let provider = self.made(
                    "/identity-providers",
                    json!({
                        "cabinet": cabinet,
                        "settings": {
                            "name": "Acme", "domain": format!("{}.example", self.word()),
                            "client_id": "servicebook", "issuer": "https://login.example.org",
                        },
                    }),
                );
                let provider = provider.await;
                let at = format!("/identity-providers/{provider}");
                let home = json!({ "membership": { "cabinet": cabinet } });
                let someone = self.world.someone(&self.admin, "client_user", home).await;
                let user = claim(&someone, "sub").parse().unwrap();
                let (role, scope) = (Role::ClientUser, "api");
                let (provider, cabinet) = (Some(provider), Some(cabinet));
                let wanted = Wanted { user, role, client: None, provider, scope, cabinet };
                let federated = someone.with(Some(&self.forge.token(wanted).await));
                self.held(&federated, "/me", (Method::DELETE, at, json!({})))
            }
        }
    }

    /// An application's token for a user, and what they allowed it.
    pub async fn application(&self, user: Uuid, scope: &str) -> (String, Uuid) {
        let client = self.made(
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
        let allowed = self.forge.allow(user, client, &permissions).await;
        let role = Role::Employee;
        let client = Some(client);
        let wanted = Wanted { user, role, client, provider: None, scope, cabinet: None };
        (self.forge.token(wanted).await, allowed)
    }

    /// Somebody who works for the business, and their id.
    pub async fn employee(&self) -> (Caller, Uuid) {
        let someone = self.world.someone(&self.admin, "employee", json!({})).await;
        let user = claim(&someone, "sub").parse().unwrap();
        (someone, user)
    }

    async fn client(&self, kind: Kind) -> Held {
        let cabinet = self.made("/cabinets", json!({ "name": "Acme" })).await;
        let branch = json!({ "name": "Branch", "parent": cabinet });
        let place = json!({ "membership": { "cabinet": cabinet, "reach": "subtree" } });
        if kind == Kind::Reach {
            let branch = self.made("/cabinets", branch).await;
            let someone = self.world.someone(&self.admin, "client_admin", place).await;
            let (path, at) = (format!("/cabinets/{branch}"), format!("/cabinets/{branch}/detach"));
            return self.held(&someone, &path, (Method::POST, at, json!({})));
        }
        let someone = self.world.someone(&self.admin, "client_user", place).await;
        let user = claim(&someone, "sub");
        let (method, at) = match kind {
            Kind::Membership => (Method::DELETE, format!("/cabinets/{cabinet}/members/{user}")),
            _ => (Method::POST, format!("/cabinets/{cabinet}/close")),
        };
        self.held(&someone, "/me", (method, at, json!({})))
    }

    async fn impersonation(&self, kind: Kind) -> Held {
        let agent = self.world.someone(&self.admin, "support_agent", json!({})).await;
        let user = self.world.someone(&self.admin, "client_user", json!({})).await;
        let path = format!("/users/{}/impersonate", claim(&user, "sub"));
        let impersonation = agent.post(&path, json!({ "reason": "ticket 7" })).await;
        let impersonation = impersonation.expect(StatusCode::CREATED);
        let as_user = user.with(impersonation.body["data"]["access_token"].as_str());
        let agents = format!("/users/{}", claim(&agent, "sub"));
        let (method, at, body) = match kind {
            Kind::Impersonation => {
                (Method::POST, format!("/impersonations/{}/end", impersonation.id()), json!({}))
            }
            Kind::Agent => (Method::DELETE, agents, json!({})),
            Kind::AgentsSession => {
                let session = claim(&agent, "sid");
                (Method::DELETE, format!("/auth/sessions/{session}"), json!({}))
            }
            _ => (Method::POST, format!("{agents}/grant-role"), json!({ "role": "employee" })),
        };
        let held = self.held(&as_user, "/me", (method, at, body));
        if kind == Kind::Impersonation { Held { taker: agent, ..held } } else { held }
    }

    fn held(&self, by: &Caller, path: &str, (method, at, body): (Method, String, Value)) -> Held {
        let (by, path, taker) = (by.clone(), path.to_owned(), self.admin.clone());
        Held { by, path, taker, method, at, body }
    }

    async fn made(&self, path: &str, body: Value) -> Uuid {
        self.admin.post(path, body).await.expect(StatusCode::CREATED).id()
    }

    /// One that was never said.
    fn word(&self) -> String {
        format!("w{}", self.count.fetch_add(1, Ordering::Relaxed))
    }
}

/// What a token says.
pub fn claim(caller: &Caller, name: &str) -> String {
    let token = caller.token.as_deref().unwrap();
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    claims[name].as_str().unwrap_or_else(|| panic!("no {name} in {claims}")).to_owned()
}
