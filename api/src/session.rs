//! Signing in with a login and a password, staying signed in, and who one is then.

use std::collections::BTreeMap;

use axum::{
    Json,
    extract::State,
    http::{HeaderValue, StatusCode, header::CACHE_CONTROL},
    response::{IntoResponse, Response},
};
use commands::policy::MATRIX;
use domain::{
    crm::customer::CustomerId,
    identity::{
        Reach, Role, Scope,
        session::{Grant, Method, Origin, SessionId},
        user::UserId,
    },
    organizations::cabinet::CabinetId,
};
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep_until};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use crate::{
    App,
    acting::Acting,
    auth::{Entry, From, Known, Pair, THINKING},
    caller::Caller,
    given::Given,
    problem::Problem,
    tokens::{Claims, LIFETIME},
};

/// Nobody's login or password is longer; hashing what is would only be work.
const LONGEST: usize = 1024;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(sign_in)).routes(routes!(refresh)).routes(routes!(me))
}

/// Who wants to sign in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "that is what clients know it by")]
pub(crate) struct Login {
    /// The e-mail address of the account.
    pub(crate) login: String,
    #[schema(format = Password)]
    pub(crate) password: String,
    /// A code of the authenticator app, or a recovery code, where one is asked for.
    #[serde(default)]
    pub(crate) code: Option<String>,
}

/// A proof of who one is, for a while, in the form of OAuth 2 (RFC 6749, 5.1).
#[derive(Serialize, ToSchema)]
pub(crate) struct Granted {
    /// Sent as `Authorization: Bearer …`.
    access_token: String,
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// In seconds.
    expires_in: u64,
    /// Exchanged for a new pair, once, before the session ends.
    refresh_token: String,
}

impl Granted {
    pub(crate) fn new(pair: Pair) -> Self {
        let Pair { access_token, refresh_token, .. } = pair;
        Self { access_token, token_type: "Bearer", expires_in: LIFETIME, refresh_token }
    }
}

impl IntoResponse for Granted {
    fn into_response(self) -> Response {
        ([(CACHE_CONTROL, HeaderValue::from_static("no-store"))], Json(self)).into_response()
    }
}

/// Signs in with a login and a password.
#[utoipa::path(post, path = "/jwt", operation_id = "identity.session.start",
    extensions(("x-right" = json!("public"))), tag = "identity",
    request_body = Login, responses((status = 200, body = Granted)))]
async fn sign_in(
    State(app): State<App>,
    From(origin): From,
    given: Given<Login>,
) -> Result<Granted, Problem> {
    app.sign_in(given.body, origin).await.map(Granted::new)
}

/// How somebody stays signed in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Refresh {
    refresh_token: String,
}

/// Exchanges a refresh token for a new pair of tokens.
///
/// The token is good for one exchange. Sent again within a minute, because the answer was lost, it
/// is answered with the same successor; later, or once the successor was used, somebody else must
/// have it, and the session ends (IAM-3).
#[utoipa::path(post, path = "/jwt/refresh", operation_id = "identity.session.refresh",
    extensions(("x-right" = json!("public"))), tag = "identity", request_body = Refresh,
    responses((status = 200, body = Granted)))]
async fn refresh(State(app): State<App>, given: Given<Refresh>) -> Result<Granted, Problem> {
    app.renew_session(&given.body.refresh_token, None).await.map(Granted::new)
}

impl App {
    /// Lets in whoever knows login and password, and has a code where one is asked for.
    pub(crate) async fn sign_in(&self, login: Login, origin: Origin) -> Result<Pair, Problem> {
        let Login { login, password, code } = login;
        if login.len() > LONGEST || password.len() > LONGEST {
            return Err(unknown());
        }
        let attempt = self.attempts.begin(&login, origin.address, code.is_some()).await?;
        let answer = Instant::now() + THINKING;
        let known = Known::by_login(self, &login).await?;
        let user = known.as_ref().map(|known| known.user);
        match self.proves(known, password, code).await? {
            Proof::Complete(known, methods) => {
                self.attempts.forget(attempt).await?;
                self.start_session(&known, Entry::ours(methods, origin)?).await
            }
            Proof::WithoutCode => {
                self.attempts.forget(attempt).await?;
                let detail = "send a code of your authenticator app, or a recovery code, as well";
                Err(Problem::new(StatusCode::UNAUTHORIZED, "mfa_required", detail)
                    .with("methods", vec![Method::OneTimeCode.as_str()]))
            }
            Proof::None => {
                self.record_failure(user, origin).await?;
                sleep_until(answer).await;
                Err(unknown())
            }
        }
    }

