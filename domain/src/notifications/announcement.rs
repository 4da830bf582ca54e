//! What somebody tells many at once: all who work for the business, those of a role, or an organisation.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use strum::EnumDiscriminants;
use thiserror::Error;
use utoipa::ToSchema;

pub use super::AnnouncementId;
use crate::{
    Decider, DecisionContext, Fault, Language, Text, identity::Role, organizations::CabinetId,
};

/// Nothing until it is published.
#[derive(Debug, Clone, Default)]
pub struct Announcement {
    message: Option<Message>,
    withdrawn: bool,
}

/// What is announced, and to whom.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AnnouncementMessage)]
pub struct Message {
    pub audience: Audience,
    /// What it says by language, in one at least. Who reads another language is told in English, or in the
    /// first one that there is.
    pub texts: BTreeMap<Language, AnnouncementText>,
}

/// To whom it goes: those who belong to it when it is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "to", rename_all = "snake_case", deny_unknown_fields)]
pub enum Audience {
    /// All who work for the business.
    Staff {},
    /// All who have a role.
    Role { role: Role },
    /// The members of an organisation and of all below it.
    Cabinet { cabinet: CabinetId },
}

/// What an announcement says in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnnouncementText {
    pub title: Text<200>,
    pub text: Text<5000>,
}

/// What can be asked of an announcement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema, EnumDiscriminants)]
#[strum_discriminants(name(CommandKind), derive(Serialize), serde(rename_all = "snake_case"))]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// Announces something: it comes into the inboxes of its audience, and by mail to those who want it.
    Publish(Message),
    /// Takes it out of the inboxes. What was mailed stays mailed.
    Withdraw {},
}

/// What can have happened to an announcement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub enum Event {
    Published { message: Message },
    Withdrawn {},
}

/// Why the business says no.
#[derive(Debug, Clone, PartialEq, Error, Serialize, ToSchema)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Refusal {
    #[error("there is no such announcement")]
    NotPublished,
    #[error("the announcement is published already")]
    AlreadyPublished,
    #[error("an announcement says something in one language at least")]
    WithoutText,
    #[error("there is no such organisation")]
    UnknownCabinet,
}

impl crate::Refusal for Refusal {
    fn is_of_state(&self) -> bool {
        matches!(self, Self::NotPublished | Self::AlreadyPublished)
    }

    fn faults(&self) -> Vec<Fault> {
        let pointer = match self {
            Self::WithoutText => "/texts",
            Self::UnknownCabinet => "/audience/cabinet",
            Self::NotPublished | Self::AlreadyPublished => return vec![],
        };
        vec![Fault::new(pointer, self.to_string())]
    }
}

/// What a decision must know of the audience.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    pub unknown_cabinet: bool,
}

impl Announcement {
    /// What it says and to whom, unless it was withdrawn.
    pub fn message(&self) -> Option<&Message> {
        self.message.as_ref().filter(|_| !self.withdrawn)
    }

    /// The organisation to which it goes.
    pub fn cabinet(&self) -> Option<CabinetId> {
        self.message.as_ref()?.audience.cabinet()
    }
}

impl Audience {
    /// The organisation, if it is one.
    pub fn cabinet(self) -> Option<CabinetId> {
        match self {
            Self::Cabinet { cabinet } => Some(cabinet),
            Self::Staff {} | Self::Role { .. } => None,
        }
    }
}

impl Message {
    /// What it says to those who read a language.
    pub fn text_in(&self, language: Language) -> Option<&AnnouncementText> {
        language.best_text(&self.texts)
    }
}

impl Decider for Announcement {
    const NAME: &'static str = "notifications.announcement";

    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;
    type Facts = Facts;

    fn decide(
        &self,
        command: Command,
        case: &DecisionContext<Facts>,
    ) -> Result<Vec<Event>, Refusal> {
        let event = match (command, &self.message) {
            (Command::Publish(_), Some(_)) => return Err(Refusal::AlreadyPublished),
            (Command::Publish(_), None) if case.facts.unknown_cabinet => {
                return Err(Refusal::UnknownCabinet);
            }
            (Command::Publish(message), None) if message.texts.is_empty() => {
                return Err(Refusal::WithoutText);
            }
            (Command::Publish(message), None) => Some(Event::Published { message }),
            (Command::Withdraw {}, None) => return Err(Refusal::NotPublished),
            (Command::Withdraw {}, Some(_)) => (!self.withdrawn).then_some(Event::Withdrawn {}),
        };
        Ok(event.into_iter().collect())
    }

    fn evolve(mut self, event: Event) -> Self {
        match event {
            Event::Published { message } => self.message = Some(message),
            Event::Withdrawn {} => self.withdrawn = true,
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Spec;

    #[test]
    fn an_announcement_is_published_once_to_an_organisation_that_there_is() {
        let publish = || Command::Publish(message(&[Language::De]));
        Announcement::given([]).when(publish()).then([published()]);
        Announcement::given([published()]).when(publish()).refused(Refusal::AlreadyPublished);
        Announcement::given([])
            .knowing(Facts { unknown_cabinet: true })
            .when(publish())
            .refused(Refusal::UnknownCabinet);
    }

    #[test]
    fn an_announcement_says_something() {
        Announcement::given([]).when(Command::Publish(message(&[]))).refused(Refusal::WithoutText);
    }

    #[test]
    fn an_announcement_is_withdrawn_once() {
        let withdraw = || Command::Withdraw {};
        Announcement::given([published()]).when(withdraw()).then([Event::Withdrawn {}]);
        Announcement::given([published(), Event::Withdrawn {}]).when(withdraw()).then([]);
        Announcement::given([]).when(withdraw()).refused(Refusal::NotPublished);
    }

    #[test]
    fn everybody_is_told_in_their_language_or_in_english_or_in_what_there_is() {
        let title = |languages: &[Language], language| {
            let message = message(languages);
            message.text_in(language).map(|text| text.title.to_string())
        };
        let (en, de, fr) = (Language::En, Language::De, Language::Fr);
        assert_eq!(title(&[de, en], de).as_deref(), Some("De"));
        assert_eq!(title(&[de, en], fr).as_deref(), Some("En"));
        assert_eq!(title(&[de], fr).as_deref(), Some("De"));
    }

    fn published() -> Event {
        Event::Published { message: message(&[Language::De]) }
    }

    fn message(languages: &[Language]) -> Message {
        let text = |language: &Language| AnnouncementText {
            title: format!("{language:?}").parse().unwrap(),
            text: "We close at noon.".parse().unwrap(),
        };
        let texts = languages.iter().map(|language| (*language, text(language))).collect();
        Message { audience: Audience::Staff {}, texts }
    }
}
