//! Whether everything here is made up, and how one gets in then: for the page on which people sign in.

use axum::{Json, extract::State};
use utoipa_axum::routes;

use crate::{App, body::DataBody, demonstration::Demonstration, routes::Routes};

pub(super) fn routes() -> Routes {
    Routes::default().public(routes!(demonstration))
}

/// The accounts of the demonstration; nothing where it is not loaded.
#[utoipa::path(get, path = "/public/demonstration", operation_id = "platform.demonstration",
    tag = "platform",
    responses((status = 200, body = DataBody<Option<Demonstration>>)))]
async fn demonstration(State(app): State<App>) -> Json<DataBody<Option<Demonstration>>> {
    Json(DataBody { data: app.demonstration.get().cloned() })
}
