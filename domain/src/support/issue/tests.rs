//! Specification of issues.

use chrono::TimeDelta;
use uuid::Uuid;

use super::*;
use crate::{
    access::Actor,
    spec::{Spec, now},
};

const CLIENT: Uuid = Uuid::from_u128(0xc1);
const AGENT: Uuid = Uuid::from_u128(0xa6);

#[test]
fn an_issue_is_opened_for_its_reporter_in_their_active_cabinet() {
    let cabinet = Some(Uuid::from_u128(7).into());
    Issue::given([])
        .by(Actor { cabinet, ..client() })
        .when(Command::Open(opening()))
        .then([in_cabinet(cabinet)]);
    Issue::given([opened()]).when(Command::Open(opening())).refused(Refusal::AlreadyOpened);
    Issue::given([]).when(Command::Resolve {}).refused(Refusal::Unopened);
}

#[test]
fn staff_open_issues_for_somebody_else() {
    Issue::given([])
        .by(Actor { cabinet: Some(Uuid::from_u128(1).into()), ..agent() })
        .when(Command::Open(opening()))
        .then([opened()]);
}

#[test]
fn sup_8_clients_ask_for_themselves_and_the_cabinets_that_they_reach() {
    let [cabinet, child, foreign] = [7, 8, 9].map(|id| Some(Uuid::from_u128(id).into()));
    let opened_by_client = |opening| {
        let reachable = cabinet.into_iter().chain(child).collect();
        Issue::given([]).by(Actor { cabinet, reachable, ..client() }).when(Command::Open(opening))
    };

    opened_by_client(NewIssue { cabinet: child, ..opening() }).then([in_cabinet(child)]);
    opened_by_client(NewIssue { cabinet: foreign, ..opening() }).refused(Refusal::NotForOthers);
    opened_by_client(NewIssue { reporter: AGENT.into(), ..opening() })
        .refused(Refusal::NotForOthers);
    let customer = Some(Uuid::from_u128(1).into());
    opened_by_client(NewIssue { customer, ..opening() }).refused(Refusal::NotForOthers);
}

#[test]
fn only_the_opening_draws_a_number() {
    let drawn = Issue::counter(&opened()).unwrap();
    assert_eq!((drawn.name.as_str(), drawn.field), ("issue", "number"));
    assert_eq!(Issue::counter(&Event::Reopened {}), None);
}

#[test]
fn an_issue_is_edited_by_its_reporter_until_it_is_answered_and_by_agents_after() {
    let edit = || {
        let title = Some("No printout".parse().unwrap());
        let (priority, license) = (Some(Priority::High), Some(Uuid::from_u128(5).into()));
        Command::Edit(Edit { title, priority, license, ..Edit::default() })
    };
    let edited = || {
        [
            Event::Edited { title: personal("No printout"), text: personal("It jams.") },
            Event::PrioritySet { priority: Priority::High },
            Event::Classified { product: None, license: Some(Uuid::from_u128(5).into()) },
        ]
    };
    let answered = || [opened(), commented(1, AGENT, Visibility::Public), first_response(1)];

    Issue::given([opened()]).by(client()).when(edit()).then(edited());
    Issue::given(answered()).by(client()).when(edit()).refused(Refusal::Answered);
    Issue::given(answered()).by(agent()).when(edit()).then(edited());
}

#[test]
fn issues_are_assigned_to_agents() {
    let assign = |to: Option<Uuid>| Command::Assign { to: to.map(UserId::from) };
    let assigned = |to: Option<Uuid>| Event::Assigned { to: to.map(UserId::from) };
    let knowing =
        |role| Issue::given([opened()]).knowing(Facts { assignee: role, ..Facts::default() });

    knowing(Some(Role::SupportAgent)).when(assign(Some(AGENT))).then([assigned(Some(AGENT))]);
    knowing(Some(Role::ClientUser)).when(assign(Some(CLIENT))).refused(Refusal::NoAgent);
    knowing(None).when(assign(Some(AGENT))).refused(Refusal::NoAgent);
    Issue::given([opened(), assigned(Some(AGENT))]).when(assign(None)).then([assigned(None)]);
}

#[test]
fn sup_1_an_internal_comment_is_neither_an_answer_nor_there_for_clients() {
    Issue::given([opened()]).by(agent()).when(comment(1, Visibility::Internal)).then([commented(
        1,
        AGENT,
        Visibility::Internal,
    )]);
    Issue::given([opened(), commented(1, AGENT, Visibility::Internal)])
        .by(client())
        .when(rewrite(1, "Mine now", None))
        .refused(Refusal::NoSuchComment);
}

