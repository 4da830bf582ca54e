//! Refresh tokens: opaque, good for one use, and known to us only by their hash (IAM-3).
//!
//! The successor of a token follows from it by a keyed hash. So exchanging one is a single
//! statement; and when its answer was lost, with the connection or with this process, it can be
//! exchanged again for the very same successor, though neither of the two is kept. And one row for each
//! session is enough: whether a former token was ours shows by going from it to the last one.

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
    secret::{random, sha256},
};

/// For how many seconds the same token gets the same successor again.
const GRACE: f64 = 60.;
/// So many renewals after it a former token is no longer known: going from it to the last one is work.
const MOST: i32 = 100_000;

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

    /// The first token of a session, which ends at `until` however often it is renewed, and earlier if
    /// it rests for too long.
    pub(crate) async fn first(
        &self,
        session: SessionId,
        until: DateTime<Utc>,
        idle: TimeDelta,
    ) -> Result<String, Problem> {
        let secret = random::<32>()?;
        let token = Token { session, generation: 0, secret };
        let insert =
            "insert into identity_store.refresh_tokens (session, generation, digest, until, rests_until)
             values ($1, 0, $2, $3, clock_timestamp() + make_interval(secs => $4))";
        let insert = sqlx::query(insert).bind(session.uuid()).bind(token.digest()).bind(until);
        insert.bind(idle.as_seconds_f64()).execute(&self.db).await?;
        Ok(token.to_string())
    }

    /// The session that a token renews, if it was ever given out.
    pub(crate) async fn session(&self, token: &str) -> sqlx::Result<Option<SessionId>> {
        let Some(token) = Token::read(token) else { return Ok(None) };
        let kept = self.kept(&token).await?;
        Ok(kept.filter(|kept| self.leads_to(&token, kept)).map(|_| token.session))
    }

    /// For how long a session has not been renewed, since it began or was renewed last.
    pub(crate) async fn rested(&self, session: SessionId) -> sqlx::Result<TimeDelta> {
        let rested =
            "select extract(epoch from clock_timestamp() - coalesce(claimed_at, $2))::bigint
             from identity_store.refresh_tokens where session = $1";
        let rested = sqlx::query_scalar(rested).bind(session.uuid()).bind(started_at(session));
        let rested: Option<Option<i64>> = rested.fetch_optional(&self.db).await?;
        Ok(TimeDelta::seconds(rested.flatten().unwrap_or_default()))
    }

    /// Exchanges a token for its successor, which is good for as long as the session may rest.
    pub(crate) async fn exchange(&self, token: &str, idle: TimeDelta) -> sqlx::Result<Exchange> {
        let Some(token) = Token::read(token) else { return Ok(Exchange::Unknown) };
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
            return Ok(Exchange::Successor(successor.to_string()));
        }
        Ok(match self.kept(&token).await? {
            Some(kept) if self.leads_to(&token, &kept) => {
                // Whoever repeats themselves, because they never heard the answer, has not used the
                // successor.
                let repeated = kept.generation == successor.generation && kept.fresh;
                if repeated { Exchange::Successor(successor.to_string()) } else { Exchange::Reused }
            }
            _ => Exchange::Unknown,
        })
    }

    async fn kept(&self, token: &Token) -> sqlx::Result<Option<Kept>> {
        let kept = "select generation, digest, coalesce(
                 claimed_at > clock_timestamp() - make_interval(secs => $2), false) as fresh
             from identity_store.refresh_tokens where session = $1";
        let kept = sqlx::query_as(kept).bind(token.session.uuid()).bind(GRACE);
        kept.fetch_optional(&self.db).await
    }

    /// Whether the token that is kept follows from this one, or is this one: then it was given out.
    fn leads_to(&self, token: &Token, kept: &Kept) -> bool {
        let steps = kept.generation.saturating_sub(token.generation);
        if !(0..=MOST).contains(&steps) {
            return false;
        }
        let last = (0..steps).fold(token.clone(), |token, _| self.successor(&token));
        verify_slices_are_equal(&last.digest(), &kept.digest).is_ok()
    }

    fn successor(&self, token: &Token) -> Token {
        let mut secret = [0; 32];
        let tag = hmac::sign(&self.key, &token.bytes());
        secret.copy_from_slice(&tag.as_ref()[..32]);
        Token { generation: token.generation.saturating_add(1), secret, ..token.clone() }
    }
}

/// A refresh token: whose it is, which of them, and its secret.
#[derive(Clone)]
struct Token {
    session: SessionId,
    generation: i32,
    secret: [u8; 32],
}

impl Token {
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

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.bytes()))
    }
}

/// What is kept of the last token of a session.
#[derive(sqlx::FromRow)]
struct Kept {
    generation: i32,
    digest: Vec<u8>,
    /// Whether it was given out within the grace.
    fresh: bool,
}
