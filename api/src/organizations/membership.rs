//! Endpoints of memberships: which users act in a cabinet, and with which rank.

use axum::{
    extract::State,
    http::{Method, StatusCode},
};
use commands::{CommandEnvelope, policy::Right};
use domain::{
    identity::{Actor, Owner, Reach, Role, user::UserId},
    organizations::{
        cabinet::CabinetId,
        membership::{Command, CommandKind, Grant, Membership, MembershipId, Rank},
    },
};
use projections::{
    listing::Listing,
    organizations::{
        cabinet::CABINETS,
        membership::{MEMBER_NAMES, MEMBERS, Member},
    },
};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::routes;

use crate::{
    App,
    caller::Caller,
    describe::path_parameter,
    describe::{FormatParam, IncludeParam, MinPositionHeader, PageParams},
    dispatcher::CommandResponse,
    json_request::{JsonRequest, Path},
    path_key::PathKey,
    problem::Problem,
    read_query::ListQuery,
    reads::{self, List, Row},
    resource::resource_by,
    routes::Routes,
    tables::ListAnswer,
    visible::Visible,
};

impl Visible for Membership {
    const READ_RIGHT: Right = Right::UsersRead;
    const LISTING: &'static Listing = &MEMBERS;

    /// Users of a client see only the names of each other.
    fn listing(actor: &Actor) -> &'static Listing {
        if actor.role == Role::ClientUser { &MEMBER_NAMES } else { &MEMBERS }
    }
}

pub(super) fn routes() -> Routes {
    resource_by::<Membership, MemberKey>("/cabinets/{id}/members")
        .command_at(&Method::PATCH, "", CommandKind::Change)
        .command_at(&Method::DELETE, "", CommandKind::Remove)
        .item::<Member>()
        .history()
        .routes()
        .guarded(Right::UsersRead, routes!(list_members))
        .guarded(Right::MembersManage, routes!(add_member))
        .guarded(Right::Profile, routes!(leave_cabinet))
}

/// A membership is identified by its cabinet and its user.
#[derive(Deserialize)]
struct MemberKey {
    id: CabinetId,
    user: UserId,
}

impl PathKey<Membership> for MemberKey {
    const PATH: &'static str = "/{user}";

    fn parameters() -> Vec<Value> {
        vec![path_parameter::<CabinetId>("id"), path_parameter::<UserId>("user")]
    }

    fn id(self) -> MembershipId {
        MembershipId::in_cabinet_of_user(self.id, self.user)
    }
}

/// The user who becomes a member, and what they may do there.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewMember {
    user: UserId,
    role: Rank,
    #[serde(default)]
    reach: Reach,
}

/// The members of a cabinet.
#[utoipa::path(get, path = "/cabinets/{id}/members",
    operation_id = "organizations.membership.list", tag = "organizations",
    params(("id" = CabinetId, Path), FormatParam, PageParams, IncludeParam, MinPositionHeader),
    responses((status = 200, description = "A list of members.", body = List<Row<Member>>)))]
async fn list_members(
    State(app): State<App>,
    caller: Caller,
    Path(cabinet): Path<CabinetId>,
    ListQuery(query): ListQuery,
) -> Result<ListAnswer<Row<Member>>, Problem> {
    let cabinet = (&CABINETS, cabinet.uuid());
    let members = (Membership::listing(&caller), "cabinet");
    reads::list_children(&app, &caller, cabinet, members, Right::UsersRead, query).await
}

/// Makes a user a member. A client's administrators do so only with users who are members within
/// their reach; all others they invite by their address.
#[utoipa::path(post, path = "/cabinets/{id}/members",
    operation_id = "organizations.membership.join", tag = "organizations",
    params(("id" = CabinetId, Path)),
    request_body = NewMember, responses((status = 201, body = CommandResponse)))]
async fn add_member(
    State(app): State<App>,
    caller: Caller,
    Path(cabinet): Path<CabinetId>,
    request: JsonRequest<NewMember>,
) -> Result<(StatusCode, CommandResponse), Problem> {
    let NewMember { user, role, reach } = request.body;
    let join = Command::Join { cabinet, user, grant: Grant { role, reach } };
    let envelope = CommandEnvelope::new(
        MembershipId::in_cabinet_of_user(cabinet, user),
        join,
        caller.actor().clone(),
    );
    match app.dispatcher.create(&caller, envelope, request.options).await {
        Ok(done) => Ok((StatusCode::CREATED, done)),
        Err(problem) if problem.has_code("unknown_cabinet") => Err(Problem::not_found()),
        Err(problem) => Err(not_found_if_cabinet_hidden(&caller, cabinet, problem)),
    }
}

/// Turns a 403 about a cabinet into a 404 for callers that may not see the cabinet.
pub(super) fn not_found_if_cabinet_hidden(
    caller: &Caller,
    cabinet: CabinetId,
    problem: Problem,
) -> Problem {
    let owner = Owner { cabinet: Some(cabinet), ..Owner::default() };
    let is_visible = caller.scope(Right::CabinetsRead).permits(caller, &owner);
    if problem.status() == 403 && !is_visible { Problem::not_found() } else { problem }
}

/// Ends the caller's membership in a cabinet.
#[utoipa::path(delete, path = "/me/cabinets/{id}",
    operation_id = "organizations.membership.leave", tag = "organizations",
    params(("id" = CabinetId, Path)),
    responses((status = 200, body = CommandResponse)))]
async fn leave_cabinet(
    State(app): State<App>,
    caller: Caller,
    Path(cabinet): Path<CabinetId>,
    request: JsonRequest<Value>,
) -> Result<CommandResponse, Problem> {
    if caller.impersonator.is_some() {
        return Err(Problem::forbidden(Right::MembersManage));
    }
    let id = MembershipId::in_cabinet_of_user(cabinet, caller.id.into());
    app.dispatcher.execute(&caller, id, vec![Command::Leave {}], request.options).await
}
