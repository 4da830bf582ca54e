//! The client side of `OpenID` Connect: discovery of a provider, redeeming its codes, and the validation of its
//! ID tokens (`OpenID` Connect Core, 3.1.3.7).

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

use super::super::params::append_query;
use crate::{
    App,
    outbound::{ReachableNetworks, fetch_json},
    secret::sha256,
};

/// The accepted signature algorithms, all asymmetric.
const ACCEPTED_ALGORITHMS: [Algorithm; 5] =
    [Algorithm::RS256, Algorithm::PS256, Algorithm::ES256, Algorithm::ES384, Algorithm::EdDSA];
/// How far the provider's clock may be off, in seconds.
const LEEWAY: u64 = 60;

/// A provider, with the metadata that it publishes.
pub(super) struct UpstreamProvider {
    reach: ReachableNetworks,
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
    /// Requires TLS of all endpoints, unless the provider may be in our own network.
    fn check(&self, reach: ReachableNetworks) -> anyhow::Result<()> {
        let Self { authorization_endpoint, token_endpoint, jwks_uri, userinfo_endpoint, .. } = self;
        let addresses = [authorization_endpoint, token_endpoint, jwks_uri];
        for address in addresses.into_iter().chain(userinfo_endpoint) {
            let scheme = Url::parse(address).with_context(|| format!("{address} is no address"))?;
            let is_allowed = match scheme.scheme() {
                "https" => true,
                "http" => matches!(reach, ReachableNetworks::Private),
                _ => false,
            };
            ensure!(is_allowed, "{address} does not begin with https://");
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
    account: UpstreamAccount,
}

/// A user's account at the provider.
#[derive(Debug, Deserialize)]
pub(super) struct UpstreamAccount {
    pub(super) sub: String,
    email: Option<String>,
    #[serde(default)]
    email_verified: bool,
}

impl UpstreamAccount {
    /// The user's e-mail address, if the provider verified it.
    pub(super) fn verified_address(&self) -> Option<&str> {
        self.email.as_deref().filter(|_| self.email_verified)
    }
}

impl UpstreamProvider {
    pub(super) async fn discover(app: &App, provider: &Registered) -> anyhow::Result<Self> {
        let settings = &provider.settings;
        let issuer = settings.issuer.as_str();
        let reach = if app.private_providers {
            ReachableNetworks::Private
        } else {
            ReachableNetworks::Public
        };
        let address = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
        let metadata: Metadata =
            fetch_json(reach, Method::GET, &address, accept_json(), String::new()).await?;
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

    /// The address to which a user is redirected to sign in.
    pub(super) fn authorization_url(
        &self,
        state: &str,
        nonce: &str,
        verifier: &str,
        login: &str,
    ) -> String {
        let challenge = URL_SAFE_NO_PAD.encode(sha256(verifier));
        append_query(
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

    /// Fails if the answer names another issuer (mix-up attack; RFC 9207).
    pub(super) fn check_issuer(&self, answered: Option<&str>) -> anyhow::Result<()> {
        let Metadata {
            issuer, authorization_response_iss_parameter_supported: is_required, ..
        } = &self.metadata;
        ensure!(answered.is_some() || !is_required, "the answer names no issuer");
        ensure!(
            answered.is_none_or(|answered| answered == issuer),
            "the answer is of another issuer"
        );
        Ok(())
    }

    /// Redeems a code, and returns the account of the user who signed in.
    pub(super) async fn redeem_code(
        &self,
        code: &str,
        nonce: &str,
        verifier: &str,
    ) -> anyhow::Result<UpstreamAccount> {
        let tokens = self.redeem(code, verifier).await.context("redeeming the code")?;
        let keys: JwkSet = self.get(&self.metadata.jwks_uri, accept_json()).await?;
        let account =
            self.verify_id_token(&tokens.id_token, &keys, nonce).context("reading the ID token")?;
        match (&account.email, &self.metadata.userinfo_endpoint) {
            (None, Some(userinfo)) => {
                let mut headers = accept_json();
                let bearer = HeaderValue::from_str(&format!("Bearer {}", tokens.access_token))?;
                headers.insert(AUTHORIZATION, bearer);
                let userinfo: UpstreamAccount = self.get(userinfo, headers).await?;
                ensure!(userinfo.sub == account.sub, "it speaks of somebody else");
                Ok(userinfo)
            }
            _ => Ok(account),
        }
    }

    async fn redeem(&self, code: &str, verifier: &str) -> anyhow::Result<Tokens> {
        let mut fields = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &self.callback),
            ("code_verifier", verifier),
        ];
        let mut headers = accept_json();
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        headers.insert(CONTENT_TYPE, form);
        let offered = self.metadata.token_endpoint_auth_methods_supported.as_ref();
        // What is offered when nothing is said (OpenID Connect Discovery, 3).
        let uses_basic = offered.is_none_or(|offered| offered.contains("client_secret_basic"));
        match &self.secret {
            Some(secret) if uses_basic => {
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
        let body = append_query("", &fields).trim_start_matches('?').to_owned();
        fetch_json(self.reach, Method::POST, &self.metadata.token_endpoint, headers, body).await
    }

    async fn get<T: serde::de::DeserializeOwned>(
        &self,
        address: &str,
        headers: HeaderMap,
    ) -> anyhow::Result<T> {
        fetch_json(self.reach, Method::GET, address, headers, String::new()).await
    }

    /// Validates the signature, issuer, audience, time and nonce of an ID token.
    fn verify_id_token(
        &self,
        token: &str,
        keys: &JwkSet,
        nonce: &str,
    ) -> anyhow::Result<UpstreamAccount> {
        let header = jsonwebtoken::decode_header(token)?;
        ensure!(ACCEPTED_ALGORITHMS.contains(&header.alg), "it is signed by {:?}", header.alg);
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
        let IdToken { nonce: token_nonce, aud, azp, iat, account } =
            jsonwebtoken::decode::<IdToken>(token, &key, &validation)?.claims;
        ensure!(iat <= jsonwebtoken::get_current_timestamp() + LEEWAY, "it is of a time to come");
        ensure!(token_nonce.as_deref() == Some(nonce), "it answers another question");
        let has_several_audiences = aud.as_array().is_some_and(|aud| aud.len() > 1);
        ensure!(!has_several_audiences || azp.is_some(), "it does not say who of several asked");
        ensure!(azp.is_none_or(|azp| azp == self.client_id), "somebody else asked");
        Ok(account)
    }
}

fn accept_json() -> HeaderMap {
    [(ACCEPT, HeaderValue::from_static("application/json"))].into_iter().collect()
}

#[cfg(test)]
mod tests;
