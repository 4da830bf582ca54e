//! Refresh tokens: opaque, good for one use, and known to us only by their hash (IAM-3).
//!
//! The successor of a token follows from it by a keyed hash. So exchanging one is a single
//! statement; and when its answer was lost, with the connection or with this process, it can be
//! exchanged again for the very same successor, though neither of the two is kept.

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use domain::identity::session::SessionId;
use sealing::MasterKey;
use sqlx::PgPool;
use uuid::Uuid;

use crate::{
    problem::Problem,
    secret::{Secret, sha256},
};

/// For how many seconds the same token gets the same successor again.
const GRACE: f64 = 60.;

/// What comes of a token that was presented.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Exchange {
    /// Its successor.
    Successor(String),
    /// It was used before, and whoever did so has moved on.
    Reused,
    /// Never seen, or the session ended long ago.
    Unknown,
}

/// The tokens by which sessions are renewed.
#[derive(Clone)]
pub(crate) struct RefreshTokens {
    db: PgPool,
    key: hmac::Key,
}

impl RefreshTokens {
    pub(crate) fn new(db: PgPool, master: &MasterKey) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &master.derive("refresh tokens"));
        Self { db, key }
    }

    /// The first token of a session, which ends at `until` however often it is renewed.
    pub(crate) async fn first(
        &self,
        session: SessionId,
        until: DateTime<Utc>,
    ) -> Result<String, Problem> {
        let token = Secret::new()?;
        let insert = "insert into identity_store.refresh_tokens (digest, session, until)
             values ($1, $2, $3)";
        let insert =
            sqlx::query(insert).bind(sha256(token.as_str())).bind(session.uuid()).bind(until);
        insert.execute(&self.db).await?;
        Ok(token.into())
    }

    /// The session that a token renews, if it was ever given out.
    pub(crate) async fn session(&self, token: &str) -> sqlx::Result<Option<SessionId>> {
        let session = "select session from identity_store.refresh_tokens where digest = $1";
        let session = sqlx::query_scalar(session).bind(sha256(token));
        Ok(session.fetch_optional(&self.db).await?.map(|session: Uuid| session.into()))
    }

    /// Exchanges a token for its successor.
    pub(crate) async fn exchange(&self, token: &str) -> sqlx::Result<Exchange> {
        let successor = URL_SAFE_NO_PAD.encode(hmac::sign(&self.key, token.as_bytes()));
        let exchanged = sqlx::query(
            "with claimed as (
                 update identity_store.refresh_tokens set claimed_at = clock_timestamp()
                 where digest = $1 and claimed_at is null
                 returning session, until
             )
             insert into identity_store.refresh_tokens (digest, session, until)
             select $2, session, until from claimed",
        );
        let exchanged = exchanged.bind(sha256(token)).bind(sha256(&successor)).execute(&self.db);
        if exchanged.await?.rows_affected() == 1 {
            return Ok(Exchange::Successor(successor));
        }
        // Whoever repeats himself, because he never heard the answer, has not used the successor.
        let repeated = sqlx::query_scalar(
            "select used.claimed_at > clock_timestamp() - make_interval(secs => $3)
                 and next.claimed_at is null
             from identity_store.refresh_tokens used, identity_store.refresh_tokens next
             where used.digest = $1 and next.digest = $2",
        );
        let repeated = repeated.bind(sha256(token)).bind(sha256(&successor)).bind(GRACE);
        Ok(match repeated.fetch_optional(&self.db).await? {
            Some(true) => Exchange::Successor(successor),
            Some(false) => Exchange::Reused,
            None => Exchange::Unknown,
        })
    }
}
