//! Specification of links, authenticator apps, recovery codes and passkeys.

use chrono::TimeDelta;

use super::*;
use crate::{access::Actor, spec::now};

#[test]
fn who_signs_up_is_a_client_with_an_unverified_address() {
    let sign_up = SignUp {
        email: "anna@example.org".parse().unwrap(),
        name: "Anna".parse().unwrap(),
        language: Language::En,
        zone: None,
    };
    User::given([]).when(Command::SignUp(sign_up)).then(signed_up());
    let user = signed_up().into_iter().fold(User::default(), User::evolve);
    assert_eq!(user.account().unwrap().status(), AccountStatus::Unverified);
}

#[test]
fn iam_9_a_link_is_good_once_for_its_purpose_and_not_for_long() {
    let link = Link { purpose: Purpose::Verification, nonce: nonce(1), until: tomorrow() };
    let request = Command::RequestLink { purpose: Purpose::Verification, nonce: nonce(1) };
    User::given(signed_up()).when(request).then([Event::LinkRequested(link)]);

    let sent = || signed_up().into_iter().chain([Event::LinkRequested(link)]);
    let follow = |purpose, nonce| Command::FollowLink { purpose, nonce, password: hash("2") };
    let good = || follow(Purpose::Verification, nonce(1));
    User::given(sent()).when(good()).then([Event::EmailVerified {}, password("2")]);
    for (given, command, at) in [
        (User::given(sent()), follow(Purpose::PasswordReset, nonce(1)), now()),
        (User::given(sent()), follow(Purpose::Verification, nonce(2)), now()),
        (User::given(sent()), good(), tomorrow()),
        (User::given(sent().chain([password("2")])), good(), now()),
        (User::given(signed_up()), good(), now()),
    ] {
        given.at(at).when(command).refused(Refusal::LinkSpent);
    }
}

#[test]
fn nobody_is_sent_two_links_within_a_minute() {
    let reset =
        |number| Command::RequestLink { purpose: Purpose::PasswordReset, nonce: nonce(number) };
    let until = now() + TimeDelta::minutes(30);
    let link = Link { purpose: Purpose::PasswordReset, nonce: nonce(1), until };
    let sent = || user().into_iter().chain([Event::LinkRequested(link)]);
    User::given(sent()).at(now() + TimeDelta::seconds(59)).when(reset(2)).then([]);

    let later = now() + TimeDelta::minutes(1);
    let until = later + TimeDelta::minutes(30);
    let second = Link { purpose: Purpose::PasswordReset, nonce: nonce(2), until };
    User::given(sent()).at(later).when(reset(2)).then([Event::LinkRequested(second)]);
}

#[test]
fn iam_9_an_address_is_changed_by_the_link_that_was_sent_there_and_once() {
    let email = |text: &str| text.parse::<Email>().unwrap();
    let request = |text: &str, number| Command::RequestEmailChange {
        email: email(text),
        nonce: nonce(number),
    };
    let requested = |text: &str, number| {
        let link = Link { purpose: Purpose::EmailChange, nonce: nonce(number), until: tomorrow() };
        Event::EmailChangeRequested { email: Personal::sealed(SELF, email(text)), link }
    };
    let changed = |text: &str| Event::EmailChanged { email: Personal::sealed(SELF, email(text)) };
    User::given(user()).when(request("new@example.org", 1)).then([requested("new@example.org", 1)]);

    let sent = || user().into_iter().chain([requested("new@example.org", 1)]);
    // The same one again is not asked for twice within a minute; a misspelt one is put right.
    User::given(sent()).when(request("new@example.org", 2)).then([]);
    User::given(sent())
        .when(request("newer@example.org", 2))
        .then([requested("newer@example.org", 2)]);

    let confirm = |number| Command::ChangeEmail { nonce: nonce(number) };
    User::given(sent()).when(confirm(1)).then([changed("new@example.org")]);
    let reset = Link { purpose: Purpose::PasswordReset, nonce: nonce(3), until: tomorrow() };
    for (given, command, at) in [
        (User::given(sent()), confirm(2), now()),
        (User::given(sent()), confirm(1), tomorrow()),
        (User::given(sent().chain([Event::LinkRequested(reset)])), confirm(1), now()),
        (User::given(sent().chain([Event::LinkRequested(reset)])), confirm(3), now()),
        (User::given(sent().chain([changed("new@example.org")])), confirm(1), now()),
        (User::given(user()), confirm(1), now()),
    ] {
        given.at(at).when(command).refused(Refusal::LinkSpent);
    }
    let user = sent().chain([changed("new@example.org")]).fold(User::default(), User::evolve);
    assert_eq!(
        user.claims(),
        [Claim::unique(MAILBOX_CLAIM, email("new@example.org").normalized(), "IAM-1")]
    );
}

