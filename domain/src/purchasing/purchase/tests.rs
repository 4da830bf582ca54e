//! Specification of orders.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::{
    access::Actor,
    purchasing::feed::{
        parse,
        tests::{message, order},
    },
    spec::{SELF, Spec, now},
};

const DAY: TimeDelta = TimeDelta::days(1);

#[test]
fn an_order_is_recorded_with_its_lines_and_the_cabinet_to_be() {
    let events = receive(&[], &recorded()).unwrap();
    let [Event::Recorded { cabinet, lines, .. }] = &events[..] else { panic!("{events:?}") };
    assert_eq!(*cabinet, CabinetId::from_tax_id(&"DE123456789".parse().unwrap()));
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0].licensed_units(), [LicensedUnit { unit: 0, seats: 3 }]);
    let apart = [LicensedUnit { unit: 0, seats: 1 }, LicensedUnit { unit: 1, seats: 1 }];
    assert_eq!(lines[1].licensed_units(), apart);
}

#[test]
fn pur_1_a_message_is_applied_once() {
    let first = receive(&[], &recorded()).unwrap();
    Purchase::given(first.clone()).knowing(facts()).when(command(&recorded())).then([]);
    let mut other = recorded();
    other["data"]["organisation"]["name"] = json!("Acme Inc.");
    Purchase::given(first.clone()).when(command(&other)).refused(Refusal::Conflict);
    let claims = Purchase::given(first).claims();
    assert_eq!(claims, [Claim::unique("purchase_message", "shop m-1", "PUR-1")]);
}

#[test]
fn pur_2_a_message_ahead_of_a_gap_waits_and_is_applied_with_what_fills_it() {
    let events = receive(&[], &cancelled(2)).unwrap();
    assert!(matches!(&events[..], [Event::Deferred { until, .. }] if *until == now() + DAY));
    let events = receive(&events, &recorded()).unwrap();
    assert!(matches!(&events[..], [Event::Recorded { .. }, Event::Cancelled { .. }]));
}

#[test]
fn pur_2_a_gap_is_given_up_after_a_day() {
    let waiting = receive(&[], &cancelled(2)).unwrap();
    Purchase::given(waiting.clone())
        .at(now() + DAY - TimeDelta::seconds(1))
        .when(Command::GiveUp {})
        .then([]);
    let Event::Deferred { delivery, text, .. } = waiting[0].clone() else { panic!() };
    let reason = RejectionReason::from(&Refusal::Gap);
    assert_eq!(reason.code, "gap");
    Purchase::given(waiting).at(now() + DAY).when(Command::GiveUp {}).then([Event::GivenUp {
        delivery,
        reason,
        text,
    }]);
}

#[test]
fn pur_2_a_place_in_the_history_is_taken_once() {
    let history = receive(&[], &recorded()).unwrap();
    let mut other = recorded();
    other["id"] = json!("m-x");
    let refusal = Refusal::PlaceTaken { sequence: 1 };
    Purchase::given(history).knowing(facts()).when(command(&other)).refused(refusal);
}

#[test]
fn pur_3_what_is_unknown_or_wrong_is_refused_whole() {
    let refused = |data: Value| receive(&[], &message(1, "recorded", data)).unwrap_err();
    let unknown = Refusal::UnknownProduct { sku: "VIEWER".parse().unwrap() };
    assert_eq!(refused(order(&[(1, "cad", 1), (2, "viewer", 1)])), unknown);
    let old = Refusal::NotForSale { sku: "OLD".parse().unwrap() };
    assert_eq!(refused(order(&[(1, "old", 1)])), old);
    let mut data = order(&[(1, "cad", 1)]);
    data["lines"][0]["parameters"] = json!({ "edition": 7 });
    let refusal = refused(data);
    assert_eq!(crate::Refusal::faults(&refusal)[0].pointer, "/data/lines/0/parameters/edition");
    assert!(RejectionReason::from(&refusal).detail.contains("/data/lines/0/parameters/edition"));
    assert_eq!(refused(order(&[(1, "key", 201)])), Refusal::TooMany { line: 1, limit: 200 });
}

#[test]
fn pur_3_an_organisation_that_nobody_knows_needs_name_and_tax_id() {
    let mut data = order(&[(1, "cad", 1)]);
    data["organisation"] = json!({ "external_id": "C-7" });
    let from_c7 = message(1, "recorded", data.clone());
    assert_eq!(receive(&[], &from_c7).unwrap_err(), Refusal::UnknownOrganisation);
    let with_cabinet = Facts { by_external_id: Some(Uuid::from_u128(7).into()), ..facts() };
    let case = DecisionContext { facts: with_cabinet.clone(), ..case() };
    let events = Purchase::default().decide(command(&from_c7), &case).unwrap();
    assert!(
        matches!(&events[..], [Event::Recorded { cabinet, .. }] if cabinet.uuid() == Uuid::from_u128(7))
    );

    data["organisation"] = json!({ "external_id": "C-7", "tax_id": "DE123456789", "name": "Acme" });
    let refusal = Refusal::AmbiguousOrganisation;
    Purchase::given([])
        .knowing(with_cabinet)
        .when(command(&message(1, "recorded", data)))
        .refused(refusal);
}

