//! A customer: a person or an organisation that the business does something for.

mod refusal;
#[cfg(test)]
mod tests;

pub use refusal::{Entry, Refusal};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use strum::EnumDiscriminants;
use utoipa::ToSchema;
use uuid::Uuid;

pub use super::CustomerId;
use super::{
    Address, AddressEntry, Contact, ContactKind, ContactPoint, ExternalId, ExternalIdEntry, Kind,
    Names, Renaming,
};
use crate::{
    Claim, Decider, DecisionContext, Email, Personal, Text, Upcaster, scheduling::AppointmentId,
    support::IssueId,
};

/// The most contact points, addresses or external ids of one customer, each.
pub const MAX_ENTRIES: usize = 20;

/// What a customer claims by their id in another system.
pub const EXTERNAL_ID_CLAIM: &str = "customer_external_id";

/// The key of that claim.
pub fn external_id_key(system: &str, id: &str) -> String {
    format!("{system}\u{1f}{id}")
}

#[derive(Debug, Clone, Default)]
pub struct Customer {
    status: CustomerStatus,
    walk_in: bool,
    names: Option<Personal<Names>>,
    external_ids: Vec<ExternalIdEntry>,
    contact_points: Vec<ContactPoint>,
    primary: Option<u32>,
    addresses: Vec<AddressEntry>,
    /// The highest numbers ever given: a number never comes to mean something else.
    last_contact_point: u32,
    last_address: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum CustomerStatus {
    #[default]
    Unknown,
    Active,
    Archived,
}

/// A customer to be.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCustomer {
    /// The person's whole name.
    #[serde(default)]
    pub name: Option<Text<200>>,
    #[serde(default)]
    pub organization: Option<Text<200>>,
    /// Came in from the street: no contact point is needed.
    #[serde(default)]
    pub walk_in: bool,
    #[serde(default)]
    pub external_ids: Vec<ExternalId>,
    /// The first one is the primary one.
    #[serde(default)]
    pub contact_points: Vec<Contact>,
    #[serde(default)]
    pub addresses: Vec<Address>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema, EnumDiscriminants)]
#[strum_discriminants(name(CommandKind), derive(Serialize), serde(rename_all = "snake_case"))]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// Registers a customer.
    Create(NewCustomer),
    /// Gives the customer other names.
    Rename(Renaming),
    /// Adds an e-mail address or a telephone number.
    AddContactPoint { contact: Contact },
    /// Removes a contact point; the last one stays, except of a walk-in.
    RemoveContactPoint { key: u32 },
    /// Names the contact point that is used first.
    SetPrimaryContactPoint { key: u32 },
    /// Adds an address.
    AddAddress { address: Address },
    /// Replaces an address.
    ChangeAddress { key: u32, address: Address },
    /// Removes an address.
    RemoveAddress { key: u32 },
    /// Puts the customer away; refused while appointments or issues are open.
    Archive {},
    /// Takes the customer up again.
    Restore {},
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub enum Event {
    Created {
        kind: Kind,
        names: Personal<Names>,
        walk_in: bool,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        external_ids: Vec<ExternalIdEntry>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        contact_points: Vec<ContactPoint>,
        /// The key of the contact point that is used first.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        primary_contact: Option<u32>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        addresses: Vec<AddressEntry>,
    },
    Renamed {
        kind: Kind,
        names: Personal<Names>,
    },
    ContactPointAdded(ContactPoint),
    ContactPointRemoved {
        key: u32,
    },
    PrimaryContactSet {
        key: u32,
    },
    AddressAdded(AddressEntry),
    AddressChanged(AddressEntry),
    AddressRemoved {
        key: u32,
    },
    Archived {},
    Restored {},
}

/// What the customer is still needed for.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// Appointments that are neither over nor called off.
    pub open_appointments: Vec<AppointmentId>,
    /// Issues that are not closed.
    pub open_issues: Vec<IssueId>,
}

impl Decider for Customer {
    const NAME: &'static str = "crm.customer";

    const UPCASTERS: &'static [Upcaster] =
        &[Upcaster { variant: "Created", from: 1, up: make_external_ids_personal }];

    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;
    type Facts = Facts;

    fn decide(
        &self,
        command: Command,
        case: &DecisionContext<Facts>,
    ) -> Result<Vec<Event>, Refusal> {
        match (self.status, command) {
            (CustomerStatus::Unknown, Command::Create(new)) => Ok(vec![create(case.id, new)?]),
            (CustomerStatus::Unknown, _) => Err(Refusal::UnknownCustomer {}),
            (_, Command::Create(_)) => Err(Refusal::AlreadyCreated {}),
            (CustomerStatus::Archived, Command::Archive {}) => Ok(vec![]),
            (CustomerStatus::Archived, Command::Restore {}) => Ok(vec![Event::Restored {}]),
            (CustomerStatus::Archived, _) => Err(Refusal::Archived {}),
            (CustomerStatus::Active, command) => self.change(command, case),
        }
    }