#[test]
fn iam_6_what_ends_all_sessions_says_so() {
    let everywhere = Event::SignedOutEverywhere { at: now() };
    User::given(user()).when(Command::SignOutEverywhere {}).then([everywhere.clone()]);
    let ends = [everywhere, password("2"), Event::TotpEnabled {}, Event::SecondFactorReset {}];
    for event in ends.into_iter().chain([Event::Locked {}, Event::Deactivated {}]) {
        assert!(event.ends_sessions(), "{event:?}");
    }
    assert!(!Event::Unlocked {}.ends_sessions());
}

#[test]
fn codes_of_an_app_are_asked_for_once_one_was_shown() {
    let enable = |step| Command::EnableTotp { step, recovery: vec!["a".into()] };
    User::given(user()).when(enable(7)).refused(Refusal::NoTotp);
    let enrolled = || user().into_iter().chain([enrolled("s")]);
    User::given(enrolled()).when(enable(7)).then(enabled(7));

    let with_totp = || enrolled().chain(enabled(7));
    let other = Command::EnrollTotp { secret: Secret::new("t") };
    User::given(with_totp()).when(other).refused(Refusal::TotpEnabled);
    User::given(with_totp()).when(Command::DisableTotp {}).then([Event::TotpDisabled {}]);
}

#[test]
fn a_recovery_code_is_good_once() {
    let with_totp = || user().into_iter().chain([enrolled("s")]).chain(enabled(7));
    let code = |digest: &str| Command::UseRecoveryCode { digest: digest.into() };
    let used = Event::RecoveryCodeUsed { digest: "a".into() };
    User::given(with_totp()).when(code("a")).then([used.clone()]);
    User::given(with_totp().chain([used])).when(code("a")).refused(Refusal::CodeSpent);
    User::given(with_totp()).when(code("b")).refused(Refusal::CodeSpent);
    let anew = Command::RegenerateRecoveryCodes { recovery: vec!["c".into()] };
    User::given(user()).when(anew.clone()).refused(Refusal::NoTotp);
    User::given(with_totp())
        .when(anew)
        .then([Event::RecoveryCodesRegenerated { digests: vec!["c".into()] }]);
}

#[test]
fn a_passkey_is_enrolled_used_and_removed() {
    let key = || "key".to_owned();
    let passkey =
        Passkey { key: key(), name: "Phone".parse().unwrap(), credential: Secret::new("1") };
    let credential = |secret: &str| Personal::sealed(SELF, Secret::new(secret));
    let name = Personal::sealed(SELF, "Phone".parse().unwrap());
    let enrolled = Event::PasskeyEnrolled { key: key(), name, credential: credential("1") };
    User::given(user()).when(Command::EnrollPasskey(passkey)).then([enrolled.clone()]);

    let with_passkey = || user().into_iter().chain([enrolled.clone()]);
    let uses = |secret: &str| Command::UsePasskey { key: key(), credential: Secret::new(secret) };
    User::given(with_passkey()).when(uses("1")).then([]);
    User::given(with_passkey())
        .when(uses("2"))
        .then([Event::PasskeyUsed { key: key(), credential: credential("2") }]);
    User::given(user()).when(uses("1")).refused(Refusal::NoPasskey);
    User::given(with_passkey())
        .when(Command::RemovePasskey { key: key() })
        .then([Event::PasskeyRemoved { key: key() }]);
}

#[test]
fn iam_12_somebody_else_resets_a_second_factor_that_was_lost_but_not_that_of_a_user_with_more_rights()
 {
    let with_totp = || user().into_iter().chain([enrolled("s")]).chain(enabled(7));
    let reset = || Command::ResetSecondFactor {};
    User::given(with_totp()).when(reset()).then([Event::SecondFactorReset {}]);
    User::given(user()).when(reset()).then([]);
    let themselves = Actor::new(SELF, Role::Admin);
    User::given(with_totp()).by(themselves).when(reset()).refused(Refusal::OwnFactor);
    let outranks = Facts { outranks: true, ..Facts::default() };
    User::given(with_totp()).knowing(outranks).when(reset()).refused(Refusal::Outranked);

    let user = with_totp().chain([Event::SecondFactorReset {}]).fold(User::default(), User::evolve);
    assert_eq!(
        user.account().unwrap().factors,
        SignInFactors::default(),
        "recovery codes go with it"
    );
}

#[test]
fn credentials_are_secret() {
    assert!(password("1").contains_secret() && enrolled("s").contains_secret());
    assert!(!format!("{:?}", enrolled("hidden")).contains("hidden"));
    assert!(!Event::TotpEnabled {}.contains_secret());
}

fn signed_up() -> [Event; 3] {
    let granted = Event::RoleGranted { role: Role::ClientUser };
    [registered("anna@example.org"), granted, Event::SignedUp {}]
}

fn enrolled(secret: &str) -> Event {
    Event::TotpEnrolled { secret: Personal::sealed(SELF, Secret::new(secret)) }
}

fn enabled(step: u64) -> [Event; 3] {
    let recovery = Event::RecoveryCodesRegenerated { digests: vec!["a".into()] };
    [Event::TotpEnabled {}, Event::TotpUsed { step }, recovery]
}

fn nonce(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn tomorrow() -> DateTime<Utc> {
    now() + TimeDelta::hours(24)
}
