//! What we ask of a provider, and what of its answers we believe (`OpenID` Connect Core, 3.1.3.7).

use std::collections::BTreeSet;

use anyhow::{Context, ensure};
use axum::http::{
    HeaderMap, HeaderValue, Method,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE},
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use domain::{Personal, identity::provider::Registered};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, jwk::JwkSet};
use serde::Deserialize;
use serde_json::Value;
use url::{Url, form_urlencoded::byte_serialize};

use super::super::fields::with;
use crate::{
    App,
    outbound::{Network, fetch_json},
    secret::sha256,
};

/// Signatures that we check. None is by a secret that both sides know.
const TRUSTED: [Algorithm; 5] =
    [Algorithm::RS256, Algorithm::PS256, Algorithm::ES256, Algorithm::ES384, Algorithm::EdDSA];
/// How far the provider's clock may be off, in seconds.
const LEEWAY: u64 = 60;

/// A provider, by what it says of itself.
pub(super) struct Upstream {
    reach: Network,
    metadata: Metadata,
    client_id: String,
    secret: Option<String>,
    callback: String,
}

#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    userinfo_endpoint: Option<String>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Option<BTreeSet<String>>,
}

impl Metadata {
    /// Browsers and secrets are sent to addresses with TLS only, if not in our own network.
    fn check(&self, reach: Network) -> anyhow::Result<()> {
        let Self { authorization_endpoint, token_endpoint, jwks_uri, userinfo_endpoint, .. } = self;
        let addresses = [authorization_endpoint, token_endpoint, jwks_uri];
        for address in addresses.into_iter().chain(userinfo_endpoint) {
            let scheme = Url::parse(address).with_context(|| format!("{address} is no address"))?;
            let fits = match scheme.scheme() {
                "https" => true,
                "http" => matches!(reach, Network::Private),
                _ => false,
            };
            ensure!(fits, "{address} does not begin with https://");
        }
        Ok(())
    }
}

#[derive(Deserialize)]
struct Tokens {
    access_token: String,
    id_token: String,
}

#[derive(Deserialize)]
struct IdToken {
    nonce: Option<String>,
    #[serde(default)]
    aud: Value,
    azp: Option<String>,
    iat: u64,
    #[serde(flatten)]
    account: Account,
}

/// Somebody's account there.
#[derive(Debug, Deserialize)]
pub(super) struct Account {
    pub(super) sub: String,
    email: Option<String>,
    #[serde(default)]
    email_verified: bool,
}

impl Account {
    /// The address that the provider has seen to be his.
    pub(super) fn verified_address(&self) -> Option<&str> {
        self.email.as_deref().filter(|_| self.email_verified)
    }
}

impl Upstream {
    pub(super) async fn discover(app: &App, provider: &Registered) -> anyhow::Result<Self> {
        let settings = &provider.settings;
        let issuer = settings.issuer.as_str();
        let reach = if app.private_providers { Network::Private } else { Network::Public };
        let address = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
        let metadata: Metadata =
            fetch_json(reach, Method::GET, &address, accepting(), String::new()).await?;
        ensure!(metadata.issuer == issuer, "it calls itself {}", metadata.issuer);
        metadata.check(reach)?;
        let secret = provider.secret.as_ref().and_then(Personal::get);
        Ok(Self {
            reach,
            metadata,
            client_id: settings.client_id.to_string(),
            secret: secret.map(ToString::to_string),
            callback: format!("{}/oauth2/callback", app.tokens.issuer()),
        })
    }

    /// Where to send somebody who is to sign in.
    pub(super) fn authorize(
        &self,
        state: &str,
        nonce: &str,
        verifier: &str,
        login: &str,
    ) -> String {
        let challenge = URL_SAFE_NO_PAD.encode(sha256(verifier));
        with(
            &self.metadata.authorization_endpoint,
            &[
                ("response_type", "code"),
                ("client_id", &self.client_id),
                ("redirect_uri", &self.callback),
                ("scope", "openid email"),
                ("state", state),
                ("nonce", nonce),
                ("code_challenge", &challenge),
                ("code_challenge_method", "S256"),
                ("login_hint", login),
            ],
        )
    }

    /// Whether the answer comes from this provider, and not from another by mix-up (RFC 9207).
    pub(super) fn checks_issuer(&self, named: Option<&str>) -> anyhow::Result<()> {
        let Metadata {
            issuer, authorization_response_iss_parameter_supported: named_always, ..
        } = &self.metadata;
        ensure!(named.is_some() || !named_always, "the answer names no issuer");
        ensure!(named.is_none_or(|named| named == issuer), "the answer is of another issuer");
        Ok(())
    }

