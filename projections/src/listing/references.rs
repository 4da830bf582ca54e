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
    /// The field by which people call a row.
    pub fn naming_field(&self) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.names_row)
    }
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

/// The id of a row, its name, and what that is in other languages.
type NamedRow = (Uuid, Option<String>, Option<Json<BTreeMap<String, String>>>);

/// What the rows of a topic with these ids are called that are in the caller's scope.
pub async fn names_of_rows(
    db: &PgPool,
    (topic, listing): (&str, &Listing),
    ids: &BTreeSet<Uuid>,
    row_scope: &RowScope,
) -> sqlx::Result<Vec<(Uuid, Name)>> {
    let Some(field) = listing.naming_field() else { return Ok(vec![]) };
    let mut sql = QueryBuilder::<Postgres>::new("select t.id, ");
    sql.push(format_args!(
        "t.{0}, {1} from {2} t where ",
        field.name,
        translations(field),
        listing.from
    ));
    row_scope::push_row_scope(&mut sql, &listing.owner, row_scope);
    sql.push(" and t.id = any(").push_bind(ids.iter().copied().collect::<Vec<_>>()).push(")");
    let mut db = ScopedConnection::begin(db, row_scope).await?;
    let rows: Vec<NamedRow> = sql.build_query_as().fetch_all(&mut *db).await?;
    let named = rows.into_iter().map(|(id, name, translations)| {
        let translations = translations.map(|Json(texts)| texts).unwrap_or_default();
        (id, Name { topic: topic.to_owned(), name, translations })
    });
    Ok(named.collect())
}

/// What a field says in other languages, as an object by language.
fn translations(field: &Field) -> String {
    let Some(column) = field.translated_in else { return "null::jsonb".to_owned() };
    let text = format!("text ->> '{}'", field.name);
    format!("(select jsonb_object_agg(key, {text}) from jsonb_each(t.{column}) as each(key, text))")
}
