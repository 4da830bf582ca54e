//! Someone who signs in.
//!
//! Where he belongs (cabinet and reach) is told by events of its own, so that memberships can
//! become an aggregate without touching the account.

#[cfg(test)]
mod tests;

use std::fmt;

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use utoipa::ToSchema;

use super::{Reach, Role};
use crate::{
    Case, Claim, Decider, Email, Fault, Id, Personal, Text, crm::customer::CustomerId,
    organizations::cabinet::CabinetId,
};

pub type UserId = Id<User>;

#[derive(Debug, Clone, Default, PartialEq)]
pub enum User {
    #[default]
    Unregistered,
    Registered(Box<Account>),
}

/// What is known of a user. He is the subject of his own personal data.
#[derive(Debug, Clone, PartialEq)]
pub struct Account {
    pub email: Personal<Email>,
    pub name: Personal<Text<200>>,
    pub language: Language,
    pub zone: Tz,
    pub password: Option<Personal<PasswordHash>>,
    pub role: Role,
    pub membership: Option<Membership>,
    pub customer: Option<CustomerId>,
    pub standing: Standing,
}

/// The cabinet a user acts in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Membership {
    pub cabinet: CabinetId,
    /// How far his rights go from there.
    #[serde(default)]
    pub reach: Reach,
}

/// Whether a user may sign in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    #[default]
    Active,
    /// Kept out for now, for the sake of security.
    Locked,
    /// No longer a user; his history stays.
    Deactivated,
}

/// A language that messages are written in (ISO 639-1).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    #[default]
    En,
    De,
}

/// A password's Argon2id hash in the PHC string format, never the password.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, pattern = r"^\$argon2id\$")]
pub struct PasswordHash(String);

impl PasswordHash {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for PasswordHash {
    type Error = &'static str;

    fn try_from(hash: String) -> Result<Self, Self::Error> {
        if hash.starts_with("$argon2id$") { Ok(Self(hash)) } else { Err("is no Argon2id hash") }
    }
}

impl From<PasswordHash> for String {
    fn from(hash: PasswordHash) -> Self {
        hash.0
    }
}

/// Hashes have no place in logs.
impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("$argon2id$…")
    }
}

/// Who becomes a user.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Registration {
    pub email: Email,
    pub name: Text<200>,
    #[serde(default)]
    pub language: Language,
    /// The IANA zone in which the user is told times.
    #[serde(default)]
    #[schema(value_type = String, example = "Europe/Berlin")]
    pub zone: Tz,
    /// Without one the user cannot sign in yet.
    #[serde(default)]
    pub password: Option<PasswordHash>,
    pub role: Role,
    #[serde(default)]
    pub membership: Option<Membership>,
    /// The customer who the user is.
    #[serde(default)]
    pub customer: Option<CustomerId>,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Command {
    /// Makes someone a user.
    Register(Registration),
    /// Replaces the password.
    ChangePassword { password: PasswordHash },
    /// Changes the name, the language or the zone; what is not given stays.
    ChangeProfile(Profile),
    /// Gives another role.
    GrantRole { role: Role },
    /// Lets the user act in a cabinet, as far as the reach goes.
    JoinCabinet(Membership),
    /// Takes the user out of the cabinet.
    LeaveCabinet {},
    /// Records which customer the user is.
    LinkCustomer { customer: CustomerId },
    /// Keeps the user out until unlocked.
    Lock {},
    /// Lets a locked user in again.
    Unlock {},
    /// Ends the user's access.
    Deactivate {},
    /// Gives access back.
    Reactivate {},
}

/// What a user says of himself.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Profile {
    pub name: Option<Text<200>>,
    pub language: Option<Language>,
    #[schema(value_type = Option<String>, example = "Europe/Berlin")]
    pub zone: Option<Tz>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub enum Event {
    Registered {
        email: Personal<Email>,
        name: Personal<Text<200>>,
        language: Language,
        #[schema(value_type = String)]
        zone: Tz,
    },
    PasswordChanged {
        password: Personal<PasswordHash>,
    },
    ProfileChanged {
        name: Personal<Text<200>>,
        language: Language,
        #[schema(value_type = String)]
        zone: Tz,
    },
    RoleGranted {
        role: Role,
    },
    JoinedCabinet(Membership),
    LeftCabinet {},
    LinkedToCustomer {
        customer: CustomerId,
    },
    Locked {},
    Unlocked {},
    Deactivated {},
    Reactivated {},
}

#[derive(Debug, Clone, PartialEq, Error, Serialize, ToSchema)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Refusal {
    #[error("there is no such user")]
    Unregistered,
    #[error("the user is registered already")]
    AlreadyRegistered,
    #[error("the role {role:?} is nobody's who signs in")]
    NoRoleForUsers { role: Role },
    #[error("the user is deactivated")]
    Deactivated,
}

impl crate::Refusal for Refusal {
    fn faults(&self) -> Vec<Fault> {
        match self {
            Self::NoRoleForUsers { .. } => {
                vec![Fault { pointer: "/role".into(), message: self.to_string() }]
            }
            _ => vec![],
        }
    }
}

impl User {
    /// What is known of the user, once he is one.
    pub fn account(&self) -> Option<&Account> {
        match self {
            Self::Registered(account) => Some(account),
            Self::Unregistered => None,
        }
    }
}

