//! Specification of impersonations (IAM-8).

use uuid::Uuid;

use super::*;
use crate::{
    access::Actor,
    spec::{Spec, now},
};

#[test]
fn iam_8_an_agent_acts_for_a_client_for_an_hour() {
    Impersonation::given([])
        .knowing(Facts { role: Some(Role::ClientUser) })
        .by(agent(Role::SupportAgent))
        .when(start())
        .then([started()]);
    Impersonation::given([])
        .by(agent(Role::SupportAgent))
        .when(start())
        .refused(Refusal::UnknownUser);
}

#[test]
fn iam_8_nobody_acts_upwards() {
    for (by, whom, permitted) in [
        (Role::SupportAgent, Role::ClientAdmin, true),
        (Role::SupportAgent, Role::SupportAgent, false),
        (Role::SupportAgent, Role::Employee, false),
        (Role::SupportAgent, Role::Admin, false),
        (Role::Admin, Role::Employee, true),
        (Role::Admin, Role::Admin, false),
    ] {
        let attempt = Impersonation::given([])
            .knowing(Facts { role: Some(whom) })
            .by(agent(by))
            .when(start());
        if permitted {
            attempt.then([started()]);
        } else {
            attempt.refused(Refusal::Upwards);
        }
    }
}

#[test]
fn an_impersonation_is_ended_at_any_time() {
    Impersonation::given([started()]).when(Command::End {}).then([Event::Ended {}]);
    Impersonation::given([started(), Event::Ended {}]).when(Command::End {}).then([]);
    Impersonation::given([]).when(Command::End {}).refused(Refusal::NotStarted);
}

fn agent(role: Role) -> Actor {
    Actor::new(Uuid::from_u128(4), role)
}

fn start() -> Command {
    Command::Start { user: Uuid::from_u128(5).into(), reason: "ticket 7".parse().unwrap() }
}

fn started() -> Event {
    Event::Started {
        agent: Uuid::from_u128(4).into(),
        user: Uuid::from_u128(5).into(),
        reason: Personal::sealed(Uuid::from_u128(5), "ticket 7".parse().unwrap()),
        until: now() + MAX_DURATION,
    }
}