    fn evolve(mut self, event: Event) -> Self {
        match event {
            Event::Created {
                names,
                walk_in,
                external_ids,
                contact_points,
                primary_contact,
                addresses,
                ..
            } => {
                self.status = CustomerStatus::Active;
                self.names = Some(names);
                self.walk_in = walk_in;
                self.external_ids = external_ids;
                self.last_contact_point = contact_points.last().map_or(0, |last| last.key);
                self.contact_points = contact_points;
                self.primary = primary_contact;
                self.last_address = addresses.last().map_or(0, |last| last.key);
                self.addresses = addresses;
            }
            Event::Renamed { names, .. } => self.names = Some(names),
            Event::ContactPointAdded(point) => {
                self.last_contact_point = point.key;
                self.contact_points.push(point);
            }
            Event::ContactPointRemoved { key } => {
                self.contact_points.retain(|point| point.key != key);
                self.primary = self.primary.filter(|&primary| primary != key);
            }
            Event::PrimaryContactSet { key } => self.primary = Some(key),
            Event::AddressAdded(entry) => {
                self.last_address = entry.key;
                self.addresses.push(entry);
            }
            Event::AddressChanged(changed) => {
                let old = self.addresses.iter_mut().find(|entry| entry.key == changed.key);
                if let Some(entry) = old {
                    *entry = changed;
                }
            }
            Event::AddressRemoved { key } => self.addresses.retain(|entry| entry.key != key),
            Event::Archived {} => self.status = CustomerStatus::Archived,
            Event::Restored {} => self.status = CustomerStatus::Active,
        }
        self
    }

    /// CRM-2: families share an e-mail address; nobody shares their id in another system.
    fn claims(&self) -> Vec<Claim> {
        let claim = |entry: &ExternalIdEntry| {
            let key = external_id_key(entry.system.as_str(), entry.id.get()?.as_str());
            Some(Claim::unique(EXTERNAL_ID_CLAIM, key, "CRM-2").about_subject(entry.id.subject()))
        };
        self.external_ids.iter().filter_map(claim).collect()
    }
}

impl Customer {
    /// Whether the customer can be served: neither unknown nor archived.
    pub fn is_active(&self) -> bool {
        self.status == CustomerStatus::Active
    }

    /// The name of the person, unless it is an organisation or was erased.
    pub fn name(&self) -> Option<&Text<200>> {
        self.names.as_ref()?.get()?.name.as_ref()
    }

    /// Their e-mail address: the one that is used first, if they have several.
    pub fn email(&self) -> Option<Email> {
        let mails = self.contact_points.iter().filter(|point| point.kind == ContactKind::Email);
        let first = mails.clone().find(|point| Some(point.key) == self.primary);
        let point = first.or_else(|| mails.clone().next())?;
        point.value.get()?.parse().ok()
    }

    fn change(
        &self,
        command: Command,
        case: &DecisionContext<Facts>,
    ) -> Result<Vec<Event>, Refusal> {
        let id = case.id;
        match command {
            Command::Rename(renaming) => {
                let old = self.names.as_ref().and_then(Personal::get).cloned();
                let names = renaming.applied_to(old.unwrap_or_default());
                let (kind, names) = (kind_of(&names)?, Personal::sealed(id, names));
                let unchanged = self.names.as_ref() == Some(&names);
                Ok(if unchanged { vec![] } else { vec![Event::Renamed { kind, names }] })
            }
            Command::AddContactPoint { contact } => self.add_contact_point(id, &contact),
            Command::RemoveContactPoint { key } => self.remove_contact_point(key),
            Command::SetPrimaryContactPoint { key } if self.primary == Some(key) => Ok(vec![]),
            Command::SetPrimaryContactPoint { key } => {
                if !self.contact_points.iter().any(|point| point.key == key) {
                    return Err(Refusal::NoSuchEntry { what: Entry::ContactPoint, key });
                }
                Ok(vec![Event::PrimaryContactSet { key }])
            }
            Command::AddAddress { address } => {
                let address = Personal::sealed(id, address);
                if self.addresses.iter().any(|entry| entry.address == address) {
                    return Ok(vec![]);
                }
                check_room(Entry::Address, self.addresses.len())?;
                let key = self.last_address + 1;
                Ok(vec![Event::AddressAdded(AddressEntry { key, address })])
            }
            Command::ChangeAddress { key, address } => {
                let address = Personal::sealed(id, address);
                match self.addresses.iter().find(|entry| entry.key == key) {
                    None => Err(Refusal::NoSuchEntry { what: Entry::Address, key }),
                    Some(entry) if entry.address == address => Ok(vec![]),
                    Some(_) => Ok(vec![Event::AddressChanged(AddressEntry { key, address })]),
                }
            }
            Command::RemoveAddress { key } => {
                let exists = self.addresses.iter().any(|entry| entry.key == key);
                let existed = key <= self.last_address && key > 0;
                match (exists, existed) {
                    (true, _) => Ok(vec![Event::AddressRemoved { key }]),
                    (false, true) => Ok(vec![]),
                    (false, false) => Err(Refusal::NoSuchEntry { what: Entry::Address, key }),
                }
            }
            Command::Archive {} => {
                let Facts { open_appointments: appointments, open_issues: issues } =
                    case.facts.clone();
                if appointments.is_empty() && issues.is_empty() {
                    Ok(vec![Event::Archived {}])
                } else {
                    Err(Refusal::StillOpen { appointments, issues })
                }
            }
            Command::Restore {} => Ok(vec![]),
            Command::Create(_) => Err(Refusal::AlreadyCreated {}),
        }
    }

