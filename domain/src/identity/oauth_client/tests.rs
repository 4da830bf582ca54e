//! Specification of OAuth clients.

use super::*;
use crate::spec::Spec;

#[test]
fn an_application_is_registered_with_all_that_it_may_ask_for() {
    let secret = Some(secret('1'));
    OAuthClient::given([])
        .when(register(Kind::Confidential, web(), secret.clone()))
        .then([registered(), Event::SecretRotated { secret: self::secret('1') }]);
    OAuthClient::given([registered()])
        .when(register(Kind::Confidential, web(), secret))
        .refused(Refusal::AlreadyRegistered);
    OAuthClient::given([]).when(Command::Disable {}).refused(Refusal::Unregistered);
}

#[test]
fn who_can_keep_no_secret_gets_none_and_everybody_else_must() {
    let refused = |kind, details, secret| {
        OAuthClient::given([]).when(register(kind, details, secret)).refused(Refusal::UnfitSecret);
    };
    refused(Kind::Public, web(), Some(secret('1')));
    refused(Kind::Confidential, web(), None);
    refused(Kind::Service { role: Role::Analyst }, service(), None);
    let public = Event::Registered { kind: Kind::Public, details: web() };
    OAuthClient::given([public])
        .when(Command::RotateSecret { secret: secret('2') })
        .refused(Refusal::UnfitSecret);
}

#[test]
fn a_service_acts_for_itself_and_never_as_an_administrator() {
    let secret = Some(secret('1'));
    let kind = Kind::Service { role: Role::PurchaseSystem };
    OAuthClient::given([]).when(register(kind, service(), secret.clone())).then([
        Event::Registered { kind, details: service() },
        Event::SecretRotated { secret: self::secret('1') },
    ]);
    OAuthClient::given([])
        .when(register(kind, web(), secret.clone()))
        .refused(Refusal::NobodyToSendBack);
    for role in [Role::Admin, Role::System, Role::Guest, Role::ClientAdmin] {
        OAuthClient::given([])
            .when(register(Kind::Service { role }, service(), secret.clone()))
            .refused(Refusal::NoRoleForServices { role });
    }
}

#[test]
fn who_acts_for_people_says_where_they_are_sent_back() {
    let secret = Some(secret('1'));
    let no_redirect_uri = Details { redirect_uris: BTreeSet::new(), ..web() };
    OAuthClient::given([])
        .when(register(Kind::Public, no_redirect_uri, None))
        .refused(Refusal::NoRedirectUri);
    let uri: RedirectUri = "com.example.app:/back".parse().unwrap();
    let device = Details { redirect_uris: [uri.clone()].into(), ..web() };
    OAuthClient::given([])
        .when(register(Kind::Confidential, device.clone(), secret))
        .refused(Refusal::OnlyForPublic { uri });
    let registered = Event::Registered { kind: Kind::Public, details: device.clone() };
    OAuthClient::given([]).when(register(Kind::Public, device, None)).then([registered]);
}

#[test]
fn what_may_be_asked_for_changes_as_a_whole() {
    let less = Details { permissions: [Permission::OpenId].into(), ..web() };
    OAuthClient::given([registered()])
        .when(Command::Change { details: less.clone() })
        .then([Event::Changed { details: less }]);
    OAuthClient::given([registered()]).when(Command::Change { details: web() }).then([]);
    let nothing = Details { permissions: BTreeSet::new(), ..web() };
    OAuthClient::given([registered()])
        .when(Command::Change { details: nothing })
        .refused(Refusal::NothingPermitted);
}

#[test]
fn a_new_secret_replaces_the_old_one() {
    let rotated = Event::SecretRotated { secret: secret('2') };
    OAuthClient::given([registered()])
        .when(Command::RotateSecret { secret: secret('2') })
        .then([rotated.clone()]);
    OAuthClient::given([registered(), rotated])
        .when(Command::RotateSecret { secret: secret('2') })
        .then([]);
}

#[test]
fn a_disabled_application_can_be_enabled_again() {
    OAuthClient::given([registered()]).when(Command::Enable {}).then([]);
    OAuthClient::given([registered()]).when(Command::Disable {}).then([Event::Disabled {}]);
    OAuthClient::given([registered(), Event::Disabled {}])
        .when(Command::Enable {})
        .then([Event::Enabled {}]);
}

#[test]
fn only_public_applications_choose_the_port_they_come_back_on() {
    let back = |kind: Kind| {
        let uri: RedirectUri = "http://127.0.0.1/back".parse().unwrap();
        let details = Details { redirect_uris: [uri].into(), ..web() };
        let registered = Registered { kind, details, secret: None, enabled: true };
        registered.redirects_to("http://127.0.0.1:4000/back")
    };
    assert!(back(Kind::Public));
    assert!(!back(Kind::Confidential));
}

fn web() -> Details {
    Details {
        name: "Planner".parse().unwrap(),
        redirect_uris: ["https://planner.example.org/back".parse().unwrap()].into(),
        post_logout_redirect_uris: ["https://planner.example.org/".parse().unwrap()].into(),
        permissions: [Permission::OpenId, Permission::Email, Permission::Read].into(),
        first_party: false,
    }
}

fn service() -> Details {
    Details {
        redirect_uris: BTreeSet::new(),
        post_logout_redirect_uris: BTreeSet::new(),
        permissions: [Permission::Api].into(),
        ..web()
    }
}

fn register(kind: Kind, details: Details, secret: Option<KeyHash>) -> Command {
    Command::Register { kind, details, secret }
}

fn registered() -> Event {
    Event::Registered { kind: Kind::Confidential, details: web() }
}

fn secret(digit: char) -> KeyHash {
    digit.to_string().repeat(64).try_into().unwrap()
}
