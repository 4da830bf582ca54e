//! Specification of service accounts and their keys.

use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::{
    decode,
    spec::{Spec, now},
};

#[test]
fn a_program_of_a_client_belongs_to_a_cabinet_and_one_of_the_business_to_none() {
    let create = |role, cabinet| Command::Create(profile(role, cabinet, Reach::Cabinet));
    given([]).when(create(Role::ClientUser, Some(cabinet()))).then([created()]);
    given([]).when(create(Role::ClientUser, None)).refused(Refusal::Misplaced);
    given([]).when(create(Role::Analyst, Some(cabinet()))).refused(Refusal::Misplaced);
    given([])
        .when(create(Role::System, None))
        .refused(Refusal::NoRoleForPrograms { role: Role::System });
    ServiceAccount::given([])
        .when(create(Role::ClientUser, Some(cabinet())))
        .refused(Refusal::UnknownCabinet);
    given([created()])
        .when(create(Role::ClientUser, Some(cabinet())))
        .refused(Refusal::AlreadyCreated);
}

#[test]
fn org_4_no_client_gives_a_program_more_than_they_have() {
    let admin =
        Actor { reach: Reach::Cabinet, ..Actor::new(Uuid::from_u128(4), Role::ClientAdmin) };
    let create = |reach| Command::Create(profile(Role::ClientUser, Some(cabinet()), reach));
    given([]).by(admin.clone()).when(create(Reach::Cabinet)).then([created()]);
    given([]).by(admin.clone()).when(create(Reach::Subtree)).refused(Refusal::AboveOwn);
    let wide =
        Event::Created { profile: profile(Role::ClientUser, Some(cabinet()), Reach::Subtree) };
    let issue = Command::IssueKey { id: id(), key: key([Right::IssuesRead]) };
    given([wide]).by(admin).when(issue).refused(Refusal::AboveOwn);
}

#[test]
fn org_4_a_key_that_issues_keys_gives_them_no_more_than_it_is_good_for() {
    let only = [Right::ServiceAccounts, Right::IssuesRead].into();
    let program = Actor { only: Some(only), ..Actor::new(Uuid::from_u128(4), Role::Admin) };
    for (right, permitted) in [(Right::IssuesRead, true), (Right::UsersManage, false)] {
        let (id, key) = (id(), key([right]));
        let issue = Command::IssueKey { id, key: key.clone() };
        let issue = given([created()]).by(program.clone()).when(issue);
        if permitted {
            issue.then([Event::KeyIssued { id, key }]);
        } else {
            issue.refused(Refusal::AboveOwn);
        }
    }
}

#[test]
fn no_key_has_a_right_that_its_account_lacks() {
    let right = Right::UsersManage;
    let facts = Facts { cabinet_exists: true, lacking: Some(right) };
    let issue = Command::IssueKey { id: id(), key: key([right]) };
    ServiceAccount::given([created()])
        .knowing(facts)
        .when(issue)
        .refused(Refusal::LacksRight { right });
}

#[test]
fn a_key_is_issued_for_something_and_revoked() {
    let issued = Event::KeyIssued { id: id(), key: key([Right::IssuesRead]) };
    given([created()])
        .when(Command::IssueKey { id: id(), key: key([Right::IssuesRead]) })
        .then([issued.clone()]);
    given([created()])
        .when(Command::IssueKey { id: id(), key: key([]) })
        .refused(Refusal::NoRights);
    let until = Some(now());
    given([created()])
        .when(Command::IssueKey { id: id(), key: ApiKey { until, ..key([Right::IssuesRead]) } })
        .refused(Refusal::Passed);
    given([created(), issued])
        .when(Command::RevokeKey { id: id() })
        .then([Event::KeyRevoked { id: id() }]);
    given([created()]).when(Command::RevokeKey { id: id() }).refused(Refusal::NoSuchKey);
}

#[test]
fn a_disabled_program_gets_no_keys() {
    given([created()]).when(Command::Disable {}).then([Event::Disabled {}]);
    given([created(), Event::Disabled {}])
        .when(Command::IssueKey { id: id(), key: key([Right::IssuesRead]) })
        .refused(Refusal::Disabled);
    given([created(), Event::Disabled {}]).when(Command::Enable {}).then([Event::Enabled {}]);
}

#[test]
fn a_key_that_was_good_for_announcements_is_good_for_the_rest() {
    let issued = Event::KeyIssued { id: id(), key: key([Right::IssuesRead]) };
    let mut old = serde_json::to_value(&issued).unwrap()["KeyIssued"].take();
    old["key"]["rights"] = json!(["announcements", "issues_read"]);
    let read = decode::<ServiceAccount>("ServiceAccountKeyIssued", 1, &old.to_string());
    assert_eq!(read.unwrap(), issued);
}

fn given(history: impl IntoIterator<Item = Event>) -> crate::spec::Given<ServiceAccount> {
    ServiceAccount::given(history).knowing(Facts { cabinet_exists: true, lacking: None })
}

fn profile(role: Role, cabinet: Option<CabinetId>, reach: Reach) -> Profile {
    Profile { name: "ERP".parse().unwrap(), role, cabinet, reach }
}

fn created() -> Event {
    Event::Created { profile: profile(Role::ClientUser, Some(cabinet()), Reach::Cabinet) }
}

fn key(rights: impl IntoIterator<Item = Right>) -> ApiKey {
    let hash = KeyHash::try_from("ab".repeat(32)).unwrap();
    let rights = rights.into_iter().collect();
    ApiKey { name: "first".parse().unwrap(), hash, rights, until: None }
}

fn id() -> ApiKeyId {
    Uuid::from_u128(6).into()
}

fn cabinet() -> CabinetId {
    Uuid::from_u128(7).into()
}
