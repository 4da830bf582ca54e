//! Who acts in a cabinet.

use axum::{extract::State, http::StatusCode};
use commands::policy::Right;
use domain::{
    identity::{Reach, user::UserId},
    organizations::{
        cabinet::CabinetId,
        membership::{Command, Grant, Membership, MembershipId, Rank},
    },
};
use projections::{
    listing::Listing,
    organizations::{
        cabinet::CABINETS,
        membership::{MEMBERS, Member},
    },
};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    App,
    ask::Ask,
    caller::Caller,
    given::{Given, Path},
    orders::Done,
    problem::Problem,
    reads::{self, Described, List, Listed, Row},
    resource::resource,
    visible::Visible,
};

impl Visible for Membership {
    const SEEN: Right = Right::UsersRead;
    const LISTING: &'static Listing = &MEMBERS;
}

pub(super) fn routes() -> OpenApiRouter<App> {
    // Its commands are served below the cabinet, by the user's id.
    resource::<Membership>("/memberships")
        .without(&["join", "change", "remove"])
        .routes()
        .routes(routes!(members, add))
        .routes(routes!(member, change, remove))
}

/// Whom to make a member, and what he may do there.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewMember {
    user: UserId,
    role: Rank,
    #[serde(default)]
    reach: Reach,
}

/// What a member may do from now on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = MemberPatch)]
struct Patch {
    #[serde(default)]
    role: Option<Rank>,
    #[serde(default)]
    reach: Option<Reach>,
}

/// The members of a cabinet.
#[utoipa::path(get, path = "/cabinets/{id}/members",
    operation_id = "organizations.membership.list", tag = "organizations",
    params(("id" = CabinetId, Path)), extensions(("x-right" = json!("users_read"))),
    responses((status = 200, description = "A list of members.", body = Listed<Described<Member>>)))]
async fn members(
    State(app): State<App>,
    caller: Caller,
    Path(cabinet): Path<CabinetId>,
    mut ask: Ask,
) -> Result<List<Row<Member>>, Problem> {
    let sight = caller.sight(Right::UsersRead)?;
    reads::found::<Value>(&app, &CABINETS, cabinet.uuid(), &sight).await?;
    ask.query.filters.push(("cabinet".into(), cabinet.to_string()));
    reads::list(&app, &caller, &MEMBERS, Right::UsersRead, ask).await
}

/// Makes a user a member.
#[utoipa::path(post, path = "/cabinets/{id}/members",
    operation_id = "organizations.membership.join", tag = "organizations",
    params(("id" = CabinetId, Path)), extensions(("x-right" = json!("members_manage"))),
    request_body = NewMember, responses((status = 201, body = Done)))]
async fn add(
    State(app): State<App>,
    caller: Caller,
    Path(cabinet): Path<CabinetId>,
    given: Given<NewMember>,
) -> Result<(StatusCode, Done), Problem> {
    let NewMember { user, role, reach } = given.body;
    let join = Command::Join { cabinet, user, grant: Grant { role, reach } };
    let id = MembershipId::of(cabinet, user);
    let done = app.give(&caller, id, vec![join], given.terms).await?;
    Ok((StatusCode::CREATED, done))
}

/// One of the members.
#[utoipa::path(get, path = "/cabinets/{id}/members/{user}",
    operation_id = "organizations.membership.find", tag = "organizations",
    params(("id" = CabinetId, Path), ("user" = UserId, Path)),
    extensions(("x-right" = json!("users_read"))),
    responses((status = 200, description = "A member.", body = reads::Found<Member>)))]
async fn member(
    State(app): State<App>,
    caller: Caller,
    Path((cabinet, user)): Path<(CabinetId, UserId)>,
    ask: Ask,
) -> Result<axum::response::Response, Problem> {
    let id = MembershipId::of(cabinet, user).uuid();
    reads::item::<Member>(&app, &caller, &MEMBERS, Right::UsersRead, id, &ask).await
}

/// Changes what a member may do; what is not given stays.
#[utoipa::path(patch, path = "/cabinets/{id}/members/{user}",
    operation_id = "organizations.membership.change", tag = "organizations",
    params(("id" = CabinetId, Path), ("user" = UserId, Path)),
    extensions(("x-right" = json!("members_manage"))),
    request_body = Patch, responses((status = 200, body = Done)))]
async fn change(
    State(app): State<App>,
    caller: Caller,
    Path((cabinet, user)): Path<(CabinetId, UserId)>,
    given: Given<Patch>,
) -> Result<Done, Problem> {
    let id = MembershipId::of(cabinet, user);
    let known = app.commands.lookup().load(id).await?;
    let now = known.grant().ok_or_else(Problem::not_found)?;
    let Patch { role, reach } = given.body;
    let grant = Grant { role: role.unwrap_or(now.role), reach: reach.unwrap_or(now.reach) };
    let change = vec![Command::Change { grant }];
    app.give(&caller, id, change, given.terms).await
}

/// Takes a member out. Within a minute he can do nothing there any more (ORG-7).
#[utoipa::path(delete, path = "/cabinets/{id}/members/{user}",
    operation_id = "organizations.membership.remove", tag = "organizations",
    params(("id" = CabinetId, Path), ("user" = UserId, Path)),
    extensions(("x-right" = json!("members_manage"))),
    responses((status = 200, body = Done)))]
async fn remove(
    State(app): State<App>,
    caller: Caller,
    Path((cabinet, user)): Path<(CabinetId, UserId)>,
    given: Given<Value>,
) -> Result<Done, Problem> {
    let id = MembershipId::of(cabinet, user);
    app.give(&caller, id, vec![Command::Remove {}], given.terms).await
}
