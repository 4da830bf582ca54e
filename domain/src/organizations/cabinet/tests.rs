//! Specification of cabinets and their details.

use chrono::TimeDelta;
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::{
    MaybePersonal,
    spec::{SELF, Spec, now},
};

#[test]
fn an_organisation_gets_a_cabinet() {
    let details = unnumbered("Acme");
    Cabinet::given([]).when(create("Acme", None)).then([Event::Created {
        kind: Kind::Client,
        parent: None,
        details,
    }]);
    Cabinet::given([provisioned("Acme")])
        .when(create("Acme", None))
        .refused(Refusal::AlreadyCreated);
}

#[test]
fn a_cabinet_lies_below_one_that_exists() {
    let parent = Some(CabinetId::from(Uuid::from_u128(7)));
    Cabinet::given([]).when(create("Acme", parent)).refused(Refusal::UnknownParent);
    let details = unnumbered("Acme");
    Cabinet::given([])
        .knowing(Facts { above: parent.into_iter().collect(), ..Facts::default() })
        .when(create("Acme", parent))
        .then([Event::Created { kind: Kind::Client, parent, details }]);
}

#[test]
fn org_5_tax_id_and_external_id_belong_to_one_organisation() {
    let external_id = Some(MaybePersonal::Public(text("C-1")));
    let details = Details { external_id, ..details("Acme") };
    let claims = Cabinet::given([Event::Provisioned { details, as_of: now() }]).claims();
    assert_eq!(
        claims,
        [
            Claim::unique("tax_id", "DE123456789", "ORG-5"),
            Claim::unique("external_id", "C-1", "ORG-5")
        ]
    );
}

#[test]
fn pur_4_an_order_provisions_the_cabinet_of_its_organisation_once() {
    Cabinet::given([]).when(provision("Acme", now())).then([provisioned("Acme")]);
    Cabinet::given([provisioned("Acme")])
        .when(provision("ACME Inc.", now() + TimeDelta::days(1)))
        .then([]);
    Cabinet::given([provisioned("Acme")]).when(provision("Acme", now())).then([]);
}

#[test]
fn what_a_person_wrote_no_order_overwrites() {
    let written = Event::DetailsChanged { details: details("Acme & Sons"), as_of: None };
    Cabinet::given([provisioned("Acme"), written])
        .when(provision("Acme", now() - TimeDelta::days(1)))
        .then([]);
}

#[test]
fn details_change_field_by_field() {
    let change = |text| serde_json::from_str::<Command>(text).unwrap();
    let after = unnumbered("Acme & Sons");
    Cabinet::given([provisioned("Acme")])
        .when(change(r#"{"type":"change_details","name":"Acme & Sons","tax_id":null}"#))
        .then([Event::DetailsChanged { details: after, as_of: None }]);
    Cabinet::given([provisioned("Acme")])
        .when(change(r#"{"type":"change_details","name":"Acme"}"#))
        .then([]);
    Cabinet::given([]).when(change(r#"{"type":"change_details"}"#)).refused(Refusal::NotCreated);
}

#[test]
fn what_may_be_a_person_is_called_is_theirs_and_can_be_erased() {
    let name = MaybePersonal::Personal(Personal::erased(SELF));
    let external_id = Some(MaybePersonal::Personal(Personal::erased(SELF)));
    let erased = Details { name, external_id, ..unnumbered("Anna Berg") };
    let created = || Event::Created { kind: Kind::Client, parent: None, details: erased.clone() };
    assert_eq!(Cabinet::given([created()]).claims(), []);
    let country = Some("DE".parse().unwrap());
    Cabinet::given([created()])
        .when(serde_json::from_str(r#"{"type":"change_details","country":"DE"}"#).unwrap())
        .then([Event::DetailsChanged {
            details: Details { country, ..erased.clone() },
            as_of: None,
        }]);

    let id = MaybePersonal::Personal(Personal::sealed(SELF, text("C-1")));
    let details = Details { external_id: Some(id), ..unnumbered("Anna Berg") };
    let claims =
        Cabinet::given([Event::Created { kind: Kind::Client, parent: None, details }]).claims();
    assert_eq!(claims, [Claim::unique("external_id", "C-1", "ORG-5").about_subject(SELF)]);
}

#[test]
fn the_type_changes() {
    Cabinet::given([provisioned("Acme")])
        .when(Command::ChangeType { kind: Kind::Reseller })
        .then([Event::TypeChanged { kind: Kind::Reseller }]);
}

proptest! {
    #[test]
    fn the_order_in_which_orders_are_heard_of_does_not_name_the_cabinet(
        orders in prop::collection::vec((0..4i64, "[abc]"), 1..8).prop_shuffle(),
    ) {
        let provisioned_by = |orders: &[(i64, String)]| orders.iter().fold(Cabinet::default(), |cabinet, (day, name)| {
            let case = DecisionContext {
                id: SELF,
                by: crate::access::Actor::system("test"),
                now: now(),
                facts: Facts::default(),
            };
            let order = provision(name, now() + TimeDelta::days(*day));
            cabinet.decide(order, &case).unwrap().into_iter().fold(cabinet, Cabinet::evolve)
        });
        let mut sorted = orders.clone();
        sorted.sort();
        prop_assert_eq!(provisioned_by(&orders).details, provisioned_by(&sorted).details);
    }
}

fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    text.parse().unwrap()
}

fn details(name: &str) -> Details {
    let contact = Some(Personal::sealed(SELF, "it@acme.example".parse().unwrap()));
    let tax_id = Some("DE123456789".parse().unwrap());
    let name = MaybePersonal::Public(text(name));
    Details { name, tax_id, external_id: None, country: None, contact }
}

/// Without a tax id: it may be a person.
fn unnumbered(name: &str) -> Details {
    let name = MaybePersonal::Personal(Personal::sealed(SELF, text(name)));
    Details { name, tax_id: None, ..details("Acme") }
}

fn create(name: &str, parent: Option<CabinetId>) -> Command {
    Command::Create {
        name: text(name),
        kind: Kind::Client,
        tax_id: None,
        external_id: None,
        country: None,
        contact_email: Some("it@acme.example".parse().unwrap()),
        parent,
    }
}

fn provision(name: &str, as_of: DateTime<Utc>) -> Command {
    Command::Provision {
        name: text(name),
        tax_id: "DE123456789".parse().unwrap(),
        external_id: None,
        country: None,
        contact_email: Some("it@acme.example".parse().unwrap()),
        as_of,
    }
}

fn provisioned(name: &str) -> Event {
    Event::Provisioned { details: details(name), as_of: now() }
}