#[test]
fn sup_12_a_file_is_attached_once_to_one_issue_and_taken_away_as_a_comment_is() {
    let file = FileId::from(Uuid::from_u128(0xf));
    let attach = |visibility| Command::AttachFile(NewAttachment { file, visibility });
    let known = || Facts { file: Some(attachable()), ..Facts::default() };
    let delete = |reason: Option<&str>| {
        let reason = reason.map(|reason| reason.parse().unwrap());
        Command::DeleteAttachment { attachment: file, reason }
    };
    let public = || [opened(), attached(file, Visibility::Public)];
    Issue::given([opened()])
        .by(client())
        .knowing(known())
        .when(attach(Visibility::Public))
        .then([attached(file, Visibility::Public)]);
    Issue::given([opened()])
        .by(client())
        .when(attach(Visibility::Public))
        .refused(Refusal::UnknownFile);
    assert!(Issue::given(public()).claims().contains(&attachment_claim(file)));
    let deleted =
        Event::AttachmentDeleted { attachment: file, by: CLIENT.into(), reason: None, at: now() };
    Issue::given(public()).by(client()).when(delete(None)).then([deleted.clone()]);
    assert!(
        Issue::given(public().into_iter().chain([deleted]))
            .claims()
            .contains(&attachment_claim(file))
    );
    Issue::given(public()).by(agent()).when(delete(None)).refused(Refusal::ReasonMissing);
    let late = now() + EDIT_WINDOW;
    let until = late;
    Issue::given(public())
        .by(client())
        .at(late)
        .when(delete(None))
        .refused(Refusal::EditWindowOver { until });
    let stranger = Actor::new(Uuid::from_u128(0xb), Role::ClientUser);
    Issue::given([opened(), attached(file, Visibility::Internal)])
        .by(stranger)
        .when(delete(None))
        .refused(Refusal::NoSuchAttachment);
}

fn attachable() -> AttachableFile {
    let media_type = "application/pdf".parse().unwrap();
    AttachableFile { name: FileName::cleaned("printout.pdf"), media_type, size: 7 }
}

fn attached(attachment: FileId, visibility: Visibility) -> Event {
    let AttachableFile { name, media_type, size } = attachable();
    Event::FileAttached {
        attachment,
        author: CLIENT.into(),
        side: Side::Client,
        visibility,
        name: Personal::sealed(CLIENT, name),
        media_type,
        size,
        at: now(),
    }
}

#[test]
fn sup_2_the_first_public_comment_of_an_agent_is_the_first_response() {
    Issue::given([opened()])
        .by(agent())
        .when(comment(1, Visibility::Public))
        .then([commented(1, AGENT, Visibility::Public), first_response(1)]);
    Issue::given([opened(), commented(1, AGENT, Visibility::Public), first_response(1)])
        .by(agent())
        .when(comment(2, Visibility::Public))
        .then([commented(2, AGENT, Visibility::Public)]);
    Issue::given([opened()]).by(client()).when(comment(1, Visibility::Public)).then([commented(
        1,
        CLIENT,
        Visibility::Public,
    )]);
}

#[test]
fn sup_2_a_client_takes_a_resolved_issue_up_again_by_a_comment_for_14_days_and_then_opens_another()
{
    let until = now() + REOPEN_WINDOW;
    let resolved = || Issue::given([opened(), Event::Resolved { at: now() }]);
    let last_moment = until - TimeDelta::seconds(1);

    resolved()
        .by(client())
        .at(last_moment)
        .when(comment(1, Visibility::Public))
        .then([commented_at(1, CLIENT, Visibility::Public, last_moment), Event::Reopened {}]);
    resolved()
        .by(client())
        .at(until)
        .when(comment(1, Visibility::Public))
        .then([continued(1, until)]);
    let unnameable = Some(Refusal::CabinetClosed);
    resolved()
        .by(client())
        .at(until)
        .knowing(Facts { unnameable, ..Facts::default() })
        .when(comment(1, Visibility::Public))
        .refused(Refusal::CabinetClosed);
}

#[test]
fn sup_2_what_the_business_says_of_a_resolved_issue_leaves_it_resolved() {
    let employee = Actor::new(Uuid::from_u128(0xe), Role::Employee);
    let answered = [opened(), first_response(9), Event::Resolved { at: now() }];
    for by in [agent(), employee] {
        let author = by.id;
        Issue::given(answered.clone())
            .by(by)
            .when(comment(1, Visibility::Public))
            .then([commented(1, author, Visibility::Public)]);
    }
}

