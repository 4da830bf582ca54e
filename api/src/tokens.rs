//! Access tokens: short-lived JWTs (RFC 9068), signed with Ed25519.

use std::collections::HashMap;

use anyhow::{Context, ensure};
use domain::identity::{Reach, Role, session::Method};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use sealing::SigningKey;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How long an access token is good for, in seconds (IAM-2).
pub const LIFETIME: u64 = 600;
/// How far the clocks of our processes may be apart, in seconds.
const LEEWAY: u64 = 5;
const AUDIENCE: &str = "servicebook";
const TYPE: &str = "at+jwt";

/// What an access token says; never anything about a person (IAM-2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The user.
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
    /// What the token may be used for, in words between blanks; `api` is everything.
    pub scope: String,
    /// How the user proved who he is.
    pub amr: Vec<Method>,
    /// The version of the user's membership that this is made from.
    pub mver: i32,
    /// The version of the user that the session began with: what ended all his sessions since,
    /// ended this one.
    #[serde(default)]
    pub uver: i32,
}

#[derive(Serialize, Deserialize)]
struct Envelope<C> {
    iss: String,
    aud: String,
    iat: u64,
    exp: u64,
    #[serde(flatten)]
    claims: C,
}

/// Makes and checks access tokens.
pub struct Tokens {
    issuer: String,
    signing: (Header, EncodingKey),
    verifying: HashMap<String, DecodingKey>,
    validation: Validation,
}

impl Tokens {
    /// The first key signs, all of them verify.
    pub fn new(issuer: impl Into<String>, keys: &[SigningKey]) -> anyhow::Result<Self> {
        let issuer = issuer.into();
        let verifying = keys
            .iter()
            .map(|key| (key.kid.clone(), DecodingKey::from_ed_der(&key.public)))
            .collect();
        let first = keys.first().context("there is no signing key")?;
        let header = Header {
            typ: Some(TYPE.to_owned()),
            kid: Some(first.kid.clone()),
            ..Header::new(Algorithm::EdDSA)
        };
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.leeway = LEEWAY;
        validation.set_issuer(&[&issuer]);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        let signing = (header, EncodingKey::from_ed_der(&first.pkcs8));
        Ok(Self { issuer, signing, verifying, validation })
    }

    /// A token that says so from now on, for [`LIFETIME`] seconds.
    pub fn issue(&self, claims: &Claims) -> anyhow::Result<String> {
        let now = jsonwebtoken::get_current_timestamp();
        let (iss, aud) = (self.issuer.clone(), AUDIENCE.to_owned());
        let envelope = Envelope { iss, aud, iat: now, exp: now + LIFETIME, claims };
        let (header, key) = &self.signing;
        jsonwebtoken::encode(header, &envelope, key).context("signing a token")
    }

    /// What a token says and until when (seconds of the epoch), if it is one of ours and of now.
    pub fn verify(&self, token: &str) -> anyhow::Result<(Claims, u64)> {
        let header = jsonwebtoken::decode_header(token)?;
        let typ = header.typ.as_deref().unwrap_or_default();
        ensure!(typ.eq_ignore_ascii_case(TYPE), "a token of another type");
        let kid = header.kid.context("a token without a key id")?;
        let key = self.verifying.get(&kid).context("a token of an unknown key")?;
        let decoded = jsonwebtoken::decode::<Envelope<Claims>>(token, key, &self.validation)?;
        let Envelope { iat, exp, claims, .. } = decoded.claims;
        ensure!(exp.saturating_sub(iat) <= LIFETIME, "a token that lives too long");
        Ok((claims, exp))
    }
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tokens").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
    use serde_json::json;

    use super::*;

    pub(crate) fn key(kid: &str) -> SigningKey {
        let pair = Ed25519KeyPair::generate().unwrap();
        let pkcs8 = pair.to_pkcs8v1().unwrap().as_ref().to_vec();
        SigningKey { kid: kid.to_owned(), pkcs8, public: pair.public_key().as_ref().to_vec() }
    }

    pub(crate) fn claims(role: Role) -> Claims {
        Claims {
            sub: Uuid::from_u128(1),
            tid: Uuid::from_u128(2),
            cid: None,
            cust: None,
            sid: Uuid::from_u128(3),
            roles: vec![role],
            reach: Reach::Own,
            scope: "api".into(),
            amr: vec![Method::Password],
            mver: 1,
            uver: 1,
        }
    }

    #[test]
    fn a_token_says_what_was_put_into_it() {
        let tokens = Tokens::new("here", &[key("a")]).unwrap();
        let claims = claims(Role::Employee);
        let (read, exp) = tokens.verify(&tokens.issue(&claims).unwrap()).unwrap();
        assert_eq!(read, claims);
        assert!(exp <= jsonwebtoken::get_current_timestamp() + LIFETIME);
    }

    #[test]
    fn an_older_key_still_verifies() {
        let (old, new) = (key("old"), key("new"));
        let token = Tokens::new("here", std::slice::from_ref(&old)).unwrap();
        let token = token.issue(&claims(Role::Admin)).unwrap();
        assert!(Tokens::new("here", &[new.clone(), old]).unwrap().verify(&token).is_ok());
        assert!(Tokens::new("here", &[new]).unwrap().verify(&token).is_err());
    }

    #[test]
    fn what_is_not_exactly_ours_is_refused() {
        let ours = key("a");
        let tokens = Tokens::new("here", std::slice::from_ref(&ours)).unwrap();
        let now = jsonwebtoken::get_current_timestamp();
        let good = json!({
            "iss": "here", "aud": AUDIENCE, "iat": now, "exp": now + LIFETIME,
            "sub": Uuid::nil(), "tid": Uuid::nil(), "sid": Uuid::nil(), "roles": ["admin"],
            "reach": "own", "scope": "api", "amr": ["pwd"], "mver": 1,
        });
        let (header, signing) = &tokens.signing;
        let sign = |header: &Header, claims: &serde_json::Value| {
            jsonwebtoken::encode(header, claims, signing).unwrap()
        };
        assert!(tokens.verify(&sign(header, &good)).is_ok());

        for (claim, value) in [
            ("iss", json!("there")),
            ("aud", json!("others")),
            ("exp", json!(now - 60)),
            ("exp", json!(now + 2 * LIFETIME)),
            ("sub", json!(null)),
        ] {
            let mut bad = good.clone();
            bad[claim] = value;
            assert!(tokens.verify(&sign(header, &bad)).is_err(), "{claim}");
        }

        let typ = Header { typ: Some("JWT".into()), ..header.clone() };
        assert!(tokens.verify(&sign(&typ, &good)).is_err(), "another type of token");

        // The public key as the secret of an HMAC, the oldest trick of all.
        let public = EncodingKey::from_secret(&ours.public);
        let hmac = Header { alg: Algorithm::HS256, ..header.clone() };
        let forged = jsonwebtoken::encode(&hmac, &good, &public).unwrap();
        assert!(tokens.verify(&forged).is_err(), "another algorithm");

        let mut cut = sign(header, &good);
        cut.pop();
        assert!(tokens.verify(&cut).is_err(), "a signature cut short");
    }
}
