//! What the business says of itself: to its own people, and once it is published to everybody.

use axum::{Json, extract::State};
use commands::{AggregateReader, policy::Right};
use domain::{
    Id,
    platform::business::{Business, BusinessId, Changes, Command, CommandKind, Profile},
};
use projections::{
    listing::Listing,
    platform::business::{self, BUSINESSES},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{
    ToSchema,
    openapi::{Ref, RefOr, Schema},
};
use utoipa_axum::routes;

use crate::{
    App, body::DataBody, path_key::PathKey, problem::Problem, resource::resource_by,
    routes::Routes, visible::Visible,
};

impl Visible for Business {
    const READ_RIGHT: Right = Right::Settings;
    const LISTING: &'static Listing = &BUSINESSES;
}

pub(super) fn routes() -> Routes {
    resource_by::<Business, Only>("/business")
        .patch(CommandKind::Change, |changes: Changes| vec![Command::Change(changes)])
        .commands(&[
            CommandKind::SetUp,
            CommandKind::Change,
            CommandKind::Publish,
            CommandKind::Unpublish,
        ])
        .item::<business::Business>()
        .history()
        .routes()
        .public(routes!(show_published))
}

/// The one business needs no id.
#[derive(Deserialize)]
struct Only {}

impl PathKey<Business> for Only {
    const PATH: &'static str = "";

    fn parameters() -> Vec<Value> {
        vec![]
    }

    fn id(self) -> Id<Business> {
        BusinessId::singleton()
    }
}

/// What everybody may know of the business: what `GET /business` says of it.
#[derive(Serialize)]
struct PublishedBusiness(Profile);

impl utoipa::PartialSchema for PublishedBusiness {
    fn schema() -> RefOr<Schema> {
        Ref::from_schema_name("platform.business.Profile").into()
    }
}

impl ToSchema for PublishedBusiness {}

/// What the business says of itself, once it is published: for its homepage, without an account.
#[utoipa::path(get, path = "/public/business", operation_id = "platform.business.published",
    tag = "platform",
    responses(
        (status = 200, body = DataBody<PublishedBusiness>),
        (status = 404, description = "It is not published.",
            body = crate::problem::ProblemDetails, content_type = "application/problem+json")))]
async fn show_published(
    State(app): State<App>,
) -> Result<Json<DataBody<PublishedBusiness>>, Problem> {
    let profile = published_profile(&app).await?.ok_or_else(Problem::not_found)?;
    Ok(Json(DataBody { data: PublishedBusiness(profile) }))
}

/// What the business says of itself to everybody.
pub(crate) async fn published_profile(app: &App) -> Result<Option<Profile>, Problem> {
    let business = app.commands.aggregates().load(BusinessId::singleton()).await?;
    Ok(business.published_profile().cloned())
}

/// Whether it is published: until then it offers strangers nothing.
pub(crate) async fn is_published(aggregates: &AggregateReader) -> Result<bool, Problem> {
    Ok(aggregates.load(BusinessId::singleton()).await?.published_profile().is_some())
}
