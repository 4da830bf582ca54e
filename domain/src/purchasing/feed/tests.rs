//! Tests of reading the messages of purchase systems.

use serde_json::json;

use super::*;

/// A message of the shop about order `A-1`, of 7 January 2030.
pub(crate) fn message(sequence: u32, kind: &str, mut data: Value) -> Value {
    data["order"] = json!("A-1");
    data["sequence"] = json!(sequence);
    json!({
        "specversion": "1.0", "type": format!("purchase.{kind}"), "source": "shop",
        "id": format!("m-{sequence}"), "time": "2030-01-07T08:00:00Z", "data": data,
    })
}

/// An order of so many of a product at 10.00 EUR each, line by line.
pub(crate) fn order(lines: &[(u16, &str, u32)]) -> Value {
    let total: u32 = lines.iter().map(|(_, _, quantity)| quantity * 1000).sum();
    let lines = lines.iter().map(|(line, product, quantity)| {
        let price = json!({ "amount": 1000, "currency": "EUR" });
        json!({ "line": line, "product": product, "quantity": quantity, "price": price })
    });
    json!({
        "organisation": {
            "name": "Acme", "tax_id": "DE 123 456 789", "country": "DE",
            "contact_email": "it@acme.example",
        },
        "lines": lines.collect::<Vec<_>>(),
        "total": { "amount": total, "currency": "EUR" },
    })
}

fn faults(message: &Value) -> Vec<String> {
    let faults = parse(&message.to_string()).map_or_else(|bad| bad.faults, |_| vec![]);
    faults.into_iter().map(|fault| fault.pointer).collect()
}

fn recorded() -> Value {
    message(1, "recorded", order(&[(1, "cad", 3)]))
}

#[test]
fn an_order_is_read_with_its_codes_in_one_spelling() {
    let message = parse(&recorded().to_string()).unwrap();
    let Content::Recorded(order) = message.content else { panic!("{message:?}") };
    assert_eq!(order.organisation.tax_id, Some("DE123456789".parse().unwrap()));
    assert_eq!(order.lines[0].product, "CAD".parse().unwrap());
    assert_eq!((message.delivery.order.as_str(), message.delivery.sequence), ("A-1", 1));
}

#[test]
fn pur_3_messages_that_cannot_be_read_are_told_apart_by_all_that_is_in_them() {
    let print = |text: &str| parse(text).unwrap_err().fingerprint;
    assert_ne!(print(r#"{"a":1}"#), print(r#"{"b":2}"#));
    assert_ne!(print(r#"{"id":"m","order":"A"}"#), print(r#"{"id":"m","order":"B"}"#));
    assert_ne!(print("no JSON"), print("none either"));
    assert_eq!(print(r#"{"a":1,"b":2}"#), print(r#"{ "b": 2, "a": 1 }"#));
}

#[test]
fn a_source_becomes_a_word_that_can_name_a_subject() {
    assert_eq!(subject_token("webshop"), "webshop");
    assert_eq!(subject_token("https://shop.example/eu"), "https---shop-example-eu");
    assert_eq!(subject_token("Müller & Söhne"), "Mufcller---Suf6hne");
    assert_eq!(subject_token("…"), "");
}

#[test]
fn a_cancellation_and_a_refund_are_read() {
    let why = json!({ "reason": "changed our mind" });
    assert_eq!(faults(&message(2, "cancelled", why)), [""; 0]);
    let total = json!({ "amount": 1000, "currency": "EUR" });
    let refund = json!({ "lines": [{ "line": 1, "quantity": 1 }], "total": total });
    assert_eq!(faults(&message(2, "refunded", refund)), [""; 0]);
    assert_eq!(faults(&message(2, "refunded", json!({}))).len(), 2);
}

#[test]
fn every_fault_is_named_where_it_is() {
    let mut broken = recorded();
    broken["time"] = json!("yesterday");
    broken["data"]["lines"][0]["quantity"] = json!(0);
    let mut places = faults(&broken);
    places.sort_unstable();
    assert_eq!(places, ["/data/lines/0/quantity", "/time"]);
}

#[test]
fn names_that_nobody_can_read_are_faults() {
    let mut broken = recorded();
    broken["data"]["organisation"]["name"] = json!("\u{202e}Evil");
    broken["data"]["order"] = json!("\u{200b}");
    assert_eq!(faults(&broken), ["/data/order", "/data/organisation/name"]);
}

#[test]
fn a_total_is_the_sum_of_its_lines() {
    let mut broken = recorded();
    broken["data"]["total"]["amount"] = json!(2999);
    assert_eq!(faults(&broken), ["/data/total"]);
}

#[test]
fn a_line_comes_once() {
    let twice = message(1, "recorded", order(&[(1, "cad", 1), (1, "cad", 1)]));
    assert_eq!(faults(&twice), ["/data/lines/1/line"]);
}

#[test]
fn what_cannot_be_read_still_tells_what_it_seems_to_be() {
    let mut broken = recorded();
    broken["data"]["lines"] = json!([]);
    let unreadable = parse(&broken.to_string()).unwrap_err();
    assert_eq!(unreadable.source, "shop".parse().ok());
    assert_eq!(unreadable.id, "m-1".parse().ok());
    assert_eq!(unreadable.order, "A-1".parse().ok());
    let nul = recorded().to_string().replace("Acme", "Ac\\u0000me");
    assert!(parse(&nul).unwrap_err().faults[0].message.contains("U+0000"));
    let mut far_off = recorded();
    far_off["time"] = json!("9999-01-31T10:00:00Z");
    assert_eq!(parse(&far_off.to_string()).unwrap_err().faults[0].pointer, "/time");
    assert!(parse("{").unwrap_err().faults[0].message.starts_with("is no JSON"));
}

#[test]
fn pur_1_equal_messages_have_equal_fingerprints_and_others_have_not() {
    let print = |text: &str| parse(text).unwrap().delivery.fingerprint;
    let plain = recorded().to_string();
    let mut dressed = recorded();
    dressed["traceparent"] = json!("00-1-2-03");
    assert_eq!(print(&plain), print(&dressed.to_string()));
    assert_eq!(print(&plain), print(&plain.replace(r#""source":"shop""#, r#""source" : "shop""#)));
    assert_ne!(print(&plain), print(&plain.replace("Acme", "Acme Inc.")));
}
