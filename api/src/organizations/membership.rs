//! Who acts in a cabinet.

use axum::{Json, extract::State, http::StatusCode};
use commands::policy::Right;
use domain::{
    identity::{Owner, Reach, user::UserId},
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
use utoipa_axum::routes;

use crate::{
    App,
    ask::Ask,
    caller::Caller,
    explain::{self, Explained},
    given::{Given, Path, Query},
    history::{self, Happened},
    orders::Done,
    problem::Problem,
    reads::{self, Described, List, Listed, Row},
    resource::resource,
    routes::Routes,
    visible::Visible,
};

impl Visible for Membership {
    const SEEN: Right = Right::UsersRead;
    const LISTING: &'static Listing = &MEMBERS;
}

pub(super) fn routes() -> Routes {
    // Its commands are served below the cabinet, by the user's id.
    resource::<Membership>("/memberships")
        .routes()
        .right(Right::UsersRead, routes!(members))
        .right(Right::MembersManage, routes!(add))
        .right(Right::UsersRead, routes!(member))
        .right(Right::MembersManage, routes!(change, remove))
        .right(Right::Profile, routes!(leave))
        .right(Right::History, routes!(past))
        .right(Right::History, routes!(explained))
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
    params(("id" = CabinetId, Path)),
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

/// Makes a user a member. A client's administrators do so only with users who are members within
/// their reach; all others they invite by their address.
#[utoipa::path(post, path = "/cabinets/{id}/members",
    operation_id = "organizations.membership.join", tag = "organizations",
    params(("id" = CabinetId, Path)),
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
    match app.orders.create_named(&caller, id, join, given.terms).await {
        Ok(done) => Ok((StatusCode::CREATED, done)),
        Err(problem) if problem.is("unknown_cabinet") => Err(Problem::not_found()),
        Err(problem) => Err(hidden(&caller, cabinet, problem)),
    }
}

/// What becomes of a refusal about a cabinet: to those who may not see it, it does not exist.
pub(super) fn hidden(caller: &Caller, cabinet: CabinetId, problem: Problem) -> Problem {
    let owner = Owner { cabinet: Some(cabinet), ..Owner::default() };
    let seen = caller.scope(Right::CabinetsRead).permits(caller, &owner);
    if problem.status() == 403 && !seen { Problem::not_found() } else { problem }
}

/// One of the members.
#[utoipa::path(get, path = "/cabinets/{id}/members/{user}",
    operation_id = "organizations.membership.find", tag = "organizations",
    params(("id" = CabinetId, Path), ("user" = UserId, Path)),
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
    request_body = Patch, responses((status = 200, body = Done)))]
async fn change(
    State(app): State<App>,
    caller: Caller,
    Path((cabinet, user)): Path<(CabinetId, UserId)>,
    given: Given<Patch>,
) -> Result<Done, Problem> {
    let id = MembershipId::of(cabinet, user);
    let Patch { role, reach } = given.body;
    app.orders.give(&caller, id, vec![Command::Change { role, reach }], given.terms).await
}

/// Takes a member out; they can do nothing there any more (ORG-7).
#[utoipa::path(delete, path = "/cabinets/{id}/members/{user}",
    operation_id = "organizations.membership.remove", tag = "organizations",
    params(("id" = CabinetId, Path), ("user" = UserId, Path)),
    responses((status = 200, body = Done)))]
async fn remove(
    State(app): State<App>,
    caller: Caller,
    Path((cabinet, user)): Path<(CabinetId, UserId)>,
    given: Given<Value>,
) -> Result<Done, Problem> {
    let id = MembershipId::of(cabinet, user);
    app.orders.give(&caller, id, vec![Command::Remove {}], given.terms).await
}

/// Leaves a cabinet of which one is a member.
#[utoipa::path(delete, path = "/me/cabinets/{id}",
    operation_id = "organizations.membership.leave", tag = "organizations",
    params(("id" = CabinetId, Path)),
    responses((status = 200, body = Done)))]
async fn leave(
    State(app): State<App>,
    caller: Caller,
    Path(cabinet): Path<CabinetId>,
    given: Given<Value>,
) -> Result<Done, Problem> {
    if caller.impersonator.is_some() {
        return Err(Problem::forbidden(Right::MembersManage));
    }
    let id = MembershipId::of(cabinet, caller.id.into());
    app.orders.give(&caller, id, vec![Command::Leave {}], given.terms).await
}

/// What happened to a membership, in order.
#[utoipa::path(get, path = "/cabinets/{id}/members/{user}/history",
    operation_id = "organizations.membership.history", tag = "organizations",
    params(("id" = CabinetId, Path), ("user" = UserId, Path)),
    responses((status = 200, description = "A list of events.", body = Listed<Happened>)))]
async fn past(
    State(app): State<App>,
    caller: Caller,
    Path((cabinet, user)): Path<(CabinetId, UserId)>,
    ask: Ask,
) -> Result<List<Happened>, Problem> {
    history::of(&app, &caller, MembershipId::of(cabinet, user), &ask).await
}

/// The events that gave a field of a membership its value.
#[utoipa::path(get, path = "/cabinets/{id}/members/{user}/explain",
    operation_id = "organizations.membership.explain", tag = "organizations",
    params(("id" = CabinetId, Path), ("user" = UserId, Path), explain::Wanted),
    responses((status = 200, description = "The value, and the events.", body = Explained)))]
async fn explained(
    State(app): State<App>,
    caller: Caller,
    Path((cabinet, user)): Path<(CabinetId, UserId)>,
    Query(wanted): Query<explain::Wanted>,
) -> Result<Json<Explained>, Problem> {
    explain::of(&app, &caller, MembershipId::of(cabinet, user), wanted.field).await
}
