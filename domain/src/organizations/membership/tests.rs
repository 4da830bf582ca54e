//! Specification of memberships.

use uuid::Uuid;

use super::*;
use crate::spec::Spec;

#[test]
fn a_client_becomes_a_member_once_and_again_after_they_were_removed() {
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
    let expected = MembershipId::in_cabinet_of_user(cabinet(), user());
    Membership::given([])
        .knowing(open())
        .when(Command::Join { cabinet: cabinet(), user: user(), grant: USER })
        .refused(Refusal::MisnamedMembership { expected });
}

#[test]
fn org_3_the_last_administrator_stays() {
    let only_administrator = || given([joined(ADMIN)]).knowing(open());
    only_administrator().when(Command::Remove {}).refused(Refusal::LastAdministrator);
    only_administrator().when(Command::Leave {}).refused(Refusal::LastAdministrator);
    let role = Some(Rank::ClientUser);
    let demote = Command::Change { role, reach: None };
    only_administrator().when(demote).refused(Refusal::LastAdministrator);

    for facts in [
        Facts { other_administrators: 1, ..open() },
        Facts { vendor_managed: true, ..open() },
        Facts { cabinet: Some(CabinetStatus::Closed), ..open() },
    ] {
        given([joined(ADMIN)]).knowing(facts).when(Command::Remove {}).then([Event::Removed {}]);
    }
    let nearer = Grant { reach: Reach::Cabinet, ..ADMIN };
    let change = Command::Change { role: None, reach: Some(Reach::Cabinet) };
    only_administrator().when(change).then([Event::Changed { grant: nearer }]);
}

#[test]
fn org_3_administrators_of_a_cabinet_can_be_told() {
    let of = |history: &[Event]| given(history.iter().cloned()).claims();
    let member = || Claim::set_member(memberships_set(user()));
    assert_eq!(of(&[joined(ADMIN)]), [Claim::set_member(administrators_set(cabinet())), member()]);
    assert_eq!(of(&[joined(USER)]), [member()]);
    assert_eq!(of(&[joined(ADMIN), Event::Removed {}]), []);
}

#[test]
fn org_4_nobody_grants_more_than_they_have() {
    let by = |role, reach| Actor { reach, ..Actor::new(Uuid::from_u128(9), role) };
    let near = Grant { reach: Reach::Cabinet, ..ADMIN };
    let cases = [
        (by(Role::ClientAdmin, Reach::Cabinet), near, true),
        (by(Role::ClientAdmin, Reach::Cabinet), ADMIN, false),
        (by(Role::ClientUser, Reach::Subtree), USER, true),
        (by(Role::ClientUser, Reach::Subtree), near, false),
        (by(Role::Employee, Reach::Own), ADMIN, true),
    ];
    for (actor, grant, permitted) in cases {
        assert_eq!(grant.is_within(&actor), permitted, "{actor:?} {grant:?}");
        let join = Command::Join { cabinet: cabinet(), user: user(), grant };
        let facts = Facts { within_reach: true, ..open() };
        let attempt = given([]).knowing(facts).by(actor.clone()).when(join);
        if permitted {
            attempt.then([joined(grant)]);
        } else {
            attempt.refused(Refusal::AboveOwn);
        }
    }
    // What they could not grant they can neither change nor take away; but anybody may leave.
    let facts = || Facts { other_administrators: 1, ..open() };
    given([joined(ADMIN)])
        .knowing(facts())
        .by(by(Role::ClientAdmin, Reach::Cabinet))
        .when(Command::Remove {})
        .refused(Refusal::AboveOwn);
    given([joined(ADMIN)])
        .knowing(facts())
        .by(by(Role::ClientUser, Reach::Own))
        .when(Command::Leave {})
        .then([Event::Removed {}]);
    given([]).when(Command::Leave {}).refused(Refusal::NoMember);
}

#[test]
fn clients_make_nobody_a_member_who_is_not_among_them() {
    let admin =
        Actor { reach: Reach::Subtree, ..Actor::new(Uuid::from_u128(9), Role::ClientAdmin) };
    let join = || Command::Join { cabinet: cabinet(), user: user(), grant: USER };
    let among = |within_reach, is_client| Facts { is_client, within_reach, ..open() };
    // Whether there is such a user makes no difference.
    for is_client in [true, false] {
        let attempt = given([]).knowing(among(false, is_client)).by(admin.clone()).when(join());
        attempt.refused(Refusal::NotWithinReach);
    }
    given([]).knowing(among(true, true)).by(admin).when(join()).then([joined(USER)]);
    given([]).knowing(among(false, true)).when(join()).then([joined(USER)]);
}

#[test]
fn of_two_changes_neither_undoes_the_other() {
    let role = Command::Change { role: Some(Rank::ClientAdmin), reach: None };
    let reach = Command::Change { role: None, reach: Some(Reach::Subtree) };
    let promoted = Event::Changed { grant: Grant { role: Rank::ClientAdmin, ..USER } };
    given([joined(USER)]).knowing(open()).when(role).then([promoted.clone()]);
    given([joined(USER), promoted])
        .knowing(open())
        .when(reach)
        .then([Event::Changed { grant: ADMIN }]);
}

#[test]
fn org_9_a_suspended_cabinet_takes_no_members_by_itself() {
    let facts = || Facts { cabinet: Some(CabinetStatus::Suspended), ..open() };
    let join = || Command::Join { cabinet: cabinet(), user: user(), grant: USER };
    let admin =
        Actor { reach: Reach::Subtree, ..Actor::new(Uuid::from_u128(9), Role::ClientAdmin) };
    given([]).knowing(facts()).by(admin).when(join()).refused(Refusal::CabinetSuspended);
    given([]).knowing(facts()).when(join()).then([joined(USER)]);
    let closed = Facts { cabinet: Some(CabinetStatus::Closed), ..open() };
    given([]).knowing(closed).when(join()).refused(Refusal::CabinetClosed);
}

const USER: Grant = Grant { role: Rank::ClientUser, reach: Reach::Cabinet };
const ADMIN: Grant = Grant { role: Rank::ClientAdmin, reach: Reach::Subtree };

/// A membership under the id that it must have.
fn given(history: impl IntoIterator<Item = Event>) -> crate::spec::Given<Membership> {
    Membership::given(history).named(MembershipId::in_cabinet_of_user(cabinet(), user()))
}

fn joined(grant: Grant) -> Event {
    Event::Joined { cabinet: cabinet(), user: user(), grant }
}

fn open() -> Facts {
    Facts { cabinet: Some(CabinetStatus::Active), is_client: true, ..Facts::default() }
}

fn cabinet() -> CabinetId {
    Uuid::from_u128(7).into()
}

fn user() -> UserId {
    Uuid::from_u128(8).into()
}
