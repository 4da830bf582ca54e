//! Templates: what a kind of document says in a language, for one product or for all others.
//!
//! DOC-2: a version that was published is never deleted, nor changed: a template that is retired keeps its
//! versions, and the next one that is published has the next number. DOC-6: of a kind, a language and a product there
//! is one template, since its id follows from them. DOC-7: what makes no document is not published; only who makes
//! documents can tell, so the API tries it before it gives the command.

use serde::{Deserialize, Serialize};
use strum::EnumDiscriminants;
use thiserror::Error;
use utoipa::ToSchema;

pub use super::TemplateId;
use crate::{
    Decider, DecisionContext, Fault, Language, Text, catalog::ProductId,
    macros::display_as_serialized,
};

/// A template as it is written: Markdown with expressions of Jinja.
pub type TemplateText = Text<20_000>;

/// What kind of document a template is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DocumentKind)]
pub enum Kind {
    /// A licence as its holder keeps it.
    License,
}

display_as_serialized!(Kind);

/// Nothing until it is created.
#[derive(Debug, Clone, Default)]
pub struct Template {
    about: Option<(Kind, Language)>,
    latest: Option<Version>,
    retired: bool,
}

/// A version of a template.
#[derive(Debug, Clone, PartialEq)]
pub struct Version {
    /// From 1, without gaps.
    pub number: u32,
    pub text: TemplateText,
}

/// A template to be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTemplate {
    pub kind: Kind,
    /// What it is written in.
    pub language: Language,
    /// The product whose documents it makes; none makes those of all products without one of their own.
    #[serde(default)]
    pub product: Option<ProductId>,
    /// Markdown with expressions of Jinja.
    pub text: TemplateText,
}

/// What can be asked of a template.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema, EnumDiscriminants)]
#[strum_discriminants(name(CommandKind), derive(Serialize), serde(rename_all = "snake_case"))]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// Begins a template with its first version.
    Create(NewTemplate),
    /// Makes another version of it, by which documents are made from now on, and takes it into use if it was retired.
    Publish {
        /// Markdown with expressions of Jinja.
        text: TemplateText,
    },
    /// Makes no document by it any more; its versions stay.
    Retire {},
}

/// What can have happened to a template.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub enum Event {
    /// With its version 1.
    Created {
        kind: Kind,
        language: Language,
        product: Option<ProductId>,
        text: TemplateText,
    },
    VersionPublished {
        /// From 2, without gaps.
        template_version: u32,
        text: TemplateText,
    },
    Retired {},
}

/// Why the business says no.
#[derive(Debug, Clone, PartialEq, Error, Serialize, ToSchema)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Refusal {
    #[error("there is no such template")]
    NotCreated,
    #[error("there is a template of this kind, language and product already")]
    AlreadyCreated,
    #[error("there is no such product")]
    UnknownProduct,
}

impl crate::Refusal for Refusal {
    fn rule(&self) -> Option<&'static str> {
        matches!(self, Self::AlreadyCreated).then_some("DOC-6")
    }

    fn is_of_state(&self) -> bool {
        matches!(self, Self::NotCreated | Self::AlreadyCreated)
    }

    fn faults(&self) -> Vec<Fault> {
        match self {
            Self::UnknownProduct => {
                vec![Fault::new("/product", self.to_string())]
            }
            Self::NotCreated | Self::AlreadyCreated => vec![],
        }
    }
}

/// What a decision must know of what the template names.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    pub unknown_product: bool,
}

impl Template {
    /// What it is for, once it is created.
    pub fn kind_and_language(&self) -> Option<(Kind, Language)> {
        self.about
    }

    /// The version by which documents are made, while it is in use.
    pub fn published(&self) -> Option<&Version> {
        self.latest.as_ref().filter(|_| !self.retired)
    }
}

impl Decider for Template {
    const NAME: &'static str = "documents.template";

    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;
    type Facts = Facts;

