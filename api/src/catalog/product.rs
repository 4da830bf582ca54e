use commands::policy::Right;
use domain::{
    Change, Sku, Text,
    catalog::product::{Command, Product},
};
use projections::{
    catalog::product::{self, PRODUCTS},
    listing::Listing,
};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;

use crate::{App, resource::resource, visible::Visible};

impl Visible for Product {
    const SEEN: Right = Right::ProductsRead;
    const LISTING: &'static Listing = &PRODUCTS;
}

pub(super) fn routes() -> OpenApiRouter<App> {
    resource::<Product>("/products")
        .create("create")
        .without(&["change"])
        .patch(Patch::commands)
        .list::<product::Product>()
        .item::<product::Product>()
        .history()
        .routes()
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
