//! An organisation's own `OpenID` Connect provider, at which its people sign in.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use strum::EnumDiscriminants;
use thiserror::Error;
use url::Url;
use utoipa::ToSchema;

pub use super::ProviderId;
use crate::{
    Claim, Decider, DecisionContext, Fault, Personal, Text, macros::text_newtype,
    organizations::CabinetId,
};

/// A provider; nobody is sent to it until it is registered.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Provider {
    #[default]
    Unregistered,
    Registered(Box<Registered>),
}

/// How a provider is reached, and whose members sign in there.
#[derive(Debug, Clone, PartialEq)]
pub struct Registered {
    /// Only members of this cabinet and of those below it can sign in there.
    pub cabinet: CabinetId,
    pub settings: Settings,
    pub secret: Option<Personal<Text<500>>>,
    pub enabled: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// What people read who are sent there.
    pub name: Text<100>,
    /// Who has an address in this domain signs in there.
    pub domain: EmailDomain,
    /// The issuer, below which `/.well-known/openid-configuration` is found.
    pub issuer: Issuer,
    /// Who we are there.
    pub client_id: Text<200>,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, EnumDiscriminants)]
#[strum_discriminants(name(CommandKind), derive(Serialize), serde(rename_all = "snake_case"))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Command {
    /// Lets the people of an organisation sign in at a provider of its own.
    Register {
        cabinet: CabinetId,
        settings: Settings,
        /// Our secret there; none if we are a public client.
        #[serde(default)]
        client_secret: Option<Text<500>>,
    },
    /// Changes how it is reached.
    Change { settings: Settings },
    /// Replaces our secret there.
    ChangeSecret { client_secret: Text<500> },
    /// Sends nobody there any more.
    Disable {},
    /// Sends people there again.
    Enable {},
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub enum Event {
    Registered { cabinet: CabinetId, settings: Settings },
    Changed { settings: Settings },
    SecretChanged { secret: Personal<Text<500>> },
    Disabled {},
    Enabled {},
}

#[derive(Debug, Clone, PartialEq, Error, Serialize, ToSchema)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Refusal {
    #[error("there is no such provider")]
    Unregistered,
    #[error("the provider is registered already")]
    AlreadyRegistered,
    #[error("there is no such cabinet")]
    UnknownCabinet,
}

impl crate::Refusal for Refusal {
    fn is_of_state(&self) -> bool {
        matches!(self, Self::Unregistered | Self::AlreadyRegistered)
    }

    fn faults(&self) -> Vec<Fault> {
        match self {
            Self::UnknownCabinet => {
                vec![Fault::new("/cabinet", self.to_string())]
            }
            _ => vec![],
        }
    }
}

/// What a decision must know of organisations.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    pub cabinet_exists: bool,
}

impl Provider {
    /// The provider, once it is registered.
    pub fn registered(&self) -> Option<&Registered> {
        match self {
            Self::Registered(registered) => Some(registered),
            Self::Unregistered => None,
        }
    }
}

/// What a provider claims: the addresses of a domain.
pub const SIGN_IN_DOMAIN_CLAIM: &str = "sign_in_domain";

impl Decider for Provider {
    const NAME: &'static str = "identity.provider";

    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;
    type Facts = Facts;

    fn decide(
        &self,
        command: Command,
        case: &DecisionContext<Facts>,
    ) -> Result<Vec<Event>, Refusal> {
        // Sealed with the provider's own key.
        let changed = |secret| Event::SecretChanged { secret: Personal::sealed(case.id, secret) };
        let event = match (self, command) {
            (Self::Registered(_), Command::Register { .. }) => {
                return Err(Refusal::AlreadyRegistered);
            }
            (Self::Unregistered, Command::Register { cabinet, settings, client_secret }) => {
                if !case.facts.cabinet_exists {
                    return Err(Refusal::UnknownCabinet);
                }
                let event = Event::Registered { cabinet, settings };
                let secret = client_secret.map(changed);
                return Ok([event].into_iter().chain(secret).collect());
            }
            (Self::Unregistered, _) => return Err(Refusal::Unregistered),
            (Self::Registered(registered), Command::Change { settings }) => {
                (registered.settings != settings).then_some(Event::Changed { settings })
            }
            (Self::Registered(registered), Command::ChangeSecret { client_secret }) => {
                let unchanged =
                    registered.secret.as_ref().and_then(Personal::get) == Some(&client_secret);
                (!unchanged).then(|| changed(client_secret))
            }
            (Self::Registered(registered), Command::Disable {}) => {
                registered.enabled.then_some(Event::Disabled {})
            }
            (Self::Registered(registered), Command::Enable {}) => {
                (!registered.enabled).then_some(Event::Enabled {})
            }
        };
        Ok(event.into_iter().collect())
    }

    fn evolve(self, event: Event) -> Self {
        let (mut registered, event) = match (self, event) {
            (_, Event::Registered { cabinet, settings }) => {
                let registered = Registered { cabinet, settings, secret: None, enabled: true };
                return Self::Registered(Box::new(registered));
            }
            (Self::Unregistered, _) => return Self::Unregistered,
            (Self::Registered(registered), event) => (registered, event),
        };
        match event {
            Event::Registered { .. } => {}
            Event::Changed { settings } => registered.settings = settings,
            Event::SecretChanged { secret } => registered.secret = Some(secret),
            Event::Disabled {} => registered.enabled = false,
            Event::Enabled {} => registered.enabled = true,
        }
        Self::Registered(registered)
    }

    /// The people of a domain are sent to one provider.
    fn claims(&self) -> Vec<Claim> {
        let enabled = self.registered().filter(|registered| registered.enabled);
        let domain = enabled.map(|registered| registered.settings.domain.as_str());
        domain
            .map(|domain| Claim::unique(SIGN_IN_DOMAIN_CLAIM, domain, "IAM-11"))
            .into_iter()
            .collect()
    }
}

/// A domain of e-mail addresses, in small letters: `example.org`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(as = Domain, value_type = String, example = "example.org")]
pub struct EmailDomain(String);

text_newtype!(EmailDomain);

impl EmailDomain {
    /// The domain of an e-mail address.
    pub fn of_address(address: &str) -> Option<Self> {
        address.rsplit_once('@')?.1.parse().ok()
    }
}

impl FromStr for EmailDomain {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let domain = text.trim().to_lowercase();
        let is_label = |label: &str| {
            !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-')
        };
        if domain.len() <= 253 && domain.contains('.') && domain.split('.').all(is_label) {
            Ok(Self(domain))
        } else {
            Err(format!("'{text}' is no domain such as example.org"))
        }
    }
}

/// The address that names a provider, exactly as it names itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, format = "uri", example = "https://login.example.org")]
pub struct Issuer(String);

text_newtype!(Issuer);

impl FromStr for Issuer {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let url: Url = text.parse().map_err(|why| format!("is no absolute URI: {why}"))?;
        let is_plain = url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        // Whether plain http is allowed is a setting of the deployment.
        let is_web = matches!(url.scheme(), "https" | "http") && url.has_host();
        if is_plain && is_web && text.len() <= 500 {
            Ok(Self(text.to_owned()))
        } else {
            Err("must be https, without query, fragment or user name".into())
        }
    }
}

#[cfg(test)]
mod tests;
