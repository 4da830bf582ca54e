//! Signing in with a passkey, by a virtual authenticator (W3C Web Authentication).

use aws_lc_rs::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tests::world::{Caller, PASSWORD, World};

/// Browsers keep passkeys for host names only, not for addresses.
pub(crate) const ORIGIN: &str = "http://localhost:8080";

#[tokio::test]
async fn a_passkey_signs_its_owner_in_without_a_password_and_each_challenge_is_valid_once() {
    let mut world = World::start_with(&[("SERVICEBOOK_PUBLIC_URL", ORIGIN)]).await;
    let client = world.user_with_role(&world.admin().await, "client_user", json!({})).await;
    let guest = world.guest();
    let request = json!({ "password": PASSWORD, "name": "Phone" });
    let begun = client.post("/auth/passkeys/enroll", request).await.expect(StatusCode::OK).body;
    let mut device = VirtualAuthenticator::new();
    let credential = device.create(&begun["data"]);
    let enrolled =
        client.post("/auth/passkeys", credential.clone()).await.expect(StatusCode::CREATED);
    client.post("/auth/passkeys", credential).await.expect(StatusCode::UNAUTHORIZED);
    let listed = client.get("/auth/passkeys").await.expect(StatusCode::OK).body;
    assert_eq!(listed["data"], json!([enrolled.body["data"]]), "{listed}");

    let assertion = device.get(&challenge(&guest).await, ORIGIN);
    let answer = guest.post("/auth/passkeys/login", assertion.clone()).await.expect(StatusCode::OK);
    assert!(answer.headers.contains_key("set-cookie"), "{}", answer.body);
    guest.post("/auth/passkeys/login", assertion).await.expect(StatusCode::UNAUTHORIZED);

    // Another site's page and an unknown device are refused.
    let from_other_site = device.get(&challenge(&guest).await, "http://evil.example");
    guest.post("/auth/passkeys/login", from_other_site).await.expect(StatusCode::UNAUTHORIZED);
    let mut stranger = VirtualAuthenticator {
        user: device.user.clone(),
        id: device.id.clone(),
        ..VirtualAuthenticator::new()
    };
    let forged = stranger.get(&challenge(&guest).await, ORIGIN);
    guest.post("/auth/passkeys/login", forged).await.expect(StatusCode::UNAUTHORIZED);

    let key = enrolled.body["data"]["key"].as_str().unwrap();
    let key = format!("/auth/passkeys/{key}");
    for (password, expected) in
        [("not it", StatusCode::FORBIDDEN), (PASSWORD, StatusCode::NO_CONTENT)]
    {
        let password = Some(json!({ "password": password }));
        let removed = client.send(reqwest::Method::DELETE, &key, &[], password).await.unwrap();
        removed.expect(expected);
    }
    let late = device.get(&challenge(&guest).await, ORIGIN);
    guest.post("/auth/passkeys/login", late).await.expect(StatusCode::UNAUTHORIZED);
    world.stop().await;
}

async fn challenge(guest: &Caller) -> Value {
    let challenge = guest.post("/auth/passkeys/challenge", json!({})).await;
    challenge.expect(StatusCode::OK).body["data"].clone()
}

/// An authenticator with one passkey, which it uses without asking its user.
pub(crate) struct VirtualAuthenticator {
    key: EcdsaKeyPair,
    id: Vec<u8>,
    user: String,
    uses: u32,
}

impl VirtualAuthenticator {
    pub(crate) fn new() -> Self {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
        Self { key, id: vec![7; 32], user: String::new(), uses: 0 }
    }

    /// As `navigator.credentials.create`: the credential for `POST /auth/passkeys`.
    pub(crate) fn create(&mut self, begun: &Value) -> Value {
        let options = &begun["options"]["publicKey"];
        options["user"]["id"].as_str().unwrap().clone_into(&mut self.user);
        let client_data = client_data("webauthn.create", options, ORIGIN);
        // The key in COSE (RFC 9053, 7.1): an elliptic curve, ES256, P-256, x, y.
        let (x, y) = self.key.public_key().as_ref()[1..].split_at(32);
        let cose =
            [&[0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21][..], &cbor_bytes(x), &[0x22], &cbor_bytes(y)]
                .concat();
        let id_length = u16::try_from(self.id.len()).unwrap().to_be_bytes();
        let attested = [&[0; 16][..], &id_length, &self.id, &cose].concat();
        let data = [self.authenticator_data(0x45), attested].concat();
        let none =
            [&[0xa3][..], &cbor_text("fmt"), &cbor_text("none"), &cbor_text("attStmt"), &[0xa0]]
                .concat();
        let attestation = [none, cbor_text("authData"), cbor_bytes(&data)].concat();
        self.answer(
            begun,
            &json!({
                "attestationObject": URL_SAFE_NO_PAD.encode(attestation),
                "clientDataJSON": URL_SAFE_NO_PAD.encode(client_data),
            }),
        )
    }

    /// As `navigator.credentials.get` on a page of `origin`: the assertion for signing in.
    pub(crate) fn get(&mut self, begun: &Value, origin: &str) -> Value {
        let client_data = client_data("webauthn.get", &begun["options"]["publicKey"], origin);
        self.uses += 1;
        let data = self.authenticator_data(0x05);
        let signed = [&data[..], digest(&SHA256, client_data.as_bytes()).as_ref()].concat();
        let signature = self.key.sign(&SystemRandom::new(), &signed).unwrap();
        self.answer(
            begun,
            &json!({
                "authenticatorData": URL_SAFE_NO_PAD.encode(data),
                "clientDataJSON": URL_SAFE_NO_PAD.encode(client_data),
                "signature": URL_SAFE_NO_PAD.encode(signature),
                "userHandle": self.user,
            }),
        )
    }

    /// The authenticator data (Web Authentication, 6.1): site, flags, and the count of uses.
    fn authenticator_data(&self, flags: u8) -> Vec<u8> {
        let site = digest(&SHA256, b"localhost");
        [site.as_ref(), &[flags], &self.uses.to_be_bytes()].concat()
    }

    fn answer(&self, begun: &Value, response: &Value) -> Value {
        let id = URL_SAFE_NO_PAD.encode(&self.id);
        let credential = json!({
            "id": id, "rawId": id, "type": "public-key", "response": response, "extensions": {},
        });
        json!({ "ceremony": begun["ceremony"], "credential": credential })
    }
}

fn client_data(kind: &str, options: &Value, origin: &str) -> String {
    json!({ "type": kind, "challenge": options["challenge"], "origin": origin }).to_string()
}

/// A text of less than 24 bytes in CBOR.
fn cbor_text(text: &str) -> Vec<u8> {
    [&[0x60 | u8::try_from(text.len()).unwrap()], text.as_bytes()].concat()
}

/// Less than 256 bytes in CBOR.
fn cbor_bytes(bytes: &[u8]) -> Vec<u8> {
    [&[0x58, u8::try_from(bytes.len()).unwrap()], bytes].concat()
}
