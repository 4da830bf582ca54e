//! The authorization request of an application, validated (RFC 6749, 4.1.1; `OpenID` Connect Core, 3.1.2.1).

use std::collections::BTreeSet;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::identity::oauth_client::{Details, Permission};

use super::{
    client::Client,
    params::OAuthParams,
    redirect::{BrowserError, RedirectTarget},
    texts,
};
use crate::App;

/// The longest request that our pages carry on, in bytes.
const MAX_REQUEST_BYTES: usize = 4_096;
/// Tolerance for clock skew, and for reading our pages, in seconds.
const LEEWAY: i64 = 5;

/// A validated authorization request.
#[derive(Debug)]
pub(super) struct AuthorizationRequest {
    pub(super) client: Client,
    pub(super) redirect: RedirectTarget,
    pub(super) permissions: BTreeSet<Permission>,
    pub(super) nonce: Option<String>,
    /// The PKCE challenge, by S256.
    pub(super) challenge: String,
    pub(super) prompt: Prompt,
    /// How long ago the user may have authenticated, in seconds.
    pub(super) max_age: Option<i64>,
    /// The login that the application suggests.
    pub(super) login_hint: Option<String>,
}

/// What the user must, or must not, be asked (`prompt`).
#[derive(Debug, Default)]
pub(super) struct Prompt {
    /// Show no page at all.
    pub(super) none: bool,
    /// Sign in again.
    pub(super) login: bool,
    /// Ask for consent again.
    pub(super) consent: bool,
}

impl AuthorizationRequest {
    /// Errors about the application or its redirect URI are shown to the user; all others are reported to the
    /// application.
    pub(super) async fn parse(app: &App, raw_request: &str) -> Result<Self, BrowserError> {
        if raw_request.len() > MAX_REQUEST_BYTES {
            return Err(BrowserError::page(texts::REQUEST_TOO_LONG));
        }
        let mut fields = OAuthParams::parse(raw_request.as_bytes())
            .map_err(|_| BrowserError::page(texts::REPEATED_PARAMETER))?;
        let client = match fields.take("client_id") {
            Some(id) => Client::find(app, &id).await?,
            None => None,
        };
        let client = client
            .filter(Client::acts_for_users)
            .ok_or_else(|| BrowserError::page(texts::UNKNOWN_APPLICATION))?;
        let uri = fields
            .take("redirect_uri")
            .filter(|uri| client.registration.redirects_to(uri))
            .ok_or_else(|| BrowserError::page(texts::UNKNOWN_REDIRECT_URI))?;
        let redirect = RedirectTarget { uri, state: fields.take("state") };
        match RequestedGrant::parse(&client, &mut fields) {
            Ok(RequestedGrant { permissions, nonce, challenge, prompt, max_age }) => {
                let login_hint = fields.take("login_hint");
                Ok(Self {
                    client,
                    redirect,
                    permissions,
                    nonce,
                    challenge,
                    prompt,
                    max_age,
                    login_hint,
                })
            }
            Err((error, description)) => {
                Err(BrowserError::redirect(app, &redirect, error, &description))
            }
        }
    }

    /// The registered details of the application.
    pub(super) fn client_details(&self) -> &Details {
        &self.client.registration.details
    }

    /// Whether a sign-in is recent enough (`prompt`, `max_age`); times are seconds since the epoch.
    pub(super) fn accepts_sign_in_at(&self, signed_in_at: i64, now: i64) -> bool {
        // `max_age=0` requires a new sign-in, as `prompt=login` does.
        let recent =
            |max_age: i64| max_age > 0 && now - signed_in_at <= max_age.saturating_add(LEEWAY);
        !self.prompt.login && self.max_age.is_none_or(recent)
    }
}

/// The parameters that are reported to the application when they are wrong.
struct RequestedGrant {
    permissions: BTreeSet<Permission>,
    nonce: Option<String>,
    challenge: String,
    prompt: Prompt,
    max_age: Option<i64>,
}

