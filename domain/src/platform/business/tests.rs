//! Specifications of the business.

use serde_json::json;

use super::*;
use crate::spec::Spec;

#[test]
fn it_is_set_up_once() {
    Business::given([]).when(Command::SetUp(salon())).then([Event::SetUp(salon())]);
    set_up().when(Command::SetUp(salon())).refused(Refusal::AlreadySetUp {});
    for command in [Command::Publish {}, Command::Change(Changes::default())] {
        Business::given([]).when(command).refused(Refusal::NotSetUp {});
    }
}

#[test]
fn a_change_leaves_the_rest_as_it_is_and_null_removes() {
    let change = |changes| Command::Change(serde_json::from_value(changes).unwrap());
    let renamed = Profile { name: "Vera".parse().unwrap(), ..salon() };
    set_up().when(change(json!({ "name": "Vera" }))).then([Event::Changed(renamed)]);
    let without = Profile { accent: None, ..salon() };
    set_up().when(change(json!({ "accent": null }))).then([Event::Changed(without)]);
    set_up().when(change(json!({}))).then([]);
}

#[test]
fn the_homepage_is_seen_while_it_is_published() {
    set_up().when(Command::Unpublish {}).then([]);
    set_up().when(Command::Publish {}).then([Event::Published {}]);
    let events = [Event::SetUp(salon()), Event::Published {}];
    Business::given(events.clone()).when(Command::Publish {}).then([]);
    Business::given(events.clone()).when(Command::Unpublish {}).then([Event::Unpublished {}]);
    let after = |events: &[Event]| {
        events
            .iter()
            .cloned()
            .fold(Business::default(), Business::evolve)
            .published_profile()
            .cloned()
    };
    assert_eq!(after(&events), Some(salon()));
    assert_eq!(after(&events[..1]), None);
    assert_eq!(after(&[&events[..], &[Event::Unpublished {}]].concat()), None);
}

#[test]
fn plt_11_its_colour_is_readable_on_both_grounds() {
    let accent = |light: &str, dark: &str| Profile {
        accent: Some(AccentColors { light: light.parse().unwrap(), dark: dark.parse().unwrap() }),
        ..salon()
    };
    let faint = |profile| {
        let faults = crate::Refusal::faults(&checked(profile).unwrap_err());
        faults.into_iter().map(|fault| fault.pointer).collect::<Vec<_>>()
    };
    assert!(checked(accent("#0e5c56", "#4fc3b3")).is_ok());
    assert_eq!(faint(accent("#4fc3b3", "#0e5c56")), ["/accent/light", "/accent/dark"]);
    assert_eq!(faint(accent("#0e5c56", "#0e5c56")), ["/accent/dark"]);
    // The faintest greys that are readable, and the next ones.
    assert!(checked(accent("#707070", "#7e7e7e")).is_ok());
    assert_eq!(faint(accent("#717171", "#7d7d7d")), ["/accent/light", "/accent/dark"]);
}

#[test]
fn plt_11_its_texts_are_in_its_languages() {
    let faults = |profile| match checked(profile) {
        Err(Refusal::Impossible { faults }) => faults,
        other => panic!("{other:?}"),
    };
    let twice = Profile { languages: vec![Language::De, Language::De], ..salon() };
    assert_eq!(faults(twice)[0].pointer, "/languages");
    let none = Profile { languages: vec![], ..salon() };
    let pointers: Vec<_> = faults(none).into_iter().map(|fault| fault.pointer).collect();
    assert_eq!(pointers, ["/languages", "/texts"]);
}

#[test]
fn times_are_told_in_its_zone() {
    assert_eq!(Business::default().zone(), Tz::UTC);
    let business = Business::default().evolve(Event::SetUp(salon()));
    assert_eq!(business.zone(), Tz::Europe__Berlin);
}

fn set_up() -> crate::spec::Given<Business> {
    Business::given([Event::SetUp(salon())])
}

fn salon() -> Profile {
    let profile = json!({
        "name": "Salon Vera",
        "slug": "salon-vera",
        "zone": "Europe/Berlin",
        "currency": "EUR",
        "languages": ["de", "en"],
        "accent": { "light": "#0e5c56", "dark": "#4fc3b3" },
        "hours": [{ "day": "Tue", "from": "09:00:00", "until": "18:00:00" }],
        "texts": { "de": { "about": "Seit 1998." } },
    });
    serde_json::from_value(profile).unwrap()
}
