//! Endpoints of products, and of the parameters that each product declares.

use axum::{extract::State, http::Method, response::Response};
use commands::policy::Right;
use domain::{
    Change, ParameterSchema, SchemaVersion, Sku, Text,
    catalog::product::{Command, CommandKind, Product, ProductId},
};
use projections::{
    catalog::product::{self, PRODUCTS},
    listing::{self, Listing},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::routes;

use crate::{
    App,
    caller::Caller,
    describe::MinPositionHeader,
    json_request::Path,
    problem::Problem,
    read_query::ReadQuery,
    reads::{self, Item, Row},
    resource::resource,
    routes::Routes,
    visible::Visible,
};

impl Visible for Product {
    const READ_RIGHT: Right = Right::ProductsRead;
    const LISTING: &'static Listing = &PRODUCTS;
}

pub(super) fn routes() -> Routes {
    resource::<Product>("/products")
        .create(CommandKind::Create)
        .patch(CommandKind::Change, Patch::commands)
        .commands(&[CommandKind::Retire, CommandKind::SetIssuancePolicy])
        .command_at(&Method::PUT, "/parameters", CommandKind::DefineParameters)
        .list::<product::Product>()
        .item::<product::Product>()
        .history()
        .routes()
        .guarded(Right::ProductsRead, routes!(product_parameters))
}

/// The parameters with which a product can be bought.
#[derive(Serialize, ToSchema)]
struct ProductParameters {
    /// The version of the declaration; licences keep the one they were issued under.
    #[schema(value_type = Option<String>, example = "2.1")]
    schema_version: Option<SchemaVersion>,
    /// The declaration, as a JSON Schema. Before there is one there are no parameters.
    schema: Option<ParameterSchema>,
}

/// The parameters with which a product can be bought now.
#[utoipa::path(get, path = "/products/{id}/parameters", operation_id = "catalog.product.parameters",
    tag = "catalog",
    params(("id" = ProductId, Path), MinPositionHeader),
    responses((status = 200, description = "The declaration.", body = Item<Row<ProductParameters>>)))]
async fn product_parameters(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ProductId>,
    query: ReadQuery,
) -> Result<Response, Problem> {
    query.refuse_list_params()?;
    let row_scope = caller.row_scope(Right::ProductsRead)?;
    let freshness = app.read_models.wait_for(&[&PRODUCTS], query.min_position).await?;
    let found =
        reads::find_row::<product::Product>(&app, &PRODUCTS, id.uuid(), &row_scope, freshness)
            .await?;
    let listing::VersionedRow { data, position, .. } = found;
    let Row { id, version, created_at, updated_at, data } = data;
    let data = ProductParameters {
        schema_version: data.parameters_version,
        schema: data.parameters_schema,
    };
    let data = Row { id, version, created_at, updated_at, data };
    Item::from_row(listing::VersionedRow { data, version, position }, freshness)
        .conditional_response(&query)
}

/// What may be changed in a product.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ProductPatch)]
struct Patch {
    #[serde(default)]
    sku: Option<Sku>,
    #[serde(default)]
    name: Option<Text<200>>,
    #[serde(default)]
    #[schema(value_type = Option<Text<4000>>)]
    description: Change<Text<4000>>,
}

impl Patch {
    fn commands(self) -> Vec<Command> {
        let Self { sku, name, description } = self;
        vec![Command::Change { sku, name, description }]
    }
}
