//! Specification of users.

mod factors;

use uuid::Uuid;

use super::*;
use crate::{
    access::Actor,
    spec::{SELF, Spec},
};

#[test]
fn a_user_is_registered_with_all_that_belongs_to_them() {
    let new = Registration {
        password: Some(hash("1")),
        membership: Some(member(7)),
        customer: Some(customer()),
        ..anna()
    };
    let linked = || Command::Register(new.clone());
    User::given([]).when(linked()).refused(Refusal::NoSuchCustomer);
    let facts = Facts { customer_active: true, ..Facts::default() };
    User::given([]).knowing(facts).when(linked()).then([
        registered("anna@example.org"),
        Event::RoleGranted { role: Role::ClientUser },
        password("1"),
        Event::JoinedCabinet(member(7)),
        Event::LinkedToCustomer { customer: customer() },
    ]);
}

#[test]
fn a_user_is_registered_once() {
    User::given([registered("anna@example.org")])
        .when(Command::Register(anna()))
        .refused(Refusal::AlreadyRegistered);
    User::given([]).when(Command::Lock {}).refused(Refusal::Unregistered);
}

#[test]
fn iam_1_one_mailbox_is_one_account_however_it_is_spelled() {
    let claims = |email| User::given([registered(email)]).claims();

    assert_eq!(claims("anna@example.org"), claims("Anna@EXAMPLE.org"));
    // The same letter, written as one character and as two.
    assert_eq!(claims("j\u{fc}rgen@example.org"), claims("Ju\u{308}rgen@example.org"));
    assert_ne!(claims("anna@example.org"), claims("otto@example.org"));
    assert_eq!(claims("anna@example.org")[0].rule, "IAM-1");
}

#[test]
fn iam_1_a_deactivated_user_gives_the_mailbox_back() {
    let deactivated = || user().into_iter().chain([Event::Deactivated {}]);
    assert_eq!(User::given(deactivated()).claims(), []);
    assert_ne!(User::given(deactivated().chain([Event::Reactivated {}])).claims(), []);
}

#[test]
fn guests_and_the_system_do_not_sign_in() {
    for role in [Role::Guest, Role::System] {
        let refusal = Refusal::NoRoleForUsers { role };
        User::given([])
            .when(Command::Register(Registration { role, ..anna() }))
            .refused(refusal.clone());
        User::given(user()).when(Command::GrantRole { role }).refused(refusal);
    }
    User::given(user())
        .when(Command::GrantRole { role: Role::Employee })
        .then([Event::RoleGranted { role: Role::Employee }]);
}

#[test]
fn iam_7_the_last_administrator_is_neither_deactivated_nor_demoted_nor_locked() {
    let admin = || user().into_iter().chain([Event::RoleGranted { role: Role::Admin }]);
    let another_administrator = || Facts { other_administrators: 1, ..Facts::default() };
    let demote = || Command::GrantRole { role: Role::Employee };
    User::given(admin()).when(Command::Deactivate {}).refused(Refusal::LastAdministrator);
    User::given(admin()).when(demote()).refused(Refusal::LastAdministrator);
    User::given(admin()).when(Command::Lock {}).refused(Refusal::LastAdministrator);
    User::given(admin())
        .knowing(another_administrator())
        .when(Command::Lock {})
        .then([Event::Locked {}]);
    User::given(admin().chain([Event::Locked {}])).when(Command::Lock {}).then([]);
    User::given(admin())
        .knowing(another_administrator())
        .when(Command::Deactivate {})
        .then([Event::Deactivated {}]);
    User::given(admin())
        .knowing(another_administrator())
        .when(demote())
        .then([Event::RoleGranted { role: Role::Employee }]);
    let set = Claim::set_member(ADMINISTRATORS_SET.into());
    assert!(User::given(admin()).claims().contains(&set));
    assert!(!User::given(user()).claims().contains(&set));
}

#[test]
fn org_8_a_user_acts_in_a_cabinet_of_which_they_are_a_member() {
    let cabinet = member(7).cabinet;
    User::given(user()).when(Command::ChooseCabinet { cabinet }).refused(Refusal::NoMember);
    User::given(user())
        .knowing(Facts { is_member: true, ..Facts::default() })
        .when(Command::ChooseCabinet { cabinet })
        .then([Event::CabinetChosen { cabinet }]);
}

#[test]
fn who_names_no_zone_is_told_times_in_that_of_the_business() {
    let in_zone = |zone| Event::Registered {
        email: Personal::sealed(SELF, "anna@example.org".parse().unwrap()),
        name: name(),
        language: Language::En,
        zone,
    };
    let granted = || Event::RoleGranted { role: Role::ClientUser };
    let given = || User::given([]).knowing(Facts { zone: Tz::Europe__Berlin, ..Facts::default() });
    given().when(Command::Register(anna())).then([in_zone(Tz::Europe__Berlin), granted()]);
    let elsewhere = Registration { zone: Some(Tz::Asia__Tokyo), ..anna() };
    given().when(Command::Register(elsewhere)).then([in_zone(Tz::Asia__Tokyo), granted()]);
}

#[test]
fn a_profile_changes_field_by_field() {
    let profile = Profile { language: Some(Language::De), ..Profile::default() };
    User::given(user()).when(Command::ChangeProfile(profile)).then([Event::ProfileChanged {
        name: name(),
        language: Language::De,
        zone: Tz::UTC,
    }]);
    User::given(user()).when(Command::ChangeProfile(Profile::default())).then([]);
}

