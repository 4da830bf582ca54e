//! Invalid and malicious requests of OAuth clients, and the client that sends them.

use reqwest::{
    Client, Method, StatusCode,
    header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE},
    redirect::Policy,
};
use serde_json::{Value, json};
use tests::world::{Caller, PASSWORD, World};
use url::{Url, form_urlencoded};

use super::{REDIRECT_URI, register, register_planner};

/// The pair of RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

#[tokio::test]
async fn nobody_is_sent_to_an_address_that_is_not_registered_letter_by_letter() {
    let mut world = World::start().await;
    let planner = ClientApplication::new(&world, &register_planner(&world.admin().await).await);
    for uri in [
        "https://planner.example.org/back/",
        "https://planner.example.org/back?x=1",
        "https://planner.example.org/",
        "https://planner.example.org:8443/back",
        "https://evil.example/back",
        "https://planner.example.org@evil.example/back",
        "http://planner.example.org/back",
        "javascript:alert(1)",
        "",
    ] {
        let page = planner.authorize(&[("redirect_uri", uri)]).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{uri}");
        assert_eq!(page.location, None, "{uri}");
    }
    // A logout redirects only to registered addresses as well.
    let next = ("post_logout_redirect_uri", "https://evil.example/");
    let out =
        planner.submit(Method::GET, "/oauth2/logout", &[("client_id", &planner.id), next]).await;
    assert_eq!(out.status, StatusCode::BAD_REQUEST);
    world.stop().await;
}

#[tokio::test]
async fn the_application_gets_the_error_of_its_request_with_its_issuer() {
    let mut world = World::start().await;
    let planner = ClientApplication::new(&world, &register_planner(&world.admin().await).await);
    for (changed, error) in [
        (("response_type", "token"), "unsupported_response_type"),
        (("response_type", "id_token"), "unsupported_response_type"),
        (("code_challenge_method", "plain"), "invalid_request"),
        (("code_challenge", ""), "invalid_request"),
        (("scope", "openid everything"), "invalid_scope"),
        (("scope", ""), "invalid_scope"),
        (("request", "x"), "request_not_supported"),
        (("request_uri", "https://x.org/"), "request_uri_not_supported"),
        (("prompt", "none"), "login_required"),
    ] {
        let answer = planner.authorize(&[changed, ("state", "a&b")]).await.redirect_params();
        let field = |name: &str| answer.iter().find(|(other, _)| other == name).unwrap().1.clone();
        assert_eq!(field("error"), error, "{changed:?}");
        assert_eq!(field("state"), "a&b");
        assert_eq!(field("iss"), world.url(""));
    }
    world.stop().await;
}

#[tokio::test]
async fn a_code_is_for_one_client_with_one_verifier_at_one_address() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let user = world.user_with_role(&admin, "employee", json!({})).await;
    let mut victim = ClientApplication::new(&world, &register_planner(&admin).await);
    victim.sign_in(&user).await;
    let thief = ClientApplication::new(&world, &register_planner(&admin).await);
    let good = [("grant_type", "authorization_code"), ("redirect_uri", REDIRECT_URI)];
    for (what, changed) in [
        ("verifier", ("code_verifier", "another-verifier-that-is-long-enough-to-be-one")),
        ("verifier", ("code_verifier", "")),
        ("address", ("redirect_uri", "https://planner.example.org/else")),
    ] {
        let code = victim.code().await;
        let mut fields = vec![("code", code.as_str()), ("code_verifier", VERIFIER)];
        fields.extend(good);
        fields.retain(|(name, _)| *name != changed.0);
        fields.push(changed);
        let answer = victim.token(&fields).await;
        assert!(answer["access_token"].is_null(), "{what}: {answer}");
    }
    let code = victim.code().await;
    let mut fields = vec![("code", code.as_str()), ("code_verifier", VERIFIER)];
    fields.extend(good);
    assert_eq!(thief.token(&fields).await["error"], "invalid_grant");
    // The thief's attempt did not use up the victim's code.
    let answer = victim.token(&fields).await;
    assert!(answer["id_token"].is_string(), "{answer}");

    // Only the application that got a token may ask whether it is active.
    let token = text_field(&answer, "access_token");
    for (application, active) in [(&victim, true), (&thief, false)] {
        let state = application.authenticated("/oauth2/introspect", &[("token", token)]).await;
        assert_eq!(state["active"], active, "{state}");
    }
    world.stop().await;
}

