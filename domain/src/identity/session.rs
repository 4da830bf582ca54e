//! A session: from signing in until signing out.
//!
//! That it began, that it was revoked, and that one of its refresh tokens was used twice are
//! events. Each renewal is not: there are many, and nobody learns anything from them. The tokens
//! are rows beside the log, by their hashes.

#[cfg(test)]
mod tests;

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use strum::EnumDiscriminants;
use thiserror::Error;
use utoipa::ToSchema;
use uuid::Uuid;

pub use super::SessionId;
use super::{ProviderId, UserId};
use crate::{Decider, DecisionContext, Personal, Text, macros::display_as_serialized};

#[derive(Debug, Clone, Default, PartialEq)]
pub enum Session {
    #[default]
    Unstarted,
    /// Somebody tried, and was not let in.
    Failed,
    Active(Box<Grant>),
    Ended(Box<Grant>),
}

/// What was granted to whom when the session began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    pub user: UserId,
    /// The version of the user it began with; what ended all their sessions since, ended this one.
    pub user_version: i32,
    /// The application that acts for the user; none is our own.
    pub client: Option<Uuid>,
    /// The organisation's provider whose word the user was let in on, none if they proved it to us:
    /// the session acts in its cabinet and those below, whatever else the user is a member of.
    pub provider: Option<ProviderId>,
    /// What it may be used for, separated by blanks (RFC 6749, 3.3).
    pub scope: Text<500>,
    pub methods: Vec<Method>,
    /// When it ends, however often it is renewed.
    pub until: DateTime<Utc>,
}

/// How somebody proved who they are (RFC 8176).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
pub enum Method {
    #[serde(rename = "pwd")]
    Password,
    /// A code of an authenticator, or one for recovery.
    #[serde(rename = "otp")]
    OneTimeCode,
    #[serde(rename = "hwk")]
    Passkey,
    /// To a provider of their organisation, which says so.
    #[serde(rename = "fed")]
    Federated,
}

display_as_serialized!(Method);

/// Who begins a session, for how long, and from where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Start {
    pub user: UserId,
    /// The version of the user that was let in.
    pub user_version: i32,
    #[serde(default)]
    pub client: Option<Uuid>,
    #[serde(default)]
    pub provider: Option<ProviderId>,
    pub scope: Text<500>,
    pub methods: Vec<Method>,
    pub until: DateTime<Utc>,
    #[serde(flatten)]
    pub origin: Origin,
}

/// From where somebody signs in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Origin {
    /// What the program calls itself (`User-Agent`).
    #[serde(default)]
    pub agent: Option<Text<200>>,
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "192.0.2.7")]
    pub address: Option<IpAddr>,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, EnumDiscriminants)]
#[strum_discriminants(name(CommandKind), derive(Serialize), serde(rename_all = "snake_case"))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Command {
    /// Lets somebody in.
    Start(Start),
    /// Ends the session: nothing is renewed any more.
    Revoke {},
    /// Records that a refresh token came twice, so that somebody else has it; ends the session.
    DetectReuse {},
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub enum Event {
    /// Somebody was let in.
    Started {
        user: UserId,
        /// The version of the user that was let in.
        user_version: i32,
        /// The application that acts for the user; none is our own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        client: Option<Uuid>,
        /// The provider whose word the user was let in on; none if they proved it to us.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        provider: Option<ProviderId>,
        scope: Text<500>,
        methods: Vec<Method>,
        until: DateTime<Utc>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        agent: Option<Personal<Text<200>>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(value_type = Option<Personal<String>>)]
        address: Option<Personal<IpAddr>>,
    },
    /// Somebody was not let in. Nobody records that any more: whoever guesses must not write history.
    LoginFailed {
        /// Whose account it was, if there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        user: Option<UserId>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        agent: Option<Personal<Text<200>>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(value_type = Option<Personal<String>>)]
        address: Option<Personal<IpAddr>>,
    },
    /// The session was ended.
    Revoked {},
    /// A refresh token came twice; the session was ended.
    ReuseDetected { user: UserId },
}

#[derive(Debug, Clone, PartialEq, Error, Serialize, ToSchema)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Refusal {
    #[error("there is no such session")]
    Unstarted,
    #[error("there is something else under this id already")]
    AlreadyStarted,
}

impl crate::Refusal for Refusal {
    fn is_of_state(&self) -> bool {
        matches!(self, Self::Unstarted | Self::AlreadyStarted)
    }
}

impl Session {
    /// What was granted, while the session is active.
    pub fn grant(&self, now: DateTime<Utc>) -> Option<&Grant> {
        match self {
            Self::Active(grant) if now < grant.until => Some(grant),
            _ => None,
        }
    }

    /// Whose it is.
    pub fn user(&self) -> Option<UserId> {
        match self {
            Self::Active(grant) | Self::Ended(grant) => Some(grant.user),
            Self::Unstarted | Self::Failed => None,
        }
    }
}

/// Where the user signed in from, sealed with their key.
fn sealed_origin(
    user: UserId,
    origin: Origin,
) -> (Option<Personal<Text<200>>>, Option<Personal<IpAddr>>) {
    let Origin { agent, address } = origin;
    (
        agent.map(|agent| Personal::sealed(user, agent)),
        address.map(|address| Personal::sealed(user, address)),
    )
}

impl Decider for Session {
    const NAME: &'static str = "identity.session";

    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;
    type Facts = ();

    fn decide(&self, command: Command, _: &DecisionContext<()>) -> Result<Vec<Event>, Refusal> {
        match (self, command) {
            (Self::Unstarted, Command::Start(start)) => {
                let Start { user, user_version, client, provider, scope, methods, until, origin } =
                    start;
                let (agent, address) = sealed_origin(user, origin);
                Ok(vec![Event::Started {
                    user,
                    user_version,
                    client,
                    provider,
                    scope,
                    methods,
                    until,
                    agent,
                    address,
                }])
            }
            (_, Command::Start(_)) => Err(Refusal::AlreadyStarted),
            (Self::Active(_), Command::Revoke {}) => Ok(vec![Event::Revoked {}]),
            (Self::Active(grant), Command::DetectReuse {}) => {
                Ok(vec![Event::ReuseDetected { user: grant.user }])
            }
            (Self::Ended(_), _) => Ok(vec![]),
            (Self::Unstarted | Self::Failed, _) => Err(Refusal::Unstarted),
        }
    }

    fn evolve(self, event: Event) -> Self {
        match (self, event) {
            (
                _,
                Event::Started {
                    user, user_version, client, provider, scope, methods, until, ..
                },
            ) => Self::Active(Box::new(Grant {
                user,
                user_version,
                client,
                provider,
                scope,
                methods,
                until,
            })),
            (Self::Unstarted, Event::LoginFailed { .. }) => Self::Failed,
            (
                Self::Active(grant) | Self::Ended(grant),
                Event::Revoked {} | Event::ReuseDetected { .. },
            ) => Self::Ended(grant),
            (unchanged, _) => unchanged,
        }
    }
}
