//! Specification of invitations.

use uuid::Uuid;

use super::*;
use crate::{
    access::{Actor, Reach, Role},
    organizations::membership::Rank,
    spec::{SELF, Spec, now},
};

#[test]
fn someone_is_invited_by_their_address() {
    Invitation::given([]).knowing(open()).when(send(USER)).then([sent()]);
    Invitation::given([]).when(send(USER)).refused(Refusal::UnknownCabinet);
    Invitation::given([sent()]).knowing(open()).when(send(USER)).refused(Refusal::AlreadySent);
}

#[test]
fn iam_9_an_invitation_is_accepted_once() {
    let user: UserId = Uuid::from_u128(3).into();
    let accepted = || Event::Accepted { cabinet: cabinet(), user, grant: USER };
    let accept = || Command::Accept { user };
    Invitation::given([sent()]).knowing(read("ANNA@example.org")).when(accept()).then([accepted()]);
    for used in [accepted(), Event::Withdrawn {}] {
        Invitation::given([sent(), used])
            .knowing(Facts { is_settled: true, ..read("anna@example.org") })
            .when(accept())
            .refused(Refusal::Used);
    }
}

#[test]
fn iam_9_who_has_no_account_accepts_first_and_is_registered_then() {
    let user = newcomer_user_id(SELF.into());
    let accepted = || Event::Accepted { cabinet: cabinet(), user, grant: USER };
    let accept = |user| Command::Accept { user };
    let new = || Facts { is_new: true, ..open() };
    Invitation::given([sent()]).knowing(new()).when(accept(user)).then([accepted()]);
    Invitation::given([sent()]).knowing(open()).when(accept(user)).refused(Refusal::HasAccount);
    let stranger: UserId = Uuid::from_u128(3).into();
    Invitation::given([sent()])
        .knowing(new())
        .when(accept(stranger))
        .refused(Refusal::OtherAddress);

    // Who was not registered after all may finish it, in time, or sign in and accept.
    let broken_off = || Invitation::given([sent(), accepted()]);
    broken_off().knowing(new()).when(accept(user)).then([]);
    let over = Refusal::Over { until: now() + VALIDITY };
    broken_off().knowing(new()).at(now() + VALIDITY).when(accept(user)).refused(over);
    let again = Event::Accepted { cabinet: cabinet(), user: stranger, grant: USER };
    broken_off().knowing(read("anna@example.org")).when(accept(stranger)).then([again]);
    broken_off()
        .knowing(Facts { is_settled: true, ..new() })
        .when(accept(user))
        .refused(Refusal::Used);
}

#[test]
fn an_invitation_to_a_cabinet_that_is_suspended_or_closed_is_not_open() {
    for cabinet in [None, Some(CabinetStatus::Suspended), Some(CabinetStatus::Closed)] {
        Invitation::given([sent()])
            .knowing(Facts { cabinet, ..read("anna@example.org") })
            .when(Command::Accept { user: Uuid::from_u128(3).into() })
            .refused(Refusal::CabinetSuspended);
    }
}

#[test]
fn iam_9_an_invitation_is_good_for_seven_days_and_for_its_address_only() {
    let accept = || Command::Accept { user: Uuid::from_u128(3).into() };
    Invitation::given([sent()])
        .knowing(read("otto@example.org"))
        .when(accept())
        .refused(Refusal::OtherAddress);
    Invitation::given([sent()]).knowing(open()).when(accept()).refused(Refusal::OtherAddress);
    Invitation::given([sent()])
        .knowing(read("anna@example.org"))
        .at(now() + VALIDITY)
        .when(accept())
        .refused(Refusal::Over { until: now() + VALIDITY });
}

#[test]
fn iam_9_of_an_erased_address_nobody_can_accept() {
    let Event::Sent { offer } = sent() else { return };
    let erased = Event::Sent { offer: MembershipOffer { email: Personal::erased(SELF), ..offer } };
    Invitation::given([erased])
        .knowing(Facts { is_new: true, ..open() })
        .when(Command::Accept { user: newcomer_user_id(SELF.into()) })
        .refused(Refusal::OtherAddress);
}

#[test]
fn org_4_nobody_is_invited_to_more_than_who_invites_has() {
    let near = Actor { reach: Reach::Cabinet, ..Actor::new(SELF, Role::ClientAdmin) };
    let far = Grant { role: Rank::ClientAdmin, reach: Reach::Subtree };
    Invitation::given([]).knowing(open()).by(near).when(send(far)).refused(Refusal::AboveOwn);
}

#[test]
fn org_4_an_invitation_is_no_better_than_the_right_of_who_sent_it() {
    Invitation::given([sent()])
        .knowing(Facts { sender_may_grant: false, ..read("anna@example.org") })
        .when(Command::Accept { user: Uuid::from_u128(3).into() })
        .refused(Refusal::SenderLostRight);
}

#[test]
fn org_10_of_one_mailbox_one_invitation_to_a_cabinet_is_open() {
    let key = format!("{} anna@example.org", cabinet());
    let claim = Claim::unique(INVITED_CLAIM, key, "ORG-10").about_subject(SELF);
    assert_eq!(Invitation::given([sent()]).claims(), [claim]);
    assert_eq!(Invitation::given([sent(), Event::Withdrawn {}]).claims(), []);
}

#[test]
fn org_9_a_suspended_cabinet_invites_nobody() {
    for status in [CabinetStatus::Suspended, CabinetStatus::Closed] {
        Invitation::given([])
            .knowing(Facts { cabinet: Some(status), ..Facts::default() })
            .when(send(USER))
            .refused(Refusal::CabinetSuspended);
    }
}

#[test]
fn an_invitation_is_taken_back_unless_it_was_accepted() {
    Invitation::given([sent()]).when(Command::Withdraw {}).then([Event::Withdrawn {}]);
    let accepted =
        Event::Accepted { cabinet: cabinet(), user: Uuid::from_u128(3).into(), grant: USER };
    Invitation::given([sent(), accepted]).when(Command::Withdraw {}).refused(Refusal::Used);
    Invitation::given([]).when(Command::Withdraw {}).refused(Refusal::NotSent);
}

const USER: Grant = Grant { role: Rank::ClientUser, reach: Reach::Cabinet };

fn send(grant: Grant) -> Command {
    let email = "Anna@example.org".parse().unwrap();
    Command::Send { cabinet: cabinet(), email, grant, language: Language::En }
}

fn sent() -> Event {
    let email = Personal::sealed(SELF, "Anna@example.org".parse().unwrap());
    let (cabinet, language, until) = (cabinet(), Language::En, now() + VALIDITY);
    Event::Sent { offer: MembershipOffer { cabinet, email, grant: USER, language, until } }
}

fn open() -> Facts {
    Facts { cabinet: Some(CabinetStatus::Active), sender_may_grant: true, ..Facts::default() }
}

fn read(email: &str) -> Facts {
    Facts { address: Some(email.parse().unwrap()), ..open() }
}

fn cabinet() -> CabinetId {
    Uuid::from_u128(7).into()
}
