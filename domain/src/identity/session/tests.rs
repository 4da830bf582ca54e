//! Specification of sessions.

use chrono::TimeDelta;

use super::*;
use crate::spec::{Spec, now};

#[test]
fn a_session_begins_once() {
    Session::given([]).when(Command::Start(start())).then([started()]);
    Session::given([started()]).when(Command::Start(start())).refused(Refusal::AlreadyStarted);
}

#[test]
fn a_session_ends_when_it_is_revoked_or_its_time_is_over() {
    Session::given([started()]).when(Command::Revoke {}).then([Event::Revoked {}]);
    Session::given([started(), Event::Revoked {}]).when(Command::DetectReuse {}).then([]);
    Session::given([]).when(Command::Revoke {}).refused(Refusal::Unstarted);

    let session =
        |events: &[Event]| events.iter().cloned().fold(Session::default(), Session::evolve);
    let active = session(&[started()]);
    assert!(active.grant(now()).is_some());
    assert!(active.grant(start().until).is_none());
    assert!(session(&[started(), Event::Revoked {}]).grant(now()).is_none());
}

#[test]
fn iam_3_a_token_that_came_twice_ends_the_session() {
    let reused = Event::ReuseDetected { user: user() };
    Session::given([started()]).when(Command::DetectReuse {}).then([reused.clone()]);
    let ended = [started(), reused].into_iter().fold(Session::default(), Session::evolve);
    assert!(ended.grant(now()).is_none());
}

#[test]
fn failures_that_were_recorded_once_are_no_sessions() {
    let failed = Event::LoginFailed { user: Some(user()), agent: None, address: None };
    assert_eq!(Session::default().evolve(failed.clone()), Session::Failed);
    Session::given([failed]).when(Command::Revoke {}).refused(Refusal::Unstarted);
}

fn user() -> UserId {
    Uuid::from_u128(7).into()
}

fn start() -> Start {
    Start {
        user: user(),
        user_version: 3,
        client: None,
        provider: None,
        scope: "api".parse().unwrap(),
        methods: vec![Method::Password],
        until: now() + TimeDelta::days(30),
        origin: Origin { agent: None, address: Some([192, 0, 2, 7].into()) },
    }
}

fn started() -> Event {
    let Start { user, user_version, client, provider, scope, methods, until, origin } = start();
    let address = origin.address.map(|address| Personal::sealed(user, address));
    let agent = None;
    Event::Started { user, user_version, client, provider, scope, methods, until, agent, address }
}