    fn decide(
        &self,
        command: Command,
        case: &DecisionContext<Facts>,
    ) -> Result<Vec<Event>, Refusal> {
        let event = match (&self.latest, command) {
            (None, Command::Create(_)) if case.facts.unknown_product => {
                return Err(Refusal::UnknownProduct);
            }
            (None, Command::Create(NewTemplate { kind, language, product, text })) => {
                Some(Event::Created { kind, language, product, text })
            }
            (None, _) => return Err(Refusal::NotCreated),
            (Some(_), Command::Create(_)) => return Err(Refusal::AlreadyCreated),
            (Some(latest), Command::Publish { text }) => {
                let template_version = latest.number + 1;
                (self.retired || latest.text != text)
                    .then_some(Event::VersionPublished { template_version, text })
            }
            (Some(_), Command::Retire {}) => (!self.retired).then_some(Event::Retired {}),
        };
        Ok(event.into_iter().collect())
    }

    fn evolve(mut self, event: Event) -> Self {
        match event {
            Event::Created { kind, language, product: _, text } => {
                self.about = Some((kind, language));
                self.latest = Some(Version { number: 1, text });
            }
            Event::VersionPublished { template_version: number, text } => {
                self.latest = Some(Version { number, text });
                self.retired = false;
            }
            Event::Retired {} => self.retired = true,
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Spec;

    #[test]
    fn a_template_begins_with_a_version_for_a_product_that_there_is() {
        Template::given([]).when(create()).then([created()]);
        Template::given([])
            .knowing(Facts { unknown_product: true })
            .when(create())
            .refused(Refusal::UnknownProduct);
        Template::given([]).when(publish("# One")).refused(Refusal::NotCreated);
    }

    #[test]
    fn doc_6_there_is_one_template_of_a_kind_a_language_and_a_product() {
        Template::given([created()]).when(create()).refused(Refusal::AlreadyCreated);
        let product = Some(ProductId::new());
        let id = |language, product| TemplateId::of(Kind::License, language, product);
        assert_eq!(id(Language::De, product), id(Language::De, product));
        assert_ne!(id(Language::De, product), id(Language::En, product));
        assert_ne!(id(Language::De, product), id(Language::De, None));
    }

    #[test]
    fn doc_2_another_version_has_the_next_number_and_the_same_text_is_none() {
        let given = || Template::given([created()]);
        given().when(publish("# Two")).then([published(2, "# Two")]);
        given().when(publish("# One")).then([]);
        let later = Template::given([created(), published(2, "# Two")]);
        later.when(publish("# One")).then([published(3, "# One")]);
    }

    #[test]
    fn doc_2_a_retired_template_makes_no_document_and_keeps_counting() {
        let retired = || Template::given([created(), Event::Retired {}]);
        Template::given([created()]).when(Command::Retire {}).then([Event::Retired {}]);
        retired().when(Command::Retire {}).then([]);
        retired().when(publish("# One")).then([published(2, "# One")]);
        let number = |events: &[Event]| {
            let state = events.iter().cloned().fold(Template::default(), Template::evolve);
            state.published().map(|version| version.number)
        };
        assert_eq!(number(&[created()]), Some(1));
        assert_eq!(number(&[created(), Event::Retired {}]), None);
        assert_eq!(number(&[created(), Event::Retired {}, published(2, "# One")]), Some(2));
    }

    fn create() -> Command {
        let (kind, language, product) = (Kind::License, Language::De, None);
        Command::Create(NewTemplate { kind, language, product, text: text("# One") })
    }

    fn publish(written: &str) -> Command {
        Command::Publish { text: text(written) }
    }

    fn created() -> Event {
        let (kind, language, product) = (Kind::License, Language::De, None);
        Event::Created { kind, language, product, text: text("# One") }
    }

    fn published(template_version: u32, written: &str) -> Event {
        Event::VersionPublished { template_version, text: text(written) }
    }

    fn text(written: &str) -> TemplateText {
        written.parse().unwrap()
    }
}
