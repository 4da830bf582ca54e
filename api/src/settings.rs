//! What the API is made of.

use std::{collections::BTreeSet, sync::Arc};

use axum::http::HeaderValue;
use commands::Commands;
use domain::identity::Role;
use projections::Projections;
use sqlx::PgPool;
use uuid::Uuid;

use crate::{
    auth::Idle, breached::Breached, ingress::Rates, operations::Readiness, tokens::Tokens,
};

/// What the process that serves it decides.
pub struct Settings {
    /// For queries. It should give up within 2 s, so that a caller learns in time that the
    /// database is away.
    pub db: PgPool,
    pub commands: Commands,
    pub projections: Projections,
    pub tokens: Arc<Tokens>,
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
