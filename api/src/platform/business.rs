//! What the business says of itself: to its own people, and once it is published to everybody.

use axum::{Json, extract::State};
use commands::policy::Right;
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
use utoipa::ToSchema;
use utoipa_axum::routes;

use crate::{
    App, answer::Answer, path_key::PathKey, problem::Problem, resource::resource_by,
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
        BusinessId::only()
    }
}

/// What everybody may know of the business: what `GET /business` says of it.
#[derive(Serialize, ToSchema)]
#[schema(value_type = Object)]
struct PublishedBusiness(Profile);

/// What the business says of itself, once it is published: for its homepage, without an account.
#[utoipa::path(get, path = "/public/business", operation_id = "platform.business.published",
    tag = "platform",
    responses((status = 200, body = Answer<PublishedBusiness>)))]
async fn show_published(
    State(app): State<App>,
) -> Result<Json<Answer<PublishedBusiness>>, Problem> {
    let business = app.commands.lookup().load(BusinessId::only()).await?;
    let profile = business.published().cloned().ok_or_else(Problem::not_found)?;
    Ok(Json(Answer { data: PublishedBusiness(profile) }))
}
