//! To what the rows of a list refer, and what that is called.

use std::collections::{BTreeMap, BTreeSet};

use domain::identity::RowScope;
use serde::Serialize;
use serde_json::Value;
use sqlx::{PgPool, Postgres, QueryBuilder, types::Json};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    definition::Listing,
    field::{Field, Reference, TopicSource},
    row_scope::{self, ScopedConnection},
};

/// What something is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Name {
    /// The kind of thing: `crm.customer`.
    pub topic: String,
    /// Nothing, once the person was erased.
    #[schema(required = true)]
    pub name: Option<String>,
    /// What it is called in other languages, by language, as far as that is said.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub translations: BTreeMap<String, String>,
}

/// The ids in an answer, by topic, and the names that the answer says itself.
#[derive(Debug, Default)]
pub struct References {
    pub ids: BTreeMap<String, BTreeSet<Uuid>>,
    pub names: BTreeMap<Uuid, Name>,
}

impl Listing {
    /// Whether its rows are called anything.
    pub fn names_rows(&self) -> bool {
        self.naming_fields().next().is_some()
    }

    /// What a row is called, as far as that is not erased.
    pub fn name_of(&self, row: &Value) -> Option<String> {
        let text = |field: &Field| row[field.naming_column()].as_str().map(str::to_owned);
        joined(self.naming_fields().map(text))
    }

    fn naming_fields(&self) -> impl Iterator<Item = &'static Field> {
        self.fields.iter().filter(|field| field.names_row)
    }
}

/// The name that the texts of several fields are together.
fn joined(texts: impl IntoIterator<Item = Option<String>>) -> Option<String> {
    let texts: Vec<_> = texts.into_iter().flatten().collect();
    (!texts.is_empty()).then(|| texts.join(", "))
}

impl References {
    /// Adds an id of a topic.
    pub fn add(&mut self, topic: &str, id: Uuid) {
        self.ids.entry(topic.to_owned()).or_default().insert(id);
    }

    /// Adds the ids in the fields of a row.
    pub fn collect_from_row<'a>(
        &mut self,
        fields: impl IntoIterator<Item = &'a Field>,
        row: &Value,
    ) {
        for field in fields {
            let Some(Reference { topic, named_in }) = field.reference else { continue };
            let topic = match topic {
                TopicSource::Fixed(topic) => topic,
                TopicSource::Column(column) => row[column].as_str().unwrap_or_default(),
            };
            let name = named_in.and_then(|column| row.get(column));
            for id in ids(&row[field.column()]) {
                match name {
                    Some(name) => {
                        let name = name.as_str().map(str::to_owned);
                        let topic = topic.to_owned();
                        self.names.insert(id, Name { topic, name, translations: BTreeMap::new() });
                    }
                    None => self.add(topic, id),
                }
            }
        }
    }

    /// Adds the ids in a value of a field.
    pub fn add_value(&mut self, field: &Field, value: &Value) {
        if let Some(topic) = field.topic() {
            ids(value).for_each(|id| self.add(topic, id));
        }
    }
}

/// The ids in a value: one, several, or none.
fn ids(value: &Value) -> impl Iterator<Item = Uuid> {
    let values = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
    values.iter().filter_map(|value| value.as_str()?.parse().ok())
}

/// The id of a row, the texts that are its name, and what that is in other languages.
type NamedRow = (Uuid, Vec<Option<String>>, Option<Json<BTreeMap<String, String>>>);

/// What the rows of a topic with these ids are called that are in the caller's scope.
pub async fn names_of_rows(
    db: &PgPool,
    (topic, listing): (&str, &Listing),
    ids: &BTreeSet<Uuid>,
    row_scope: &RowScope,
) -> sqlx::Result<Vec<(Uuid, Name)>> {
    if !listing.names_rows() {
        return Ok(vec![]);
    }
    let columns: Vec<_> =
        listing.naming_fields().map(|field| format!("t.{}", field.naming_column())).collect();
    let mut sql = QueryBuilder::<Postgres>::new("select t.id, ");
    sql.push(format_args!(
        "array[{}], {} from {} t where ",
        columns.join(", "),
        translations(listing),
        listing.from
    ));
    row_scope::push_row_scope(&mut sql, &listing.owner, row_scope);
    sql.push(" and t.id = any(").push_bind(ids.iter().copied().collect::<Vec<_>>()).push(")");
    let mut db = ScopedConnection::begin(db, row_scope).await?;
    let rows: Vec<NamedRow> = sql.build_query_as().fetch_all(&mut *db).await?;
    let named = rows.into_iter().map(|(id, texts, translations)| {
        let translations = translations.map(|Json(texts)| texts).unwrap_or_default();
        (id, Name { topic: topic.to_owned(), name: joined(texts), translations })
    });
    Ok(named.collect())
}

/// What a row is called in other languages, as an object by language.
fn translations(listing: &Listing) -> String {
    let translated = |field: &Field| Some((field.name, field.translated_in?));
    let Some((name, column)) = listing.naming_fields().find_map(translated) else {
        return "null::jsonb".to_owned();
    };
    let text = format!("text ->> '{name}'");
    format!("(select jsonb_object_agg(key, {text}) from jsonb_each(t.{column}) as each(key, text))")
}