#[tokio::test]
async fn ending_the_sessions_of_a_user_invalidates_their_unused_codes() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let user = world.user_with_role(&admin, "employee", json!({})).await;
    let planner = ClientApplication::new(&world, &register_planner(&admin).await);
    let redeem = async |application: &ClientApplication, code: &str| {
        let code = [("code", code), ("code_verifier", VERIFIER), ("redirect_uri", REDIRECT_URI)];
        let fields = [&[("grant_type", "authorization_code")][..], &code[..]].concat();
        application.token(&fields).await
    };
    // A thief with a session of the user gets a code, and redeems it later.
    let mut thief = planner.clone();
    thief.sign_in(&user).await;
    let code = thief.code().await;
    user.delete("/auth/sessions").await.expect(StatusCode::NO_CONTENT);
    assert_eq!(redeem(&thief, &code).await["error"], "invalid_grant");

    let mut thief = planner.clone();
    thief.sign_in(&user).await;
    let code = thief.code().await;
    let owner = world.login(&user.email).await;
    let change = json!({ "current": PASSWORD, "password": "another long battery staple" });
    owner.post("/auth/password/change", change).await.expect(StatusCode::OK);
    assert_eq!(redeem(&thief, &code).await["error"], "invalid_grant");
    world.stop().await;
}

#[tokio::test]
async fn an_application_authenticates_with_its_secret_in_exactly_one_way() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let planner = ClientApplication::new(&world, &register_planner(&admin).await);
    let fields = [("grant_type", "refresh_token"), ("refresh_token", "x")];
    assert_eq!(planner.token(&fields).await["error"], "invalid_grant");
    for other in [
        ClientApplication { secret: "wrong".into(), ..planner.clone() },
        ClientApplication { secret: String::new(), ..planner.clone() },
        ClientApplication { id: "nobody".into(), ..planner.clone() },
    ] {
        assert_eq!(other.token(&fields).await["error"], "invalid_client");
    }
    let twice = [fields[0], fields[1], ("refresh_token", "y")];
    assert_eq!(planner.token(&twice).await["error"], "invalid_request");
    let password = [("grant_type", "password"), ("username", "x"), ("password", "y")];
    assert_eq!(planner.token(&password).await["error"], "unsupported_grant_type");

    let path = format!("/oauth-clients/{}", planner.id);
    let rotated = admin.post(&format!("{path}/rotate-secret"), json!({})).await;
    let secret = rotated.expect(StatusCode::OK).body["data"]["secret"].as_str().unwrap().to_owned();
    assert_eq!(planner.token(&fields).await["error"], "invalid_client");
    let planner = ClientApplication { secret, ..planner };
    assert_eq!(planner.token(&fields).await["error"], "invalid_grant");
    admin.delete(&path).await.expect(StatusCode::OK);
    assert_eq!(planner.token(&fields).await["error"], "invalid_client");
    world.stop().await;
}

#[tokio::test]
async fn a_revoked_authorization_invalidates_its_refresh_token() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let user = world.user_with_role(&admin, "employee", json!({})).await;
    let mut planner = ClientApplication::new(&world, &register_planner(&admin).await);
    planner.sign_in(&user).await;
    let tokens = planner.tokens().await;
    world.wait_until_settled().await;
    let mine = user.get("/authorizations").await.expect(StatusCode::OK).body;
    let id = mine["data"][0]["id"].as_str().unwrap();
    admin.get(&format!("/authorizations/{id}")).await.expect(StatusCode::NOT_FOUND);
    user.delete(&format!("/authorizations/{id}")).await.expect(StatusCode::OK);
    let refresh =
        [("grant_type", "refresh_token"), ("refresh_token", text_field(&tokens, "refresh_token"))];
    assert_eq!(planner.token(&refresh).await["error"], "invalid_grant");
    world.stop().await;
}

