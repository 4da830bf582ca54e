//! Authorization codes (RFC 6749, 4.1.2): issued to a browser, and redeemed once by the application.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use domain::identity::{
    oauth_client::{OAuthClientId, Permission},
    session::{Method, SessionId},
    user::UserId,
};
use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use uuid::Uuid;

use crate::{
    App,
    problem::Problem,
    secret::{RandomSecret, sha256},
};

/// How long a code can be redeemed, in seconds.
const CODE_LIFETIME_SECS: f64 = 60.;
/// How long a second use of a code is detected, in seconds.
const REUSE_WATCH_SECS: f64 = 86_400.;

/// What a user agreed to, and what a code is redeemed for.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct CodeGrant {
    pub(super) user: UserId,
    /// The session of the user's browser with us.
    pub(super) browser: SessionId,
    pub(super) methods: Vec<Method>,
    /// When the user authenticated.
    pub(super) signed_in_at: DateTime<Utc>,
    pub(super) redirect_uri: String,
    pub(super) permissions: BTreeSet<Permission>,
    pub(super) nonce: Option<String>,
    /// The PKCE challenge, by S256.
    pub(super) challenge: String,
}

/// The result of redeeming a code.
pub(super) enum RedeemOutcome {
    /// Its first use, for which tokens are issued.
    First(Box<CodeGrant>),
    /// It was used before; the session that was started then.
    Reused(Option<SessionId>),
    /// Not a code of this application, or expired.
    Invalid,
}

/// Issues a code for what a user agreed to.
pub(super) async fn issue(
    app: &App,
    client: OAuthClientId,
    code_grant: &CodeGrant,
) -> Result<String, Problem> {
    let old = "delete from oauth.codes where expires_at < now() - make_interval(secs => $1)";
    sqlx::query(old).bind(REUSE_WATCH_SECS).execute(&app.db).await?;
    let code = RandomSecret::new()?;
    let insert = "insert into oauth.codes (digest, client, agreed, expires_at)
         values ($1, $2, $3, now() + make_interval(secs => $4))";
    let insert = sqlx::query(insert).bind(sha256(code.as_str())).bind(client.uuid());
    insert.bind(Json(code_grant)).bind(CODE_LIFETIME_SECS).execute(&app.db).await?;
    Ok(code.into())
}

/// Redeems a code, and counts its uses by the application for which it was issued.
pub(super) async fn redeem(
    app: &App,
    client: OAuthClientId,
    code: &str,
) -> Result<RedeemOutcome, Problem> {
    let used: Option<(i32, bool, Option<Uuid>, Json<CodeGrant>)> = sqlx::query_as(
        "update oauth.codes set uses = uses + 1 where digest = $1 and client = $2
         returning uses, expires_at > now(), session, agreed",
    )
    .bind(sha256(code))
    .bind(client.uuid())
    .fetch_optional(&app.db)
    .await?;
    Ok(match used {
        Some((1, true, _, Json(code_grant))) => RedeemOutcome::First(Box::new(code_grant)),
        None | Some((1, false, ..)) => RedeemOutcome::Invalid,
        Some((_, _, session, _)) => RedeemOutcome::Reused(session.map(Into::into)),
    })
}

/// Records the session that was started with a code. False if the code was used again meanwhile.
pub(super) async fn record_session(
    app: &App,
    code: &str,
    session: SessionId,
) -> Result<bool, Problem> {
    let update = "update oauth.codes set session = $2 where digest = $1 returning uses = 1";
    let update = sqlx::query_scalar(update).bind(sha256(code)).bind(session.uuid());
    Ok(update.fetch_optional(&app.db).await?.unwrap_or(false))
}
