//! Products of the catalogue.

use domain::{
    ParameterSchema, Recorded, SchemaVersion, Sku, Text,
    catalog::product::{self, Details, Event, Policy},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Fold, FoldedStream, Projector,
    listing::{Field, Listing, OwnerColumns},
};

pub const PROJECTOR: Projector = Projector {
    name: "catalog.product",
    version: 4,
    tables: include_str!("product.sql"),
    streams: &[FoldedStream::of::<product::Product, Rows>()],
};

pub const PRODUCTS: Listing = Listing {
    from: "catalog_product.products",
    fields: &[Field::text("sku"), Field::text("name").as_row_name(), Field::bool("retired")],
    search: Some("search"),
    sort: &["name", "sku", "created_at"],
    owner: OwnerColumns::NONE,
};

/// Something that is sold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Product {
    /// What orders call it.
    pub sku: Sku,
    pub name: Text<200>,
    pub description: Option<Text<4000>>,
    /// It is sold no more; its licences stay.
    pub retired: bool,
    /// The version of the declaration that new licences are issued under.
    pub parameters_version: Option<SchemaVersion>,
    /// What it can be bought with, as a JSON Schema.
    pub parameters_schema: Option<ParameterSchema>,
    /// How its licences are issued.
    pub issuance_policy: Option<Policy>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Rows {
    products: Vec<Product>,
}

impl Fold<product::Product> for Rows {
    fn apply(&mut self, recorded: &Recorded<Event>) {
        if let Event::Created { details } = &recorded.event {
            let Details { sku, name, description } = details.clone();
            self.products = vec![Product {
                sku,
                name,
                description,
                retired: false,
                parameters_version: None,
                parameters_schema: None,
                issuance_policy: None,
            }];
        }
        let Some(product) = self.products.first_mut() else { return };
        match recorded.event.clone() {
            Event::Created { .. } => {}
            Event::Changed { details: Details { sku, name, description } } => {
                (product.sku, product.name, product.description) = (sku, name, description);
            }
            Event::Retired {} => product.retired = true,
            Event::ParametersDefined { version, schema } => {
                product.parameters_version = Some(version);
                product.parameters_schema = Some(schema);
            }
            Event::IssuancePolicySet { policy } => product.issuance_policy = Some(policy),
        }
    }
}