#[tokio::test]
async fn a_public_application_has_no_secret_and_may_use_any_port() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let user = world.user_with_role(&admin, "employee", json!({})).await;
    let public = json!({
        "kind": "public",
        "details": {
            "name": "Desktop", "redirect_uris": ["http://127.0.0.1/back"],
            "permissions": ["openid"], "first_party": true,
        },
    });
    let mut public = ClientApplication::new(&world, &register(&admin, public).await);
    let uri = ("redirect_uri", "http://127.0.0.1:51234/back");
    let signed_in = public.sign_in_with(&user, &[uri, ("scope", "openid")]).await;
    let (_, code) =
        signed_in.redirect_params().into_iter().find(|(name, _)| name == "code").unwrap();
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("code_verifier", VERIFIER),
        uri,
        ("client_id", &public.id),
    ];
    let page = public.submit(Method::POST, "/oauth2/token", &fields).await;
    let tokens: Value = serde_json::from_str(&page.body).unwrap();
    assert!(tokens["id_token"].is_string(), "{tokens}");
    assert!(tokens["refresh_token"].is_null(), "nobody agreed to that: {tokens}");
    // It is told which scope would do (RFC 6750, 3.1).
    let application = world.guest().with_token(Some(text_field(&tokens, "access_token")));
    let refused = application.get("/me").await.expect(StatusCode::FORBIDDEN);
    let challenge = "Bearer error=\"insufficient_scope\", scope=\"api:read\"";
    assert_eq!(refused.headers["www-authenticate"], challenge);
    world.stop().await;
}

/// A registered OAuth client, and the browser of the user who uses it.
#[derive(Clone)]
pub(crate) struct ClientApplication {
    base: String,
    pub(super) id: String,
    secret: String,
    pub(super) cookie: Option<String>,
    client: Client,
}

/// An answer to the browser.
pub(super) struct Page {
    pub(super) status: StatusCode,
    location: Option<String>,
    cookie: Option<String>,
    pub(super) body: String,
}

impl Page {
    /// The parameters of the redirect to the application.
    fn redirect_params(&self) -> Vec<(String, String)> {
        let location = self.location.as_ref().unwrap_or_else(|| panic!("{}", self.body));
        Url::parse(location).unwrap().query_pairs().into_owned().collect()
    }

    /// The hidden field `accepted` of the consent form.
    pub(super) fn accepted(&self) -> Option<String> {
        let (_, rest) = self.body.split_once("name=\"accepted\" value=\"")?;
        Some(rest.split_once('"')?.0.to_owned())
    }
}

impl ClientApplication {
    /// The client of a registration: `{"id", "secret"}`.
    pub(crate) fn new(world: &World, registration: &str) -> Self {
        let registration: Value = serde_json::from_str(registration).unwrap();
        let client = Client::builder().redirect(Policy::none()).build().unwrap();
        let secret = registration["secret"].as_str().unwrap_or_default().to_owned();
        let id = registration["id"].as_str().unwrap().to_owned();
        Self { base: world.url(""), id, secret, cookie: None, client }
    }

