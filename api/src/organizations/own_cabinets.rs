//! `/me/cabinets`: the caller's memberships, and switching the cabinet in which they act.

use axum::{Json, extract::State};
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
    body::DataBody,
    cabinet_access::CabinetAccess,
    caller::Caller,
    describe::{FormatParam, IncludeParam, MinPositionHeader, PageParams},
    json_request::JsonRequest,
    problem::Problem,
    read_query::ListQuery,
    reads::{self, List, Row},
    routes::Routes,
    tables::ListAnswer,
    tokens::{ACCESS_TOKEN_LIFETIME, Claims},
};

pub(super) fn routes() -> Routes {
    Routes::default()
        .guarded(Right::Profile, routes!(list_own_cabinets))
        .guarded(Right::Profile, routes!(switch_cabinet))
}

/// The cabinet in which to act.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CabinetChoice {
    cabinet: CabinetId,
}

/// An access token for the chosen cabinet.
#[derive(Serialize, ToSchema)]
struct CabinetToken {
    cabinet: CabinetId,
    /// Sent as `Authorization: Bearer …`.
    access_token: String,
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// In seconds.
    expires_in: u64,
}

/// The cabinets of which the caller is a member.
#[utoipa::path(get, path = "/me/cabinets", operation_id = "organizations.membership.mine",
    tag = "organizations", params(FormatParam, PageParams, IncludeParam, MinPositionHeader),
    responses((status = 200, description = "A list of memberships.",
        body = List<Row<Member>>)))]
async fn list_own_cabinets(
    State(app): State<App>,
    caller: Caller,
    ListQuery(mut query): ListQuery,
) -> Result<ListAnswer<Row<Member>>, Problem> {
    query.list.fixed.push(("user".into(), caller.id.to_string()));
    let row_scope = caller.row_scope(Right::Profile)?.in_all_cabinets();
    reads::list_in_scope(&app, &caller, &MEMBERS, (Right::Profile, &row_scope), query).await
}

/// Switches to another cabinet of which the caller is a member, also for later sign-ins. Earlier
/// tokens keep acting in the former one until they are renewed. The new token expires no later than
/// the one that was sent.
#[utoipa::path(post, path = "/me/cabinet", operation_id = "organizations.membership.choose",
    tag = "organizations", request_body = CabinetChoice,
    responses((status = 200, body = DataBody<CabinetToken>)))]
async fn switch_cabinet(
    State(app): State<App>,
    caller: Caller,
    request: JsonRequest<CabinetChoice>,
) -> Result<Json<DataBody<CabinetToken>>, Problem> {
    let CabinetChoice { cabinet } = request.body;
    // Service accounts and impersonators have no session of their own to switch.
    let own_claims = caller.claims().filter(|claims| claims.act.is_none());
    let claims = own_claims.cloned().ok_or_else(Problem::unauthenticated)?;
    // Session, account and membership are checked again before a new token is issued.
    let caller = app.authenticator.reverify(&caller).await?;
    let user = UserId::from(caller.id);
    if !CabinetAccess::is_allowed_by_provider(&app.commands, claims.sid.into(), cabinet).await? {
        return Err(Failure::Refused(Refusal::NoMember).into());
    }
    // The role in that cabinet may require a second factor.
    let target = CabinetAccess::load(app.commands.aggregates(), user, cabinet).await?;
    if target.is_some_and(|target| app.auth.factors.is_missing(target.role, &claims.amr)) {
        return Err(Problem::mfa_required());
    }
    app.dispatcher
        .execute(&caller, user, vec![Command::ChooseCabinet { cabinet }], request.options)
        .await?;
    let access = CabinetAccess::load(app.commands.aggregates(), user, cabinet)
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
    let remaining = caller.valid_until().saturating_sub(jsonwebtoken::get_current_timestamp());
    let expires_in = remaining.min(ACCESS_TOKEN_LIFETIME);
    let data = CabinetToken { cabinet, access_token, token_type: "Bearer", expires_in };
    Ok(Json(DataBody { data }))
}
