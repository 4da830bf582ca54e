//! An account of a program, and the keys that it shows.

#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    str::FromStr,
};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use strum::EnumDiscriminants;
use thiserror::Error;
use utoipa::ToSchema;

pub use super::{ApiKeyId, ServiceAccountId};
use crate::{
    Decider, DecisionContext, Fault, Text, Upcaster,
    access::{Actor, Reach, Right, Role},
    macros::text_newtype,
    organizations::CabinetId,
};

#[derive(Debug, Clone, Default)]
pub struct ServiceAccount {
    profile: Option<Profile>,
    keys: BTreeMap<ApiKeyId, ApiKey>,
    disabled: bool,
}

/// What the program is, and what it may do at most.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ServiceProfile)]
pub struct Profile {
    pub name: Text<100>,
    pub role: Role,
    /// The cabinet whose integration it is; `None` for the business's own.
    #[serde(default)]
    pub cabinet: Option<CabinetId>,
    #[serde(default)]
    pub reach: Reach,
}

/// One key. The secret itself only the program has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ApiKey {
    /// Whoever issued it calls it so.
    pub name: Text<100>,
    pub hash: KeyHash,
    /// What it is good for.
    pub rights: BTreeSet<Right>,
    /// Until when; `None` until it is revoked.
    pub until: Option<DateTime<Utc>>,
}

/// The SHA-256 of a secret of 256 random bits, in hexadecimal: nothing slower is needed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, pattern = "^[0-9a-f]{64}$")]
pub struct KeyHash(String);

text_newtype!(KeyHash);

impl FromStr for KeyHash {
    type Err = String;

    fn from_str(hash: &str) -> Result<Self, String> {
        let is_hexadecimal = |digit: u8| matches!(digit, b'0'..=b'9' | b'a'..=b'f');
        if hash.len() == 64 && hash.bytes().all(is_hexadecimal) {
            Ok(Self(hash.to_owned()))
        } else {
            Err("is no SHA-256 in hexadecimal".into())
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, EnumDiscriminants)]
#[strum_discriminants(name(CommandKind), derive(Serialize), serde(rename_all = "snake_case"))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Command {
    /// Creates an account for a program.
    Create(Profile),
    /// Gives it another key; older ones stay good.
    IssueKey { id: ApiKeyId, key: ApiKey },
    /// Makes a key worthless.
    RevokeKey { id: ApiKeyId },
    /// Keeps the program out, with all its keys.
    Disable {},
    /// Lets it in again.
    Enable {},
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub enum Event {
    Created { profile: Profile },
    KeyIssued { id: ApiKeyId, key: ApiKey },
    KeyRevoked { id: ApiKeyId },
    Disabled {},
    Enabled {},
}

#[derive(Debug, Clone, PartialEq, Error, Serialize, ToSchema)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Refusal {
    #[error("there is no such service account")]
    NotCreated,
    #[error("the service account exists already")]
    AlreadyCreated,
    #[error("no program has the role {role}")]
    NoRoleForPrograms { role: Role },
    #[error("a client's program belongs to a cabinet, the business's own to none")]
    Misplaced,
    #[error("there is no such cabinet")]
    UnknownCabinet,
    #[error("that is more than you may do yourself")]
    AboveOwn,
    #[error("a key is good for something")]
    NoRights,
    #[error("the account does not have the right {right}, so no key of it can")]
    LacksRight { right: Right },
    #[error("that moment has passed")]
    Passed,
    #[error("there is no such key")]
    NoSuchKey,
    #[error("the service account is disabled")]
    Disabled,
}

impl crate::Refusal for Refusal {
    fn rule(&self) -> Option<&'static str> {
        matches!(self, Self::AboveOwn).then_some("ORG-4")
    }

    fn is_of_state(&self) -> bool {
        matches!(self, Self::NotCreated | Self::AlreadyCreated | Self::Disabled)
    }

    fn faults(&self) -> Vec<Fault> {
        let pointer = match self {
            Self::NoRoleForPrograms { .. } => "/role",
            Self::Misplaced | Self::UnknownCabinet => "/cabinet",
            Self::NoRights | Self::LacksRight { .. } => "/rights",
            Self::Passed => "/until",
            _ => return vec![],
        };
        vec![Fault::new(pointer, self.to_string())]
    }
}

/// What is known beside the account.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// Whether there is the cabinet to which it shall belong.
    pub cabinet_exists: bool,
    /// A right of the key to be issued that the role of the account does not have.
    pub lacking: Option<Right>,
}

