//! The settings of the API.

use std::{collections::BTreeSet, sync::Arc};

use axum::http::HeaderValue;
use chrono::TimeDelta;
use commands::Commands;
use documents::Renderer;
use domain::identity::Role;
use objects::Objects;
use projections::Projections;
use sqlx::PgPool;
use uuid::Uuid;

use crate::{
    auth::IdleTimeouts, breached_passwords::BreachedPasswords, demonstration::LoadedDemonstration,
    guest_mail::GuestMail, health::Readiness, ingress::RateLimits, tokens::Tokens,
};

/// What the serving process passes to the API.
pub struct Settings {
    /// For queries. It should give up within 2 s, so that a caller learns in time that the
    /// database is away.
    pub db: PgPool,
    pub commands: Commands,
    pub projections: Projections,
    /// Where the bytes of files are.
    pub objects: Objects,
    /// Whether files are scanned before anybody gets them.
    pub scans_files: bool,
    /// How long the files of exports are kept.
    pub exports_kept: TimeDelta,
    pub tokens: Arc<Tokens>,
    /// The id of this deployment, for the tokens.
    pub deployment: Uuid,
    /// How people reach us.
    pub public_url: String,
    /// The origins whose pages may call us.
    pub origins: Vec<HeaderValue>,
    /// Makes documents.
    pub documents: Renderer,
    /// Sends mails to people without an account.
    pub guest_mail: Arc<dyn GuestMail>,
    /// The checks behind `/ready`.
    pub readiness: Readiness,
    /// Rate limits of callers.
    pub rates: Arc<RateLimits>,
    /// Whether identity providers of organisations may lie in our own network, without TLS.
    pub private_providers: bool,
    /// Passwords that nobody may choose.
    pub breached: Option<Arc<BreachedPasswords>>,
    /// The roles in which a password alone is not enough.
    pub second_factor: BTreeSet<Role>,
    /// How long sessions may stay without renewal.
    pub idle: IdleTimeouts,
    /// The demonstration, once it is loaded.
    pub demonstration: LoadedDemonstration,
}