#[test]
fn sup_3_an_author_changes_a_comment_for_15_minutes() {
    let until = now() + EDIT_WINDOW;
    let last_moment = until - TimeDelta::seconds(1);
    let with_comment =
        || Issue::given([opened(), commented(1, CLIENT, Visibility::Public)]).by(client());

    with_comment().at(last_moment).when(rewrite(1, "Solved", None)).then([rewritten(
        1,
        CLIENT,
        "Solved",
        None,
        last_moment,
    )]);
    with_comment()
        .at(until)
        .when(rewrite(1, "Solved", None))
        .refused(Refusal::EditWindowOver { until });
    with_comment().at(last_moment).when(delete(1, None)).then([deleted(
        1,
        CLIENT,
        None,
        last_moment,
    )]);
    with_comment().at(until).when(delete(1, None)).refused(Refusal::EditWindowOver { until });
}

#[test]
fn sup_3_an_agent_changes_any_comment_with_a_reason() {
    let late = now() + TimeDelta::days(3);
    let with_comment =
        || Issue::given([opened(), commented(1, CLIENT, Visibility::Public)]).by(agent()).at(late);

    with_comment().when(rewrite(1, "[removed]", None)).refused(Refusal::ReasonMissing);
    with_comment().when(rewrite(1, "[removed]", Some("a password"))).then([rewritten(
        1,
        AGENT,
        "[removed]",
        Some("a password"),
        late,
    )]);
    with_comment().when(delete(1, None)).refused(Refusal::ReasonMissing);
    with_comment().when(delete(1, Some("a password"))).then([deleted(
        1,
        AGENT,
        Some("a password"),
        late,
    )]);
}

#[test]
fn sup_3_nobody_else_changes_a_comment() {
    let other = Actor::new(Uuid::from_u128(0xc2), Role::ClientUser);
    let with_comment =
        || Issue::given([opened(), commented(1, CLIENT, Visibility::Public)]).by(other.clone());

    with_comment().when(rewrite(1, "Ha", None)).refused(Refusal::NotTheAuthor);
    with_comment().when(delete(1, Some("Ha"))).refused(Refusal::NotTheAuthor);
    with_comment().when(delete(2, None)).refused(Refusal::NoSuchComment);
}

#[test]
fn a_deleted_comment_cannot_be_changed() {
    let with_deleted_comment =
        [opened(), commented(1, CLIENT, Visibility::Public), deleted(1, CLIENT, None, now())];
    Issue::given(with_deleted_comment.clone()).by(client()).when(delete(1, None)).then([]);
    Issue::given(with_deleted_comment)
        .by(client())
        .when(rewrite(1, "Back", None))
        .refused(Refusal::NoSuchComment);
}

#[test]
fn a_comment_is_said_once() {
    Issue::given([opened(), commented(1, CLIENT, Visibility::Public)])
        .by(client())
        .when(comment(1, Visibility::Public))
        .then([]);
}

#[test]
fn what_ended_is_taken_up_again_by_clients_for_14_days_and_by_agents_at_any_time() {
    let until = now() + REOPEN_WINDOW;
    for end in [Event::Resolved { at: now() }, Event::Closed { at: now() }] {
        let ended = || Issue::given([opened(), end.clone()]);

        ended().by(client()).when(Command::Reopen {}).then([Event::Reopened {}]);
        ended()
            .by(client())
            .at(until)
            .when(Command::Reopen {})
            .refused(Refusal::ReopenWindowOver { until });
        ended().by(agent()).at(until).when(Command::Reopen {}).then([Event::Reopened {}]);
    }
}

#[test]
fn an_issue_is_resolved_then_closed_and_then_nothing_is_said_in_it() {
    let closed = || Issue::given([opened(), Event::Closed { at: now() }]);

    Issue::given([opened()]).when(Command::Resolve {}).then([Event::Resolved { at: now() }]);
    Issue::given([opened()]).when(Command::Close {}).then([Event::Closed { at: now() }]);
    Issue::given([opened(), Event::Resolved { at: now() }])
        .when(Command::Close {})
        .then([Event::Closed { at: now() }]);
    closed().when(Command::Close {}).then([]);
    closed().when(Command::Resolve {}).refused(Refusal::Closed);
    closed().by(client()).when(comment(1, Visibility::Public)).then([continued(1, now())]);
    for visibility in [Visibility::Public, Visibility::Internal] {
        closed().by(agent()).when(comment(1, visibility)).refused(Refusal::Closed);
    }
}