    fn add_contact_point(&self, id: Uuid, contact: &Contact) -> Result<Vec<Event>, Refusal> {
        if self.contact_points.iter().any(|point| point.is_same_as(contact)) {
            return Ok(vec![]);
        }
        check_room(Entry::ContactPoint, self.contact_points.len())?;
        let key = self.last_contact_point + 1;
        let first = self.contact_points.is_empty().then_some(Event::PrimaryContactSet { key });
        let added = Event::ContactPointAdded(contact_point(id, key, contact));
        Ok([added].into_iter().chain(first).collect())
    }

    fn remove_contact_point(&self, key: u32) -> Result<Vec<Event>, Refusal> {
        let (removed, left): (Vec<_>, Vec<_>) =
            self.contact_points.iter().partition(|point| point.key == key);
        if removed.is_empty() {
            let existed = (1..=self.last_contact_point).contains(&key);
            let unknown = Refusal::NoSuchEntry { what: Entry::ContactPoint, key };
            return if existed { Ok(vec![]) } else { Err(unknown) };
        }
        if left.is_empty() && !self.walk_in {
            return Err(Refusal::Unreachable {});
        }
        let next = left.first().filter(|_| self.primary == Some(key));
        let next = next.map(|next| Event::PrimaryContactSet { key: next.key });
        Ok([Event::ContactPointRemoved { key }].into_iter().chain(next).collect())
    }
}

fn create(id: Uuid, new: NewCustomer) -> Result<Event, Refusal> {
    let names = Names { name: new.name, organization: new.organization };
    let kind = kind_of(&names)?;
    if new.contact_points.is_empty() && !new.walk_in {
        return Err(Refusal::Unreachable {});
    }
    for (what, count) in [
        (Entry::ContactPoint, new.contact_points.len()),
        (Entry::Address, new.addresses.len()),
        (Entry::ExternalId, new.external_ids.len()),
    ] {
        check_room(what, count.saturating_sub(1))?;
    }
    let contact_points: Vec<_> = (1..)
        .zip(&new.contact_points)
        .map(|(key, contact)| contact_point(id, key, contact))
        .collect();
    let external_id = |ExternalId { system, id: external }| {
        let id = Personal::sealed(id, external);
        ExternalIdEntry { system, id }
    };
    let addresses = (1..).zip(new.addresses);
    let entry = |(key, address)| AddressEntry { key, address: Personal::sealed(id, address) };
    Ok(Event::Created {
        kind,
        names: Personal::sealed(id, names),
        walk_in: new.walk_in,
        external_ids: new.external_ids.into_iter().map(external_id).collect(),
        primary_contact: contact_points.first().map(|first| first.key),
        contact_points,
        addresses: addresses.map(entry).collect(),
    })
}

/// They were recorded in the open first.
fn make_external_ids_personal(data: &mut Value) {
    let of = data["names"]["of"].clone();
    let entries = data.get_mut("external_ids").and_then(Value::as_array_mut);
    for entry in entries.into_iter().flatten() {
        entry["id"] = json!({ "of": of, "known": entry["id"] });
    }
}

fn kind_of(names: &Names) -> Result<Kind, Refusal> {
    names.kind().ok_or(Refusal::Nameless {})
}

fn contact_point(id: Uuid, key: u32, contact: &Contact) -> ContactPoint {
    ContactPoint {
        key,
        kind: contact.kind(),
        value: Personal::sealed(id, contact.value().to_owned()),
    }
}

fn check_room(what: Entry, present: usize) -> Result<(), Refusal> {
    if present < MAX_ENTRIES { Ok(()) } else { Err(Refusal::TooMany { what, most: MAX_ENTRIES }) }
}