#[test]
fn pur_2_an_order_begins_with_its_record() {
    let early = message(1, "cancelled", json!({}));
    Purchase::given([]).when(command(&early)).refused(Refusal::NotRecorded);
    let history = receive(&[], &recorded()).unwrap();
    let again = message(2, "recorded", order(&[(1, "cad", 1)]));
    Purchase::given(history).when(command(&again)).refused(Refusal::AlreadyRecorded);
}

#[test]
fn an_amendment_is_the_order_as_it_is_now() {
    let history = receive(&[], &recorded()).unwrap();
    let amended = message(2, "amended", order(&[(1, "cad", 5), (3, "key", 1)]));
    let events = receive(&history, &amended).unwrap();
    let [Event::Amended { lines, .. }] = &events[..] else { panic!("{events:?}") };
    let found: Vec<_> = lines.iter().map(|line| (line.line, line.net_quantity())).collect();
    assert_eq!(found, [(1, 5), (2, 0), (3, 1)]);
    assert!(matches!(lines[1].state, LineState::Discarded { .. }));

    let swapped = message(2, "amended", order(&[(1, "key", 3)]));
    assert_eq!(receive(&history, &swapped), Err(Refusal::OtherProduct { line: 1 }));
}

#[test]
fn what_was_taken_back_does_not_come_back() {
    let less = message(2, "amended", order(&[(1, "cad", 2), (2, "key", 2)]));
    let history = [receive(&[], &recorded()).unwrap()].concat();
    let history = [history.clone(), receive(&history, &less).unwrap()].concat();
    let more = message(3, "amended", order(&[(1, "cad", 3), (2, "key", 2)]));
    assert_eq!(receive(&history, &more), Err(Refusal::TakenBack { line: 1 }));
}

#[test]
fn pur_5_a_refund_takes_back_the_last_licences_and_ends_a_line() {
    let history = receive(&[], &recorded()).unwrap();
    let events = receive(&history, &refund(2, 2, 1, 1000)).unwrap();
    let [Event::Refunded { lines, .. }] = &events[..] else { panic!("{events:?}") };
    let left = [LicensedUnit { unit: 0, seats: 1 }, LicensedUnit { unit: 1, seats: 0 }];
    assert_eq!(lines[1].licensed_units(), left);
    let history = [history, events].concat();
    let events = receive(&history, &refund(3, 2, 1, 1000)).unwrap();
    let [Event::Refunded { lines, .. }] = &events[..] else { panic!("{events:?}") };
    assert_eq!(lines[1].state, LineState::Refunded);
    assert_eq!(receive(&history, &refund(3, 2, 2, 0)), Err(Refusal::TooMuch));
    assert_eq!(receive(&history, &refund(3, 1, 1, 1001)), Err(Refusal::TooMuch));
}

#[test]
fn pur_5_an_order_is_fulfilled_when_its_last_line_has_come_to_an_end() {
    let history = receive(&[], &recorded()).unwrap();
    let cabinet = Uuid::from_u128(9).into();
    let licenses = vec![Uuid::from_u128(5).into()];
    let fulfil = |line| {
        let licenses = licenses.clone();
        Command::FulfilLine { line, sequence: 1, cabinet, licenses }
    };
    let fulfilled = |line| Event::LineFulfilled { line, cabinet, licenses: licenses.clone() };
    Purchase::given(history.clone()).when(fulfil(1)).then([fulfilled(1)]);
    let history = [history, vec![fulfilled(1)]].concat();
    let reason: Text<2000> = "the product is gone".parse().unwrap();
    let discard = Command::DiscardLine { line: 2, sequence: 1, reason: reason.clone() };
    Purchase::given(history.clone())
        .when(discard)
        .then([Event::LineDiscarded { line: 2, reason }, Event::Fulfilled {}]);
    Purchase::given(history.clone()).when(fulfil(2)).then([fulfilled(2), Event::Fulfilled {}]);
    Purchase::given(history).when(fulfil(7)).refused(Refusal::NoSuchLine { line: 7 });
}

#[test]
fn pur_5_what_became_of_a_line_before_it_changed_does_not_end_it() {
    let history = receive(&[], &recorded()).unwrap();
    let more = message(2, "amended", order(&[(1, "cad", 4), (2, "key", 2)]));
    let history = [history.clone(), receive(&history, &more).unwrap()].concat();
    let cabinet = Uuid::from_u128(9).into();
    let fulfil =
        |sequence| Command::FulfilLine { line: 1, sequence, cabinet, licenses: Vec::new() };
    let reason: Text<2000> = "the product is gone".parse().unwrap();
    let discard = Command::DiscardLine { line: 1, sequence: 1, reason };
    Purchase::given(history.clone()).when(fulfil(1)).then([]);
    Purchase::given(history.clone()).when(discard).then([]);
    let fulfilled = Event::LineFulfilled { line: 1, cabinet, licenses: Vec::new() };
    Purchase::given(history).when(fulfil(2)).then([fulfilled]);
}

