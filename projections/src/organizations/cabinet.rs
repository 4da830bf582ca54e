//! The organisations that have a cabinet.

use domain::{
    Country, Email, Personal, Recorded, TaxId, Text,
    organizations::cabinet::{self, CabinetId, Details, Event, Kind},
};
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Fold, Projector, Stream,
    listing::{Field, Listing, Own},
};

pub const PROJECTOR: Projector = Projector {
    name: "organizations.cabinet",
    version: 1,
    tables: include_str!("cabinet.sql"),
    streams: &[Stream::of::<cabinet::Cabinet, Rows>()],
};

pub const CABINETS: Listing = Listing {
    from: "organizations_cabinet.cabinets",
    fields: &[
        Field::text("name"),
        Field::text("kind"),
        Field::text("tax_id"),
        Field::text("external_id"),
        Field::text("country"),
        Field::uuid("parent_id"),
    ],
    search: Some("search"),
    sort: &["name", "created_at"],
    own: Own { user: None, customer: None, cabinet: Some("id") },
};

/// An organisation with access to the portal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Cabinet {
    pub name: Text<200>,
    pub kind: Kind,
    pub tax_id: Option<TaxId>,
    /// Its id in the business's other systems.
    pub external_id: Option<Text<100>>,
    pub country: Option<Country>,
    /// Where notices about its licences go; nothing if it was erased.
    pub contact_email: Option<Email>,
    /// The cabinet above it.
    pub parent_id: Option<CabinetId>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Rows {
    cabinets: Vec<Cabinet>,
}

impl Cabinet {
    fn of(details: &Details, kind: Kind, parent_id: Option<CabinetId>) -> Self {
        let Details { name, tax_id, external_id, country, contact } = details.clone();
        let contact_email = contact.and_then(Personal::into_inner);
        Self { name, kind, tax_id, external_id, country, contact_email, parent_id }
    }
}

impl Fold<cabinet::Cabinet> for Rows {
    fn on(&mut self, fact: &Recorded<Event>) {
        match &fact.event {
            Event::Created { kind, parent, details } => {
                self.cabinets = vec![Cabinet::of(details, *kind, *parent)];
            }
            Event::Provisioned { details, .. } => {
                self.cabinets = vec![Cabinet::of(details, Kind::default(), None)];
            }
            Event::DetailsChanged { details, .. } => {
                for cabinet in &mut self.cabinets {
                    *cabinet = Cabinet::of(details, cabinet.kind, cabinet.parent_id);
                }
            }
            Event::TypeChanged { kind } => {
                self.cabinets.iter_mut().for_each(|cabinet| cabinet.kind = *kind);
            }
        }
    }
}

/// A cabinet and all below it. One that the read model does not know yet stands alone.
pub async fn below(db: &PgPool, top: CabinetId) -> sqlx::Result<Vec<CabinetId>> {
    let tree: Vec<Uuid> = sqlx::query_scalar(
        "with recursive tree (id) as (
             select $1::uuid
             union
             select c.id from organizations_cabinet.cabinets c join tree on c.parent_id = tree.id
         )
         select id from tree",
    )
    .bind(top.uuid())
    .fetch_all(db)
    .await?;
    Ok(tree.into_iter().map(CabinetId::from).collect())
}