    /// What password and code prove. The password is checked whatever is known, so that the work
    /// tells nothing either.
    async fn proves(
        &self,
        known: Option<Known>,
        password: String,
        code: Option<String>,
    ) -> Result<Proof, Problem> {
        let hash = known.as_ref().and_then(|known| known.account.password.as_ref()?.get());
        let hash = hash.map(|hash| hash.as_str().to_owned());
        let fits = self.passwords.check(hash, password).await?;
        let Some(known) = known.filter(|known| fits && known.is_active()) else {
            return Ok(Proof::None);
        };
        if !known.account.proofs.totp_enabled {
            return Ok(Proof::Complete(Box::new(known), vec![Method::Password]));
        }
        let Some(code) = code else { return Ok(Proof::WithoutCode) };
        Ok(match self.use_code(&known, &code).await? {
            Some(method) => Proof::Complete(Box::new(known), vec![Method::Password, method]),
            None => Proof::None,
        })
    }

    /// A token that says what its user may do by now.
    pub(crate) async fn access_token(
        &self,
        known: &Known,
        session: SessionId,
        grant: &Grant,
    ) -> Result<String, Problem> {
        let claims = Claims {
            sid: session.uuid(),
            scope: grant.scope.to_string(),
            amr: grant.methods.clone(),
            uver: grant.user_version,
            client_id: grant.client,
            cver: match grant.client {
                Some(client) => self.client_version(client.into()).await?,
                None => 0,
            },
            ..claims(self, known).await?
        };
        Ok(self.tokens.issue(&claims)?)
    }
}

/// What somebody who signs in has proved.
enum Proof {
    None,
    WithoutCode,
    Complete(Box<Known>, Vec<Method>),
}

fn unknown() -> Problem {
    let detail = "login or password is wrong, or the account is closed";
    Problem::new(StatusCode::UNAUTHORIZED, "not_signed_in", detail)
}

/// What a token says of somebody, by now, in no session yet.
pub(crate) async fn claims(app: &App, known: &Known) -> Result<Claims, Problem> {
    let account = &known.account;
    let acting = Acting::of(app, known.user, account).await?;
    Ok(Claims {
        sub: known.user.uuid(),
        tid: app.deployment,
        cid: acting.map(|acting| acting.cabinet.uuid()),
        cust: account.customer.map(CustomerId::uuid),
        sid: Uuid::nil(),
        roles: vec![acting.map_or(account.role, |acting| acting.role)],
        reach: acting.map(|acting| acting.reach).unwrap_or_default(),
        scope: "api".into(),
        amr: vec![],
        mver: acting.map_or(0, |acting| acting.version),
        uver: known.version,
        client_id: None,
        cver: 0,
        act: None,
    })
}

#[derive(Serialize, ToSchema)]
pub(crate) struct Answer<T> {
    pub(crate) data: T,
}

/// Who one is, and what one may do.
#[derive(Serialize, ToSchema)]
struct Me {
    user: UserId,
    role: Role,
    reach: Reach,
    /// The cabinet one acts in.
    cabinet: Option<CabinetId>,
    /// The customer one is.
    customer: Option<CustomerId>,
    /// How far each right goes; what is missing is not allowed.
    rights: BTreeMap<String, Scope>,
}

/// Who am I?
#[utoipa::path(get, path = "/me", operation_id = "identity.session.me",
    extensions(("x-right" = json!("profile"))), tag = "identity",
    responses((status = 200, body = Answer<Me>)))]
async fn me(caller: Caller) -> Result<Json<Answer<Me>>, Problem> {
    if caller.is_guest() {
        return Err(Problem::unauthenticated());
    }
    let rights = MATRIX.iter().map(|(right, _)| (right.to_string(), caller.scope(*right)));
    let me = Me {
        user: caller.id.into(),
        role: caller.role,
        reach: caller.reach,
        cabinet: caller.cabinet,
        customer: caller.customer,
        rights: rights.filter(|(_, scope)| *scope != Scope::None).collect(),
    };
    Ok(Json(Answer { data: me }))
}
