//! Licences, with the names of their holders and products.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use domain::{
    Id, Parameters, Recorded, SchemaVersion, Sku, Text,
    catalog::product::{self, ProductId},
    licensing::license::{
        self, Event, Grant, LicenseId, LicenseOrigin, Status, Term, next_expiry_step,
    },
    organizations::cabinet::{self, CabinetId},
    purchasing::purchase::PurchaseId,
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
    name: "licensing.license",
    version: 8,
    tables: include_str!("license.sql"),
    streams: &[
        FoldedStream::of::<license::License, Rows>(),
        FoldedStream::of::<cabinet::Cabinet, CabinetNameRows>(),
        FoldedStream::of::<product::Product, ProductNameRows>(),
    ],
};

pub const LICENSES: Listing = Listing {
    from: "licensing_license.listed",
    fields: &[
        Field::id::<ProductId>("product_id").with_names_in("product_name").as_row_name(),
        Field::id::<CabinetId>("cabinet_id").with_names_in("cabinet_name").as_row_name(),
        Field::text("sku").computed_from(&["product_id"]),
        // It is suspended or revoked as long as there is a reason.
        Field::enum_of::<Status>("status").computed_from(&[
            "reason",
            "starts_at",
            "ends_at",
            "grace_days",
        ]),
        Field::time("starts_at"),
        Field::time("ends_at"),
        Field::id::<PurchaseId>("purchase_id"),
        Field::int("quantity"),
    ],
    search: Some("search"),
    sort: &["created_at", "ends_at", "starts_at"],
    owner: OwnerColumns { cabinet: Some("cabinet_id"), ..OwnerColumns::NONE },
};

/// The same for analysts, without what organisations are called.
pub const PSEUDONYMOUS_LICENSES: Listing =
    Listing { from: "licensing_license.pseudonymous", ..LICENSES };

/// The right of an organisation to use a product.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct License {
    pub cabinet_id: CabinetId,
    pub cabinet_name: Option<Text<200>>,
    pub product_id: ProductId,
    pub product_name: Option<Text<200>>,
    pub sku: Option<Sku>,
    /// How many seats.
    pub quantity: u32,
    #[schema(value_type = Object)]
    pub parameters: Parameters,
    /// The declaration that the parameters satisfy.
    pub parameters_version: SchemaVersion,
    /// What it is worth at this moment.
    pub status: Status,
    /// The beginning of its last term.
    pub starts_at: DateTime<Utc>,
    /// The end of its last term; nothing if it never ends.
    pub ends_at: Option<DateTime<Utc>>,
    /// All terms, in order.
    pub terms: Vec<Term>,
    /// For how many days after a term the product still works.
    pub grace_days: u16,
    /// How many days before the end of a term the holder is told.
    pub notices: Vec<u16>,
    /// Why it is suspended or revoked.
    pub reason: Option<Text<500>>,
    /// The purchase it comes from.
    pub purchase_id: Option<PurchaseId>,
    /// The line of that purchase.
    pub line: Option<u16>,
}

/// A licence as it is stored.
#[derive(Debug, Serialize, Deserialize)]
struct Row {
    cabinet_id: CabinetId,
    product_id: ProductId,
    quantity: u32,
    parameters_version: SchemaVersion,
    parameters: Parameters,
    grace_days: u16,
    notices: Vec<u16>,
    purchase_id: Option<PurchaseId>,
    line: Option<u16>,
    unit: Option<u32>,
    /// The number of the last term, from 1; the next three are about it.
    term: u32,
    starts_at: DateTime<Utc>,
    ends_at: Option<DateTime<Utc>>,
    /// The notices that were sent, as days before its end.
    noticed: BTreeSet<u16>,
    /// When the next notice, or its end, is to be recorded.
    due_at: Option<DateTime<Utc>>,
    suspended: bool,
    revoked: bool,
    reason: Option<Text<500>>,
}

#[derive(Debug, Serialize, Deserialize)]
struct TermRow {
    key: u32,
    starts_at: DateTime<Utc>,
    ends_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Rows {
    licenses: Vec<Row>,
    terms: Vec<TermRow>,
}

impl Row {
    fn of(grant: &Grant, term: &Term) -> Self {
        let Grant { quantity, grace_days, schema: parameters_version, .. } = *grant;
        let row = Self {
            cabinet_id: grant.cabinet,
            product_id: grant.product,
            quantity,
            parameters_version,
            parameters: grant.parameters.clone(),
            grace_days,
            notices: grant.notices.clone(),
            purchase_id: grant.origin.map(|LicenseOrigin { purchase, .. }| purchase),
            line: grant.origin.map(|LicenseOrigin { line, .. }| line),
            unit: grant.origin.map(|LicenseOrigin { unit, .. }| unit),
            term: 1,
            starts_at: term.from,
            ends_at: term.until,
            noticed: BTreeSet::new(),
            due_at: None,
            suspended: false,
            revoked: false,
            reason: None,
        };
        row.with_due()
    }

