//! The deployment's keys for signing tokens, and their rotation.
//!
//! A key is published from the moment it is created. It signs [`PUBLISH_LEAD`] later, when all copies of the
//! published keys contain it, and it is retired [`PUBLISH_LEAD`] after its successor began to sign, when
//! everything it signed has expired (IAM-10). All of that follows from the times at which the keys
//! were created.

use aws_lc_rs::{
    digest,
    encoding::AsDer,
    rsa::{self, KeySize},
    signature::{Ed25519KeyPair, KeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use lease::Leases;
use sqlx::PgPool;
use uuid::Uuid;

use crate::MasterKey;

/// How long a key is published before it signs, and after it signed for the last time. Longer than the
/// life of any token, and than copies of the published keys are cached.
pub const PUBLISH_LEAD: TimeDelta = TimeDelta::minutes(15);
/// The age of a key at which the next one is created.
const MAX_AGE: TimeDelta = TimeDelta::days(90);

/// Whether there is a key younger than so many seconds.
const YOUNGER_EXISTS: &str = "select exists (select from key_store.signing
     where algorithm = $1 and created_at > now() - make_interval(secs => $2))";
/// Whether there is one that is not the very first: that one did not have to wait before it signed.
const WAITING_EXISTS: &str = "select exists (select from key_store.signing
     where algorithm = $1 and created_at > now() - make_interval(secs => $2)
         and created_at > (select min(created_at) from key_store.signing where algorithm = $1))";

/// How a key signs; the names are those of RFC 7518 and RFC 8037.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text")]
pub enum Algorithm {
    /// Ed25519, for access tokens.
    #[sqlx(rename = "EdDSA")]
    EdDsa,
    /// RSA with SHA-256, for ID tokens: the one that every client of `OpenID` Connect knows.
    #[sqlx(rename = "RS256")]
    Rs256,
}

impl Algorithm {
    const ALL: [Self; 2] = [Self::EdDsa, Self::Rs256];
}

/// A key of the deployment for signing tokens.
#[derive(Clone)]
pub struct SigningKey {
    /// The key id in tokens: the start of the digest of its public half.
    pub kid: String,
    pub algorithm: Algorithm,
    /// The private half: PKCS#8 v1, DER.
    pub pkcs8: Vec<u8>,
    /// The public half: raw, 32 bytes, of Ed25519; `RSAPublicKey`, DER, of RSA.
    pub public: Vec<u8>,
    pub created_at: DateTime<Utc>,
}

#[derive(sqlx::FromRow)]
struct SigningKeyRow {
    kid: String,
    algorithm: Algorithm,
    wrapped: Vec<u8>,
    created_at: DateTime<Utc>,
    now: DateTime<Utc>,
}

impl SigningKey {
    /// The current keys: for each algorithm the one that signs, and after it those that verify. Creates
    /// the first ones, and successors of those that are too old.
    pub async fn ensure_current(db: &PgPool, master: &MasterKey) -> sqlx::Result<Vec<Self>> {
        for algorithm in Algorithm::ALL {
            Self::create_unless(db, master, algorithm, YOUNGER_EXISTS, MAX_AGE).await?;
        }
        let (keys, now) = Self::all(db, master).await?;
        Ok(keys_at(&keys, now))
    }

    /// Creates a successor for every key; answers the ids of the newest keys. If it is called again before
    /// they sign, no further ones are created.
    pub async fn rotate(db: &PgPool, master: &MasterKey) -> sqlx::Result<Vec<String>> {
        for algorithm in Algorithm::ALL {
            Self::create_unless(db, master, algorithm, WAITING_EXISTS, PUBLISH_LEAD).await?;
        }
        let newest = "select distinct on (algorithm) kid from key_store.signing
             order by algorithm, created_at desc, kid";
        sqlx::query_scalar(newest).fetch_all(db).await
    }

    /// The id of the deployment, which follows from the id of its very first key.
    pub async fn deployment_id(db: &PgPool) -> sqlx::Result<Uuid> {
        let first = "select kid from key_store.signing order by created_at, kid limit 1";
        let first: String = sqlx::query_scalar(first).fetch_one(db).await?;
        Ok(Uuid::new_v5(&Uuid::NAMESPACE_OID, first.as_bytes()))
    }

    async fn all(db: &PgPool, master: &MasterKey) -> sqlx::Result<(Vec<Self>, DateTime<Utc>)> {
        let rows: Vec<SigningKeyRow> = sqlx::query_as(
            "select kid, algorithm, wrapped, created_at, now() from key_store.signing
             order by created_at, kid",
        )
        .fetch_all(db)
        .await?;
        let now = rows.last().map(|row| row.now).unwrap_or_default();
        let keys = rows.into_iter().map(
            |SigningKeyRow { kid, algorithm, wrapped, created_at, .. }| {
                let pkcs8 = master.unwrap(kid.as_bytes(), &wrapped).map_err(|_| {
                    decode_error(
                        "the signing key was wrapped by another master key; give the right one",
                    )
                })?;
                Self::new(algorithm, pkcs8, created_at)
            },
        );
        Ok((keys.collect::<Result<_, _>>()?, now))
    }