#[test]
fn pur_6_a_purchase_system_does_not_say_itself_what_it_is_called() {
    let by = |role| Actor::new(SELF, role);
    let profile = || Profile { name: Some("webshop".parse().unwrap()), ..Profile::default() };
    let rename = |role| User::given(user()).by(by(role)).when(Command::ChangeProfile(profile()));
    rename(Role::PurchaseSystem).refused(Refusal::NameGiven);
    let language = Profile { language: Some(Language::De), ..Profile::default() };
    let changed = Event::ProfileChanged { name: name(), language: Language::De, zone: Tz::UTC };
    let change = Command::ChangeProfile(language);
    User::given(user()).by(by(Role::PurchaseSystem)).when(change).then([changed]);
}

#[test]
fn a_password_is_known_only_as_its_hash_and_never_shown() {
    User::given(user()).when(Command::ChangePassword { password: hash("2") }).then([password("2")]);
    assert!(PasswordHash::try_from("correct horse".to_owned()).is_err());
    assert!(!format!("{:?}", password("2")).contains("v=19"));
}

#[test]
fn what_a_user_was_registered_for_is_known_until_they_left_it() {
    let home = |after: &[Event]| {
        let events = user().into_iter().chain([Event::JoinedCabinet(member(7))]);
        let user = events.chain(after.iter().cloned()).fold(User::default(), User::evolve);
        user.account().and_then(|account| account.membership)
    };
    assert_eq!(home(&[]), Some(member(7)));
    assert_eq!(home(&[Event::JoinedCabinet(member(8))]), Some(member(8)));
    assert_eq!(home(&[Event::LeftCabinet {}]), None);
}

#[test]
fn nothing_is_done_to_a_deactivated_user_until_they_are_back() {
    let deactivated = || user().into_iter().chain([Event::Deactivated {}]);

    User::given(user()).when(Command::Deactivate {}).then([Event::Deactivated {}]);
    User::given(deactivated()).when(Command::Unlock {}).refused(Refusal::Deactivated);
    User::given(deactivated())
        .when(Command::ChangePassword { password: hash("2") })
        .refused(Refusal::Deactivated);
    User::given(deactivated()).when(Command::Reactivate {}).then([Event::Reactivated {}]);
}

#[test]
fn a_locked_user_can_be_let_in_again() {
    User::given(user()).when(Command::Lock {}).then([Event::Locked {}]);
    User::given(user().into_iter().chain([Event::Locked {}]))
        .when(Command::Unlock {})
        .then([Event::Unlocked {}]);
    User::given(user()).when(Command::Unlock {}).then([]);
}

#[test]
fn a_lock_outlasts_verification_and_deactivation_and_neither_undoes_the_other() {
    let standing = |events: &[Event]| {
        let events = user().into_iter().chain(events.iter().cloned());
        events.fold(User::default(), User::evolve).account().unwrap().status()
    };
    let (signed_up, verified) = (Event::SignedUp {}, Event::EmailVerified {});
    let (locked, unlocked) = (Event::Locked {}, Event::Unlocked {});
    let (deactivated, back) = (Event::Deactivated {}, Event::Reactivated {});
    let given = |events: &[Event]| User::given(user().into_iter().chain(events.to_vec()));
    given(std::slice::from_ref(&signed_up)).when(Command::Lock {}).then([locked.clone()]);
    for (events, expected) in [
        (vec![&signed_up, &locked], AccountStatus::Locked),
        (vec![&signed_up, &locked, &verified], AccountStatus::Locked),
        (vec![&signed_up, &locked, &verified, &unlocked], AccountStatus::Active),
        (vec![&signed_up, &locked, &unlocked], AccountStatus::Unverified),
        (vec![&locked, &deactivated], AccountStatus::Deactivated),
        (vec![&locked, &deactivated, &back], AccountStatus::Locked),
        (vec![&signed_up, &deactivated, &back], AccountStatus::Unverified),
        (vec![&deactivated, &back], AccountStatus::Active),
    ] {
        let events: Vec<_> = events.into_iter().cloned().collect();
        assert_eq!(standing(&events), expected, "{events:?}");
    }
}

fn anna() -> Registration {
    Registration {
        email: "anna@example.org".parse().unwrap(),
        name: "Anna".parse().unwrap(),
        language: Language::En,
        zone: None,
        password: None,
        role: Role::ClientUser,
        membership: None,
        customer: None,
    }
}

fn user() -> [Event; 3] {
    let granted = Event::RoleGranted { role: Role::ClientUser };
    [registered("anna@example.org"), granted, password("1")]
}

fn registered(email: &str) -> Event {
    let email = Personal::sealed(SELF, email.parse().unwrap());
    Event::Registered { email, name: name(), language: Language::En, zone: Tz::UTC }
}

fn name() -> Personal<Text<200>> {
    Personal::sealed(SELF, "Anna".parse().unwrap())
}

fn password(salt: &str) -> Event {
    Event::PasswordChanged { password: Personal::sealed(SELF, hash(salt)) }
}

fn hash(salt: &str) -> PasswordHash {
    format!("$argon2id$v=19$m=8,t=1,p=1${salt}$x").try_into().unwrap()
}

fn member(cabinet: u128) -> HomeCabinet {
    HomeCabinet { cabinet: Uuid::from_u128(cabinet).into(), reach: Reach::Cabinet }
}

fn customer() -> CustomerId {
    Uuid::from_u128(9).into()
}
