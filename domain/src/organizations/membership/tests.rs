use uuid::Uuid;

use super::*;
use crate::spec::Spec;

#[test]
fn a_client_becomes_a_member_once_and_again_after_he_was_removed() {
    let join = || Command::Join { cabinet: cabinet(), user: user(), grant: USER };
    given([]).knowing(open()).when(join()).then([joined(USER)]);
    given([joined(USER), Event::Removed {}]).knowing(open()).when(join()).then([joined(USER)]);
    given([joined(USER)]).knowing(open()).when(join()).then([]);
    let staff = Facts { is_client: false, ..open() };
    given([]).knowing(staff).when(join()).refused(Refusal::UnknownUser);
    given([]).when(join()).refused(Refusal::UnknownCabinet);
}

#[test]
fn a_membership_is_named_after_cabinet_and_user() {
    let expected = MembershipId::of(cabinet(), user());
    Membership::given([])
        .knowing(open())
        .when(Command::Join { cabinet: cabinet(), user: user(), grant: USER })
        .refused(Refusal::MisnamedMembership { expected });
}

#[test]
fn org_3_the_last_administrator_stays() {
    let alone = || given([joined(ADMIN)]).knowing(open());
    alone().when(Command::Remove {}).refused(Refusal::LastAdministrator);
    alone().when(Command::Change { grant: USER }).refused(Refusal::LastAdministrator);

    for facts in [
        Facts { other_administrators: 1, ..open() },
        Facts { vendor_managed: true, ..open() },
        Facts { cabinet: Some(Standing::Closed), ..open() },
    ] {
        given([joined(ADMIN)]).knowing(facts).when(Command::Remove {}).then([Event::Removed {}]);
    }
    let nearer = Grant { reach: Reach::Cabinet, ..ADMIN };
    alone().when(Command::Change { grant: nearer }).then([Event::Changed { grant: nearer }]);
}

#[test]
fn org_3_administrators_of_a_cabinet_can_be_told() {
    let of = |history: &[Event]| given(history.iter().cloned()).claims();
    assert_eq!(of(&[joined(ADMIN)]), [Claim::in_set(administrators(cabinet()))]);
    assert_eq!(of(&[joined(USER)]), []);
    assert_eq!(of(&[joined(ADMIN), Event::Removed {}]), []);
}

#[test]
fn org_4_nobody_grants_more_than_he_has() {
    let by = |role, reach| Actor { reach, ..Actor::new(Uuid::from_u128(9), role) };
    let near = Grant { reach: Reach::Cabinet, ..ADMIN };
    let cases = [
        (by(Role::ClientAdmin, Reach::Cabinet), near, true),
        (by(Role::ClientAdmin, Reach::Cabinet), ADMIN, false),
        (by(Role::ClientUser, Reach::Subtree), USER, true),
        (by(Role::ClientUser, Reach::Subtree), near, false),
        (by(Role::Employee, Reach::Own), ADMIN, true),
    ];
    for (actor, grant, may) in cases {
        assert_eq!(grant.is_within(&actor), may, "{actor:?} {grant:?}");
        let join = Command::Join { cabinet: cabinet(), user: user(), grant };
        let attempt = given([]).knowing(open()).by(actor.clone()).when(join);
        if may {
            attempt.then([joined(grant)]);
        } else {
            attempt.refused(Refusal::AboveOwn);
        }
    }
    // What he could not grant he can neither change nor take away.
    given([joined(ADMIN)])
        .knowing(Facts { other_administrators: 1, ..open() })
        .by(by(Role::ClientAdmin, Reach::Cabinet))
        .when(Command::Remove {})
        .refused(Refusal::AboveOwn);
}

#[test]
fn org_9_a_suspended_cabinet_takes_no_members_by_itself() {
    let facts = || Facts { cabinet: Some(Standing::Suspended), ..open() };
    let join = || Command::Join { cabinet: cabinet(), user: user(), grant: USER };
    let admin =
        Actor { reach: Reach::Subtree, ..Actor::new(Uuid::from_u128(9), Role::ClientAdmin) };
    given([]).knowing(facts()).by(admin).when(join()).refused(Refusal::CabinetSuspended);
    given([]).knowing(facts()).when(join()).then([joined(USER)]);
    let closed = Facts { cabinet: Some(Standing::Closed), ..open() };
    given([]).knowing(closed).when(join()).refused(Refusal::CabinetClosed);
}

const USER: Grant = Grant { role: Rank::ClientUser, reach: Reach::Cabinet };
const ADMIN: Grant = Grant { role: Rank::ClientAdmin, reach: Reach::Subtree };

/// A membership under the id that it must have.
fn given(history: impl IntoIterator<Item = Event>) -> crate::spec::Given<Membership> {
    Membership::given(history).named(MembershipId::of(cabinet(), user()))
}

fn joined(grant: Grant) -> Event {
    Event::Joined { cabinet: cabinet(), user: user(), grant }
}

fn open() -> Facts {
    Facts { cabinet: Some(Standing::Active), is_client: true, ..Facts::default() }
}

fn cabinet() -> CabinetId {
    Uuid::from_u128(7).into()
}

fn user() -> UserId {
    Uuid::from_u128(8).into()
}
