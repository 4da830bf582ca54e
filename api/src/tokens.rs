//! Tokens that we sign: access tokens (RFC 9068) with Ed25519, ID tokens (`OpenID` Connect) by RSA.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use anyhow::{Context, anyhow, ensure};
use domain::identity::{Reach, Role, oauth_client::Permission, session::Method};
use jsonwebtoken::{
    DecodingKey, EncodingKey, Header, Validation,
    jwk::{Jwk, JwkSet, PublicKeyUse},
};
use sealing::{Algorithm, SigningKey};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use uuid::Uuid;

/// How long a token is good for, in seconds (IAM-2).
pub const ACCESS_TOKEN_LIFETIME: u64 = 600;
/// How far the clock of the issuing process may be ahead, in seconds.
const MAX_CLOCK_AHEAD: u64 = 60;
const AUDIENCE: &str = "servicebook";
const ACCESS_TOKEN_TYPE: &str = "at+jwt";
const ID_TOKEN_TYPE: &str = "JWT";

/// The claims of an access token; they have no personal data (IAM-2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The user, or the client that acts for itself.
    pub sub: Uuid,
    /// The deployment.
    pub tid: Uuid,
    /// The active cabinet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cid: Option<Uuid>,
    /// The customer that the user is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cust: Option<Uuid>,
    /// The session.
    pub sid: Uuid,
    pub roles: Vec<Role>,
    pub reach: Reach,
    /// What the token may be used for, separated by blanks; `api` is everything.
    pub scope: String,
    /// How the user proved who they are (RFC 8176).
    pub amr: Vec<Method>,
    /// The version of the user's membership that this is made from.
    pub mver: i32,
    /// The version of the user that the session began with: a later event that ended all their
    /// sessions ended this one.
    #[serde(default)]
    pub uver: i32,
    /// The OAuth client that holds it; `None` for our own pages and apps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<Uuid>,
    /// The version of that client that this is made from.
    #[serde(default)]
    pub cver: i32,
    /// Who acts in the user's name (RFC 8693, 4.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<ActorClaim>,
}

impl Claims {
    /// Whether the token may be used for this.
    pub(crate) fn permits(&self, permission: Permission) -> bool {
        let name = permission.to_string();
        self.scope.split(' ').any(|part| part == name)
    }
}

/// Who acts on behalf of the user (RFC 8693, 4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActorClaim {
    pub sub: Uuid,
    /// The session in which they act; the token ends with it.
    #[serde(default)]
    pub sid: Uuid,
}

#[derive(Serialize, Deserialize)]
struct Envelope<C> {
    iss: String,
    aud: String,
    iat: u64,
    exp: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    jti: Option<Uuid>,
    #[serde(flatten)]
    claims: C,
}

/// Issues and verifies tokens.
pub struct Tokens {
    issuer: String,
    keys: RwLock<Arc<Keys>>,
    /// What is checked of an access token.
    access: Validation,
    /// What is checked of an ID token sent back as a hint, which may have expired.
    hint: Validation,
}

/// The present keys, parsed.
struct Keys {
    signing: Vec<(Algorithm, String, EncodingKey)>,
    verifying: HashMap<String, (Algorithm, DecodingKey)>,
    published: JwkSet,
}

impl Keys {
    fn new(keys: &[SigningKey]) -> anyhow::Result<Self> {
        let mut signing: Vec<(Algorithm, String, EncodingKey)> = Vec::new();
        let mut verifying = HashMap::new();
        let mut published = Vec::new();
        for SigningKey { kid, algorithm, pkcs8, public, .. } in keys {
            let public = match algorithm {
                Algorithm::EdDsa => DecodingKey::from_ed_der(public),
                Algorithm::Rs256 => DecodingKey::from_rsa_der(public),
            };
            let mut jwk = Jwk::from_decoding_key(&public, Some(jwt_algorithm(*algorithm)))?;
            jwk.common.key_id = Some(kid.clone());
            jwk.common.public_key_use = Some(PublicKeyUse::Signature);
            published.push(jwk);
            verifying.insert(kid.clone(), (*algorithm, public));
            if !signing.iter().any(|(signs, ..)| signs == algorithm) {
                let private = match algorithm {
                    Algorithm::EdDsa => EncodingKey::from_ed_der(pkcs8),
                    Algorithm::Rs256 => EncodingKey::from_rsa_der(rsa_private_key(pkcs8)?),
                };
                signing.push((*algorithm, kid.clone(), private));
            }
        }
        ensure!(!signing.is_empty(), "there is no signing key");
        Ok(Self { signing, verifying, published: JwkSet { keys: published } })
    }
}

/// The `RSAPrivateKey` (RFC 8017) within a PKCS#8 key: all that follows the fixed head of a key of
/// 2048 bits, which names its kind.
fn rsa_private_key(pkcs8: &[u8]) -> anyhow::Result<&[u8]> {
    const HEAD: usize = 26;
    pkcs8.get(HEAD..).context("an RSA key cut short")
}

fn jwt_algorithm(algorithm: Algorithm) -> jsonwebtoken::Algorithm {
    match algorithm {
        Algorithm::EdDsa => jsonwebtoken::Algorithm::EdDSA,
        Algorithm::Rs256 => jsonwebtoken::Algorithm::RS256,
    }
}