    /// The query of an authorization request, with some parameters changed.
    pub(super) fn request(&self, changed: &[(&str, &str)]) -> String {
        let defaults = [
            ("response_type", "code"),
            ("client_id", &self.id),
            ("redirect_uri", REDIRECT_URI),
            ("scope", "openid offline_access api api:read"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        let kept =
            defaults.into_iter().filter(|(name, _)| changed.iter().all(|(other, _)| other != name));
        form_encoded(&kept.chain(changed.iter().copied()).collect::<Vec<_>>())
    }

    pub(super) async fn authorize(&self, changed: &[(&str, &str)]) -> Page {
        self.send(Method::GET, &format!("/oauth2/authorize?{}", self.request(changed)), None).await
    }

    pub(super) async fn submit(&self, method: Method, path: &str, fields: &[(&str, &str)]) -> Page {
        match method {
            Method::GET => {
                self.send(method, &format!("{path}?{}", form_encoded(fields)), None).await
            }
            method => self.send(method, path, Some(form_encoded(fields))).await,
        }
    }

    async fn send(&self, method: Method, path: &str, form: Option<String>) -> Page {
        let mut request = self.client.request(method, format!("{}{path}", self.base));
        if let Some(cookie) = &self.cookie {
            request = request.header(COOKIE, cookie);
        }
        if let Some(form) = form {
            request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(form);
        }
        let answer = request.send().await.unwrap();
        let header = |name| {
            let value = answer.headers().get(name)?.to_str().unwrap();
            Some(value.split(';').next().unwrap().to_owned())
        };
        let (location, cookie) = (header(LOCATION), header(SET_COOKIE));
        let status = answer.status();
        Page { status, location, cookie, body: answer.text().await.unwrap() }
    }

    /// A user signs in with the browser and gives consent.
    pub(crate) async fn sign_in(&mut self, user: &Caller) {
        let page = self.sign_in_with(user, &[]).await;
        // After an earlier consent there is no form.
        let Some(accepted) = page.accepted() else { return };
        let request = self.request(&[]);
        let fields = [("request", request.as_str()), ("accepted", &accepted), ("answer", "allow")];
        let agreed = self.submit(Method::POST, "/oauth2/consent", &fields).await;
        assert_eq!(agreed.status, StatusCode::SEE_OTHER, "{}", agreed.body);
    }

    /// The page with which a sign-in is refused.
    pub(crate) async fn sign_in_refused(&self, user: &Caller) -> String {
        let request = self.request(&[]);
        let fields =
            [("request", request.as_str()), ("login", &user.email), ("password", PASSWORD)];
        let page = self.submit(Method::POST, "/oauth2/sign-in", &fields).await;
        assert_eq!((page.status, page.cookie), (StatusCode::BAD_REQUEST, None));
        page.body
    }

    pub(super) async fn sign_in_with(&mut self, user: &Caller, changed: &[(&str, &str)]) -> Page {
        let request = self.request(changed);
        let fields =
            [("request", request.as_str()), ("login", &user.email), ("password", PASSWORD)];
        let page = self.submit(Method::POST, "/oauth2/sign-in", &fields).await;
        self.cookie.clone_from(&page.cookie);
        assert!(self.cookie.is_some(), "{} {}", page.status, page.body);
        page
    }

    /// An authorization code for the user who signed in.
    async fn code(&self) -> String {
        let answer = self.authorize(&[]).await.redirect_params();
        answer.into_iter().find(|(name, _)| name == "code").unwrap().1
    }

    /// The tokens for a new code.
    pub(super) async fn tokens(&self) -> Value {
        let code = self.code().await;
        self.token(&[
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("code_verifier", VERIFIER),
            ("redirect_uri", REDIRECT_URI),
        ])
        .await
    }

    /// The answer of `/oauth2/token`.
    pub(super) async fn token(&self, fields: &[(&str, &str)]) -> Value {
        self.authenticated("/oauth2/token", fields).await
    }

    /// The answer to a request with the client's id and secret.
    async fn authenticated(&self, path: &str, fields: &[(&str, &str)]) -> Value {
        let credentials =
            [("client_id", self.id.as_str()), ("client_secret", self.secret.as_str())];
        let fields: Vec<_> = credentials.into_iter().chain(fields.iter().copied()).collect();
        let page = self.submit(Method::POST, path, &fields).await;
        serde_json::from_str(&page.body).unwrap()
    }
}

pub(super) fn form_encoded(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

pub(super) fn text_field<'a>(answer: &'a Value, name: &str) -> &'a str {
    answer[name].as_str().unwrap_or_else(|| panic!("no {name} in {answer}"))
}
