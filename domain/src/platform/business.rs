//! The business that this deployment serves: what it is called, where it is, and what its homepage says.

use std::collections::{BTreeMap, BTreeSet};

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use strum::EnumDiscriminants;
use thiserror::Error;
use utoipa::ToSchema;

pub use super::BusinessId;
use crate::{
    Address, Change, Color, Currency, Decider, DecisionContext, Email, Fault, HttpsUrl, Language,
    OpeningHours, Slug, Text, WebOrigin,
};

/// What stands behind text in the light scheme and in the dark one.
const GROUNDS: [Color; 2] = [Color::new(0xf6, 0xf5, 0xf2), Color::new(0x12, 0x14, 0x13)];
/// The least contrast of text (WCAG 2.2, 1.4.3).
const MIN_CONTRAST: f64 = 4.5;
/// The most weekly hours.
const MAX_HOURS: usize = 50;
/// The most pages that may show its own in a frame.
const MAX_EMBEDDERS: usize = 20;

/// Nothing is known of it until it is set up.
#[derive(Debug, Clone, Default)]
pub struct Business {
    profile: Option<Profile>,
    published: bool,
}

/// What the business says of itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    pub name: Text<100>,
    /// What addresses call it.
    pub slug: Slug,
    /// The IANA zone in which times are told.
    #[schema(value_type = String, example = "Europe/Berlin")]
    pub zone: Tz,
    /// What prices are in.
    pub currency: Currency,
    /// What its pages are written in; the first one where nobody asks for another.
    pub languages: Vec<Language>,
    #[serde(default)]
    pub address: Option<Address>,
    #[serde(default)]
    pub email: Option<Email>,
    #[serde(default)]
    pub phone: Option<Text<50>>,
    #[serde(default)]
    pub logo: Option<HttpsUrl>,
    /// A picture for the homepage.
    #[serde(default)]
    pub picture: Option<HttpsUrl>,
    #[serde(default)]
    pub accent: Option<AccentColors>,
    /// When it is open, by the clock on its wall.
    #[serde(default)]
    pub hours: Vec<OpeningHours>,
    /// The text of the homepage by language.
    #[serde(default)]
    pub texts: BTreeMap<Language, HomepageText>,
    /// Whose pages may show those for booking in a frame.
    #[serde(default)]
    pub embedders: Vec<WebOrigin>,
}

/// The colour of what can be acted on. No colour is readable on both grounds, so there are two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Accent)]
pub struct AccentColors {
    /// On light ground: 4.5:1 against `#f6f5f2` at least.
    #[schema(example = "#0e5c56")]
    pub light: Color,
    /// On dark ground: 4.5:1 against `#121413` at least.
    #[schema(example = "#4fc3b3")]
    pub dark: Color,
}

/// What the homepage says in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HomepageText {
    /// One line under the name.
    #[serde(default)]
    pub headline: Option<Text<200>>,
    pub about: Text<4000>,
}

/// What is to be different; what is left out stays as it is, and null removes it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Changes {
    pub name: Option<Text<100>>,
    pub slug: Option<Slug>,
    #[schema(value_type = Option<String>, example = "Europe/Berlin")]
    pub zone: Option<Tz>,
    pub currency: Option<Currency>,
    pub languages: Option<Vec<Language>>,
    #[serde(skip_serializing_if = "Change::is_keep")]
    #[schema(value_type = Option<Address>)]
    pub address: Change<Address>,
    #[serde(skip_serializing_if = "Change::is_keep")]
    #[schema(value_type = Option<Email>)]
    pub email: Change<Email>,
    #[serde(skip_serializing_if = "Change::is_keep")]
    #[schema(value_type = Option<Text<50>>)]
    pub phone: Change<Text<50>>,
    #[serde(skip_serializing_if = "Change::is_keep")]
    #[schema(value_type = Option<HttpsUrl>)]
    pub logo: Change<HttpsUrl>,
    #[serde(skip_serializing_if = "Change::is_keep")]
    #[schema(value_type = Option<HttpsUrl>)]
    pub picture: Change<HttpsUrl>,
    #[serde(skip_serializing_if = "Change::is_keep")]
    #[schema(value_type = Option<AccentColors>)]
    pub accent: Change<AccentColors>,
    pub hours: Option<Vec<OpeningHours>>,
    pub texts: Option<BTreeMap<Language, HomepageText>>,
    pub embedders: Option<Vec<WebOrigin>>,
}

/// What can be asked of the business.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema, EnumDiscriminants)]
#[strum_discriminants(name(CommandKind), derive(Serialize), serde(rename_all = "snake_case"))]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// Says for the first time what business this is.
    SetUp(Profile),
    /// Changes what the business says of itself.
    Change(Changes),
    /// Shows the homepage to everybody.
    Publish {},
    /// Shows the homepage to nobody any more.
    Unpublish {},
}

/// What can have happened to the business.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub enum Event {
    SetUp(Profile),
    Changed(Profile),
    Published {},
    Unpublished {},
}