fn validation(issuer: &str, algorithm: Algorithm) -> Validation {
    let mut validation = Validation::new(jwt_algorithm(algorithm));
    // No leeway: clients renew a little early anyway.
    validation.leeway = 0;
    validation.validate_nbf = true;
    validation.set_issuer(&[issuer]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    validation
}

impl Tokens {
    /// The first key of an algorithm signs, all of them verify.
    pub fn new(issuer: impl Into<String>, keys: &[SigningKey]) -> anyhow::Result<Self> {
        let (issuer, keys) = (issuer.into(), RwLock::new(Arc::new(Keys::new(keys)?)));
        let mut access = validation(&issuer, Algorithm::EdDsa);
        access.set_audience(&[AUDIENCE]);
        let mut hint = validation(&issuer, Algorithm::Rs256);
        (hint.validate_exp, hint.validate_aud) = (false, false);
        Ok(Self { issuer, keys, access, hint })
    }

    /// Replaces the keys, after a rotation.
    pub fn replace_keys(&self, keys: &[SigningKey]) -> anyhow::Result<()> {
        let keys = Arc::new(Keys::new(keys)?);
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
        Ok(())
    }

    fn keys(&self) -> Arc<Keys> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The issuer: the address of this deployment.
    pub(crate) fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The public keys of all tokens that may still be in use (RFC 7517).
    pub(crate) fn public_keys(&self) -> JwkSet {
        self.keys().published.clone()
    }

    /// A token with these claims, valid from now on for [`ACCESS_TOKEN_LIFETIME`] seconds.
    pub fn issue(&self, claims: &Claims) -> anyhow::Result<String> {
        self.issue_until(claims, u64::MAX)
    }

    /// As [`issue`](Self::issue), but not beyond a moment (in seconds since the epoch).
    pub(crate) fn issue_until(&self, claims: &Claims, until: u64) -> anyhow::Result<String> {
        self.sign(
            Algorithm::EdDsa,
            ACCESS_TOKEN_TYPE,
            AUDIENCE,
            (Some(Uuid::now_v7()), until),
            claims,
        )
    }

    /// An ID token for a client, for [`ACCESS_TOKEN_LIFETIME`] seconds.
    pub(crate) fn issue_id_token(
        &self,
        client: Uuid,
        claims: &impl Serialize,
    ) -> anyhow::Result<String> {
        self.sign(Algorithm::Rs256, ID_TOKEN_TYPE, &client.to_string(), (None, u64::MAX), claims)
    }

    fn sign(
        &self,
        algorithm: Algorithm,
        typ: &str,
        audience: &str,
        (jti, until): (Option<Uuid>, u64),
        claims: impl Serialize,
    ) -> anyhow::Result<String> {
        let keys = self.keys();
        let signer = keys.signing.iter().find(|(signs, ..)| *signs == algorithm);
        let (_, kid, key) = signer.with_context(|| anyhow!("no key signs {algorithm:?}"))?;
        let header = Header {
            typ: Some(typ.to_owned()),
            kid: Some(kid.clone()),
            ..Header::new(jwt_algorithm(algorithm))
        };
        let now = jsonwebtoken::get_current_timestamp();
        let (iss, aud) = (self.issuer.clone(), audience.to_owned());
        let exp = until.min(now + ACCESS_TOKEN_LIFETIME);
        let envelope = Envelope { iss, aud, iat: now, exp, jti, claims };
        jsonwebtoken::encode(&header, &envelope, key).context("signing a token")
    }

    /// The claims of a valid token, and when it expires (in seconds since the epoch).
    pub fn verify(&self, token: &str) -> anyhow::Result<(Claims, u64)> {
        let Envelope { iat, exp, claims, .. } =
            self.read::<Claims>(token, Algorithm::EdDsa, ACCESS_TOKEN_TYPE, &self.access)?;
        ensure!(exp.saturating_sub(iat) <= ACCESS_TOKEN_LIFETIME, "a token that lives too long");
        Ok((claims, exp))
    }

    /// The client and claims of an ID token of ours, which may have expired, as it is only a hint.
    pub(crate) fn read_id_token_hint<C: DeserializeOwned>(
        &self,
        token: &str,
    ) -> anyhow::Result<(Uuid, C)> {
        let Envelope { aud, claims, .. } =
            self.read(token, Algorithm::Rs256, ID_TOKEN_TYPE, &self.hint)?;
        Ok((aud.parse()?, claims))
    }

    fn read<C: DeserializeOwned>(
        &self,
        token: &str,
        algorithm: Algorithm,
        expected_type: &str,
        validation: &Validation,
    ) -> anyhow::Result<Envelope<C>> {
        let header = jsonwebtoken::decode_header(token)?;
        let typ = header.typ.as_deref().unwrap_or_default();
        ensure!(typ.eq_ignore_ascii_case(expected_type), "a token of another type");
        let kid = header.kid.context("a token without a key id")?;
        let keys = self.keys();
        let (verifies, key) = keys.verifying.get(&kid).context("a token of an unknown key")?;
        ensure!(*verifies == algorithm, "a key of another algorithm");
        let envelope: Envelope<C> = jsonwebtoken::decode(token, key, validation)?.claims;
        // Issued by a clock far ahead, it would outlive all others.
        let soon = jsonwebtoken::get_current_timestamp() + MAX_CLOCK_AHEAD;
        ensure!(envelope.iat <= soon, "a token of the future");
        Ok(envelope)
    }
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tokens").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

#[cfg(test)]
pub(crate) mod tests;
