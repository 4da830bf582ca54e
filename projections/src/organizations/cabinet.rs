//! Cabinets: the organisations with access to the portal.

use domain::{
    Country, Email, MaybePersonal, Personal, Recorded, TaxId, Text,
    organizations::cabinet::{self, CabinetId, CabinetStatus, Details, Event, Kind},
};
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Fold, FoldedStream, Projector,
    listing::{Field, Listing, OwnerColumns},
};

pub const PROJECTOR: Projector = Projector {
    name: "organizations.cabinet",
    version: 5,
    tables: include_str!("cabinet.sql"),
    streams: &[FoldedStream::of::<cabinet::Cabinet, Rows>()],
};

pub const CABINETS: Listing = Listing {
    from: "organizations_cabinet.cabinets",
    fields: &[
        Field::text("name").as_row_name(),
        Field::enum_of::<Kind>("kind"),
        Field::text("tax_id"),
        Field::text("external_id"),
        Field::text("country"),
        Field::id::<CabinetId>("parent_id"),
        Field::id::<CabinetId>("requested_parent_id"),
        Field::enum_of::<CabinetStatus>("standing"),
    ],
    search: Some("search"),
    sort: &["name", "created_at"],
    owner: OwnerColumns { cabinet: Some("id"), ..OwnerColumns::NONE },
};

/// An organisation with access to the portal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Cabinet {
    /// Nothing, once it was erased: without a tax id it may have been a person.
    pub name: Option<Text<200>>,
    pub kind: Kind,
    pub tax_id: Option<TaxId>,
    /// Its id in the business's other systems.
    pub external_id: Option<Text<100>>,
    pub country: Option<Country>,
    /// Where notices about its licences go; nothing if it was erased.
    pub contact_email: Option<Email>,
    /// The cabinet above it.
    pub parent_id: Option<CabinetId>,
    /// The cabinet that was asked to take it in.
    pub requested_parent_id: Option<CabinetId>,
    pub standing: CabinetStatus,
    /// Whether the business looks after it, so that it needs no administrator of its own.
    pub vendor_managed: bool,
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Rows {
    cabinets: Vec<Cabinet>,
}

impl Cabinet {
    fn of(details: &Details, kind: Kind, parent_id: Option<CabinetId>) -> Self {
        let mut cabinet = Self {
            name: None,
            kind,
            tax_id: None,
            external_id: None,
            country: None,
            contact_email: None,
            parent_id,
            requested_parent_id: None,
            standing: CabinetStatus::Active,
            vendor_managed: false,
        };
        cabinet.describe(details);
        cabinet
    }

    fn describe(&mut self, details: &Details) {
        let Details { name, tax_id, external_id, country, contact } = details.clone();
        self.name = name.get().cloned();
        self.external_id = external_id.as_ref().and_then(MaybePersonal::get).cloned();
        (self.tax_id, self.country) = (tax_id, country);
        self.contact_email = contact.and_then(Personal::into_inner);
    }

    fn apply(&mut self, event: &Event) {
        match event {
            Event::Created { .. } | Event::Provisioned { .. } => {}
            Event::DetailsChanged { details, .. } => {
                self.describe(details);
            }
            Event::TypeChanged { kind } => self.kind = *kind,
            Event::AttachmentRequested { parent } => self.requested_parent_id = Some(*parent),
            Event::AttachmentDeclined {} => self.requested_parent_id = None,
            Event::Attached { parent } | Event::Moved { parent } => {
                (self.parent_id, self.requested_parent_id) = (Some(*parent), None);
            }
            Event::Detached {} => self.parent_id = None,
            Event::Suspended { .. } => self.standing = CabinetStatus::Suspended,
            Event::Reinstated {} => self.standing = CabinetStatus::Active,
            Event::Closed {} => {
                (self.standing, self.requested_parent_id) = (CabinetStatus::Closed, None);
            }
            Event::PolicySet { vendor_managed } => self.vendor_managed = *vendor_managed,
        }
    }
}

impl Fold<cabinet::Cabinet> for Rows {
    fn apply(&mut self, recorded: &Recorded<Event>) {
        match &recorded.event {
            Event::Created { kind, parent, details } => {
                self.cabinets = vec![Cabinet::of(details, *kind, *parent)];
            }
            Event::Provisioned { details, .. } => {
                self.cabinets = vec![Cabinet::of(details, Kind::default(), None)];
            }
            event => self.cabinets.iter_mut().for_each(|cabinet| cabinet.apply(event)),
        }
    }
}

/// A cabinet and all below it; only itself if the read model does not have it yet.
pub async fn subtree(db: &PgPool, top: CabinetId) -> sqlx::Result<Vec<CabinetId>> {
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
