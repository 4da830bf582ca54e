//! How someone becomes a user.

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Event, HomeCabinet, Language, PasswordHash, Refusal, UserId, account};
use crate::{Email, Personal, Text, access::Role, crm::CustomerId};

/// Who becomes a user.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Registration {
    pub email: Email,
    pub name: Text<200>,
    #[serde(default)]
    pub language: Language,
    /// The time zone in which the user is told times; that of the business if it is left out.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "Europe/Berlin")]
    pub zone: Option<Tz>,
    /// Without one the user cannot sign in yet.
    #[serde(default)]
    pub password: Option<PasswordHash>,
    pub role: Role,
    #[serde(default)]
    pub membership: Option<HomeCabinet>,
    /// The customer who the user is.
    #[serde(default)]
    pub customer: Option<CustomerId>,
}

/// A person who signs up. They choose a password once they have shown that the address is theirs, so
/// nobody can prepare an account for somebody else.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignUp {
    pub email: Email,
    pub name: Text<200>,
    #[serde(default)]
    pub language: Language,
    /// The time zone in which the user is told times; that of the business if it is left out.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "Europe/Berlin")]
    pub zone: Option<Tz>,
}

impl Registration {
    pub(super) fn events(self, id: UserId, zone: Tz) -> Result<Vec<Event>, Refusal> {
        let password = self.password.map(|hash| Personal::sealed(id, hash));
        let mut events = vec![
            registered(id, self.email, self.name, self.language, self.zone.unwrap_or(zone)),
            account::role_granted(self.role)?,
        ];
        events.extend(password.map(|password| Event::PasswordChanged { password }));
        events.extend(self.membership.map(Event::JoinedCabinet));
        events.extend(self.customer.map(|customer| Event::LinkedToCustomer { customer }));
        Ok(events)
    }
}

impl SignUp {
    pub(super) fn events(self, id: UserId, zone: Tz) -> Vec<Event> {
        vec![
            registered(id, self.email, self.name, self.language, self.zone.unwrap_or(zone)),
            Event::RoleGranted { role: Role::ClientUser },
            Event::SignedUp {},
        ]
    }
}

fn registered(id: UserId, email: Email, name: Text<200>, language: Language, zone: Tz) -> Event {
    let (email, name) = (Personal::sealed(id, email), Personal::sealed(id, name));
    Event::Registered { email, name, language, zone }
}
