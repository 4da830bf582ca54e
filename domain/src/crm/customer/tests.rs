//! Specification of customers.

use super::*;
use crate::{
    Change,
    spec::{SELF, Spec},
};

#[test]
fn a_customer_is_created_with_their_details() {
    let NewCustomer { name, contact_points, .. } = anna();
    let new =
        NewCustomer { name, contact_points, addresses: vec![home()], ..NewCustomer::default() };
    Customer::given([]).when(Command::Create(new)).then([Event::Created {
        kind: Kind::Person,
        names: names("Anna Müller"),
        walk_in: false,
        external_ids: vec![],
        contact_points: vec![contact_point(SELF, 1, &email("anna@example.com"))],
        primary_contact: Some(1),
        addresses: vec![AddressEntry { key: 1, address: Personal::sealed(SELF, home()) }],
    }]);
    Customer::given([created()]).when(Command::Create(anna())).refused(Refusal::AlreadyCreated {});
}

#[test]
fn crm_1_a_customer_has_a_name_or_an_organisation() {
    let nameless = NewCustomer { name: None, ..anna() };
    Customer::given([]).when(Command::Create(nameless.clone())).refused(Refusal::Nameless {});
    Customer::given([created()])
        .when(Command::Rename(Renaming { name: Change::Clear, organization: Change::Keep }))
        .refused(Refusal::Nameless {});

    let firm = NewCustomer { organization: Some(text("Müller GmbH")), ..nameless };
    let Ok(Event::Created { kind, .. }) = create(SELF, firm) else { panic!("refused") };
    assert_eq!(kind, Kind::Organization);
}

#[test]
fn crm_1_a_customer_can_be_reached_unless_they_walked_in() {
    let silent = NewCustomer { contact_points: vec![], ..anna() };
    let walk_in = NewCustomer { walk_in: true, ..silent.clone() };
    Customer::given([]).when(Command::Create(silent)).refused(Refusal::Unreachable {});

    let walked_in = create(SELF, walk_in.clone()).unwrap();
    Customer::given([]).when(Command::Create(walk_in)).then([walked_in.clone()]);

    let remove = Command::RemoveContactPoint { key: 1 };
    Customer::given([created()]).when(remove.clone()).refused(Refusal::Unreachable {});
    Customer::given([walked_in, added(1, "anna@example.com")])
        .when(remove)
        .then([Event::ContactPointRemoved { key: 1 }]);
}

#[test]
fn crm_2_families_share_an_address_but_nobody_an_external_id() {
    assert!(Customer::given([created()]).claims().is_empty(), "e-mail addresses are not claimed");

    let id = ExternalId { system: text("shop"), id: text("4711") };
    let created = create(SELF, NewCustomer { external_ids: vec![id], ..anna() }).unwrap();
    let claim =
        Claim::unique("customer_external_id", "shop\u{1f}4711", "CRM-2").about_subject(SELF);
    for history in [vec![created.clone()], vec![created, Event::Archived {}]] {
        assert_eq!(*Customer::given(history).claims(), *std::slice::from_ref(&claim));
    }
}

#[test]
fn external_ids_that_were_recorded_in_the_open_are_the_customers_own() {
    let old = r#"{"kind":"person","names":{"of":"00000000-0000-0000-0000-000000005e1f"},
        "walk_in":true,"external_ids":[{"system":"shop","id":"4711"}]}"#;
    let event = crate::decode::<Customer>("CustomerCreated", 1, old).unwrap();
    let Event::Created { external_ids, .. } = event else { panic!("{event:?}") };
    assert_eq!(external_ids[0].id, Personal::sealed(SELF, text("4711")));
}

#[test]
fn crm_3_a_customer_with_open_appointments_or_issues_is_not_archived() {
    let one = Uuid::from_u128(1);
    for (appointments, issues) in [(vec![one.into()], vec![]), (vec![], vec![one.into()])] {
        Customer::given([created()])
            .knowing(Facts { open_appointments: appointments.clone(), open_issues: issues.clone() })
            .when(Command::Archive {})
            .refused(Refusal::StillOpen { appointments, issues });
    }
    Customer::given([created()]).when(Command::Archive {}).then([Event::Archived {}]);
}

#[test]
fn an_archived_customer_can_only_be_restored() {
    let archived = || Customer::given([created(), Event::Archived {}]);
    archived().when(Command::Archive {}).then([]);
    archived().when(Command::AddAddress { address: home() }).refused(Refusal::Archived {});
    archived().when(Command::Restore {}).then([Event::Restored {}]);
    Customer::given([created()]).when(Command::Restore {}).then([]);
}

#[test]
fn an_unknown_customer_is_neither_changed_nor_archived() {
    Customer::given([]).when(Command::Archive {}).refused(Refusal::UnknownCustomer {});
}

#[test]
fn a_name_is_changed_once() {
    let rename = |name| {
        Command::Rename(Renaming { name: Change::Set(text(name)), organization: Change::Keep })
    };
    Customer::given([created()]).when(rename("Anna Müller")).then([]);
    Customer::given([created()])
        .when(rename("Anna Schmidt"))
        .then([Event::Renamed { kind: Kind::Person, names: names("Anna Schmidt") }]);
}

