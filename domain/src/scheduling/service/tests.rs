//! Specification of services.

use serde_json::json;

use super::*;
use crate::{Currency, spec::Spec};

#[test]
fn a_service_is_defined_once() {
    Service::given([]).when(Command::Define(colouring())).then([Event::Defined(colouring())]);
    Service::given([Event::Defined(colouring())])
        .when(Command::Define(colouring()))
        .refused(Refusal::AlreadyDefined {});
}

#[test]
fn a_change_leaves_the_rest_as_it_is() {
    let change = Changes { horizon_days: Some(30), ..Changes::default() };
    let changed = Definition { horizon_days: 30, ..colouring() };
    let offered = || Service::given([Event::Defined(colouring())]);
    offered().when(Command::Change(change)).then([Event::Changed(changed)]);
    offered().when(Command::Change(Changes::default())).then([]);
    let free = Changes { price: Change::Clear, ..Changes::default() };
    let changed = Definition { price: None, ..colouring() };
    offered().when(Command::Change(free)).then([Event::Changed(changed)]);
}

#[test]
fn a_service_is_called_by_its_name_in_the_language_of_the_reader() {
    let name = |language| colouring().name_in(language).to_string();
    assert_eq!([Language::De, Language::Fr].map(name), ["Färben", "Colouring"]);
    let offered = || Service::given([Event::Defined(colouring())]);
    let change = Changes { texts: Some(BTreeMap::new()), ..Changes::default() };
    let changed = Definition { texts: BTreeMap::new(), ..colouring() };
    offered().when(Command::Change(change)).then([Event::Changed(changed)]);
}

#[test]
fn a_retired_service_stays_as_it_was() {
    let retired = || Service::given([Event::Defined(colouring()), Event::Retired {}]);
    retired().when(Command::Retire {}).then([]);
    retired().when(Command::Change(Changes::default())).refused(Refusal::Retired {});
    Service::given([]).when(Command::Retire {}).refused(Refusal::UnknownService {});
}

#[test]
fn a_service_takes_time_and_someone_who_does_it() {
    let phase = Phase { minutes: 0, needs: BTreeSet::new() };
    let nothing = Definition {
        phases: vec![phase],
        step_minutes: 0,
        cancel_cutoff_minutes: u32::MAX,
        price: Some(Money::new(-1, Currency::EUR)),
        ..colouring()
    };
    let Err(Refusal::Impossible { faults }) = checked(nothing) else { panic!("possible") };
    let pointers: Vec<_> = faults.iter().map(|fault| fault.pointer.as_str()).collect();
    assert_eq!(
        pointers,
        ["/phases", "/phases", "/step_minutes", "/cancel_cutoff_minutes", "/price/amount"]
    );
}

#[test]
fn a_service_is_booked_and_called_off_by_the_usual_rules_if_it_names_none() {
    let plain = json!({ "name": "Cut", "phases": [{ "minutes": 30, "needs": ["person"] }] });
    let plain: Definition = serde_json::from_value(plain).unwrap();
    assert_eq!((plain.cancel_cutoff_minutes, plain.auto_confirm), (24 * 60, true));
    assert_eq!((plain.horizon_days, plain.minimum_notice_minutes), (365, 0));
}

#[test]
fn ana_4_at_another_price_a_service_goes_as_it_went() {
    let dearer = PriceChange::Percent(10);
    let expected = Definition { price: Some(Money::new(9790, Currency::EUR)), ..colouring() };
    let defined = Event::Defined(colouring()).at_other_price(dearer);
    assert_eq!(defined, Event::Defined(expected.clone()));
    let changed = Event::Changed(colouring()).at_other_price(dearer);
    assert_eq!(changed, Event::Changed(expected));
    assert_eq!(Event::Retired {}.at_other_price(dearer), Event::Retired {});
}

/// 30 minutes of work, 30 in which the stylist is free, 30 of work; in a chair throughout.
pub(crate) fn colouring() -> Definition {
    let phase = |needs: &[Kind]| Phase { minutes: 30, needs: needs.iter().copied().collect() };
    let german = ServiceText {
        name: "Färben".parse().unwrap(),
        description: None,
        category: Some("Farbe".parse().unwrap()),
    };
    Definition {
        name: "Colouring".parse().unwrap(),
        phases: vec![
            phase(&[Kind::Person, Kind::Chair]),
            phase(&[Kind::Chair]),
            phase(&[Kind::Person, Kind::Chair]),
        ],
        buffer_before_minutes: 5,
        buffer_after_minutes: 10,
        minimum_notice_minutes: 120,
        horizon_days: 60,
        cancel_cutoff_minutes: 24 * 60,
        auto_confirm: true,
        step_minutes: 30,
        price: Some(Money::new(8900, Currency::EUR)),
        price_from: true,
        description: None,
        category: Some("Colour".parse().unwrap()),
        picture: None,
        order: 2,
        public: true,
        texts: [(Language::De, german)].into(),
    }
}
