//! The state of all handlers: the services of the API, built once.

use std::sync::Arc;

use axum::extract::FromRef;
use chrono::TimeDelta;
use commands::Commands;
use documents::Renderer;
use objects::Objects;
use projections::Projections;
use sqlx::PgPool;
use uuid::Uuid;

use crate::{
    audit::RequestRecorder, auth::AuthServices, authenticator::Authenticator,
    demonstration::LoadedDemonstration, dispatcher::CommandDispatcher,
    freshness::ReadModelProgress, guest_mail::GuestMail, health::Readiness, live::LiveFeed,
    origins::Origins, settings::Settings, tokens::Tokens,
};

/// The services of the API. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// For queries.
    pub(crate) db: PgPool,
    pub(crate) commands: Commands,
    pub(crate) projections: Projections,
    /// The bytes of files.
    pub(crate) objects: Objects,
    /// Whether files are scanned before anybody gets them.
    pub(crate) scans_files: bool,
    /// How long the files of exports are kept.
    pub(crate) exports_kept: TimeDelta,
    pub(crate) dispatcher: CommandDispatcher,
    pub(crate) read_models: ReadModelProgress,
    pub(crate) authenticator: Arc<Authenticator>,
    pub(crate) auth: Arc<AuthServices>,
    pub(crate) tokens: Arc<Tokens>,
    pub(crate) live: Arc<LiveFeed>,
    pub(crate) request_recorder: Arc<RequestRecorder>,
    pub(crate) origins: Arc<Origins>,
    pub(crate) readiness: Readiness,
    pub(crate) documents: Renderer,
    pub(crate) guest_mail: Arc<dyn GuestMail>,
    /// The id of this deployment.
    pub(crate) deployment: Uuid,
    /// Whether identity providers of organisations may lie in our own network, without TLS.
    pub(crate) private_providers: bool,
    pub(crate) demonstration: LoadedDemonstration,
}

impl App {
    pub fn new(settings: Settings) -> Self {
        let auth = Arc::new(AuthServices::new(&settings));
        let Settings { db, commands, projections, objects, tokens, rates, .. } = settings;
        let authenticator =
            Authenticator::new(auth.credentials.clone(), auth.csrf.clone(), rates.clone());
        let read_models = ReadModelProgress::new(projections.clone());
        let live = LiveFeed::new(&db, &commands, projections.clone(), read_models.clone(), rates);
        let dispatcher = CommandDispatcher {
            db: db.clone(),
            commands: commands.clone(),
            changes: auth.changes.clone(),
            attempts: auth.attempts.clone(),
        };
        Self {
            db,
            commands,
            projections,
            objects,
            scans_files: settings.scans_files,
            exports_kept: settings.exports_kept,
            dispatcher,
            read_models,
            authenticator: Arc::new(authenticator),
            auth,
            tokens,
            live: Arc::new(live),
            request_recorder: Arc::default(),
            origins: Arc::new(Origins::new(&settings.public_url, settings.origins)),
            readiness: settings.readiness,
            documents: settings.documents,
            guest_mail: settings.guest_mail,
            deployment: settings.deployment,
            private_providers: settings.private_providers,
            demonstration: settings.demonstration,
        }
    }

    /// Signs and verifies its tokens.
    pub fn tokens(&self) -> &Tokens {
        &self.tokens
    }
}

impl FromRef<App> for Arc<Authenticator> {
    fn from_ref(app: &App) -> Self {
        app.authenticator.clone()
    }
}