/// Why the business says no.
#[derive(Debug, Clone, PartialEq, Error, Serialize, ToSchema)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Refusal {
    #[error("the business is not set up yet")]
    NotSetUp {},
    #[error("the business is set up already")]
    AlreadySetUp {},
    #[error("a business cannot be like that: {}", faults[0].message)]
    Impossible { faults: Vec<Fault> },
}

impl crate::Refusal for Refusal {
    fn rule(&self) -> Option<&'static str> {
        matches!(self, Self::Impossible { .. }).then_some("PLT-11")
    }

    fn faults(&self) -> Vec<Fault> {
        match self {
            Self::Impossible { faults } => faults.clone(),
            _ => Vec::new(),
        }
    }
}

impl Decider for Business {
    const NAME: &'static str = "platform.business";

    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;
    type Facts = ();

    fn decide(&self, command: Command, _: &DecisionContext<()>) -> Result<Vec<Event>, Refusal> {
        match (&self.profile, command) {
            (None, Command::SetUp(profile)) => Ok(vec![Event::SetUp(checked(profile)?)]),
            (None, _) => Err(Refusal::NotSetUp {}),
            (Some(_), Command::SetUp(_)) => Err(Refusal::AlreadySetUp {}),
            (Some(old), Command::Change(changes)) => {
                let new = checked(changes.applied_to(old.clone()))?;
                Ok(if new == *old { vec![] } else { vec![Event::Changed(new)] })
            }
            (Some(_), Command::Publish {}) if self.published => Ok(vec![]),
            (Some(_), Command::Publish {}) => Ok(vec![Event::Published {}]),
            (Some(_), Command::Unpublish {}) if self.published => Ok(vec![Event::Unpublished {}]),
            (Some(_), Command::Unpublish {}) => Ok(vec![]),
        }
    }

    fn evolve(mut self, event: Event) -> Self {
        match event {
            Event::SetUp(profile) | Event::Changed(profile) => self.profile = Some(profile),
            Event::Published {} => self.published = true,
            Event::Unpublished {} => self.published = false,
        }
        self
    }
}

impl Business {
    /// What it says of itself, once it is set up.
    pub fn profile(&self) -> Option<&Profile> {
        self.profile.as_ref()
    }

    /// What everybody may see.
    pub fn published_profile(&self) -> Option<&Profile> {
        self.profile().filter(|_| self.published)
    }

    /// The zone in which times are told where nobody names another.
    pub fn zone(&self) -> Tz {
        self.profile().map_or(Tz::UTC, |profile| profile.zone)
    }
}

impl Changes {
    fn applied_to(self, old: Profile) -> Profile {
        Profile {
            name: self.name.unwrap_or(old.name),
            slug: self.slug.unwrap_or(old.slug),
            zone: self.zone.unwrap_or(old.zone),
            currency: self.currency.unwrap_or(old.currency),
            languages: self.languages.unwrap_or(old.languages),
            address: self.address.applied_to(old.address),
            email: self.email.applied_to(old.email),
            phone: self.phone.applied_to(old.phone),
            logo: self.logo.applied_to(old.logo),
            picture: self.picture.applied_to(old.picture),
            accent: self.accent.applied_to(old.accent),
            hours: self.hours.unwrap_or(old.hours),
            texts: self.texts.unwrap_or(old.texts),
            embedders: self.embedders.unwrap_or(old.embedders),
        }
    }
}

/// The profile, if a business can be like that (PLT-11).
fn checked(profile: Profile) -> Result<Profile, Refusal> {
    let known: BTreeSet<_> = profile.languages.iter().collect();
    let is_faint = |accent: AccentColors| {
        let pairs = [("/accent/light", accent.light), ("/accent/dark", accent.dark)];
        pairs
            .into_iter()
            .zip(GROUNDS)
            .filter(|((_, color), ground)| color.contrast(*ground) < MIN_CONTRAST)
    };
    let faint = profile.accent.into_iter().flat_map(is_faint).map(|((pointer, color), ground)| {
        let contrast = color.contrast(ground);
        let message =
            format!("has a contrast of {contrast:.2}:1 against {ground}; 4.5:1 is needed");
        Fault::new(pointer, message)
    });
    let unknown = profile.texts.keys().any(|language| !known.contains(language));
    let rules = [
        (known.is_empty(), "/languages", "pages are written in some language"),
        (known.len() < profile.languages.len(), "/languages", "names a language twice"),
        (profile.hours.len() > MAX_HOURS, "/hours", "50 weekly hours are enough"),
        (profile.embedders.len() > MAX_EMBEDDERS, "/embedders", "20 origins are enough"),
        (unknown, "/texts", "is in a language that is not among its languages"),
    ];
    let violated = rules.into_iter().filter(|(violated, ..)| *violated);
    let violated = violated.map(|(_, pointer, message)| Fault::new(pointer, message));
    let faults: Vec<_> = violated.chain(faint).collect();
    if faults.is_empty() { Ok(profile) } else { Err(Refusal::Impossible { faults }) }
}

#[cfg(test)]
mod tests;