    /// Creates a key unless `exists` finds one. Concurrent calls create only one.
    async fn create_unless(
        db: &PgPool,
        master: &MasterKey,
        algorithm: Algorithm,
        exists: &'static str,
        age: TimeDelta,
    ) -> sqlx::Result<()> {
        let exists =
            || sqlx::query_scalar::<_, bool>(exists).bind(algorithm).bind(age.as_seconds_f64());
        if exists().fetch_one(db).await? {
            return Ok(());
        }
        // A key wrapped by a former master key could not be stored.
        master.reload();
        let created = Self::generate(algorithm)?;
        let wrapped = master
            .wrap(created.kid.as_bytes(), &created.pkcs8)
            .map_err(|_| decode_error("the signing key could not be wrapped"))?;
        let lease = Leases::new(&db.connect_options()).acquire("signing keys").await?;
        if !exists().fetch_one(db).await? {
            let insert = sqlx::query(
                "insert into key_store.signing (kid, algorithm, wrapped, created_at)
                 values ($1, $2, $3, now())",
            );
            let insert = insert.bind(&created.kid).bind(algorithm).bind(wrapped).execute(db);
            lease.run_while_held(insert).await??;
        }
        Ok(())
    }

    fn generate(algorithm: Algorithm) -> sqlx::Result<Self> {
        let created = match algorithm {
            Algorithm::EdDsa => {
                Ed25519KeyPair::generate().and_then(|pair| Ok(pair.to_pkcs8v1()?.as_ref().to_vec()))
            }
            Algorithm::Rs256 => rsa::KeyPair::generate(KeySize::Rsa2048)
                .and_then(|pair| Ok(pair.as_der()?.as_ref().to_vec())),
        };
        let created = created.map_err(|_| decode_error("the system gives no random numbers"))?;
        Self::new(algorithm, created, DateTime::default())
    }

    fn new(algorithm: Algorithm, pkcs8: Vec<u8>, created_at: DateTime<Utc>) -> sqlx::Result<Self> {
        let public = match algorithm {
            Algorithm::EdDsa => Ed25519KeyPair::from_pkcs8_maybe_unchecked(&pkcs8)
                .map(|pair| pair.public_key().as_ref().to_vec()),
            Algorithm::Rs256 => {
                rsa::KeyPair::from_pkcs8(&pkcs8).map(|pair| pair.public_key().as_ref().to_vec())
            }
        };
        let public =
            public.map_err(|_| decode_error("the signing key is none of its algorithm"))?;
        let name = digest::digest(&digest::SHA256, &public);
        let kid = URL_SAFE_NO_PAD.encode(&name.as_ref()[..12]);
        Ok(Self { kid, algorithm, pkcs8, public, created_at })
    }
}

/// The current keys at a moment, of all keys in the order of their creation: for each algorithm the one
/// that signs comes first.
fn keys_at(keys: &[SigningKey], now: DateTime<Utc>) -> Vec<SigningKey> {
    let mut current = Vec::new();
    for algorithm in Algorithm::ALL {
        let keys: Vec<_> = keys.iter().filter(|key| key.algorithm == algorithm).collect();
        // The very first one signs at once: nobody has seen another.
        let signing =
            keys.iter().rposition(|key| key.created_at + PUBLISH_LEAD <= now).unwrap_or(0);
        let is_retired = |index: usize| {
            keys.get(index + 1)
                .is_some_and(|next| next.created_at + PUBLISH_LEAD + PUBLISH_LEAD <= now)
        };
        let others = (0..keys.len()).filter(|index| *index != signing && !is_retired(*index));
        let current_indexes = std::iter::once(signing).chain(others);
        current
            .extend(current_indexes.filter_map(|index| keys.get(index)).map(|key| (*key).clone()));
    }
    current
}

fn decode_error(why: &str) -> sqlx::Error {
    sqlx::Error::Decode(why.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(minute: i64) -> SigningKey {
        let created = SigningKey::generate(Algorithm::EdDsa).unwrap();
        SigningKey {
            kid: format!("made in minute {minute}"),
            created_at: moment(minute),
            ..created
        }
    }

    fn moment(minute: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minute)
    }

    /// The minutes in which the current keys were created, the one that signs first.
    fn at_minute(keys: &[SigningKey], minute: i64) -> Vec<String> {
        let minute_of = |key: SigningKey| key.kid.replace("made in minute ", "");
        keys_at(keys, moment(minute)).into_iter().map(minute_of).collect()
    }

    #[test]
    fn iam_10_a_key_is_published_before_it_signs_and_as_long_as_what_it_signed_lives() {
        let keys = [key(0), key(1000)];
        assert_eq!(at_minute(&keys[..1], 0), ["0"], "the first one signs at once");
        assert_eq!(at_minute(&keys, 1000), ["0", "1000"]);
        assert_eq!(at_minute(&keys, 1014), ["0", "1000"]);
        assert_eq!(at_minute(&keys, 1015), ["1000", "0"]);
        assert_eq!(at_minute(&keys, 1029), ["1000", "0"]);
        assert_eq!(at_minute(&keys, 1030), ["1000"]);
    }

    #[test]
    fn iam_10_keys_in_quick_succession_are_each_known_before_they_sign() {
        let keys = [key(0), key(1000), key(1001)];
        assert_eq!(at_minute(&keys, 1015), ["1000", "0", "1001"]);
        assert_eq!(at_minute(&keys, 1016), ["1001", "0", "1000"]);
        assert_eq!(at_minute(&keys, 1030), ["1001", "1000"]);
        assert_eq!(at_minute(&keys, 1031), ["1001"]);
    }

    #[test]
    fn a_key_of_each_algorithm_comes_back_from_its_stored_form() {
        for algorithm in Algorithm::ALL {
            let created = SigningKey::generate(algorithm).unwrap();
            let read = SigningKey::new(algorithm, created.pkcs8.clone(), moment(0)).unwrap();
            assert_eq!((read.kid, read.public), (created.kid, created.public));
        }
    }
}