fn register(new: Registration, id: UserId) -> Result<Vec<Event>, Refusal> {
    let registered = Event::Registered {
        email: Personal::known(id, new.email),
        name: Personal::known(id, new.name),
        language: new.language,
        zone: new.zone,
    };
    let password = new.password.map(|hash| Personal::known(id, hash));
    let mut events = vec![registered, granted(new.role)?];
    events.extend(password.map(|password| Event::PasswordChanged { password }));
    events.extend(new.membership.map(Event::JoinedCabinet));
    events.extend(new.customer.map(|customer| Event::LinkedToCustomer { customer }));
    Ok(events)
}

/// Guests do not sign in, and the system is no person.
fn granted(role: Role) -> Result<Event, Refusal> {
    match role {
        Role::Guest | Role::System => Err(Refusal::NoRoleForUsers { role }),
        role => Ok(Event::RoleGranted { role }),
    }
}

impl Account {
    fn decide(&self, command: Command, id: UserId) -> Result<Option<Event>, Refusal> {
        let event = match command {
            Command::Register(_) => return Err(Refusal::AlreadyRegistered),
            Command::Reactivate {} => {
                (self.standing == Standing::Deactivated).then_some(Event::Reactivated {})
            }
            Command::Deactivate {} => {
                (self.standing != Standing::Deactivated).then_some(Event::Deactivated {})
            }
            _ if self.standing == Standing::Deactivated => return Err(Refusal::Deactivated),
            Command::Lock {} => (self.standing == Standing::Active).then_some(Event::Locked {}),
            Command::Unlock {} => (self.standing == Standing::Locked).then_some(Event::Unlocked {}),
            Command::ChangePassword { password } => {
                let password = Personal::known(id, password);
                let new = self.password.as_ref() != Some(&password);
                new.then_some(Event::PasswordChanged { password })
            }
            Command::ChangeProfile(Profile { name, language, zone }) => {
                let name = name.map_or_else(|| self.name.clone(), |name| Personal::known(id, name));
                let language = language.unwrap_or(self.language);
                let zone = zone.unwrap_or(self.zone);
                let new = (&name, language, zone) != (&self.name, self.language, self.zone);
                new.then_some(Event::ProfileChanged { name, language, zone })
            }
            Command::GrantRole { role } => {
                let granted = granted(role)?;
                (role != self.role).then_some(granted)
            }
            Command::JoinCabinet(membership) => {
                (self.membership != Some(membership)).then_some(Event::JoinedCabinet(membership))
            }
            Command::LeaveCabinet {} => self.membership.map(|_| Event::LeftCabinet {}),
            Command::LinkCustomer { customer } => {
                (self.customer != Some(customer)).then_some(Event::LinkedToCustomer { customer })
            }
        };
        Ok(event)
    }

    fn evolve(mut self, event: Event) -> Self {
        match event {
            Event::Registered { email, .. } => self.email = email,
            Event::PasswordChanged { password } => self.password = Some(password),
            Event::ProfileChanged { name, language, zone } => {
                self = Self { name, language, zone, ..self };
            }
            Event::RoleGranted { role } => self.role = role,
            Event::JoinedCabinet(membership) => self.membership = Some(membership),
            Event::LeftCabinet {} => self.membership = None,
            Event::LinkedToCustomer { customer } => self.customer = Some(customer),
            Event::Locked {} => self.standing = Standing::Locked,
            Event::Unlocked {} | Event::Reactivated {} => self.standing = Standing::Active,
            Event::Deactivated {} => self.standing = Standing::Deactivated,
        }
        self
    }
}

/// What a user claims: his mailbox, by the folded address.
pub const MAILBOX: &str = "user_mailbox";

impl Decider for User {
    const NAME: &'static str = "identity.user";

    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;
    type Facts = ();

    fn decide(&self, command: Command, case: &Case<()>) -> Result<Vec<Event>, Refusal> {
        match (self, command) {
            (Self::Registered(account), command) => {
                Ok(account.decide(command, case.id.into())?.into_iter().collect())
            }
            (Self::Unregistered, Command::Register(new)) => register(new, case.id.into()),
            (Self::Unregistered, _) => Err(Refusal::Unregistered),
        }
    }

    fn evolve(self, event: Event) -> Self {
        match (self, event) {
            (Self::Unregistered, Event::Registered { email, name, language, zone }) => {
                Self::Registered(Box::new(Account {
                    email,
                    name,
                    language,
                    zone,
                    password: None,
                    role: Role::Guest,
                    membership: None,
                    customer: None,
                    standing: Standing::Active,
                }))
            }
            (Self::Unregistered, _) => Self::Unregistered,
            (Self::Registered(account), event) => Self::Registered(Box::new(account.evolve(event))),
        }
    }

    /// One account per mailbox, however the address is spelled, until it is deactivated.
    fn claims(&self) -> Vec<Claim> {
        let active = |account: &&Account| account.standing != Standing::Deactivated;
        let email = self.account().filter(active).and_then(|account| account.email.get());
        email.map(|email| Claim::unique(MAILBOX, email.folded(), "IAM-1")).into_iter().collect()
    }
}
