//! The deployment's keys for signing tokens, and when each of them does what.
//!
//! A key is published from the moment it is made. It signs [`LEAD`] later, when everybody who
//! keeps a copy of the published keys has fetched it, and it goes [`LEAD`] after its successor
//! began to sign, when everything it signed has expired (IAM-10). All of that follows from the
//! times at which the keys were made: nothing has to be switched.

use aws_lc_rs::{
    digest,
    encoding::AsDer,
    rsa::{self, KeySize},
    signature::{Ed25519KeyPair, KeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use lease::Lease;
use sqlx::PgPool;
use uuid::Uuid;

use crate::MasterKey;

/// How long a key is known before it signs, and after it signed for the last time. Longer than any
/// token lives, and than anybody may keep a copy of the published keys.
pub const LEAD: TimeDelta = TimeDelta::minutes(15);
/// How old a key gets before the next one is made.
const AGE: TimeDelta = TimeDelta::days(90);

/// Whether a key is younger than so many seconds.
const YOUNG: &str = "select exists (select from key_store.signing
     where algorithm = $1 and created_at > now() - make_interval(secs => $2))";
/// Whether one is, and is not the very first, which did not have to wait before it signed.
const WAITING: &str = "select exists (select from key_store.signing
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
    /// Names the key in tokens: the start of the digest of its public half.
    pub kid: String,
    pub algorithm: Algorithm,
    /// The private half: PKCS#8 v1, DER.
    pub pkcs8: Vec<u8>,
    /// The public half: raw, 32 bytes, of Ed25519; `RSAPublicKey`, DER, of RSA.
    pub public: Vec<u8>,
    pub created_at: DateTime<Utc>,
}

#[derive(sqlx::FromRow)]
struct Stored {
    kid: String,
    algorithm: Algorithm,
    wrapped: Vec<u8>,
    created_at: DateTime<Utc>,
    now: DateTime<Utc>,
}

impl SigningKey {
    /// The keys of this moment: for each algorithm the one that signs, and after it those that
    /// verify. Makes the first ones, and successors for those that are too old.
    pub async fn current(db: &PgPool, master: &MasterKey) -> sqlx::Result<Vec<Self>> {
        for algorithm in Algorithm::ALL {
            Self::make_unless(db, master, algorithm, YOUNG, AGE).await?;
        }
        let (keys, now) = Self::all(db, master).await?;
        Ok(at(&keys, now))
    }

    /// Makes a successor for every key; its name. Whoever asks again before it signs gets no
    /// further one.
    pub async fn rotate(db: &PgPool, master: &MasterKey) -> sqlx::Result<Vec<String>> {
        for algorithm in Algorithm::ALL {
            Self::make_unless(db, master, algorithm, WAITING, LEAD).await?;
        }
        let newest = "select distinct on (algorithm) kid from key_store.signing
             order by algorithm, created_at desc, kid";
        sqlx::query_scalar(newest).fetch_all(db).await
    }

    /// The deployment: it follows from the name of the first key there ever was, which every process
    /// of it knows.
    pub async fn deployment(db: &PgPool) -> sqlx::Result<Uuid> {
        let first = "select kid from key_store.signing order by created_at, kid limit 1";
        let first: String = sqlx::query_scalar(first).fetch_one(db).await?;
        Ok(Uuid::new_v5(&Uuid::NAMESPACE_OID, first.as_bytes()))
    }

    async fn all(db: &PgPool, master: &MasterKey) -> sqlx::Result<(Vec<Self>, DateTime<Utc>)> {
        let rows: Vec<Stored> = sqlx::query_as(
            "select kid, algorithm, wrapped, created_at, now() from key_store.signing
             order by created_at, kid",
        )
        .fetch_all(db)
        .await?;
        let now = rows.last().map(|row| row.now).unwrap_or_default();
        let keys =
            rows.into_iter().map(|Stored { kid, algorithm, wrapped, created_at, .. }| {
                let pkcs8 = master.unwrap(kid.as_bytes(), &wrapped).map_err(|_| {
                    broken("the signing key was wrapped by another master key; give the right one")
                })?;
                Self::new(algorithm, pkcs8, created_at)
            });
        Ok((keys.collect::<Result<_, _>>()?, now))
    }

