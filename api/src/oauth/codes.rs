//! Authorization codes: what somebody agreed to, on its way to the application by his browser.

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
    secret::{Secret, sha256},
};

/// For how many seconds a code is good.
const GOOD: f64 = 60.;
/// For how many seconds a second use is noticed.
const WATCHED: f64 = 86_400.;

/// What somebody agreed to.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Agreed {
    pub(super) user: UserId,
    /// The session of his browser with us.
    pub(super) browser: SessionId,
    pub(super) methods: Vec<Method>,
    /// When he proved who he is.
    pub(super) signed_in_at: DateTime<Utc>,
    pub(super) redirect_uri: String,
    pub(super) permissions: BTreeSet<Permission>,
    pub(super) nonce: Option<String>,
    /// The PKCE challenge, by S256.
    pub(super) challenge: String,
}

/// What comes of a code that is presented.
pub(super) enum Redeemed {
    /// What was agreed to: this is its first use.
    First(Box<Agreed>),
    /// Somebody had it before; the session that began then.
    Again(Option<SessionId>),
    /// Not one of this application, or too old.
    Never,
}

/// A code for what was agreed to.
pub(super) async fn issue(
    app: &App,
    client: OAuthClientId,
    agreed: &Agreed,
) -> Result<String, Problem> {
    let old = "delete from oauth.codes where expires_at < now() - make_interval(secs => $1)";
    sqlx::query(old).bind(WATCHED).execute(&app.db).await?;
    let code = Secret::new()?;
    let insert = "insert into oauth.codes (digest, client, agreed, expires_at)
         values ($1, $2, $3, now() + make_interval(secs => $4))";
    let insert = sqlx::query(insert).bind(sha256(code.as_str())).bind(client.uuid());
    insert.bind(Json(agreed)).bind(GOOD).execute(&app.db).await?;
    Ok(code.into())
}

/// Counts a use of a code by the application that it is for.
pub(super) async fn redeem(
    app: &App,
    client: OAuthClientId,
    code: &str,
) -> Result<Redeemed, Problem> {
    let used: Option<(i32, bool, Option<Uuid>, Json<Agreed>)> = sqlx::query_as(
        "update oauth.codes set uses = uses + 1 where digest = $1 and client = $2
         returning uses, expires_at > now(), session, agreed",
    )
    .bind(sha256(code))
    .bind(client.uuid())
    .fetch_optional(&app.db)
    .await?;
    Ok(match used {
        Some((1, true, _, Json(agreed))) => Redeemed::First(Box::new(agreed)),
        None | Some((1, false, ..)) => Redeemed::Never,
        Some((_, _, session, _)) => Redeemed::Again(session.map(Into::into)),
    })
}

/// Records the session that began with a code. False, if the code was used again meanwhile.
pub(super) async fn began(app: &App, code: &str, session: SessionId) -> Result<bool, Problem> {
    let began = "update oauth.codes set session = $2 where digest = $1 returning uses = 1";
    let began = sqlx::query_scalar(began).bind(sha256(code)).bind(session.uuid());
    Ok(began.fetch_optional(&app.db).await?.unwrap_or(false))
}
