//! What tokens say, and which ones are refused.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use chrono::DateTime;
use serde_json::json;

use super::*;

pub(crate) fn key(kid: &str) -> SigningKey {
    let pair = Ed25519KeyPair::generate().unwrap();
    let pkcs8 = pair.to_pkcs8v1().unwrap().as_ref().to_vec();
    SigningKey {
        kid: kid.to_owned(),
        algorithm: Algorithm::EdDsa,
        pkcs8,
        public: pair.public_key().as_ref().to_vec(),
        created_at: DateTime::default(),
    }
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
        client_id: None,
        cver: 0,
        act: None,
    }
}

#[test]
fn a_token_says_what_was_put_into_it() {
    let tokens = Tokens::new("here", &[key("a")]).unwrap();
    let claims = claims(Role::Employee);
    let (read, exp) = tokens.verify(&tokens.issue(&claims).unwrap()).unwrap();
    assert_eq!(read, claims);
    assert!(exp <= jsonwebtoken::get_current_timestamp() + ACCESS_TOKEN_LIFETIME);
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
    let our_key = key("a");
    let tokens = Tokens::new("here", std::slice::from_ref(&our_key)).unwrap();
    let now = jsonwebtoken::get_current_timestamp();
    let good = json!({
        "iss": "here", "aud": AUDIENCE, "iat": now, "exp": now + ACCESS_TOKEN_LIFETIME,
        "sub": Uuid::nil(), "tid": Uuid::nil(), "sid": Uuid::nil(), "roles": ["admin"],
        "reach": "own", "scope": "api", "amr": ["pwd"], "mver": 1,
    });
    let header = Header {
        typ: Some(ACCESS_TOKEN_TYPE.into()),
        kid: Some("a".into()),
        ..Header::new(jsonwebtoken::Algorithm::EdDSA)
    };
    let signing = EncodingKey::from_ed_der(&our_key.pkcs8);
    let sign = |header: &Header, claims: &serde_json::Value| {
        jsonwebtoken::encode(header, claims, &signing).unwrap()
    };
    assert!(tokens.verify(&sign(&header, &good)).is_ok());

    for (claim, value) in [
        ("iss", json!("there")),
        ("aud", json!("others")),
        ("exp", json!(now - 1)),
        ("exp", json!(now + 2 * ACCESS_TOKEN_LIFETIME)),
        ("iat", json!(now + 100)),
        ("sub", json!(null)),
    ] {
        let mut bad = good.clone();
        bad[claim] = value;
        assert!(tokens.verify(&sign(&header, &bad)).is_err(), "{claim}");
    }

    let typ = Header { typ: Some("JWT".into()), ..header.clone() };
    assert!(tokens.verify(&sign(&typ, &good)).is_err(), "another type of token");

    // The public key as the secret of an HMAC, the oldest trick of all.
    let public = EncodingKey::from_secret(&our_key.public);
    let hmac = Header { alg: jsonwebtoken::Algorithm::HS256, ..header.clone() };
    let forged = jsonwebtoken::encode(&hmac, &good, &public).unwrap();
    assert!(tokens.verify(&forged).is_err(), "another algorithm");

    let mut cut = sign(&header, &good);
    cut.pop();
    assert!(tokens.verify(&cut).is_err(), "a signature cut short");
}
