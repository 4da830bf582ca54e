use std::{collections::BTreeSet, ops::Deref, sync::Arc};

use axum::http::HeaderValue;
use commands::Commands;
use domain::identity::Role;
use projections::Projections;
use sqlx::PgPool;
use url::Url;
use uuid::Uuid;
use webauthn_rs::Webauthn;

use crate::{
    audit::Ledger,
    auth::{Attempts, Changes, Csrf, Devices, Idle, RefreshTokens, webauthn},
    breached::Breached,
    caller::Verified,
    edge::Rates,
    live::Live,
    operations::Readiness,
    passwords::Passwords,
    tokens::Tokens,
};

/// What the API is made of.
pub struct Settings {
    /// For queries. It should give up within 2 s, so that a caller learns in time that the
    /// database is away.
    pub db: PgPool,
    pub commands: Commands,
    pub projections: Projections,
    pub tokens: Tokens,
    /// The id of this deployment, for the tokens.
    pub deployment: Uuid,
    /// How people reach us.
    pub public_url: String,
    /// The origins whose pages may call us.
    pub origins: Vec<HeaderValue>,
    /// Whether `/ready` says so.
    pub readiness: Readiness,
    /// How many requests somebody may send.
    pub rates: Arc<Rates>,
    /// Whether identity providers of organisations may lie in our own network, without TLS.
    pub private_providers: bool,
    /// Passwords that nobody may choose.
    pub breached: Option<Arc<Breached>>,
    /// The roles in which a password alone lets nobody in.
    pub second_factor: BTreeSet<Role>,
    /// For how long sessions may rest.
    pub idle: Idle,
}

/// What every handler has at hand. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

pub struct Inner {
    pub(crate) settings: Settings,
    pub(crate) verified: Verified,
    pub(crate) changes: Changes,
    pub(crate) passwords: Passwords,
    pub(crate) refresh_tokens: RefreshTokens,
    pub(crate) attempts: Attempts,
    pub(crate) devices: Devices,
    pub(crate) csrf: Csrf,
    pub(crate) webauthn: Option<Webauthn>,
    pub(crate) live: Live,
    pub(crate) ledger: Ledger,
}

impl App {
    pub fn new(settings: Settings) -> Self {
        let master = settings.commands.lookup().keys().master();
        let refresh_tokens = RefreshTokens::new(settings.db.clone(), master);
        let attempts = Attempts::new(settings.db.clone(), master);
        let (csrf, devices) = (Csrf::new(master), Devices::new(master));
        let webauthn = webauthn(&settings.public_url);
        let passwords = Passwords::new(settings.breached.clone());
        Self(Arc::new(Inner {
            settings,
            verified: Verified::default(),
            changes: Changes::default(),
            passwords,
            refresh_tokens,
            attempts,
            devices,
            csrf,
            webauthn,
            live: Live::default(),
            ledger: Ledger::default(),
        }))
    }

    /// Whether a browser says that a page of ours sends a request: the same scheme, host and port.
    pub(crate) fn is_own_origin(&self, origin: &HeaderValue) -> bool {
        let ours = Url::parse(&self.public_url).map(|url| url.origin().ascii_serialization());
        ours.is_ok_and(|ours| ours.as_bytes() == origin.as_bytes())
    }

    /// What signs and checks its tokens.
    pub fn tokens(&self) -> &Tokens {
        &self.settings.tokens
    }
}

impl Deref for App {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl Deref for Inner {
    type Target = Settings;

    fn deref(&self) -> &Settings {
        &self.settings
    }
}
