//! Access tokens as the program issues them, made directly: without sign-in pages.

use std::sync::Arc;

use api::{Claims, Tokens};
use chrono::{TimeDelta, Utc};
use commands::{CommandEnvelope, Commands, Settings};
use domain::identity::{
    Actor, Reach, Role,
    authorization::{self, Authorization, AuthorizationId},
    oauth_client::Permission,
    provider::ProviderId,
    session::{Command, Method, Origin, Session, Start},
    user::UserId,
};
use sealing::SigningKey;
use sqlx::PgPool;
use uuid::Uuid;

use crate::world::World;

/// Opens sessions in the store of a [`World`] and signs tokens with its keys.
pub struct TokenIssuer {
    commands: Commands,
    tokens: Tokens,
    deployment: Uuid,
}

/// The session that a token is for.
#[derive(Debug, Clone, Copy)]
pub struct SessionParams<'a> {
    pub user: Uuid,
    pub role: Role,
    pub client: Option<Uuid>,
    pub provider: Option<Uuid>,
    pub scope: &'a str,
    /// The cabinet that the user is a member of, by their first version of membership.
    pub cabinet: Option<Uuid>,
}

impl TokenIssuer {
    pub async fn new(world: &World) -> Self {
        let db: PgPool = world.database().await;
        let master = world.master().await;
        let keys = SigningKey::ensure_current(&db, &master).await.unwrap();
        let tokens = Tokens::new(world.url(""), &keys).unwrap();
        let appender = db.connect_options().as_ref().clone();
        #[expect(clippy::disallowed_methods, reason = "the system's clock is what is needed")]
        let clock = Arc::new(Utc::now);
        let deployment = SigningKey::deployment_id(&db).await.unwrap();
        let settings = Settings { db, appender, master, clock, is_world_clock: true };
        Self { commands: Commands::new(settings), tokens, deployment }
    }

    /// An access token of a new session.
    pub async fn token(&self, session: SessionParams<'_>) -> String {
        let SessionParams { user, role, client, provider, scope, cabinet } = session;
        let history =
            self.commands.aggregates().history::<domain::identity::user::User>(user.into());
        let user_version = history.await.unwrap().last().unwrap().version;
        let start = Command::Start(Start {
            user: user.into(),
            user_version,
            client,
            provider: provider.map(ProviderId::from),
            scope: scope.parse().unwrap(),
            methods: vec![Method::Password],
            until: self.commands.now() + TimeDelta::hours(1),
            origin: Origin::default(),
        });
        let envelope = CommandEnvelope::<Session>::create(start, Actor::new(user, Role::System));
        let session = envelope.id().uuid();
        self.commands.execute(envelope).await.unwrap();
        let (uver, mver) = (user_version, i32::from(cabinet.is_some()));
        let of_user = Claims { cid: cabinet, uver, mver, ..claims(user, role, scope) };
        self.sign(&Claims { sid: session, client_id: client, ..of_user })
    }

    /// An access token of an application that acts for itself (client credentials).
    pub fn token_of_service(&self, client: Uuid, role: Role) -> String {
        let claims = claims(client, role, "api");
        self.sign(&Claims { sid: client, client_id: Some(client), ..claims })
    }

    /// Lets a user grant permissions to an application; the id of the authorization.
    pub async fn authorize(&self, user: Uuid, client: Uuid, permissions: &[Permission]) -> Uuid {
        let (user, client) = (UserId::from(user), client.into());
        let id = AuthorizationId::of_user_and_client(user, client);
        let permissions = permissions.iter().copied().collect();
        let grant = authorization::Command::Grant { user, client, permissions };
        let by = Actor::new(user.uuid(), Role::System);
        self.commands.execute(CommandEnvelope::<Authorization>::new(id, grant, by)).await.unwrap();
        id.uuid()
    }

    fn sign(&self, claims: &Claims) -> String {
        self.tokens.issue(&Claims { tid: self.deployment, ..claims.clone() }).unwrap()
    }
}

/// Claims with what all tokens have in common. An application is in its second version: registered,
/// and with a secret.
fn claims(sub: Uuid, role: Role, scope: &str) -> Claims {
    Claims {
        sub,
        tid: Uuid::nil(),
        cid: None,
        cust: None,
        sid: Uuid::nil(),
        roles: vec![role],
        reach: Reach::Own,
        scope: scope.to_owned(),
        amr: vec![],
        mver: 0,
        uver: 0,
        client_id: None,
        cver: 2,
        act: None,
    }
}
