//! Another application of the business that signs people in with us, or acts for itself (OAuth 2).

mod redirect;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use serde::{
    Deserialize, Serialize,
    de::{IntoDeserializer, value::StrDeserializer},
};
use strum::EnumDiscriminants;
use thiserror::Error;
use utoipa::ToSchema;

pub use redirect::RedirectUri;

pub use super::OAuthClientId;
use super::service_account::KeyHash;
use crate::{Decider, DecisionContext, Fault, Text, access::Role, macros::display_as_serialized};

/// An application; it gets no tokens until it is registered.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum OAuthClient {
    #[default]
    Unregistered,
    Registered(Box<Registered>),
}

/// A registered application.
#[derive(Debug, Clone, PartialEq)]
pub struct Registered {
    pub kind: Kind,
    pub details: Details,
    /// By which its secret is recognised, if it has one.
    pub secret: Option<KeyHash>,
    pub enabled: bool,
}

/// What an application can keep to itself, and for whom it acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = ClientKind)]
pub enum Kind {
    /// Runs on a server, keeps a secret, and acts for people.
    Confidential,
    /// Runs in a browser or on a device, can keep no secret, and acts for people.
    Public,
    /// Keeps a secret and acts for itself, in this role.
    Service { role: Role },
}

/// What tokens may be used for (RFC 6749, 3.3).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
pub enum Permission {
    /// Know who the user is: an ID token.
    #[serde(rename = "openid")]
    OpenId,
    /// Know their name, language and time zone.
    #[serde(rename = "profile")]
    Profile,
    /// Know their e-mail address.
    #[serde(rename = "email")]
    Email,
    /// Stay signed in while they are away: a refresh token.
    #[serde(rename = "offline_access")]
    OfflineAccess,
    /// Read what they may read.
    #[serde(rename = "api:read")]
    Read,
    /// Do all that they may do.
    #[serde(rename = "api")]
    Api,
}

display_as_serialized!(Permission);

impl Permission {
    pub const ALL: [Self; 6] =
        [Self::OpenId, Self::Profile, Self::Email, Self::OfflineAccess, Self::Read, Self::Api];

    /// The permission of this name in requests and tokens, if there is one.
    pub fn parse(name: &str) -> Option<Self> {
        let name: StrDeserializer<'_, serde::de::value::Error> = name.into_deserializer();
        Self::deserialize(name).ok()
    }

    /// Whether it makes sense without a person.
    fn is_for_services(self) -> bool {
        matches!(self, Self::Read | Self::Api)
    }
}

/// How an application presents itself, and what it may ask for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ClientDetails)]
pub struct Details {
    /// What people read when they are asked whether they trust it.
    pub name: Text<100>,
    /// Where people may be sent back to with a code. Compared letter by letter.
    #[serde(default)]
    pub redirect_uris: BTreeSet<RedirectUri>,
    /// Where people may be sent to after they signed out.
    #[serde(default)]
    pub post_logout_redirect_uris: BTreeSet<RedirectUri>,
    /// All that it may ever ask for.
    pub permissions: BTreeSet<Permission>,
    /// Whether it is the business's own: then nobody is asked for consent.
    #[serde(default)]
    pub first_party: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, EnumDiscriminants)]
#[strum_discriminants(name(CommandKind), derive(Serialize), serde(rename_all = "snake_case"))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Command {
    /// Makes an application known.
    Register {
        kind: Kind,
        details: Details,
        /// Of all but public ones.
        #[serde(default)]
        secret: Option<KeyHash>,
    },
    /// Changes how it presents itself and what it may ask for.
    Change { details: Details },
    /// Replaces its secret; the old one is good for nothing from then on.
    RotateSecret { secret: KeyHash },
    /// Gives it no tokens any more.
    Disable {},
    /// Gives it tokens again.
    Enable {},
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub enum Event {
    Registered { kind: Kind, details: Details },
    Changed { details: Details },
    SecretRotated { secret: KeyHash },
    Disabled {},
    Enabled {},
}

#[derive(Debug, Clone, PartialEq, Error, Serialize, ToSchema)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Refusal {
    #[error("there is no such application")]
    Unregistered,
    #[error("the application is registered already")]
    AlreadyRegistered,
    #[error("a public application can keep no secret, and every other one must")]
    UnfitSecret,
    #[error("an application that acts for people needs an address to send them back to")]
    NoRedirectUri,
    #[error("a service has nobody to send back, nor anybody to know anything of")]
    NobodyToSendBack,
    #[error("an address that only a device understands is for public applications")]
    OnlyForPublic { uri: RedirectUri },
    #[error("no service acts in the role {role:?}")]
    NoRoleForServices { role: Role },
    #[error("an application that may ask for nothing is none")]
    NothingPermitted,
}

impl crate::Refusal for Refusal {
    fn is_of_state(&self) -> bool {
        matches!(self, Self::Unregistered | Self::AlreadyRegistered)
    }