    /// Sets when the next notice or the end of the last term is due. It may be in the past: rows know no
    /// clock.
    fn with_due(mut self) -> Self {
        let term = Term { from: self.starts_at, until: self.ends_at };
        self.due_at =
            next_expiry_step(&term, &self.notices, &self.noticed, term.from).map(|due| due.at);
        self
    }

    fn apply(self, event: &Event) -> Self {
        match event.clone() {
            Event::Issued { grant, term } => Self::of(&grant, &term),
            Event::Renewed { number, term: Term { from: starts_at, until: ends_at } } => {
                let noticed = BTreeSet::new();
                Self { term: number, starts_at, ends_at, noticed, ..self }.with_due()
            }
            Event::ParametersChanged { schema: parameters_version, parameters } => {
                Self { parameters_version, parameters, ..self }
            }
            Event::QuantityChanged { quantity } => Self { quantity, ..self },
            Event::Suspended { reason } => Self { suspended: true, reason: Some(reason), ..self },
            Event::Reinstated {} => Self { suspended: false, reason: None, ..self },
            Event::Revoked { reason } => {
                Self { revoked: true, reason: Some(reason), due_at: None, ..self }
            }
            Event::ExpiryNoticed { days, .. } => {
                let mut noticed = self.noticed.clone();
                noticed.insert(days);
                Self { noticed, ..self }.with_due()
            }
            Event::Expired { term, .. } if term == self.term => Self { due_at: None, ..self },
            Event::Expired { .. } => self,
        }
    }
}

impl Fold<license::License> for Rows {
    fn apply(&mut self, recorded: &Recorded<Event>) {
        if let Event::Issued { grant, term } = &recorded.event {
            self.licenses = vec![Row::of(grant, term)];
        }
        let rows = std::mem::take(&mut self.licenses);
        self.licenses = rows.into_iter().map(|row| row.apply(&recorded.event)).collect();
        if let Event::Issued { term, .. } | Event::Renewed { term, .. } = &recorded.event {
            let key = self.licenses.first().map_or(1, |row| row.term);
            self.terms.push(TermRow { key, starts_at: term.from, ends_at: term.until });
        }
    }
}

/// A copy of a cabinet's name.
#[derive(Debug, Serialize, Deserialize)]
struct CabinetName {
    name: Option<Text<200>>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub struct CabinetNameRows {
    cabinets: Vec<CabinetName>,
}

impl Fold<cabinet::Cabinet> for CabinetNameRows {
    fn apply(&mut self, recorded: &Recorded<cabinet::Event>) {
        use cabinet::Event::{Created, DetailsChanged, Provisioned};
        if let Created { details, .. }
        | Provisioned { details, .. }
        | DetailsChanged { details, .. } = &recorded.event
        {
            self.cabinets = vec![CabinetName { name: details.name.get().cloned() }];
        }
    }
}

/// A copy of a product's name.
#[derive(Debug, Serialize, Deserialize)]
struct ProductName {
    sku: Sku,
    name: Text<200>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub struct ProductNameRows {
    products: Vec<ProductName>,
}

impl Fold<product::Product> for ProductNameRows {
    fn apply(&mut self, recorded: &Recorded<product::Event>) {
        use product::Event::{Changed, Created};
        if let Created { details } | Changed { details } = &recorded.event {
            let (sku, name) = (details.sku.clone(), details.name.clone());
            self.products = vec![ProductName { sku, name }];
        }
    }
}

/// A licence, and when something about it is due.
pub type LicenseDueAt = (LicenseId, DateTime<Utc>);

/// Licences with a notice or an end due before a moment, in the order of time.
pub async fn licenses_due_before(
    db: &PgPool,
    moment: DateTime<Utc>,
) -> sqlx::Result<Vec<LicenseDueAt>> {
    let sql =
        "select id, due_at from licensing_license.licenses where due_at < $1 order by due_at, id";
    let due: Vec<(Uuid, _)> = sqlx::query_as(sql).bind(moment).fetch_all(db).await?;
    Ok(due.into_iter().map(|(id, at)| (Id::from(id), at)).collect())
}

/// As [`licenses_due_before`], the moment included, without those that a consumer has parked.
pub async fn unparked_licenses_due(
    db: &PgPool,
    moment: DateTime<Utc>,
    consumer: &str,
) -> sqlx::Result<Vec<LicenseDueAt>> {
    let sql = "select id, due_at from licensing_license.licenses l
         where due_at <= $1 and not exists (select from operations.parked p
             where p.consumer = $2 and p.stream = 'licensing.license' and p.id = l.id)
         order by due_at, id";
    let due: Vec<(Uuid, _)> = sqlx::query_as(sql).bind(moment).bind(consumer).fetch_all(db).await?;
    Ok(due.into_iter().map(|(id, at)| (Id::from(id), at)).collect())
}

/// The first moment after another at which a notice or an end is due.
pub async fn next_due_moment(
    db: &PgPool,
    after: DateTime<Utc>,
) -> sqlx::Result<Option<DateTime<Utc>>> {
    let next = "select min(due_at) from licensing_license.licenses where due_at > $1";
    sqlx::query_scalar(next).bind(after).fetch_one(db).await
}
