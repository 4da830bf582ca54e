//! Refresh tokens: opaque, for one use, and stored only as hashes (IAM-3).
//!
//! A token's successor is a keyed hash of it, so an exchange is a single statement. If the response is
//! lost, the token can be exchanged again for the same successor, though neither is stored. One row for
//! each session is enough: an older token was ours if the chain from it leads to the current one.

use std::fmt;

use aws_lc_rs::{constant_time::verify_slices_are_equal, hmac};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use domain::identity::session::SessionId;
use sealing::MasterKey;
use sqlx::PgPool;
use uuid::Uuid;

use super::session_start::started_at;
use crate::{
    problem::Problem,
    secret::{random_bytes, sha256},
};

/// For how many seconds the same token gets the same successor again.
const RETRY_GRACE_SECONDS: f64 = 60.;
/// How many steps an older token is followed to the current one.
const MAX_STEPS: i32 = 100_000;

/// The outcome of presenting a token.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ExchangeOutcome {
    /// Its successor.
    Successor(String),
    /// It was used before, and its successor as well.
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

    /// The first token of a session, which ends at `until` however often it is renewed, and earlier
    /// after `idle` without renewal.
    pub(crate) async fn issue_first(
        &self,
        session: SessionId,
        until: DateTime<Utc>,
        idle: TimeDelta,
    ) -> Result<String, Problem> {
        let secret = random_bytes::<32>()?;
        let token = RefreshToken { session, generation: 0, secret };
        let sql =
            "insert into identity_store.refresh_tokens (session, generation, digest, until, rests_until)
             values ($1, 0, $2, $3, clock_timestamp() + make_interval(secs => $4))";
        let insert = sqlx::query(sql).bind(session.uuid()).bind(token.digest()).bind(until);
        insert.bind(idle.as_seconds_f64()).execute(&self.db).await?;
        Ok(token.to_string())
    }

    /// The session of a token, if we ever issued it.
    pub(crate) async fn session_of_token(&self, token: &str) -> sqlx::Result<Option<SessionId>> {
        let Some(token) = RefreshToken::read(token) else { return Ok(None) };
        let current = self.current(&token).await?;
        Ok(current.filter(|current| self.leads_to(&token, current)).map(|_| token.session))
    }

    /// The time since a session was started or renewed.
    pub(crate) async fn idle_time(&self, session: SessionId) -> sqlx::Result<TimeDelta> {
        let sql = "select extract(epoch from clock_timestamp() - coalesce(claimed_at, $2))::bigint
             from identity_store.refresh_tokens where session = $1";
        let query = sqlx::query_scalar(sql).bind(session.uuid()).bind(started_at(session));
        let seconds: Option<Option<i64>> = query.fetch_optional(&self.db).await?;
        Ok(TimeDelta::seconds(seconds.flatten().unwrap_or_default()))
    }

    /// Exchanges a token for its successor, which is valid for `idle`.
    pub(crate) async fn exchange(
        &self,
        token: &str,
        idle: TimeDelta,
    ) -> sqlx::Result<ExchangeOutcome> {
        let Some(token) = RefreshToken::read(token) else { return Ok(ExchangeOutcome::Unknown) };
        let successor = self.successor(&token);
        let exchanged = sqlx::query(
            "update identity_store.refresh_tokens
             set generation = generation + 1, digest = $4, claimed_at = clock_timestamp(),
                 rests_until = clock_timestamp() + make_interval(secs => $5)
             where session = $1 and generation = $2 and digest = $3",
        );
        let exchanged = exchanged
            .bind(token.session.uuid())
            .bind(token.generation)
            .bind(token.digest())
            .bind(successor.digest())
            .bind(idle.as_seconds_f64())
            .execute(&self.db);
        if exchanged.await?.rows_affected() == 1 {
            return Ok(ExchangeOutcome::Successor(successor.to_string()));
        }
        Ok(match self.current(&token).await? {
            Some(current) if self.leads_to(&token, &current) => {
                // A client that retries after a lost response has not used the successor.
                let repeated = current.generation == successor.generation && current.fresh;
                if repeated {
                    ExchangeOutcome::Successor(successor.to_string())
                } else {
                    ExchangeOutcome::Reused
                }
            }
            _ => ExchangeOutcome::Unknown,
        })
    }

    async fn current(&self, token: &RefreshToken) -> sqlx::Result<Option<CurrentToken>> {
        let current = "select generation, digest, coalesce(
                 claimed_at > clock_timestamp() - make_interval(secs => $2), false) as fresh
             from identity_store.refresh_tokens where session = $1";
        let current = sqlx::query_as(current).bind(token.session.uuid()).bind(RETRY_GRACE_SECONDS);
        current.fetch_optional(&self.db).await
    }

    /// Whether the current token is this one or follows from it: then we issued this one.
    fn leads_to(&self, token: &RefreshToken, current: &CurrentToken) -> bool {
        let steps = current.generation.saturating_sub(token.generation);
        if !(0..=MAX_STEPS).contains(&steps) {
            return false;
        }
        let last = (0..steps).fold(token.clone(), |token, _| self.successor(&token));
        verify_slices_are_equal(&last.digest(), &current.digest).is_ok()
    }

    fn successor(&self, token: &RefreshToken) -> RefreshToken {
        let mut secret = [0; 32];
        let tag = hmac::sign(&self.key, &token.bytes());
        secret.copy_from_slice(&tag.as_ref()[..32]);
        RefreshToken { generation: token.generation.saturating_add(1), secret, ..token.clone() }
    }
}

/// A refresh token: its session, its number in the chain, and its secret.
#[derive(Clone)]
struct RefreshToken {
    session: SessionId,
    generation: i32,
    secret: [u8; 32],
}

impl RefreshToken {
    fn read(text: &str) -> Option<Self> {
        let bytes: [u8; 52] = URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()?;
        let (session, rest) = bytes.split_first_chunk::<16>()?;
        let (generation, secret) = rest.split_first_chunk::<4>()?;
        let generation = i32::from_be_bytes(*generation);
        let secret = secret.try_into().ok()?;
        let session = Uuid::from_bytes(*session).into();
        (generation >= 0).then_some(Self { session, generation, secret })
    }

    fn bytes(&self) -> Vec<u8> {
        let generation = self.generation.to_be_bytes();
        [self.session.uuid().as_bytes().as_slice(), &generation, &self.secret].concat()
    }

    fn digest(&self) -> Vec<u8> {
        sha256(&self.to_string())
    }
}

impl fmt::Display for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.bytes()))
    }
}

/// What is kept of the last token of a session.
#[derive(sqlx::FromRow)]
struct CurrentToken {
    generation: i32,
    digest: Vec<u8>,
    /// Whether it was given out within the grace.
    fresh: bool,
}