impl RequestedGrant {
    fn parse(client: &Client, fields: &mut OAuthParams) -> Result<Self, (&'static str, String)> {
        let invalid = |description: &str| ("invalid_request", description.to_owned());
        for (name, error) in [
            ("request", "request_not_supported"),
            ("request_uri", "request_uri_not_supported"),
            ("registration", "registration_not_supported"),
        ] {
            if fields.get(name).is_some() {
                return Err((error, format!("{name} is not supported")));
            }
        }
        match fields.get("response_type") {
            Some("code") => {}
            Some(_) => return Err(("unsupported_response_type", "only code is supported".into())),
            None => return Err(invalid("response_type is missing")),
        }
        if fields.get("response_mode").is_some_and(|mode| mode != "query") {
            return Err(invalid("only the response mode query is supported"));
        }
        if fields.get("code_challenge_method") != Some("S256") {
            return Err(invalid("PKCE with code_challenge_method=S256 is required"));
        }
        let challenge = fields.take("code_challenge").filter(|challenge| is_sha256(challenge));
        let challenge = challenge.ok_or_else(|| invalid("code_challenge is no SHA-256"))?;
        let permissions = client.parse_scope(fields.get("scope").unwrap_or_default());
        let permissions = permissions.map_err(|error| {
            let (error, description) = error.code_and_description();
            (error, description.to_owned())
        })?;
        let max_age = fields.get("max_age").map(str::parse::<u32>).transpose();
        let max_age = max_age.map_err(|_| invalid("max_age is no number of seconds"))?;
        let prompt = Prompt::parse(fields.get("prompt").unwrap_or_default())
            .ok_or_else(|| invalid("prompt is none that is supported"))?;
        let max_age = max_age.map(i64::from);
        Ok(Self { permissions, nonce: fields.take("nonce"), challenge, prompt, max_age })
    }
}

impl Prompt {
    fn parse(values: &str) -> Option<Self> {
        let mut prompt = Self::default();
        for value in values.split_whitespace() {
            match value {
                "none" => prompt.none = true,
                "login" | "select_account" => prompt.login = true,
                "consent" => prompt.consent = true,
                _ => return None,
            }
        }
        (!(prompt.none && (prompt.login || prompt.consent))).then_some(prompt)
    }
}

fn is_sha256(text: &str) -> bool {
    URL_SAFE_NO_PAD.decode(text).is_ok_and(|bytes| bytes.len() == 32)
}

#[cfg(test)]
mod tests {
    use domain::identity::oauth_client::{Kind, Registered};

    use super::*;

    fn client() -> Client {
        let details = Details {
            name: "Planner".parse().unwrap(),
            redirect_uris: BTreeSet::new(),
            post_logout_redirect_uris: BTreeSet::new(),
            permissions: [Permission::OpenId].into(),
            first_party: false,
        };
        let registration = Registered { kind: Kind::Public, details, secret: None, enabled: true };
        Client { id: uuid::Uuid::nil().into(), registration }
    }

    fn requested(more: &str) -> Result<RequestedGrant, &'static str> {
        let raw_request = format!("scope=openid&{more}");
        let mut fields = OAuthParams::parse(raw_request.as_bytes()).unwrap();
        RequestedGrant::parse(&client(), &mut fields).map_err(|(error, _)| error)
    }

    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn pkce_by_s256_is_required_of_everybody() {
        let requested_pkce =
            |more: &str| requested(&format!("response_type=code&{more}")).map(drop);
        let complete = format!("code_challenge={CHALLENGE}&code_challenge_method=S256");
        assert_eq!(requested_pkce(&complete), Ok(()));
        assert_eq!(requested_pkce(""), Err("invalid_request"));
        assert_eq!(requested_pkce(&format!("code_challenge={CHALLENGE}")), Err("invalid_request"));
        let plain = format!("code_challenge={CHALLENGE}&code_challenge_method=plain");
        assert_eq!(requested_pkce(&plain), Err("invalid_request"));
        assert_eq!(
            requested_pkce("code_challenge=x&code_challenge_method=S256"),
            Err("invalid_request")
        );
    }

    #[test]
    fn nothing_is_given_but_codes_and_by_no_other_way() {
        let requested_with = |more: &str| {
            let requested_pkce = format!("code_challenge={CHALLENGE}&code_challenge_method=S256");
            requested(&format!("{requested_pkce}&{more}")).map(drop)
        };
        assert_eq!(requested_with("response_type=token"), Err("unsupported_response_type"));
        assert_eq!(
            requested_with("response_type=code%20id_token"),
            Err("unsupported_response_type")
        );
        assert_eq!(
            requested_with("response_type=code&response_mode=fragment"),
            Err("invalid_request")
        );
        assert_eq!(requested_with("response_type=code&request=x"), Err("request_not_supported"));
        assert_eq!(
            requested_with("response_type=code&request_uri=x"),
            Err("request_uri_not_supported")
        );
        assert_eq!(
            requested_with("response_type=code&prompt=none%20login"),
            Err("invalid_request")
        );
        assert_eq!(requested_with("response_type=code&max_age=-1"), Err("invalid_request"));
        assert_eq!(requested_with("response_type=code&prompt=none&max_age=60"), Ok(()));
    }
}
