//! What an application asks of somebody by his browser, checked (RFC 6749, 4.1.1; `OpenID` Connect
//! Core, 3.1.2.1).

use std::collections::BTreeSet;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::identity::oauth_client::{Details, Permission};

use super::{
    answer::{Back, Stop},
    client::Client,
    fields::Fields,
};
use crate::App;

/// The longest request that is carried through our pages.
const LONGEST: usize = 4_096;
/// What a clock may be off, and reading our pages takes, in seconds.
const LEEWAY: i64 = 5;

/// An application's request, checked.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) client: Client,
    pub(super) back: Back,
    pub(super) permissions: BTreeSet<Permission>,
    pub(super) nonce: Option<String>,
    /// The PKCE challenge, by S256.
    pub(super) challenge: String,
    pub(super) prompt: Prompt,
    /// How long ago he may have proved who he is, in seconds.
    pub(super) max_age: Option<i64>,
    /// Who the application thinks he is.
    pub(super) login_hint: Option<String>,
}

/// What he is to be asked, whatever we know.
#[derive(Debug, Default)]
pub(super) struct Prompt {
    /// Nothing at all.
    pub(super) none: bool,
    /// Who he is.
    pub(super) login: bool,
    /// Whether he agrees.
    pub(super) consent: bool,
}

impl Request {
    /// Whatever is wrong with the application or the address to go back to, is told to him who
    /// sits there; everything else to the application.
    pub(super) async fn read(app: &App, raw: &str) -> Result<Self, Stop> {
        if raw.len() > LONGEST {
            return Err(Stop::shown("The application asks in too many words."));
        }
        let mut fields = Fields::read(raw.as_bytes())
            .map_err(|_| Stop::shown("The application says something twice."))?;
        let client = match fields.take("client_id") {
            Some(id) => Client::find(app, &id).await?,
            None => None,
        };
        let client = client
            .filter(Client::acts_for_people)
            .ok_or_else(|| Stop::shown("This application is not known here."))?;
        let uri = fields
            .take("redirect_uri")
            .filter(|uri| client.known.redirects_to(uri))
            .ok_or_else(|| Stop::shown("The application wants you sent to an unknown address."))?;
        let back = Back { uri, state: fields.take("state") };
        match Asked::of(&client, &mut fields) {
            Ok(asked) => {
                let Asked { permissions, nonce, challenge, prompt, max_age } = asked;
                let login_hint = fields.take("login_hint");
                Ok(Self {
                    client,
                    back,
                    permissions,
                    nonce,
                    challenge,
                    prompt,
                    max_age,
                    login_hint,
                })
            }
            Err((error, description)) => Err(Stop::back(app, &back, error, &description)),
        }
    }

    /// What is known of the application that asks.
    pub(super) fn application(&self) -> &Details {
        &self.client.known.details
    }

    /// Whether somebody proved who they are lately enough, at these seconds of the epoch.
    pub(super) fn accepts(&self, signed_in_at: i64, now: i64) -> bool {
        // An age of nothing asks for a new proof, as the prompt does.
        let recent = |most: i64| most > 0 && now - signed_in_at <= most.saturating_add(LEEWAY);
        !self.prompt.login && self.max_age.is_none_or(recent)
    }
}

struct Asked {
    permissions: BTreeSet<Permission>,
    nonce: Option<String>,
    challenge: String,
    prompt: Prompt,
    max_age: Option<i64>,
}

impl Asked {
    fn of(client: &Client, fields: &mut Fields) -> Result<Self, (&'static str, String)> {
        let wrong = |why: &str| ("invalid_request", why.to_owned());
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
            None => return Err(wrong("response_type is missing")),
        }
        if fields.get("response_mode").is_some_and(|mode| mode != "query") {
            return Err(wrong("only the response mode query is supported"));
        }
        if fields.get("code_challenge_method") != Some("S256") {
            return Err(wrong("PKCE with code_challenge_method=S256 is required"));
        }
        let challenge = fields.take("code_challenge").filter(|challenge| is_sha256(challenge));
        let challenge = challenge.ok_or_else(|| wrong("code_challenge is no SHA-256"))?;
        let permissions = client.permissions(fields.get("scope").unwrap_or_default());
        let permissions = permissions.map_err(|error| {
            let (error, description) = error.parts();
            (error, description.to_owned())
        })?;
        let max_age = fields.get("max_age").map(str::parse::<u32>).transpose();
        let max_age = max_age.map_err(|_| wrong("max_age is no number of seconds"))?;
        let prompt = Prompt::parse(fields.get("prompt").unwrap_or_default())
            .ok_or_else(|| wrong("prompt is none that is supported"))?;
        let max_age = max_age.map(i64::from);
        Ok(Self { permissions, nonce: fields.take("nonce"), challenge, prompt, max_age })
    }
}

impl Prompt {
    fn parse(words: &str) -> Option<Self> {
        let mut prompt = Self::default();
        for word in words.split_whitespace() {
            match word {
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
        let known = Registered { kind: Kind::Public, details, secret: None, enabled: true };
        Client { id: uuid::Uuid::nil().into(), known }
    }

    fn asked(more: &str) -> Result<Asked, &'static str> {
        let raw = format!("scope=openid&{more}");
        let mut fields = Fields::read(raw.as_bytes()).unwrap();
        Asked::of(&client(), &mut fields).map_err(|(error, _)| error)
    }

    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn pkce_by_s256_is_required_of_everybody() {
        let pkce = |more: &str| asked(&format!("response_type=code&{more}")).map(drop);
        let whole = format!("code_challenge={CHALLENGE}&code_challenge_method=S256");
        assert_eq!(pkce(&whole), Ok(()));
        assert_eq!(pkce(""), Err("invalid_request"));
        assert_eq!(pkce(&format!("code_challenge={CHALLENGE}")), Err("invalid_request"));
        let plain = format!("code_challenge={CHALLENGE}&code_challenge_method=plain");
        assert_eq!(pkce(&plain), Err("invalid_request"));
        assert_eq!(pkce("code_challenge=x&code_challenge_method=S256"), Err("invalid_request"));
    }

    #[test]
    fn nothing_is_given_but_codes_and_by_no_other_way() {
        let with = |more: &str| {
            let pkce = format!("code_challenge={CHALLENGE}&code_challenge_method=S256");
            asked(&format!("{pkce}&{more}")).map(drop)
        };
        assert_eq!(with("response_type=token"), Err("unsupported_response_type"));
        assert_eq!(with("response_type=code%20id_token"), Err("unsupported_response_type"));
        assert_eq!(with("response_type=code&response_mode=fragment"), Err("invalid_request"));
        assert_eq!(with("response_type=code&request=x"), Err("request_not_supported"));
        assert_eq!(with("response_type=code&request_uri=x"), Err("request_uri_not_supported"));
        assert_eq!(with("response_type=code&prompt=none%20login"), Err("invalid_request"));
        assert_eq!(with("response_type=code&max_age=-1"), Err("invalid_request"));
        assert_eq!(with("response_type=code&prompt=none&max_age=60"), Ok(()));
    }
}