fn client() -> Actor {
    Actor::new(CLIENT, Role::ClientUser)
}

fn agent() -> Actor {
    Actor::new(AGENT, Role::SupportAgent)
}

fn opening() -> NewIssue {
    NewIssue {
        title: "No print".parse().unwrap(),
        text: "It jams.".parse().unwrap(),
        priority: Priority::Normal,
        reporter: CLIENT.into(),
        customer: None,
        cabinet: None,
        product: None,
        license: None,
        linked_to: None,
        source: Source::Web,
    }
}

fn opened() -> Event {
    in_cabinet(None)
}

fn in_cabinet(cabinet: Option<CabinetId>) -> Event {
    Event::Opened {
        number: None,
        reporter: CLIENT.into(),
        customer: None,
        cabinet,
        title: personal("No print"),
        text: personal("It jams."),
        priority: Priority::Normal,
        product: None,
        license: None,
        linked_to: None,
        source: Source::Web,
    }
}

fn comment(id: u128, visibility: Visibility) -> Command {
    let (comment, text) = (Uuid::from_u128(id).into(), "Hello".parse().unwrap());
    Command::Comment(NewComment { comment, text, visibility, source: Source::Web })
}

fn commented(id: u128, author: Uuid, visibility: Visibility) -> Event {
    commented_at(id, author, visibility, now())
}

fn commented_at(id: u128, author: Uuid, visibility: Visibility, at: DateTime<Utc>) -> Event {
    Event::Commented {
        comment: Uuid::from_u128(id).into(),
        author: author.into(),
        side: if author == CLIENT { Side::Client } else { Side::Staff },
        visibility,
        source: Source::Web,
        text: Personal::sealed(author, "Hello".parse().unwrap()),
        at,
    }
}

/// What a client says opens another issue.
fn continued(id: u128, at: DateTime<Utc>) -> Event {
    Event::Continued {
        issue: Uuid::from_u128(id).into(),
        author: CLIENT.into(),
        source: Source::Web,
        text: personal("Hello"),
        at,
    }
}

fn first_response(id: u128) -> Event {
    Event::FirstResponseGiven { comment: Uuid::from_u128(id).into(), at: now() }
}

fn rewrite(id: u128, text: &str, reason: Option<&str>) -> Command {
    let reason = reason.map(|reason| reason.parse().unwrap());
    Command::EditComment {
        comment: Uuid::from_u128(id).into(),
        text: text.parse().unwrap(),
        reason,
    }
}

fn rewritten(id: u128, by: Uuid, text: &str, reason: Option<&str>, at: DateTime<Utc>) -> Event {
    Event::CommentEdited {
        comment: Uuid::from_u128(id).into(),
        by: by.into(),
        text: personal(text),
        reason: reason.map(|reason| Personal::sealed(by, reason.parse().unwrap())),
        at,
    }
}

fn delete(id: u128, reason: Option<&str>) -> Command {
    let reason = reason.map(|reason| reason.parse().unwrap());
    Command::DeleteComment { comment: Uuid::from_u128(id).into(), reason }
}

fn deleted(id: u128, by: Uuid, reason: Option<&str>, at: DateTime<Utc>) -> Event {
    Event::CommentDeleted {
        comment: Uuid::from_u128(id).into(),
        by: by.into(),
        reason: reason.map(|reason| Personal::sealed(by, reason.parse().unwrap())),
        at,
    }
}

/// What the reporter wrote.
fn personal<const MAX: usize>(text: &str) -> Personal<Text<MAX>> {
    Personal::sealed(CLIENT, text.parse().unwrap())
}

#[test]
fn an_issue_names_nothing_that_is_not_there_or_not_within_reach() {
    let unnameable = |refusal| Facts { unnameable: Some(refusal), ..Facts::default() };
    for refusal in [Refusal::UnknownLicense, Refusal::UnknownIssue, Refusal::CabinetClosed] {
        Issue::given([])
            .knowing(unnameable(refusal.clone()))
            .by(agent())
            .when(Command::Open(opening()))
            .refused(refusal);
    }
    Issue::given([opened(), Event::Closed { at: now() }])
        .knowing(unnameable(Refusal::CabinetClosed))
        .by(agent())
        .when(Command::Reopen {})
        .refused(Refusal::CabinetClosed);
    let edit = Edit { license: Some(Uuid::from_u128(9).into()), ..Edit::default() };
    Issue::given([opened()])
        .knowing(unnameable(Refusal::UnknownLicense))
        .by(agent())
        .when(Command::Edit(edit))
        .refused(Refusal::UnknownLicense);
}
