//! Endpoints of cabinets (client organisations) and of the tree they form.

use axum::extract::State;
use commands::policy::Right;
use domain::{
    Change, Country, Email, Id, TaxId, Text,
    organizations::cabinet::{Cabinet, CabinetId, Command, CommandKind, Kind},
};
use projections::{
    listing::Listing,
    organizations::cabinet::{self, CABINETS},
};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::routes;

use crate::{
    App,
    caller::Caller,
    describe::{FormatParam, IncludeParam, MinPositionHeader, PageParams},
    dispatcher::CommandResponse,
    json_request::{JsonRequest, Path},
    problem::Problem,
    read_query::ListQuery,
    reads::{self, List, Row},
    resource::resource,
    routes::Routes,
    tables::ListAnswer,
    visible::Visible,
};

impl Visible for Cabinet {
    const READ_RIGHT: Right = Right::CabinetsRead;
    const LISTING: &'static Listing = &CABINETS;
}

pub(super) fn routes() -> Routes {
    resource::<Cabinet>("/cabinets")
        .create(CommandKind::Create)
        .patch(CommandKind::ChangeDetails, Patch::commands)
        .commands(&[
            CommandKind::ChangeDetails,
            CommandKind::ChangeType,
            CommandKind::Attach,
            CommandKind::AcceptAttachment,
            CommandKind::DeclineAttachment,
            CommandKind::Detach,
            CommandKind::Move,
            CommandKind::Suspend,
            CommandKind::Reinstate,
            CommandKind::Close,
            CommandKind::SetPolicy,
        ])
        .list::<cabinet::Cabinet>()
        .item::<cabinet::Cabinet>()
        .history()
        .routes()
        .guarded(Right::CabinetsRead, routes!(list_children))
        .guarded(Right::CabinetsEdit, routes!(attach_child))
        .guarded(Right::CabinetsRead, routes!(list_tree))
}

/// The cabinet to attach below.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewChild {
    child: CabinetId,
}

/// The cabinets directly below.
#[utoipa::path(get, path = "/cabinets/{id}/children",
    operation_id = "organizations.cabinet.children", tag = "organizations",
    params(("id" = CabinetId, Path), FormatParam, PageParams, IncludeParam, MinPositionHeader),
    responses((status = 200, description = "A list of cabinets.",
        body = List<Row<cabinet::Cabinet>>)))]
async fn list_children(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<CabinetId>,
    ListQuery(query): ListQuery,
) -> Result<ListAnswer<Row<cabinet::Cabinet>>, Problem> {
    let (parent, children) = ((&CABINETS, id.uuid()), (&CABINETS, "parent_id"));
    reads::list_children(&app, &caller, parent, children, Right::CabinetsRead, query).await
}

/// Puts a cabinet below this one; see `attach`.
#[utoipa::path(post, path = "/cabinets/{id}/children",
    operation_id = "organizations.cabinet.attach_child", tag = "organizations",
    params(("id" = CabinetId, Path)),
    request_body = NewChild, responses((status = 200, body = CommandResponse)))]
async fn attach_child(
    State(app): State<App>,
    caller: Caller,
    Path(parent): Path<CabinetId>,
    request: JsonRequest<NewChild>,
) -> Result<CommandResponse, Problem> {
    let attach = vec![Command::Attach { parent }];
    app.dispatcher.execute(&caller, request.body.child, attach, request.options).await
}

/// A cabinet and all those below it that you may see; each names the one above it.
#[utoipa::path(get, path = "/cabinets/{id}/tree", operation_id = "organizations.cabinet.tree",
    tag = "organizations", params(("id" = CabinetId, Path), FormatParam, PageParams, IncludeParam, MinPositionHeader),
    responses((status = 200, description = "A list of cabinets.",
        body = List<Row<cabinet::Cabinet>>)))]
async fn list_tree(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<CabinetId>,
    ListQuery(query): ListQuery,
) -> Result<ListAnswer<Row<cabinet::Cabinet>>, Problem> {
    let row_scope = caller.row_scope(Right::CabinetsRead)?;
    let freshness = app.read_models.wait_for(&[&CABINETS], query.min_position).await?;
    reads::find_row::<Value>(&app, &CABINETS, id.uuid(), &row_scope, freshness).await?;
    let below = cabinet::subtree(&app.db, id).await?.into_iter().map(Id::uuid).collect();
    reads::list_by_ids(&app, &caller, &CABINETS, &row_scope, (below, freshness), query).await
}

/// What may be changed in a cabinet.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CabinetPatch)]
struct Patch {
    #[serde(default)]
    name: Option<Text<200>>,
    #[serde(default)]
    kind: Option<Kind>,
    #[serde(default)]
    #[schema(value_type = Option<TaxId>)]
    tax_id: Change<TaxId>,
    #[serde(default)]
    #[schema(value_type = Option<Text<100>>)]
    external_id: Change<Text<100>>,
    #[serde(default)]
    #[schema(value_type = Option<Country>)]
    country: Change<Country>,
    #[serde(default)]
    #[schema(value_type = Option<Email>)]
    contact_email: Change<Email>,
}

impl Patch {
    fn commands(self) -> Vec<Command> {
        let Self { name, kind, tax_id, external_id, country, contact_email } = self;
        let untouched = name.is_none()
            && tax_id.is_keep()
            && external_id.is_keep()
            && country.is_keep()
            && contact_email.is_keep();
        let details = Command::ChangeDetails { name, tax_id, external_id, country, contact_email };
        let details = (!untouched).then_some(details);
        details.into_iter().chain(kind.map(|kind| Command::ChangeType { kind })).collect()
    }
}