    /// Whose the code is.
    pub(super) async fn account(
        &self,
        code: &str,
        nonce: &str,
        verifier: &str,
    ) -> anyhow::Result<Account> {
        let tokens = self.redeem(code, verifier).await.context("redeeming the code")?;
        let keys: JwkSet = self.get(&self.metadata.jwks_uri, accepting()).await?;
        let told = self.read(&tokens.id_token, &keys, nonce).context("reading the ID token")?;
        match (&told.email, &self.metadata.userinfo_endpoint) {
            (None, Some(userinfo)) => {
                let mut headers = accepting();
                let bearer = HeaderValue::from_str(&format!("Bearer {}", tokens.access_token))?;
                headers.insert(AUTHORIZATION, bearer);
                let more: Account = self.get(userinfo, headers).await?;
                ensure!(more.sub == told.sub, "it speaks of somebody else");
                Ok(more)
            }
            _ => Ok(told),
        }
    }

    async fn redeem(&self, code: &str, verifier: &str) -> anyhow::Result<Tokens> {
        let mut fields = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &self.callback),
            ("code_verifier", verifier),
        ];
        let mut headers = accepting();
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        headers.insert(CONTENT_TYPE, form);
        let offered = self.metadata.token_endpoint_auth_methods_supported.as_ref();
        // What is offered when nothing is said (OpenID Connect Discovery, 3).
        let basic = offered.is_none_or(|offered| offered.contains("client_secret_basic"));
        match &self.secret {
            Some(secret) if basic => {
                let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
                let pair = format!("{}:{}", encoded(&self.client_id), encoded(secret));
                let header = HeaderValue::from_str(&format!("Basic {}", STANDARD.encode(pair)))?;
                headers.insert(AUTHORIZATION, header);
            }
            secret => {
                fields.push(("client_id", &self.client_id));
                fields.extend(secret.as_deref().map(|secret| ("client_secret", secret)));
            }
        }
        let body = with("", &fields).trim_start_matches('?').to_owned();
        fetch_json(self.reach, Method::POST, &self.metadata.token_endpoint, headers, body).await
    }

    async fn get<T: serde::de::DeserializeOwned>(
        &self,
        address: &str,
        headers: HeaderMap,
    ) -> anyhow::Result<T> {
        fetch_json(self.reach, Method::GET, address, headers, String::new()).await
    }

    /// Checks an ID token: who signed it, for whom, when, and in answer to what.
    fn read(&self, token: &str, keys: &JwkSet, nonce: &str) -> anyhow::Result<Account> {
        let header = jsonwebtoken::decode_header(token)?;
        ensure!(TRUSTED.contains(&header.alg), "it is signed by {:?}", header.alg);
        let key = match &header.kid {
            Some(kid) => keys.find(kid),
            None => keys.keys.first().filter(|_| keys.keys.len() == 1),
        };
        let key = DecodingKey::from_jwk(key.context("no key of the provider fits")?)?;
        let mut validation = Validation::new(header.alg);
        validation.leeway = LEEWAY;
        validation.validate_nbf = true;
        validation.set_issuer(&[&self.metadata.issuer]);
        validation.set_audience(&[&self.client_id]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        let IdToken { nonce: said, aud, azp, iat, account } =
            jsonwebtoken::decode::<IdToken>(token, &key, &validation)?.claims;
        ensure!(iat <= jsonwebtoken::get_current_timestamp() + LEEWAY, "it is of a time to come");
        ensure!(said.as_deref() == Some(nonce), "it answers another question");
        let several = aud.as_array().is_some_and(|aud| aud.len() > 1);
        ensure!(!several || azp.is_some(), "it is for several, and does not say who asked");
        ensure!(azp.is_none_or(|azp| azp == self.client_id), "somebody else asked");
        Ok(account)
    }
}

fn accepting() -> HeaderMap {
    [(ACCEPT, HeaderValue::from_static("application/json"))].into_iter().collect()
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
    use jsonwebtoken::{EncodingKey, Header};
    use serde_json::json;

    use super::*;

    #[test]
    fn an_id_token_of_a_time_to_come_is_refused() {
        let pair = Ed25519KeyPair::generate().unwrap();
        let signing = EncodingKey::from_ed_der(pair.to_pkcs8v1().unwrap().as_ref());
        let key = URL_SAFE_NO_PAD.encode(pair.public_key().as_ref());
        let keys =
            json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "x": key }] });
        let keys: JwkSet = serde_json::from_value(keys).unwrap();
        let address = "https://idp.example";
        let metadata = json!({
            "issuer": address, "authorization_endpoint": address, "token_endpoint": address,
            "jwks_uri": address,
        });
        let upstream = Upstream {
            reach: Network::Public,
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
            upstream.read(&token.unwrap(), &keys, "n")
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
        assert!(metadata("issuer", "https://idp.example").check(Network::Public).is_ok());
        for name in ["authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint"] {
            for address in ["http://idp.example/x", "javascript:alert(1)", "/x", ""] {
                let metadata = metadata(name, address);
                assert!(metadata.check(Network::Public).is_err(), "{name} {address}");
                let plain = address.starts_with("http:");
                assert_eq!(metadata.check(Network::Private).is_ok(), plain, "{name} {address}");
            }
        }
    }
}
