//! Customers, and how to reach them.

use domain::{
    Personal, Recorded, Text,
    crm::{
        Address, AddressEntry, ContactKind, ContactPoint, ExternalIdEntry, Kind, Names,
        customer::{self, Event},
    },
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Fold, FoldedStream, Projector,
    listing::{Field, Listing, OwnerColumns},
};

pub const PROJECTOR: Projector = Projector {
    name: "crm.customer",
    version: 4,
    tables: include_str!("customer.sql"),
    streams: &[FoldedStream::of::<customer::Customer, Rows>()],
};

pub const CUSTOMERS: Listing = Listing {
    from: "crm_customer.customers",
    fields: &[
        Field::text("display_name").as_row_name(),
        Field::enum_of::<Kind>("kind"),
        Field::enum_of::<Status>("status"),
        Field::bool("walk_in"),
    ],
    search: Some("search"),
    sort: &["display_name", "created_at", "updated_at"],
    owner: OwnerColumns { customer: Some("id"), ..OwnerColumns::NONE },
};

/// A person or an organisation that the business does something for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Customer {
    pub kind: Kind,
    /// The person's name, or the organisation's if there is no person. Nothing, once it was erased.
    pub display_name: Option<Text<200>>,
    pub name: Option<Text<200>>,
    pub organization: Option<Text<200>>,
    pub status: Status,
    /// Came in from the street: no contact point is needed.
    pub walk_in: bool,
    pub external_ids: Vec<ExternalId>,
    pub contact_points: Vec<Contact>,
    /// The key of the contact point that is used first.
    pub primary_contact: Option<u32>,
    pub addresses: Vec<CustomerAddress>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Active,
    Archived,
}

/// What another system calls a customer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = CustomerExternalId)]
pub struct ExternalId {
    /// Which system.
    pub system: Text<50>,
    /// Nothing, once it was erased.
    pub id: Option<Text<200>>,
}

/// A way to reach a customer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = CustomerContact)]
pub struct Contact {
    pub key: u32,
    pub kind: ContactKind,
    /// The address or the number; nothing, once it was erased.
    pub value: Option<String>,
}

/// Where a customer is found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CustomerAddress {
    pub key: u32,
    /// Nothing, once it was erased.
    pub address: Option<Address>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Rows {
    customers: Vec<CustomerRow>,
}

#[derive(Debug, Serialize, Deserialize)]
struct CustomerRow {
    #[serde(flatten)]
    customer: Customer,
    /// All texts by which a customer can be found.
    texts: String,
}

impl Fold<customer::Customer> for Rows {
    fn apply(&mut self, recorded: &Recorded<Event>) {
        if let Some(customer) = created(&recorded.event) {
            self.customers = vec![CustomerRow { customer, texts: String::new() }];
        }
        let Some(CustomerRow { customer, texts }) = self.customers.first_mut() else { return };
        match &recorded.event {
            Event::Created { .. } => {}
            Event::Renamed { kind, names } => {
                customer.kind = *kind;
                customer.set_names(names.get());
            }
            Event::ContactPointAdded(point) => customer.contact_points.push(point.into()),
            Event::ContactPointRemoved { key } => {
                customer.contact_points.retain(|point| point.key != *key);
                customer.primary_contact =
                    customer.primary_contact.filter(|contact| contact != key);
            }
            Event::PrimaryContactSet { key } => customer.primary_contact = Some(*key),
            Event::AddressAdded(entry) => customer.addresses.push(entry.into()),
            Event::AddressChanged(entry) => {
                for place in customer.addresses.iter_mut().filter(|place| place.key == entry.key) {
                    *place = entry.into();
                }
            }
            Event::AddressRemoved { key } => customer.addresses.retain(|place| place.key != *key),
            Event::Archived {} => customer.status = Status::Archived,
            Event::Restored {} => customer.status = Status::Active,
        }
        *texts = customer.texts();
    }
}

fn created(event: &Event) -> Option<Customer> {
    let Event::Created {
        kind,
        names,
        walk_in,
        external_ids,
        contact_points,
        primary_contact,
        addresses,
    } = event
    else {
        return None;
    };
    let mut customer = Customer {
        kind: *kind,
        display_name: None,
        name: None,
        organization: None,
        status: Status::Active,
        walk_in: *walk_in,
        external_ids: external_ids.iter().map(ExternalId::from).collect(),
        contact_points: contact_points.iter().map(Contact::from).collect(),
        primary_contact: *primary_contact,
        addresses: addresses.iter().map(CustomerAddress::from).collect(),
    };
    customer.set_names(names.get());
    Some(customer)
}

impl Customer {
    fn set_names(&mut self, names: Option<&Names>) {
        let Names { name, organization } = names.cloned().unwrap_or_default();
        self.display_name = name.clone().or_else(|| organization.clone());
        (self.name, self.organization) = (name, organization);
    }

    fn texts(&self) -> String {
        let names = [&self.name, &self.organization].into_iter().flatten().map(Text::as_str);
        let contacts = self.contact_points.iter().filter_map(|contact| contact.value.as_deref());
        let places = self.addresses.iter().filter_map(|place| place.address.as_ref());
        let places = places.flat_map(|address| {
            let code = address.postal_code.as_ref().map(Text::as_str);
            [Some(address.street.as_str()), code, Some(address.city.as_str())].into_iter().flatten()
        });
        let external =
            self.external_ids.iter().filter_map(|external| external.id.as_ref()).map(Text::as_str);
        let texts: Vec<_> = names.chain(contacts).chain(places).chain(external).collect();
        texts.join(" ")
    }
}

impl From<&ExternalIdEntry> for ExternalId {
    fn from(ExternalIdEntry { system, id }: &ExternalIdEntry) -> Self {
        Self { system: system.clone(), id: id.get().cloned() }
    }
}

impl From<&ContactPoint> for Contact {
    fn from(ContactPoint { key, kind, value }: &ContactPoint) -> Self {
        Self { key: *key, kind: *kind, value: value.get().cloned() }
    }
}

impl From<&AddressEntry> for CustomerAddress {
    fn from(AddressEntry { key, address }: &AddressEntry) -> Self {
        Self { key: *key, address: Personal::get(address).cloned() }
    }
}
