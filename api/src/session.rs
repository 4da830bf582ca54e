//! Signing in, and who one is then.
//!
//! What issue tokens need and how accounts are told apart is all here; refresh tokens, second
//! factors and lock-out join at [`sign_in`].

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
    identity::{Reach, Role, Scope, user::UserId},
    organizations::cabinet::CabinetId,
};
use projections::identity::user::{Credential, credential};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use crate::{
    App,
    caller::Caller,
    given::Given,
    problem::Problem,
    tokens::{Claims, LIFETIME},
};

/// Nobody's login or password is longer; hashing what is would only be work.
const LONGEST: usize = 1024;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(sign_in)).routes(routes!(me))
}

/// Who wants to sign in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Login {
    /// The e-mail address of the account.
    login: String,
    #[schema(format = Password)]
    password: String,
}

/// A proof of who one is, for a while, in the form of OAuth 2 (RFC 6749, 5.1).
#[derive(Serialize, ToSchema)]
struct Granted {
    /// Sent as `Authorization: Bearer …`.
    access_token: String,
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// In seconds.
    expires_in: u64,
}

/// Signs in with a login and a password.
#[utoipa::path(post, path = "/jwt", operation_id = "identity.session.start", tag = "identity",
    request_body = Login, responses((status = 200, body = Granted)))]
async fn sign_in(State(app): State<App>, given: Given<Login>) -> Result<Response, Problem> {
    let Login { login, password } = given.body;
    if login.len() > LONGEST || password.len() > LONGEST {
        return Err(unknown());
    }
    let found = credential(&app.db, &login.trim().to_lowercase()).await?;
    let hash = found.as_ref().and_then(|found| found.hash.clone());
    // The password is checked whatever was found, so that time tells nothing either.
    let fits = app.passwords.check(hash, password).await?;
    let known = found.filter(|known| fits && known.active).ok_or_else(unknown)?;
    let access_token = app.tokens.issue(&claims(&app, &known))?;
    let token = Granted { access_token, token_type: "Bearer", expires_in: LIFETIME };
    let mut response = Json(token).into_response();
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

fn unknown() -> Problem {
    let detail = "login or password is wrong, or the account is closed";
    Problem::new(StatusCode::UNAUTHORIZED, "not_signed_in", detail)
}

fn claims(app: &App, known: &Credential) -> Claims {
    Claims {
        sub: known.user,
        tid: app.deployment,
        cid: known.cabinet,
        cust: known.customer,
        sid: Uuid::now_v7(),
        roles: vec![known.role],
        reach: known.reach,
        scope: "api".into(),
        amr: vec!["pwd".into()],
        mver: known.member_version,
    }
}

#[derive(Serialize, ToSchema)]
struct Answer<T> {
    data: T,
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
#[utoipa::path(get, path = "/me", operation_id = "identity.session.me", tag = "identity",
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
