//! What a provider may answer, and what is made of it.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use jsonwebtoken::{EncodingKey, Header};
use serde_json::json;

use super::*;

#[test]
fn an_id_token_of_a_time_to_come_is_refused() {
    let pair = Ed25519KeyPair::generate().unwrap();
    let signing = EncodingKey::from_ed_der(pair.to_pkcs8v1().unwrap().as_ref());
    let key = URL_SAFE_NO_PAD.encode(pair.public_key().as_ref());
    let keys = json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "x": key }] });
    let keys: JwkSet = serde_json::from_value(keys).unwrap();
    let address = "https://idp.example";
    let metadata = json!({
        "issuer": address, "authorization_endpoint": address, "token_endpoint": address,
        "jwks_uri": address,
    });
    let upstream = UpstreamProvider {
        reach: ReachableNetworks::Public,
        metadata: serde_json::from_value(metadata).unwrap(),
        client_id: "servicebook".into(),
        secret: None,
        callback: String::new(),
    };
    let now = jsonwebtoken::get_current_timestamp();
    let read = |iat: u64| {
        let claims = json!({
            "iss": address, "aud": "servicebook", "sub": "anna", "nonce": "n", "iat": iat,
            "exp": iat + 300,
        });
        let token = jsonwebtoken::encode(&Header::new(Algorithm::EdDSA), &claims, &signing);
        upstream.verify_id_token(&token.unwrap(), &keys, "n")
    };
    assert_eq!(read(now).unwrap().sub, "anna");
    assert!(read(now + LEEWAY - 10).is_ok(), "clocks differ");
    let refused = read(now + LEEWAY + 10).unwrap_err().to_string();
    assert!(refused.contains("a time to come"), "{refused}");
}

#[test]
fn browsers_and_secrets_are_sent_nowhere_without_tls() {
    let metadata = |name: &str, address: &str| -> Metadata {
        let mut metadata = serde_json::json!({
            "issuer": "https://idp.example", "authorization_endpoint": "https://idp.example/a",
            "token_endpoint": "https://idp.example/t", "jwks_uri": "https://idp.example/k",
            "userinfo_endpoint": "https://idp.example/u",
        });
        metadata[name] = address.into();
        serde_json::from_value(metadata).unwrap()
    };
    assert!(metadata("issuer", "https://idp.example").check(ReachableNetworks::Public).is_ok());
    for name in ["authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint"] {
        for address in ["http://idp.example/x", "javascript:alert(1)", "/x", ""] {
            let metadata = metadata(name, address);
            assert!(metadata.check(ReachableNetworks::Public).is_err(), "{name} {address}");
            let plain = address.starts_with("http:");
            assert_eq!(
                metadata.check(ReachableNetworks::Private).is_ok(),
                plain,
                "{name} {address}"
            );
        }
    }
}