#[test]
fn a_name_that_is_not_given_stays_and_null_takes_one_away() {
    let rename = |json| Command::Rename(serde_json::from_str(json).unwrap());
    let both = Names { name: Some(text("Anna Müller")), organization: Some(text("Müller GmbH")) };
    let renamed =
        |kind, names: &Names| Event::Renamed { kind, names: Personal::sealed(SELF, names.clone()) };
    Customer::given([created()])
        .when(rename(r#"{"organization":"Müller GmbH"}"#))
        .then([renamed(Kind::Person, &both)]);
    Customer::given([created(), renamed(Kind::Person, &both)])
        .when(rename(r#"{"name":null}"#))
        .then([renamed(Kind::Organization, &Names { name: None, ..both })]);
}

#[test]
fn there_is_always_a_primary_contact_point() {
    let walk_in =
        create(SELF, NewCustomer { walk_in: true, contact_points: vec![], ..anna() }).unwrap();
    Customer::given([walk_in])
        .when(Command::AddContactPoint { contact: email("a@example.com") })
        .then([added(1, "a@example.com"), Event::PrimaryContactSet { key: 1 }]);

    let two = || Customer::given([created(), added(2, "b@example.com")]);
    two()
        .when(Command::RemoveContactPoint { key: 1 })
        .then([Event::ContactPointRemoved { key: 1 }, Event::PrimaryContactSet { key: 2 }]);
    two()
        .when(Command::RemoveContactPoint { key: 2 })
        .then([Event::ContactPointRemoved { key: 2 }]);
    two().when(Command::SetPrimaryContactPoint { key: 1 }).then([]);
    two()
        .when(Command::SetPrimaryContactPoint { key: 2 })
        .then([Event::PrimaryContactSet { key: 2 }]);
    two()
        .when(Command::SetPrimaryContactPoint { key: 3 })
        .refused(Refusal::NoSuchEntry { what: Entry::ContactPoint, key: 3 });
}

#[test]
fn a_known_contact_point_is_not_added_again_and_its_key_never_given_again() {
    let add = |address| Command::AddContactPoint { contact: email(address) };
    Customer::given([created()]).when(add("anna@example.com")).then([]);
    let removed = Event::ContactPointRemoved { key: 2 };
    Customer::given([created(), added(2, "b@example.com"), removed])
        .when(add("c@example.com"))
        .then([added(3, "c@example.com")]);
}

#[test]
fn addresses_are_added_changed_and_removed() {
    let entry = |key, address| AddressEntry { key, address: Personal::sealed(SELF, address) };
    let moved = Address { city: text("Hamburg"), ..home() };
    let at_home = || Customer::given([created(), Event::AddressAdded(entry(1, home()))]);

    at_home().when(Command::AddAddress { address: home() }).then([]);
    at_home()
        .when(Command::AddAddress { address: moved.clone() })
        .then([Event::AddressAdded(entry(2, moved.clone()))]);
    at_home().when(Command::ChangeAddress { key: 1, address: home() }).then([]);
    at_home()
        .when(Command::ChangeAddress { key: 1, address: moved.clone() })
        .then([Event::AddressChanged(entry(1, moved.clone()))]);
    at_home().when(Command::RemoveAddress { key: 1 }).then([Event::AddressRemoved { key: 1 }]);

    let unknown = Refusal::NoSuchEntry { what: Entry::Address, key: 2 };
    at_home().when(Command::RemoveAddress { key: 2 }).refused(unknown.clone());
    at_home().when(Command::ChangeAddress { key: 2, address: moved }).refused(unknown);
}

#[test]
fn nobody_has_addresses_without_end() {
    let streets =
        (0..=MAX_ENTRIES).map(|number| Address { street: text(&number.to_string()), ..home() });
    let most = Refusal::TooMany { what: Entry::Address, most: MAX_ENTRIES };
    let new = NewCustomer { addresses: streets.collect(), ..anna() };
    Customer::given([]).when(Command::Create(new)).refused(most);
}

#[test]
fn what_was_erased_does_not_stand_in_the_way() {
    let Event::Created { kind, walk_in, external_ids, primary_contact, .. } = created() else {
        panic!("not created")
    };
    let erased = Event::Created {
        kind,
        names: Personal::erased(SELF),
        walk_in,
        external_ids,
        contact_points: vec![ContactPoint {
            key: 1,
            kind: ContactKind::Email,
            value: Personal::erased(SELF),
        }],
        primary_contact,
        addresses: vec![AddressEntry { key: 1, address: Personal::erased(SELF) }],
    };
    Customer::given([erased]).when(Command::Archive {}).then([Event::Archived {}]);
}

fn anna() -> NewCustomer {
    NewCustomer {
        name: Some(text("Anna Müller")),
        contact_points: vec![email("anna@example.com")],
        ..NewCustomer::default()
    }
}

fn created() -> Event {
    create(SELF, anna()).unwrap()
}

fn names(name: &str) -> Personal<Names> {
    Personal::sealed(SELF, Names { name: Some(text(name)), organization: None })
}

fn email(address: &str) -> Contact {
    Contact::Email { value: address.parse().unwrap() }
}

fn added(key: u32, address: &str) -> Event {
    Event::ContactPointAdded(contact_point(SELF, key, &email(address)))
}

fn home() -> Address {
    Address {
        street: text("Hauptstraße 1"),
        postal_code: Some("10827".parse().unwrap()),
        city: text("Berlin"),
        region: None,
        country: "DE".parse().unwrap(),
    }
}

fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    text.parse().unwrap()
}
