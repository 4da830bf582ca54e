use axum::{extract::State, response::Response};
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
    ask::Ask,
    caller::Caller,
    given::{Given, Path},
    orders::Done,
    problem::Problem,
    reads::{self, Found, Item, Row},
    resource::resource,
    routes::Routes,
    visible::Visible,
};

impl Visible for Product {
    const SEEN: Right = Right::ProductsRead;
    const LISTING: &'static Listing = &PRODUCTS;
}

pub(super) fn routes() -> Routes {
    resource::<Product>("/products")
        .create(CommandKind::Create)
        .patch(CommandKind::Change, Patch::commands)
        .commands(&[CommandKind::Retire, CommandKind::SetIssuancePolicy])
        .list::<product::Product>()
        .item::<product::Product>()
        .history()
        .routes()
        .right(Right::ProductsRead, routes!(parameters))
        .right(Right::ProductsWrite, routes!(define_parameters))
}

/// What a product can be bought with.
#[derive(Serialize, ToSchema)]
struct ProductParameters {
    /// The version of the declaration; licences keep the one they were issued under.
    #[schema(value_type = Option<String>, example = "2.1")]
    schema_version: Option<SchemaVersion>,
    /// The declaration, as a JSON Schema. Before there is one there are no parameters.
    schema: Option<ParameterSchema>,
}

/// Another declaration.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ProductParametersDefinition)]
struct Definition {
    schema: ParameterSchema,
    /// Whether parameters that were valid may become invalid. That makes a new major version; licences
    /// keep the version they were issued under.
    #[serde(default)]
    breaking: bool,
}

/// What a product can be bought with now.
#[utoipa::path(get, path = "/products/{id}/parameters", operation_id = "catalog.product.parameters",
    tag = "catalog",
    params(("id" = ProductId, Path)),
    responses((status = 200, description = "The declaration.", body = Found<ProductParameters>)))]
async fn parameters(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ProductId>,
    ask: Ask,
) -> Result<Response, Problem> {
    ask.is_plain()?;
    let sight = caller.sight(Right::ProductsRead)?;
    let freshness = app.read_models.fresh(&[&PRODUCTS], ask.min_position).await?;
    let found = reads::found::<product::Product>(&app, &PRODUCTS, id.uuid(), &sight).await;
    let listing::Item { data, version, position } = found.map_err(|why| freshness.excuse(why))?;
    let Row { id, version: _, created_at, updated_at, data } = data;
    let data = ProductParameters {
        schema_version: data.parameters_version,
        schema: data.parameters_schema,
    };
    let data = Row { id, version, created_at, updated_at, data };
    Item { data, version, position, freshness }.unless_known(&ask)
}

/// Declares what the product can be bought with, as a JSON Schema. It accepts all that the one before
/// accepts, or is `breaking`.
#[utoipa::path(put, path = "/products/{id}/parameters",
    operation_id = "catalog.product.define_parameters",
    tag = "catalog",
    params(("id" = ProductId, Path)), request_body = Definition,
    responses((status = 200, body = Done)))]
async fn define_parameters(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ProductId>,
    given: Given<Definition>,
) -> Result<Done, Problem> {
    let Definition { schema, breaking } = given.body;
    let define = vec![Command::DefineParameters { schema, breaking }];
    app.orders.give(&caller, id, define, given.terms).await
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
