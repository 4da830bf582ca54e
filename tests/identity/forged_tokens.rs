//! S-05: only access tokens that this deployment signed are accepted.

use aws_lc_rs::{
    hmac,
    rand::SystemRandom,
    rsa,
    signature::{Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::StatusCode;
use sealing::{Algorithm, SigningKey};
use serde_json::{Value, json};
use tests::world::{Caller, World};
use uuid::Uuid;

use crate::ingress::raw_connection::RawConnection;

#[tokio::test]
async fn s_05_every_invalid_access_token_is_refused_with_the_same_answer() {
    let mut world = World::start().await;
    let client = world.user_with_role(&world.admin().await, "client_user", json!({})).await;
    let signer = Signer::new(&world).await;
    let (header, claims) = decode(client.token.as_deref().unwrap());

    // Signed again without a change it is valid: each token below is refused for its change alone.
    let unchanged = signer.token(&header, &claims.to_string());
    client.with_token(Some(&unchanged)).get("/me").await.expect(StatusCode::OK);

    let mut wrong = signer.wrong_claims(&header, &claims);
    wrong.extend(signer.claims_twice(&header, &claims));
    wrong.extend(signer.wrong_headers(&header, &claims));
    wrong.extend(signer.wrong_signatures(&header, &claims));
    wrong.extend(malformed(&client));
    let mut answers = Vec::new();
    for (name, token) in &wrong {
        let mut answer = client.with_token(Some(token)).get("/me").await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{name}: {token}");
        answer.body.as_object_mut().unwrap().remove("trace_id");
        assert_eq!(answer.headers["www-authenticate"], "Bearer error=\"invalid_token\"", "{name}");
        answers.push(answer.body);
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");

    // A request head above the limit is not read to its end.
    let mut connection = RawConnection::connect(&world.address()).await;
    let long = "x".repeat(1 << 20);
    let request =
        format!("GET /api/v1/me HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {long}\r\n\r\n");
    connection.send(request).await;
    assert_eq!(connection.status().await, 431, "1 MB");

    client.get("/me").await.expect(StatusCode::OK);
    world.stop().await;
}

/// A description of what is wrong, and the token.
type BadToken = (String, String);

/// Signs with the keys of the deployment.
struct Signer {
    key: Ed25519KeyPair,
    rsa: rsa::KeyPair,
    rsa_kid: String,
}

impl Signer {
    async fn new(world: &World) -> Self {
        let (db, master) = (world.database().await, world.master().await);
        let keys = SigningKey::ensure_current(&db, &master).await.unwrap();
        let key = |algorithm| keys.iter().find(|key| key.algorithm == algorithm).unwrap();
        let rsa = key(Algorithm::Rs256);
        Self {
            key: Ed25519KeyPair::from_pkcs8_maybe_unchecked(&key(Algorithm::EdDsa).pkcs8).unwrap(),
            rsa: rsa::KeyPair::from_pkcs8(&rsa.pkcs8).unwrap(),
            rsa_kid: rsa.kid.clone(),
        }
    }

    fn token(&self, header: &Value, claims: &str) -> String {
        signed_by(&self.key, &header.to_string(), claims)
    }

    /// Each with one wrong or missing claim.
    fn wrong_claims(&self, header: &Value, claims: &Value) -> Vec<BadToken> {
        let now = claims["iat"].as_u64().unwrap();
        let other = Uuid::now_v7();
        let changed = [
            ("exp", json!(now - 1)),
            ("exp", json!(now + 86_400)),
            ("exp", json!("never")),
            ("exp", json!(null)),
            ("nbf", json!(now + 120)),
            ("iat", json!(now + 120)),
            ("iss", json!("https://another.example")),
            ("iss", json!(null)),
            ("aud", json!("another")),
            ("aud", json!(null)),
            ("tid", json!(other)),
            ("sub", json!(other)),
            ("sub", json!(null)),
            ("sid", json!(other)),
            ("cid", json!(other)),
            ("cust", json!(other)),
            ("client_id", json!(other)),
            ("act", json!({ "sub": other, "uver": 1 })),
            ("roles", json!(["admin"])),
            ("roles", json!([])),
        ];
        let change = |(name, value): (&str, Value)| {
            let mut claims = claims.clone();
            let what = format!("{name} {value}");
            claims[name] = value;
            (what, self.token(header, &claims.to_string()))
        };
        let less = ["exp", "iss", "aud", "sub", "sid", "roles"].map(|name| {
            let mut claims = claims.clone();
            claims.as_object_mut().unwrap().remove(name);
            (format!("without {name}"), self.token(header, &claims.to_string()))
        });
        changed.map(change).into_iter().chain(less).collect()
    }

    /// Duplicate claims, of which some parsers take the first and some the last.
    fn claims_twice(&self, header: &Value, claims: &Value) -> Vec<BadToken> {
        let now = claims["iat"].as_u64().unwrap();
        let inner = claims.to_string();
        let inner = inner.trim_matches(['{', '}']);
        let twice = [
            ("roles", json!(["admin"])),
            ("exp", json!(now + 60)),
            ("sub", json!(Uuid::nil())),
            ("iss", json!("https://another.example")),
            ("aud", json!("servicebook")),
        ];
        let both = twice.into_iter().flat_map(|(name, value)| {
            [format!("{{\"{name}\":{value},{inner}}}"), format!("{{{inner},\"{name}\":{value}}}")]
                .map(|claims| (format!("{name} twice"), self.token(header, &claims)))
        });
        both.collect()
    }

    /// A valid signature with a changed header, or one with a duplicate parameter.
    fn wrong_headers(&self, header: &Value, claims: &Value) -> Vec<BadToken> {
        let changed = [
            ("typ", json!("JWT")),
            ("typ", json!("id+jwt")),
            ("typ", json!(null)),
            ("alg", json!("none")),
            ("alg", json!("HS256")),
            ("alg", json!("RS256")),
            ("alg", json!("ES256")),
            ("kid", json!(self.rsa_kid)),
            ("kid", json!("../../dev/null")),
            ("kid", json!("' or 1 = 1 --")),
            ("kid", json!(null)),
        ];
        let changed = changed.map(|(name, value)| {
            let mut header = header.clone();
            let what = format!("header {name} {value}");
            header[name] = value;
            (what, self.token(&header, &claims.to_string()))
        });
        let inner = header.to_string();
        let inner = inner.trim_matches(['{', '}']);
        let twice = ["alg", "typ", "kid"].map(|name| {
            let header = format!("{{\"{name}\":\"none\",{inner}}}");
            (format!("header {name} twice"), signed_by(&self.key, &header, &claims.to_string()))
        });
        changed.into_iter().chain(twice).collect()
    }

    /// Claims of an administrator with an invalid signature.
    fn wrong_signatures(&self, header: &Value, claims: &Value) -> Vec<BadToken> {
        let mut admin = claims.clone();
        admin["roles"] = json!(["admin"]);
        let good = self.token(header, &claims.to_string());
        let (_, signature) = good.rsplit_once('.').unwrap();
        let header_with = |more: Value| {
            let mut header = header.clone();
            header.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            header
        };
        let none = header_with(json!({ "alg": "none" }));
        let mut wrong = vec![
            ("the signature of other claims".into(), assemble(header, &admin, signature)),
            ("no signature".into(), assemble(header, claims, "")),
            ("alg none".into(), assemble(&none, &admin, "")),
        ];

        // Algorithm confusion: the public key as the secret of an HMAC (RFC 8725, 2.1).
        let hs = header_with(json!({ "alg": "HS256" }));
        for secret in [self.key.public_key().as_ref(), self.rsa.public_key().as_ref()] {
            let secret = hmac::Key::new(hmac::HMAC_SHA256, secret);
            let tag =
                hmac::sign(&secret, signing_input(&hs.to_string(), &admin.to_string()).as_bytes());
            let tag = URL_SAFE_NO_PAD.encode(tag);
            wrong.push(("the public key as a secret".into(), assemble(&hs, &admin, &tag)));
        }
        // Signed with our key for ID tokens.
        for typ in ["JWT", "at+jwt"] {
            let rs = header_with(json!({ "alg": "RS256", "kid": self.rsa_kid, "typ": typ }));
            let text = signing_input(&rs.to_string(), &claims.to_string());
            let mut tag = vec![0; self.rsa.public_modulus_len()];
            let random = SystemRandom::new();
            self.rsa.sign(&RSA_PKCS1_SHA256, &random, text.as_bytes(), &mut tag).unwrap();
            let tag = URL_SAFE_NO_PAD.encode(tag);
            wrong.push((format!("an ID token, as {typ}"), assemble(&rs, claims, &tag)));
        }
        // Signed by another deployment, with any key id, embedded key or key address.
        let foreign_key = Ed25519KeyPair::generate().unwrap();
        let jwk = json!({
            "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA",
            "x": URL_SAFE_NO_PAD.encode(foreign_key.public_key()),
        });
        for more in [
            json!({}),
            json!({ "kid": "theirs" }),
            json!({ "jwk": jwk }),
            json!({ "jku": "https://another.example/jwks.json", "kid": "theirs" }),
            json!({ "x5u": "https://another.example/certificate.pem", "kid": "theirs" }),
        ] {
            let what = format!("the key of another deployment, with {more}");
            let token = signed_by(&foreign_key, &header_with(more).to_string(), &admin.to_string());
            wrong.push((what, token));
        }
        wrong
    }
}

/// Texts that are no token, or a truncated or altered one.
fn malformed(client: &Caller) -> Vec<BadToken> {
    let token = client.token.clone().unwrap();
    let [header, claims, signature]: [&str; 3] =
        token.split('.').collect::<Vec<_>>().try_into().unwrap();
    // The last letter of a signature has four bits that mean nothing.
    let last = if signature.ends_with('A') { "B" } else { "R" };
    let wrong = [
        ("cut short", token[..token.len() - 4].to_owned()),
        ("without a signature", format!("{header}.{claims}")),
        ("four parts", format!("{token}.")),
        ("an empty part", token.replacen('.', "..", 1)),
        ("written otherwise", format!("{token}=")),
        ("ended otherwise", format!("{}{last}", &token[..token.len() - 1])),
        ("only its claims", claims.to_owned()),
        ("a refresh token", client.refresh_token.clone().unwrap()),
        ("a word", "x".into()),
        ("as long as a head may be", "x".repeat(30_000)),
        ("as many parts as a head may have", "x.".repeat(15_000)),
    ];
    wrong.into_iter().map(|(name, token)| (name.to_owned(), token)).collect()
}

fn signed_by(key: &Ed25519KeyPair, header: &str, claims: &str) -> String {
    let text = signing_input(header, claims);
    let signature = URL_SAFE_NO_PAD.encode(key.sign(text.as_bytes()));
    format!("{text}.{signature}")
}

fn assemble(header: &Value, claims: &Value, signature: &str) -> String {
    format!("{}.{signature}", signing_input(&header.to_string(), &claims.to_string()))
}

/// The JWS signing input (RFC 7515, 5.1).
fn signing_input(header: &str, claims: &str) -> String {
    format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims))
}

/// Header and claims of a token.
fn decode(token: &str) -> (Value, Value) {
    let mut parts = token.split('.').map(|part| {
        let part = URL_SAFE_NO_PAD.decode(part).unwrap_or_default();
        serde_json::from_slice(&part).unwrap_or_default()
    });
    (parts.next().unwrap(), parts.next().unwrap())
}
