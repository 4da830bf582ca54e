//! Specification of scenarios.

use serde_json::{Value, json};

use super::*;
use crate::{Currency, Money, TermLength};

fn scenario(overrides: &Value) -> Scenario {
    serde_json::from_value(json!({ "label": "dearer", "overrides": overrides })).unwrap()
}

fn id<T>(number: u128) -> crate::Id<T> {
    uuid::Uuid::from_u128(number).into()
}

fn pointers(overrides: &Value, unknown: &[usize]) -> Vec<String> {
    let faults = scenario(overrides).faults("/scenario", &unknown.iter().copied().collect());
    faults.into_iter().map(|fault| fault.pointer).collect()
}

#[test]
fn ana_4_the_policy_of_one_comes_before_that_of_all() {
    let scenario = scenario(&json!([
        { "type": "service_price", "change": { "percent": 10 } },
        {
            "type": "service_price", "service": id::<()>(1),
            "change": { "amount": { "amount": 4000, "currency": "EUR" } },
        },
        { "type": "issuance", "product": id::<()>(1), "change": { "term": { "days": 30 } } },
    ]));
    let forty = PriceChange::Amount(Money::new(4_000, Currency::EUR));
    assert_eq!(scenario.price_change(id(1)), Some(forty));
    assert_eq!(scenario.price_change(id(2)), Some(PriceChange::Percent(10)));
    let thirty = scenario.issuance_change(id(1)).and_then(|change| change.term);
    assert_eq!(thirty, Some(TermLength::Days(30)));
    assert_eq!(scenario.issuance_change(id(2)), None);
    assert_eq!(scenario.faults("", &BTreeSet::new()), []);
}

#[test]
fn ana_4_what_is_wrong_with_a_scenario_is_told_at_its_field() {
    let price = |change: Value| json!({ "type": "service_price", "change": change });
    let issuance = |change: Value| json!({ "type": "issuance", "change": change });
    assert_eq!(pointers(&json!([]), &[]), ["/scenario/overrides"]);
    let many: Vec<_> = (0..21u8).map(|_| price(json!({ "percent": 1 }))).collect();
    assert_eq!(pointers(&json!(many), &[]), ["/scenario/overrides"]);
    for percent in [-101, 1_001] {
        let found = pointers(&json!([price(json!({ "percent": percent }))]), &[]);
        assert_eq!(found, ["/scenario/overrides/0/change/percent"]);
    }
    let negative = json!({ "amount": { "amount": -1, "currency": "EUR" } });
    let found = pointers(&json!([price(negative)]), &[]);
    assert_eq!(found, ["/scenario/overrides/0/change/amount/amount"]);
    assert_eq!(pointers(&json!([issuance(json!({}))]), &[]), ["/scenario/overrides/0/change"]);
    let bad = issuance(json!({ "term": { "days": 0 }, "notices": [7, 30] }));
    let found = pointers(&json!([price(json!({ "percent": 1 })), bad]), &[]);
    let expected = ["/scenario/overrides/1/change/term", "/scenario/overrides/1/change/notices"];
    assert_eq!(found, expected);
}

#[test]
fn ana_4_overrides_name_what_exists_and_each_once() {
    let of = |service: Option<u128>| {
        let service = service.map(id::<()>);
        json!({ "type": "service_price", "service": service, "change": { "percent": 1 } })
    };
    let product =
        json!({ "type": "issuance", "product": id::<()>(1), "change": { "grace_days": 1 } });
    let overrides = json!([of(Some(1)), product, of(None), of(Some(1)), of(None)]);
    let repeated = ["/scenario/overrides/3/service", "/scenario/overrides/4/service"];
    assert_eq!(pointers(&overrides, &[]), repeated);
    assert_eq!(pointers(&json!([of(None), product]), &[1]), ["/scenario/overrides/1/product"]);
}
