//! The columns of a list: what they hold, and to what they refer.

use domain::{Decider, Id};
use serde::de::{DeserializeOwned, IntoDeserializer, value};
use utoipa::{
    PartialSchema,
    openapi::{RefOr, Schema},
};

/// A column that can be filtered by.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    pub name: &'static str,
    pub kind: FieldType,
    /// What its ids refer to.
    pub(super) reference: Option<Reference>,
    /// Whether people call a row by it.
    pub(super) names_row: bool,
    /// The column that says it in other languages.
    pub(super) translated_in: Option<&'static str>,
    /// The fields that it follows from, with the time, if it is computed.
    follows_from: &'static [&'static str],
}

/// The type of a column.
#[derive(Debug, Clone, Copy)]
pub enum FieldType {
    Text,
    /// Text with the values of an enum.
    Enum {
        /// Checks a value; the error says which values there are.
        check: fn(&str) -> Result<(), String>,
        /// The schema of the values.
        schema: fn() -> RefOr<Schema>,
    },
    Uuid,
    /// One of the ids in a column.
    OneOf {
        column: &'static str,
    },
    Time,
    Date,
    Int,
    /// With a fraction.
    Number,
    Bool,
}

/// A type of ids: those of a topic.
pub trait TopicId {
    /// The aggregate: `crm.customer`.
    const TOPIC: &'static str;
}

impl<D: Decider> TopicId for Id<D> {
    const TOPIC: &'static str = D::NAME;
}

/// To what the ids of a column refer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reference {
    pub(super) topic: TopicSource,
    /// The column that holds their names, for callers who may see the row.
    pub(super) named_in: Option<&'static str>,
}

/// What says the topic of a reference.
#[derive(Debug, Clone, Copy)]
pub(super) enum TopicSource {
    Fixed(&'static str),
    Column(&'static str),
}

/// The columns that can be filtered and ordered by.
pub(crate) trait QueryColumns {
    fn field(&self, name: &str) -> Option<Field>;

    /// The names of the columns that can be filtered by, for error messages.
    fn names(&self) -> Vec<&'static str>;

    /// The names of the columns that can be ordered by; the first one is the default.
    fn sortable(&self) -> &'static [&'static str];
}

impl Reference {
    const fn to(topic: &'static str) -> Self {
        Self { topic: TopicSource::Fixed(topic), named_in: None }
    }

    const fn to_topic_in(column: &'static str) -> Self {
        Self { topic: TopicSource::Column(column), named_in: None }
    }

    const fn with_names_in(self, column: &'static str) -> Self {
        Self { named_in: Some(column), ..self }
    }
}

impl Field {
    /// The topic of its ids, if it is the same in all rows.
    pub fn topic(&self) -> Option<&'static str> {
        match self.reference?.topic {
            TopicSource::Fixed(topic) => Some(topic),
            TopicSource::Column(_) => None,
        }
    }

    /// The column that holds its ids, if nothing in the row says what they are called.
    pub fn id_column_without_names(&self) -> Option<&'static str> {
        let unnamed = self.reference.is_some_and(|reference| reference.named_in.is_none());
        unnamed.then(|| self.column())
    }

    /// The column that says what people call a row by: for an id, what that is called.
    pub(super) fn naming_column(&self) -> &'static str {
        self.reference.and_then(|reference| reference.named_in).unwrap_or(self.name)
    }

    /// The column that holds its values.
    pub(super) const fn column(&self) -> &'static str {
        match self.kind {
            FieldType::OneOf { column } => column,
            _ => self.name,
        }
    }

    const fn new(name: &'static str, kind: FieldType) -> Self {
        Self {
            name,
            kind,
            reference: None,
            names_row: false,
            translated_in: None,
            follows_from: &[],
        }
    }

    pub const fn text(name: &'static str) -> Self {
        Self::new(name, FieldType::Text)
    }

    /// A text column that holds the values of the enum `T`.
    pub const fn enum_of<T: DeserializeOwned + PartialSchema>(name: &'static str) -> Self {
        Self::new(name, FieldType::Enum { check: check::<T>, schema: T::schema })
    }

    pub const fn uuid(name: &'static str) -> Self {
        Self::new(name, FieldType::Uuid)
    }

    /// The id of something else: `Field::id::<CustomerId>("customer")`.
    pub const fn id<T: TopicId>(name: &'static str) -> Self {
        Self { reference: Some(Reference::to(T::TOPIC)), ..Self::uuid(name) }
    }

    /// The id of something else that must be among those in a column (`uuid[]`).
    pub const fn ids<T: TopicId>(name: &'static str, column: &'static str) -> Self {
        Self { kind: FieldType::OneOf { column }, ..Self::id::<T>(name) }
    }

    /// The id of something whose topic is in another column.
    pub const fn id_of_topic_in(name: &'static str, topic: &'static str) -> Self {
        Self { reference: Some(Reference::to_topic_in(topic)), ..Self::uuid(name) }
    }

    /// As it is, for ids whose names are in another column of the same row.
    #[must_use]
    pub const fn with_names_in(self, column: &'static str) -> Self {
        match self.reference {
            Some(reference) => Self { reference: Some(reference.with_names_in(column)), ..self },
            None => self,
        }
    }

    /// As it is, for what people call a row by, alone or after those before it.
    #[must_use]
    pub const fn as_row_name(self) -> Self {
        Self { names_row: true, ..self }
    }

    /// As it is, for what is said in other languages in a `jsonb` column, by language, in a field of this name.
    #[must_use]
    pub const fn translated_in(self, column: &'static str) -> Self {
        Self { translated_in: Some(column), ..self }
    }

    /// As it is, for what no event says: it is computed from these fields of the same row, and the time.
    #[must_use]
    pub const fn computed_from(self, fields: &'static [&'static str]) -> Self {
        Self { follows_from: fields, ..self }
    }

    /// The fields whose changes explain it: itself, unless it is computed.
    pub fn source_fields(&self) -> &[&'static str] {
        if self.follows_from.is_empty() {
            std::slice::from_ref(&self.name)
        } else {
            self.follows_from
        }
    }

    /// An instant (`timestamptz`).
    pub const fn time(name: &'static str) -> Self {
        Self::new(name, FieldType::Time)
    }

    pub const fn date(name: &'static str) -> Self {
        Self::new(name, FieldType::Date)
    }

    pub const fn int(name: &'static str) -> Self {
        Self::new(name, FieldType::Int)
    }

    pub const fn number(name: &'static str) -> Self {
        Self::new(name, FieldType::Number)
    }

    pub const fn bool(name: &'static str) -> Self {
        Self::new(name, FieldType::Bool)
    }

    /// The type of the column in Postgres.
    pub(super) const fn sql_type(self) -> &'static str {
        match self.kind {
            FieldType::Text | FieldType::Enum { .. } => "text",
            FieldType::Uuid | FieldType::OneOf { .. } => "uuid",
            FieldType::Time => "timestamptz",
            FieldType::Date => "date",
            FieldType::Int => "bigint",
            FieldType::Number => "double precision",
            FieldType::Bool => "boolean",
        }
    }
}

/// Whether a text is a value of an enum; the error says which values there are.
fn check<T: DeserializeOwned>(text: &str) -> Result<(), String> {
    let value = T::deserialize(text.into_deserializer());
    value.map(drop).map_err(|why: value::Error| why.to_string())
}
