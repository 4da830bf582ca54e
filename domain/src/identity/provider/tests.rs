//! The specification of sign-in providers.

use uuid::Uuid;

use super::*;
use crate::spec::{SELF, Spec};

#[test]
fn an_organisation_gets_a_provider_of_its_own() {
    Provider::given([]).when(register()).refused(Refusal::UnknownCabinet);
    Provider::given([])
        .knowing(exists())
        .when(register())
        .then([registered(), Event::SecretChanged { secret: secret("old") }]);
    Provider::given([registered()]).when(register()).refused(Refusal::AlreadyRegistered);
    Provider::given([]).when(Command::Disable {}).refused(Refusal::Unregistered);
}

#[test]
fn iam_11_the_people_of_a_domain_are_sent_to_one_provider() {
    let claim = Claim::unique(SIGN_IN_DOMAIN_CLAIM, "example.org", "IAM-11");
    assert_eq!(Provider::given([registered()]).claims(), [claim]);
    assert_eq!(Provider::given([registered(), Event::Disabled {}]).claims(), []);
    assert_eq!(EmailDomain::of_address("Anna@EXAMPLE.org"), "example.org".parse().ok());
}

#[test]
fn settings_and_secret_change() {
    let settings = Settings { name: "Acme two".parse().unwrap(), ..settings() };
    Provider::given([registered()])
        .when(Command::Change { settings: settings.clone() })
        .then([Event::Changed { settings }]);
    Provider::given([registered()])
        .when(Command::ChangeSecret { client_secret: "new".parse().unwrap() })
        .then([Event::SecretChanged { secret: secret("new") }]);
    Provider::given([registered(), Event::SecretChanged { secret: secret("old") }])
        .when(Command::ChangeSecret { client_secret: "old".parse().unwrap() })
        .then([]);
}

#[test]
fn a_disabled_provider_can_be_enabled_again() {
    Provider::given([registered()]).when(Command::Disable {}).then([Event::Disabled {}]);
    Provider::given([registered(), Event::Disabled {}])
        .when(Command::Enable {})
        .then([Event::Enabled {}]);
}

#[test]
fn an_issuer_is_an_address_and_nothing_more() {
    assert!("https://login.example.org/tenant".parse::<Issuer>().is_ok());
    for bad in ["login.example.org", "https://x.org?a", "https://x.org#a", "file:///etc"] {
        assert!(bad.parse::<Issuer>().is_err(), "{bad}");
    }
}

fn settings() -> Settings {
    Settings {
        name: "Acme".parse().unwrap(),
        domain: "example.org".parse().unwrap(),
        issuer: "https://login.example.org".parse().unwrap(),
        client_id: "servicebook".parse().unwrap(),
    }
}

fn cabinet() -> CabinetId {
    Uuid::from_u128(7).into()
}

fn register() -> Command {
    let client_secret = Some("old".parse().unwrap());
    Command::Register { cabinet: cabinet(), settings: settings(), client_secret }
}

fn registered() -> Event {
    Event::Registered { cabinet: cabinet(), settings: settings() }
}

fn secret(text: &str) -> Personal<Text<500>> {
    Personal::sealed(SELF, text.parse().unwrap())
}

fn exists() -> Facts {
    Facts { cabinet_exists: true }
}
