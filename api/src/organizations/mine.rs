//! The cabinets of which one is a member, and the one in which one acts.

use axum::{
    Json,
    extract::State,
    http::{HeaderValue, header::CACHE_CONTROL},
    response::IntoResponse,
};
use commands::{Failure, policy::Right};
use domain::{
    identity::user::{Command, Refusal, UserId},
    organizations::cabinet::CabinetId,
};
use projections::organizations::membership::{MEMBERS, Member};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::routes;

use crate::{
    App,
    answer::Answer,
    cabinet_access::CabinetAccess,
    caller::Caller,
    json_request::JsonRequest,
    problem::Problem,
    read_query::ReadQuery,
    reads::{self, List, Row},
    routes::Routes,
    tokens::{Claims, LIFETIME},
};

pub(super) fn routes() -> Routes {
    Routes::default().right(Right::Profile, routes!(mine)).right(Right::Profile, routes!(choose))
}

/// In which cabinet to act.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Choice {
    cabinet: CabinetId,
}

/// A token for the other cabinet.
#[derive(Serialize, ToSchema)]
struct Chosen {
    cabinet: CabinetId,
    /// Sent as `Authorization: Bearer …`.
    access_token: String,
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// In seconds.
    expires_in: u64,
}

/// The cabinets of which one is a member.
#[utoipa::path(get, path = "/me/cabinets", operation_id = "organizations.membership.mine",
    tag = "organizations",
    responses((status = 200, description = "A list of memberships.",
        body = List<Row<Member>>)))]
async fn mine(
    State(app): State<App>,
    caller: Caller,
    mut ask: ReadQuery,
) -> Result<List<Row<Member>>, Problem> {
    ask.list.filters.push(("user".into(), caller.id.to_string()));
    let row_scope = caller.row_scope(Right::Profile)?.anywhere();
    reads::list_in_scope(&app, &MEMBERS, (Right::Profile, &row_scope), ask).await
}

/// Acts in another cabinet of which one is a member, from now on and wherever one signs in. Tokens
/// from before go on acting in the former one, until they are renewed. The token for the other one
/// is good no longer than the one that is shown.
#[utoipa::path(post, path = "/me/cabinet", operation_id = "organizations.membership.choose",
    tag = "organizations", request_body = Choice,
    responses((status = 200, body = Answer<Chosen>)))]
async fn choose(
    State(app): State<App>,
    caller: Caller,
    request: JsonRequest<Choice>,
) -> Result<impl IntoResponse, Problem> {
    let Choice { cabinet } = request.body;
    // Only who signed in themselves has a session in which to act elsewhere.
    let own = caller.claims().filter(|claims| claims.act.is_none());
    let claims = own.cloned().ok_or_else(Problem::unauthenticated)?;
    // One token gives another only as long as all that it stands on does.
    let caller = app.authenticator.refreshed(&caller).await?;
    let user = UserId::from(caller.id);
    if !CabinetAccess::is_allowed(&app.commands, claims.sid.into(), cabinet).await? {
        return Err(Failure::Refused(Refusal::NoMember).into());
    }
    // Their role there may ask for more than the one they have here.
    let there = CabinetAccess::in_cabinet(app.commands.lookup(), user, cabinet).await?;
    if there.is_some_and(|there| app.auth.factors.lacks(there.role, &claims.amr)) {
        return Err(Problem::second_factor_required());
    }
    app.dispatcher
        .execute(&caller, user, vec![Command::ChooseCabinet { cabinet }], request.preconditions)
        .await?;
    let access = CabinetAccess::in_cabinet(app.commands.lookup(), user, cabinet)
        .await?
        .ok_or_else(Problem::not_found)?;
    let claims = Claims {
        cid: Some(cabinet.uuid()),
        roles: vec![access.role],
        reach: access.reach,
        mver: access.version,
        ..claims
    };
    let access_token = app.tokens.issue_until(&claims, caller.valid_until())?;
    let left = caller.valid_until().saturating_sub(jsonwebtoken::get_current_timestamp());
    let expires_in = left.min(LIFETIME);
    let data = Chosen { cabinet, access_token, token_type: "Bearer", expires_in };
    Ok(([(CACHE_CONTROL, HeaderValue::from_static("no-store"))], Json(Answer { data })))
}
