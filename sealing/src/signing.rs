use aws_lc_rs::{
    digest,
    signature::{Ed25519KeyPair, KeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sqlx::PgPool;

use crate::MasterKey;

/// The deployment's key for signing access tokens.
#[derive(Clone)]
pub struct SigningKey {
    /// Names the key in tokens: the start of the digest of its public half.
    pub kid: String,
    /// Ed25519, PKCS#8 v1, DER.
    pub pkcs8: Vec<u8>,
    /// The public half, raw, 32 bytes.
    pub public: Vec<u8>,
}

impl SigningKey {
    /// The newest key of the deployment; the first start makes one.
    pub async fn load_or_create(db: &PgPool, master: &MasterKey) -> sqlx::Result<Self> {
        let newest = "select kid, wrapped from key_store.signing order by created_at, kid limit 1";
        if let Some((kid, wrapped)) =
            sqlx::query_as::<_, (String, Vec<u8>)>(newest).fetch_optional(db).await?
        {
            let pkcs8 = master.unwrap(kid.as_bytes(), &wrapped).map_err(|_| {
                broken("the signing key was wrapped by another master key; give the right one")
            })?;
            return Self::new(pkcs8);
        }
        let pair = Ed25519KeyPair::generate().and_then(|pair| pair.to_pkcs8v1());
        let made = pair.map_err(|_| broken("the system gives no random numbers"))?;
        let made = Self::new(made.as_ref().to_vec())?;
        let wrapped = master
            .wrap(made.kid.as_bytes(), &made.pkcs8)
            .map_err(|_| broken("the signing key could not be wrapped"))?;
        sqlx::query("insert into key_store.signing values ($1, $2, now())")
            .bind(&made.kid)
            .bind(wrapped)
            .execute(db)
            .await?;
        // Another process may have been first: the oldest key counts for both.
        Box::pin(Self::load_or_create(db, master)).await
    }

    fn new(pkcs8: Vec<u8>) -> sqlx::Result<Self> {
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&pkcs8)
            .map_err(|_| broken("the signing key is no Ed25519 key"))?;
        let public = pair.public_key().as_ref().to_vec();
        let name = digest::digest(&digest::SHA256, &public);
        let kid = URL_SAFE_NO_PAD.encode(&name.as_ref()[..12]);
        Ok(Self { kid, pkcs8, public })
    }
}

fn broken(why: &str) -> sqlx::Error {
    sqlx::Error::Decode(why.into())
}