    fn faults(&self) -> Vec<Fault> {
        let pointer = match self {
            Self::Unregistered | Self::AlreadyRegistered | Self::UnfitSecret => return vec![],
            Self::NoRedirectUri | Self::OnlyForPublic { .. } => "/details/redirect_uris",
            Self::NobodyToSendBack | Self::NothingPermitted => "/details/permissions",
            Self::NoRoleForServices { .. } => "/kind/service/role",
        };
        vec![Fault::new(pointer, self.to_string())]
    }
}

impl OAuthClient {
    /// The application, once it is registered.
    pub fn registered(&self) -> Option<&Registered> {
        match self {
            Self::Registered(registered) => Some(registered),
            Self::Unregistered => None,
        }
    }
}

impl Kind {
    pub fn is_public(self) -> bool {
        self == Self::Public
    }

    fn check(self, details: &Details) -> Result<(), Refusal> {
        let Details { redirect_uris, post_logout_redirect_uris, permissions, .. } = details;
        let mut uris = redirect_uris.iter().chain(post_logout_redirect_uris);
        if permissions.is_empty() {
            return Err(Refusal::NothingPermitted);
        }
        match self {
            Self::Service { role } => {
                let allowed_roles =
                    [Role::Employee, Role::SupportAgent, Role::PurchaseSystem, Role::Analyst];
                if !allowed_roles.contains(&role) {
                    return Err(Refusal::NoRoleForServices { role });
                }
                let without_user = permissions.iter().all(|each| each.is_for_services());
                if without_user && uris.next().is_none() {
                    Ok(())
                } else {
                    Err(Refusal::NobodyToSendBack)
                }
            }
            Self::Confidential | Self::Public if redirect_uris.is_empty() => {
                Err(Refusal::NoRedirectUri)
            }
            Self::Public => Ok(()),
            Self::Confidential => match uris.find(|uri| !uri.is_web()) {
                Some(uri) => Err(Refusal::OnlyForPublic { uri: uri.clone() }),
                None => Ok(()),
            },
        }
    }
}

impl Registered {
    /// Whether people may be sent back there with a code.
    pub fn redirects_to(&self, uri: &str) -> bool {
        let any_port = self.kind.is_public();
        self.details.redirect_uris.iter().any(|allowed| allowed.matches(uri, any_port))
    }

    /// Whether people may be sent there after they signed out.
    pub fn signs_out_to(&self, uri: &str) -> bool {
        self.details.post_logout_redirect_uris.iter().any(|allowed| allowed.matches(uri, false))
    }

    fn decide(&self, command: Command) -> Result<Option<Event>, Refusal> {
        let event = match command {
            Command::Register { .. } => return Err(Refusal::AlreadyRegistered),
            Command::Change { details } => {
                self.kind.check(&details)?;
                (details != self.details).then_some(Event::Changed { details })
            }
            Command::RotateSecret { .. } if self.kind.is_public() => {
                return Err(Refusal::UnfitSecret);
            }
            Command::RotateSecret { secret } => {
                (self.secret.as_ref() != Some(&secret)).then_some(Event::SecretRotated { secret })
            }
            Command::Disable {} => self.enabled.then_some(Event::Disabled {}),
            Command::Enable {} => (!self.enabled).then_some(Event::Enabled {}),
        };
        Ok(event)
    }
}

impl Decider for OAuthClient {
    const NAME: &'static str = "identity.oauth_client";

    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;
    type Facts = ();

    fn decide(&self, command: Command, _: &DecisionContext<()>) -> Result<Vec<Event>, Refusal> {
        match (self, command) {
            (Self::Registered(registered), command) => {
                Ok(registered.decide(command)?.into_iter().collect())
            }
            (Self::Unregistered, Command::Register { kind, details, secret }) => {
                kind.check(&details)?;
                if secret.is_none() != kind.is_public() {
                    return Err(Refusal::UnfitSecret);
                }
                let secret = secret.map(|secret| Event::SecretRotated { secret });
                Ok([Event::Registered { kind, details }].into_iter().chain(secret).collect())
            }
            (Self::Unregistered, _) => Err(Refusal::Unregistered),
        }
    }

    fn evolve(self, event: Event) -> Self {
        let (mut registered, event) = match (self, event) {
            (_, Event::Registered { kind, details }) => {
                let registered = Registered { kind, details, secret: None, enabled: true };
                return Self::Registered(Box::new(registered));
            }
            (Self::Unregistered, _) => return Self::Unregistered,
            (Self::Registered(registered), event) => (registered, event),
        };
        match event {
            Event::Registered { .. } => {}
            Event::Changed { details } => registered.details = details,
            Event::SecretRotated { secret } => registered.secret = Some(secret),
            Event::Disabled {} => registered.enabled = false,
            Event::Enabled {} => registered.enabled = true,
        }
        Self::Registered(registered)
    }
}
