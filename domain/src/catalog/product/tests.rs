//! Specification of products.

use chrono::{TimeZone, Utc};
use serde_json::{Value, json};

use super::*;
use crate::spec::{Spec, now};

#[test]
fn a_product_enters_the_catalogue_and_is_renamed() {
    let create =
        Command::Create { sku: "CAD".parse().unwrap(), name: text("Cad"), description: None };
    Product::given([]).when(create.clone()).then([created("Cad")]);
    Product::given([created("Cad")]).when(create).refused(Refusal::AlreadyCreated);
    let name = Some(text("Cad Pro"));
    let rename = Command::Change { sku: None, name, description: Change::Keep };
    Product::given([created("Cad")])
        .when(rename.clone())
        .then([Event::Changed { details: details("Cad Pro") }]);
    Product::given([]).when(rename).refused(Refusal::NotCreated);
}

#[test]
fn a_sku_names_one_product() {
    let claims = Product::given([created("Cad")]).claims();
    assert_eq!(claims, [Claim::unique("sku", "CAD", "CAT-8")]);
}

#[test]
fn cat_1_a_compatible_declaration_is_a_minor_version() {
    Product::given([created("Cad")])
        .when(define(seats(10), false))
        .then([defined("1.0", seats(10))]);
    let history = || [created("Cad"), defined("1.0", seats(10))];
    Product::given(history()).when(define(seats(20), false)).then([defined("1.1", seats(20))]);
    Product::given(history()).when(define(seats(10), false)).then([]);
}

#[test]
fn cat_1_an_incompatible_declaration_is_a_major_version_and_meant() {
    let history = || [created("Cad"), defined("1.0", seats(10))];
    let pointer = "/schema/properties/seats/maximum".to_owned();
    let faults = vec![Fault::new(pointer, "accepts less than before")];
    Product::given(history())
        .when(define(seats(5), false))
        .refused(Refusal::Incompatible { faults });
    Product::given(history()).when(define(seats(5), true)).then([defined("2.0", seats(5))]);
}

#[test]
fn cat_1_old_licences_keep_the_declaration_they_were_issued_under() {
    let history = [created("Cad"), defined("1.0", seats(10)), defined("2.0", seats(5))];
    let product = history.into_iter().fold(Product::default(), Product::evolve);
    let eight = json!({ "seats": 8 });
    let check = |version: &str| {
        product.check_parameters(version.parse().unwrap(), eight.as_object().unwrap(), "").len()
    };
    assert_eq!((check("1.0"), check("2.0")), (0, 1));
}

#[test]
fn cat_1_a_declaration_is_a_schema() {
    let command = define(json!({ "type": "object", "required": 7 }), false);
    let outcome = Product::default().evolve(created("Cad")).decide(command, &case());
    assert!(matches!(outcome, Err(Refusal::UnusableSchema { faults })
        if faults[0].pointer == "/schema/required"));
}

#[test]
fn the_policy_says_how_licences_are_issued() {
    let policy = |notices: &[u16]| Policy {
        term: TermLength::Months(12),
        grace_days: 14,
        notices: notices.to_vec(),
        quantity: QuantityRule::Seats,
    };
    let set = |notices| Command::SetIssuancePolicy { policy: policy(notices) };
    Product::given([created("Cad")])
        .when(set(&[30, 7]))
        .then([Event::IssuancePolicySet { policy: policy(&[30, 7]) }]);
    let outcome = Product::default().evolve(created("Cad")).decide(set(&[7, 30]), &case());
    assert!(matches!(outcome, Err(Refusal::UnusablePolicy { .. })));
}

#[test]
fn ana_4_under_another_policy_the_rest_of_a_product_is_the_same() {
    let policy =
        |term| Policy { term, grace_days: 14, notices: vec![30], quantity: QuantityRule::Separate };
    let change = IssuanceChange { term: Some(TermLength::Days(30)), ..IssuanceChange::default() };
    let set = |term| Event::IssuancePolicySet { policy: policy(term) };
    let changed = set(TermLength::Perpetual).under_other_policy(&change);
    assert_eq!(changed, set(TermLength::Days(30)));
    assert_eq!(created("Cad").under_other_policy(&change), created("Cad"));
}

#[test]
fn cat_8_a_retired_product_stays_as_it_was() {
    let history = || [created("Cad"), defined("1.0", seats(10)), Event::Retired {}];
    Product::given(history()).when(Command::Retire {}).then([]);
    Product::given(history()).when(define(seats(20), false)).refused(Refusal::Retired);
    assert_eq!(Product::given(history()).claims().len(), 1);
}

#[test]
fn months_are_calendar_months() {
    let from = Utc.with_ymd_and_hms(2031, 1, 31, 10, 0, 0).unwrap();
    let end = Utc.with_ymd_and_hms(2031, 2, 28, 10, 0, 0).unwrap();
    assert_eq!(TermLength::Months(1).end_from(from), Some(end));
    assert_eq!(TermLength::Perpetual.end_from(from), None);
}

fn case() -> DecisionContext<()> {
    let by = crate::access::Actor::system("test");
    DecisionContext { id: crate::spec::SELF, by, now: now(), facts: () }
}

fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    text.parse().unwrap()
}

fn details(name: &str) -> Details {
    Details { sku: "cad".parse().unwrap(), name: text(name), description: None }
}

fn created(name: &str) -> Event {
    Event::Created { details: details(name) }
}

fn seats(maximum: u8) -> Value {
    let seats = json!({ "seats": { "type": "integer", "maximum": maximum } });
    json!({ "type": "object", "additionalProperties": false, "properties": seats })
}

fn define(schema: Value, breaking: bool) -> Command {
    Command::DefineParameters { schema: serde_json::from_value(schema).unwrap(), breaking }
}

fn defined(version: &str, schema: Value) -> Event {
    let schema = serde_json::from_value(schema).unwrap();
    Event::ParametersDefined { version: version.parse().unwrap(), schema }
}