    /// However many processes ask for it at once, one key is made.
    async fn make_unless(
        db: &PgPool,
        master: &MasterKey,
        algorithm: Algorithm,
        there: &'static str,
        age: TimeDelta,
    ) -> sqlx::Result<()> {
        let there =
            || sqlx::query_scalar::<_, bool>(there).bind(algorithm).bind(age.as_seconds_f64());
        if there().fetch_one(db).await? {
            return Ok(());
        }
        // What is wrapped by a key of before could not be stored.
        master.refresh();
        let made = Self::generate(algorithm)?;
        let wrapped = master
            .wrap(made.kid.as_bytes(), &made.pkcs8)
            .map_err(|_| broken("the signing key could not be wrapped"))?;
        let lease = Lease::take(&db.connect_options(), "signing keys").await?;
        if !there().fetch_one(db).await? {
            let insert = sqlx::query(
                "insert into key_store.signing (kid, algorithm, wrapped, created_at)
                 values ($1, $2, $3, now())",
            );
            let insert = insert.bind(&made.kid).bind(algorithm).bind(wrapped).execute(db);
            lease.during(insert).await??;
        }
        Ok(())
    }

    fn generate(algorithm: Algorithm) -> sqlx::Result<Self> {
        let made = match algorithm {
            Algorithm::EdDsa => {
                Ed25519KeyPair::generate().and_then(|pair| Ok(pair.to_pkcs8v1()?.as_ref().to_vec()))
            }
            Algorithm::Rs256 => rsa::KeyPair::generate(KeySize::Rsa2048)
                .and_then(|pair| Ok(pair.as_der()?.as_ref().to_vec())),
        };
        let made = made.map_err(|_| broken("the system gives no random numbers"))?;
        Self::new(algorithm, made, DateTime::default())
    }

    fn new(algorithm: Algorithm, pkcs8: Vec<u8>, created_at: DateTime<Utc>) -> sqlx::Result<Self> {
        let public = match algorithm {
            Algorithm::EdDsa => Ed25519KeyPair::from_pkcs8_maybe_unchecked(&pkcs8)
                .map(|pair| pair.public_key().as_ref().to_vec()),
            Algorithm::Rs256 => {
                rsa::KeyPair::from_pkcs8(&pkcs8).map(|pair| pair.public_key().as_ref().to_vec())
            }
        };
        let public = public.map_err(|_| broken("the signing key is none of its algorithm"))?;
        let name = digest::digest(&digest::SHA256, &public);
        let kid = URL_SAFE_NO_PAD.encode(&name.as_ref()[..12]);
        Ok(Self { kid, algorithm, pkcs8, public, created_at })
    }
}

/// Of all keys, in the order in which they were made, those that count at a moment: for each
/// algorithm the one that signs comes first.
fn at(keys: &[SigningKey], now: DateTime<Utc>) -> Vec<SigningKey> {
    let mut current = Vec::new();
    for algorithm in Algorithm::ALL {
        let keys: Vec<_> = keys.iter().filter(|key| key.algorithm == algorithm).collect();
        // The very first one signs at once: nobody has seen another.
        let signs = keys.iter().rposition(|key| key.created_at + LEAD <= now).unwrap_or(0);
        let gone = |index: usize| {
            keys.get(index + 1).is_some_and(|next| next.created_at + LEAD + LEAD <= now)
        };
        let others = (0..keys.len()).filter(|index| *index != signs && !gone(*index));
        let counting = std::iter::once(signs).chain(others);
        current.extend(counting.filter_map(|index| keys.get(index)).map(|key| (*key).clone()));
    }
    current
}

fn broken(why: &str) -> sqlx::Error {
    sqlx::Error::Decode(why.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(minute: i64) -> SigningKey {
        let made = SigningKey::generate(Algorithm::EdDsa).unwrap();
        SigningKey { kid: format!("made in minute {minute}"), created_at: moment(minute), ..made }
    }

    fn moment(minute: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minute)
    }

    /// The minutes in which the keys were made that count, the one that signs first.
    fn at_minute(keys: &[SigningKey], minute: i64) -> Vec<String> {
        let named = |key: SigningKey| key.kid.replace("made in minute ", "");
        at(keys, moment(minute)).into_iter().map(named).collect()
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
            let made = SigningKey::generate(algorithm).unwrap();
            let read = SigningKey::new(algorithm, made.pkcs8.clone(), moment(0)).unwrap();
            assert_eq!((read.kid, read.public), (made.kid, made.public));
        }
    }
}