#[test]
fn pur_5_every_line_of_a_cancelled_order_is_discarded_with_the_reason() {
    let history = receive(&[], &recorded()).unwrap();
    let events = receive(&history, &cancelled(2)).unwrap();
    let [Event::Cancelled { lines, .. }] = &events[..] else { panic!("{events:?}") };
    assert!(lines.iter().all(|line| matches!(line.state, LineState::Discarded { .. })));
    let history = [history, events].concat();
    assert_eq!(receive(&history, &cancelled(3)), Err(Refusal::Cancelled));
}

proptest! {
    /// PUR-2: arrival does not matter. What was refused may differ in when, not in what.
    #[test]
    fn pur_2_an_order_comes_out_the_same_however_its_messages_arrive(
        arrivals in Just((0..HISTORY).chain(0..HISTORY).collect::<Vec<_>>()).prop_shuffle(),
        history in 0..3usize,
    ) {
        let messages = histories(history);
        let received = |order: &mut dyn Iterator<Item = usize>| {
            let mut parked = std::collections::BTreeSet::new();
            let mut purchase = Purchase::default();
            for place in order {
                let message = parse(&messages[place].to_string()).unwrap();
                let id = message.delivery.id.clone();
                match purchase.decide(Command::Receive { message: message.into() }, &case()) {
                    Ok(events) => {
                        for event in events {
                            if let Event::GivenUp { delivery, reason, .. } = &event {
                                parked.insert((delivery.id.clone(), reason.code.clone()));
                            }
                            purchase = purchase.evolve(event);
                        }
                    }
                    Err(refusal) => {
                        parked.insert((id, RejectionReason::from(&refusal).code));
                    }
                }
            }
            let waiting: Vec<_> = purchase.waiting.keys().copied().collect();
            (purchase.lines, purchase.applied, waiting, parked)
        };
        let straight = received(&mut (0..HISTORY));
        prop_assert_eq!(received(&mut arrivals.into_iter()), straight);
    }
}

const HISTORY: usize = 5;

/// Histories of five messages: a plain one, one that stops at a message nobody can apply, and one
/// whose record is refused.
fn histories(which: usize) -> Vec<Value> {
    let more = message(2, "amended", order(&[(1, "cad", 4), (2, "key", 2), (3, "key", 3)]));
    let swapped = message(2, "amended", order(&[(1, "key", 3)]));
    let unknown = message(1, "recorded", order(&[(1, "viewer", 3)]));
    let first = if which == 2 { unknown } else { recorded() };
    let second = if which == 1 { swapped } else { more };
    vec![first, second, refund(3, 3, 2, 2000), refund(4, 1, 4, 4000), cancelled(5)]
}

fn recorded() -> Value {
    message(1, "recorded", order(&[(1, "cad", 3), (2, "key", 2)]))
}

fn cancelled(sequence: u32) -> Value {
    message(sequence, "cancelled", json!({ "reason": "changed our mind" }))
}

fn refund(sequence: u32, line: u16, quantity: u32, amount: u32) -> Value {
    let lines = json!([{ "line": line, "quantity": quantity }]);
    let total = json!({ "amount": amount, "currency": "EUR" });
    message(sequence, "refunded", json!({ "lines": lines, "total": total }))
}

fn command(message: &Value) -> Command {
    Command::Receive { message: parse(&message.to_string()).unwrap().into() }
}

fn receive(history: &[Event], message: &Value) -> Result<Vec<Event>, Refusal> {
    let purchase = history.iter().cloned().fold(Purchase::default(), Purchase::evolve);
    purchase.decide(command(message), &case())
}

fn case() -> DecisionContext<Facts> {
    DecisionContext { id: SELF, by: Actor::system("test"), now: now(), facts: facts() }
}

/// Three products: `CAD` with seats, `KEY` as separate licences, `OLD` which is retired.
fn facts() -> Facts {
    let edition = json!({ "type": "object", "properties": { "edition": { "type": "string" } } });
    let version = SchemaVersion { major: 1, minor: 0 };
    let schema: ParameterSchema = serde_json::from_value(edition).unwrap();
    let offer = |id, retired, separate| SkuOffer {
        product: Uuid::from_u128(id).into(),
        retired,
        separate: Some(separate),
        version,
        schemas: [(version, schema.clone())].into(),
    };
    let products = [
        ("CAD", offer(1, false, false)),
        ("KEY", offer(2, false, true)),
        ("OLD", offer(3, true, false)),
    ];
    let products = products.map(|(sku, offer)| (sku.parse().unwrap(), offer)).into();
    Facts { products, ..Facts::default() }
}
