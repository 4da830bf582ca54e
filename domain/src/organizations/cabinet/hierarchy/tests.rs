//! Specification of the tree of cabinets and their status.

use uuid::Uuid;

use super::*;
use crate::{
    Claim,
    organizations::cabinet::{Details, Kind},
    spec::{SELF, Spec},
};

#[test]
fn org_1_the_tree_has_no_cycles() {
    let above = vec![cabinet(7), SELF.into()];
    let facts = Facts { above, manages_parent: true, ..Facts::default() };
    Cabinet::given(created())
        .knowing(facts.clone())
        .when(Command::Attach { parent: cabinet(7) })
        .refused(Refusal::Cycle);
    Cabinet::given(attached(cabinet(8)))
        .knowing(facts)
        .when(Command::Move { parent: cabinet(7) })
        .refused(Refusal::Cycle);
}

#[test]
fn org_1_the_tree_is_ten_levels_deep_and_no_deeper() {
    let chain = |levels: u128| (100..100 + levels).map(cabinet).collect::<Vec<_>>();
    let attach = || Command::Attach { parent: cabinet(100) };
    let facts = Facts { above: chain(7), below: 2, manages_parent: true, ..Facts::default() };
    Cabinet::given(created())
        .knowing(facts.clone())
        .when(attach())
        .then([Event::Attached { parent: cabinet(100) }]);
    Cabinet::given(created())
        .knowing(Facts { above: chain(8), ..facts })
        .when(attach())
        .refused(Refusal::TooDeep { levels: 11 });
}

#[test]
fn org_2_attaching_takes_the_consent_of_both_sides() {
    let one_side = || Facts { above: vec![cabinet(7)], ..Facts::default() };
    let both_sides = || Facts { manages_parent: true, ..one_side() };
    let requested =
        || created().into_iter().chain([Event::AttachmentRequested { parent: cabinet(7) }]);

    Cabinet::given(created())
        .knowing(both_sides())
        .when(Command::Attach { parent: cabinet(7) })
        .then([Event::Attached { parent: cabinet(7) }]);
    Cabinet::given(created())
        .knowing(one_side())
        .when(Command::Attach { parent: cabinet(7) })
        .then([Event::AttachmentRequested { parent: cabinet(7) }]);
    // Of a cabinet in which one has no say one does not learn whether it is there.
    Cabinet::given(created())
        .when(Command::Attach { parent: cabinet(7) })
        .then([Event::AttachmentRequested { parent: cabinet(7) }]);
    Cabinet::given(requested()).when(Command::AcceptAttachment {}).refused(Refusal::UnknownParent);
    Cabinet::given(requested())
        .knowing(one_side())
        .when(Command::AcceptAttachment {})
        .then([Event::Attached { parent: cabinet(7) }]);
    Cabinet::given(requested())
        .when(Command::DeclineAttachment {})
        .then([Event::AttachmentDeclined {}]);
    Cabinet::given(created())
        .knowing(one_side())
        .when(Command::AcceptAttachment {})
        .refused(Refusal::NotAsked);
}

#[test]
fn org_2_a_cabinet_is_moved_only_by_who_has_a_say_on_both_sides() {
    let facts = Facts { above: vec![cabinet(8)], ..Facts::default() };
    Cabinet::given(attached(cabinet(7)))
        .knowing(facts.clone())
        .when(Command::Move { parent: cabinet(8) })
        .refused(Refusal::NeedsConsent);
    Cabinet::given(attached(cabinet(7)))
        .knowing(Facts { manages_parent: true, ..facts })
        .when(Command::Move { parent: cabinet(8) })
        .then([Event::Moved { parent: cabinet(8) }]);
}

#[test]
fn a_cabinet_is_taken_out_or_takes_its_question_back() {
    Cabinet::given(attached(cabinet(7))).when(Command::Detach {}).then([Event::Detached {}]);
    let requested =
        created().into_iter().chain([Event::AttachmentRequested { parent: cabinet(7) }]);
    Cabinet::given(requested).when(Command::Detach {}).then([Event::AttachmentDeclined {}]);
    Cabinet::given(created()).when(Command::Detach {}).refused(Refusal::NotAttached);
    Cabinet::given(attached(cabinet(7)))
        .knowing(Facts { above: vec![cabinet(8)], ..Facts::default() })
        .when(Command::Attach { parent: cabinet(8) })
        .refused(Refusal::AlreadyAttached);
}

#[test]
fn org_3_a_cabinet_that_looks_after_itself_has_an_administrator() {
    let managed = || created().into_iter().chain([Event::PolicySet { vendor_managed: true }]);
    Cabinet::given(managed())
        .when(Command::SetPolicy { vendor_managed: false })
        .refused(Refusal::NoAdministrator);
    Cabinet::given(managed())
        .knowing(Facts { administrators: 1, ..Facts::default() })
        .when(Command::SetPolicy { vendor_managed: false })
        .then([Event::PolicySet { vendor_managed: false }]);
}

#[test]
fn org_6_a_cabinet_is_closed_when_nothing_is_left_in_it() {
    for (children, licenses, issues) in [(1, 0, 0), (0, 1, 0), (0, 0, 1)] {
        Cabinet::given(created())
            .knowing(Facts { children, licenses, issues, ..Facts::default() })
            .when(Command::Close {})
            .refused(Refusal::NotEmpty { children, licenses, issues });
    }
    Cabinet::given(created()).when(Command::Close {}).then([Event::Closed {}]);
}

#[test]
fn nothing_happens_to_a_closed_cabinet() {
    let closed = || attached(cabinet(7)).into_iter().chain([Event::Closed {}]);
    Cabinet::given(closed()).when(Command::Reinstate {}).refused(Refusal::Closed);
    Cabinet::given(closed()).when(Command::Detach {}).refused(Refusal::Closed);
    assert!(Cabinet::given(closed()).claims().is_empty(), "it is below nothing any more");
}

#[test]
fn a_cabinet_is_suspended_and_reinstated() {
    let suspended = || created().into_iter().chain([Event::Suspended { reason: None }]);
    Cabinet::given(created())
        .when(Command::Suspend { reason: None })
        .then([Event::Suspended { reason: None }]);
    Cabinet::given(suspended()).when(Command::Reinstate {}).then([Event::Reinstated {}]);
    Cabinet::given(created()).when(Command::Reinstate {}).then([]);
}

#[test]
fn the_cabinets_below_one_can_be_told() {
    let claims = Cabinet::given(attached(cabinet(7))).claims();
    assert_eq!(claims, [Claim::set_member(children_set(cabinet(7)))]);
    assert_eq!(Cabinet::given(created()).claims(), []);
}

fn created() -> Vec<Event> {
    let name = crate::MaybePersonal::Public("Acme".parse().unwrap());
    let details = Details { name, tax_id: None, external_id: None, country: None, contact: None };
    vec![Event::Created { kind: Kind::Client, parent: None, details }]
}

fn attached(parent: CabinetId) -> Vec<Event> {
    created().into_iter().chain([Event::Attached { parent }]).collect()
}

fn cabinet(id: u128) -> CabinetId {
    Uuid::from_u128(id).into()
}