impl ServiceAccount {
    /// What the program is, once it has an account.
    pub fn profile(&self) -> Option<&Profile> {
        self.profile.as_ref()
    }

    /// A key that is good at a moment.
    pub fn key(&self, id: ApiKeyId, now: DateTime<Utc>) -> Option<&ApiKey> {
        let key = self.keys.get(&id).filter(|_| !self.disabled);
        key.filter(|key| key.until.is_none_or(|until| now < until))
    }

    /// What all keys together are good for that were not revoked; nothing while it is disabled.
    pub fn rights(&self) -> BTreeSet<Right> {
        let keys = self.keys.values().filter(|_| !self.disabled);
        keys.flat_map(|key| key.rights.iter().copied()).collect()
    }

    fn decide_created(
        &self,
        command: Command,
        case: &DecisionContext<Facts>,
    ) -> Result<Option<Event>, Refusal> {
        Ok(match command {
            Command::Create(_) => return Err(Refusal::AlreadyCreated),
            Command::IssueKey { .. } if self.disabled => return Err(Refusal::Disabled),
            Command::IssueKey { id, key } => {
                if key.rights.is_empty() {
                    return Err(Refusal::NoRights);
                }
                if let Some(right) = case.facts.lacking {
                    return Err(Refusal::LacksRight { right });
                }
                if key.until.is_some_and(|until| until <= case.now) {
                    return Err(Refusal::Passed);
                }
                let is_within = |profile: &Profile| profile.is_within(&case.by);
                let limited = case.by.only.as_ref();
                if limited.is_some_and(|only| !key.rights.is_subset(only))
                    || !self.profile.as_ref().is_some_and(is_within)
                {
                    return Err(Refusal::AboveOwn);
                }
                (self.keys.get(&id) != Some(&key)).then_some(Event::KeyIssued { id, key })
            }
            Command::RevokeKey { id } if self.keys.contains_key(&id) => {
                Some(Event::KeyRevoked { id })
            }
            Command::RevokeKey { .. } => return Err(Refusal::NoSuchKey),
            Command::Disable {} => (!self.disabled).then_some(Event::Disabled {}),
            Command::Enable {} => self.disabled.then_some(Event::Enabled {}),
        })
    }
}

impl Profile {
    fn check(&self, case: &DecisionContext<Facts>) -> Result<(), Refusal> {
        let Self { role, cabinet, .. } = *self;
        match role {
            Role::Guest | Role::System => Err(Refusal::NoRoleForPrograms { role }),
            _ if role.is_client() != cabinet.is_some() => Err(Refusal::Misplaced),
            _ if cabinet.is_some() && !case.facts.cabinet_exists => Err(Refusal::UnknownCabinet),
            _ if !self.is_within(&case.by) => Err(Refusal::AboveOwn),
            _ => Ok(()),
        }
    }

    /// ORG-4: no client gives a program more than they have.
    fn is_within(&self, actor: &Actor) -> bool {
        let role_within = self.role == Role::ClientUser || self.role == actor.role;
        !actor.role.is_client() || role_within && self.reach <= actor.reach
    }
}

/// There was a right for announcements, which permitted nothing.
fn drop_announcements_right(data: &mut Value) {
    if let Some(rights) = data["key"]["rights"].as_array_mut() {
        rights.retain(|right| right != "announcements");
    }
}

impl Decider for ServiceAccount {
    const NAME: &'static str = "identity.service_account";

    const UPCASTERS: &'static [Upcaster] =
        &[Upcaster { variant: "KeyIssued", from: 1, up: drop_announcements_right }];

    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;
    type Facts = Facts;

    fn decide(
        &self,
        command: Command,
        case: &DecisionContext<Facts>,
    ) -> Result<Vec<Event>, Refusal> {
        match (command, &self.profile) {
            (Command::Create(profile), None) => {
                profile.check(case)?;
                Ok(vec![Event::Created { profile }])
            }
            (_, None) => Err(Refusal::NotCreated),
            (command, Some(_)) => Ok(self.decide_created(command, case)?.into_iter().collect()),
        }
    }

    fn evolve(mut self, event: Event) -> Self {
        match event {
            Event::Created { profile } => self.profile = Some(profile),
            Event::KeyIssued { id, key } => {
                self.keys.insert(id, key);
            }
            Event::KeyRevoked { id } => {
                self.keys.remove(&id);
            }
            Event::Disabled {} => self.disabled = true,
            Event::Enabled {} => self.disabled = false,
        }
        self
    }
}
