//! The views, from the rows of the lists.

use std::sync::LazyLock;

use projections::analyst::{AnalystColumn, AnalystView, ColumnMapping};
use serde_json::Value;

use super::{
    fields::{Field, Schemas},
    released::is_released,
};

/// What fields are called.
static PHRASES: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../texts/en.json")).unwrap_or_default());
/// How deep what is nested is taken apart.
const MAX_DEPTH: usize = 3;
/// What every row has.
const COMMON_COLUMNS: [(&str, &str); 4] = [
    ("id", "Its id, as in the API."),
    ("created_at", "When its first event was recorded."),
    ("updated_at", "When its last event was recorded."),
    ("version", "How many events it has."),
];

/// The views on all lists.
pub(crate) fn analyst_views(openapi: &Value) -> Vec<AnalystView> {
    let schemas = Schemas(openapi);
    let mut views: Vec<_> = lists(openapi)
        .flat_map(|list| {
            let mut views = Views { schemas, list, parts: Vec::new() };
            let main = views.main_view();
            [main].into_iter().chain(views.parts)
        })
        .collect();
    let names: Vec<_> =
        views.iter().map(|view| (view.name.clone(), view.read_model.clone())).collect();
    for column in views.iter_mut().flat_map(|view| &mut view.columns) {
        let topic = column.refers_to.take();
        // The first view on a read model is that of its rows.
        let found = topic.and_then(|topic| names.iter().find(|(_, model)| plain(model) == topic));
        column.refers_to = found.map(|(view, _)| view.clone());
    }
    views.sort_by(|one, other| one.name.cmp(&other.name));
    views
}

/// A list of the API.
#[derive(Clone, Copy)]
struct List<'a> {
    path: &'a str,
    topic: &'a str,
    row: &'a Value,
}

/// The lists of rows of read models; what there is only one of counts as well.
fn lists(openapi: &Value) -> impl Iterator<Item = List<'_>> {
    let paths = openapi["paths"].as_object().into_iter().flatten();
    paths.filter_map(|(path, item)| {
        let operation = &item["get"];
        let topic = operation["x-topic"].as_str()?;
        let name = operation["operationId"].as_str()?.strip_prefix(topic)?;
        if name != ".list" && (name != ".find" || path.contains('{')) {
            return None;
        }
        let answer = &operation["responses"]["200"]["content"]["application/json"]["schema"];
        let schemas = Schemas(openapi);
        let (_, data) = schemas.properties(answer).into_iter().find(|(name, _)| *name == "data")?;
        let row = if data["items"].is_object() { &data["items"] } else { data };
        Some(List { path, topic, row })
    })
}

/// The views on one list.
struct Views<'a> {
    schemas: Schemas<'a>,
    list: List<'a>,
    parts: Vec<AnalystView>,
}

impl<'a> Views<'a> {
    fn main_view(&mut self) -> AnalystView {
        let name = view_name(self.list.path);
        let (common, own): (Vec<_>, Vec<_>) = self
            .schemas
            .properties(self.list.row)
            .into_iter()
            .partition(|(name, _)| COMMON_COLUMNS.iter().any(|(common, _)| common == name));
        let common_column = |(name, description): (&str, &str)| {
            let (_, schema) = common.iter().find(|(found, _)| *found == name)?;
            let sql_type = self.schemas.resolve(schema).sql_type();
            Some(column(name, sql_type, description.to_owned(), vec![name.to_owned()]))
        };
        let [id, others @ ..] = COMMON_COLUMNS;
        let mut columns: Vec<_> = common_column(id).into_iter().collect();
        let others: Vec<_> = others.into_iter().filter_map(common_column).collect();
        for (field, schema) in own {
            self.add(&name, &mut columns, &[], (field, schema));
        }
        columns.extend(others);
        AnalystView {
            description: self.description_of_row().unwrap_or_default(),
            name,
            read_model: self.list.topic.to_owned(),
            items_of: Vec::new(),
            columns,
        }
    }

    /// What the rows are: the row is made of what is common to all and of its own schema.
    fn description_of_row(&self) -> Option<String> {
        let row = self.schemas.resolve(self.list.row).schema;
        let own = row["allOf"].as_array().and_then(|parts| parts.first()).unwrap_or(row);
        self.schemas.resolve(own).description.map(str::to_owned)
    }

    /// Adds the columns of a field, and the views on the lists in it.
    fn add(
        &mut self,
        view: &str,
        columns: &mut Vec<AnalystColumn>,
        above: &[String],
        (name, schema): (&'a str, &'a Value),
    ) {
        let path = [above, &[name.to_owned()]].concat();
        let field = self.schemas.resolve(schema);
        let released = is_released(&format!("{view}.{}", path.join(".")));
        let description = describe(field.description, name);
        let new =
            |sql_type: &str| column(&path.join("_"), sql_type, description.clone(), path.clone());
        if field.is_choice() && self.has_plain_values(&field) {
            columns.push(AnalystColumn { form: ColumnMapping::Json, ..new("jsonb") });
        } else if field.is_choice() {
            let form = ColumnMapping::Variant(field.variant_field());
            columns.push(AnalystColumn { form, ..new("text") });
        } else if field.is_array() {
            self.add_list(view, columns, &path, &field, released);
        } else if !released && path.len() < MAX_DEPTH && !self.schemas.properties(schema).is_empty()
        {
            for part in self.schemas.properties(schema) {
                self.add(view, columns, &path, part);
            }
        } else if !field.is_map() {
            let refers_to = field.type_name.and_then(|name| name.strip_suffix("Id")).map(plain);
            let personal = field.is_free_text() && !released;
            columns.push(AnalystColumn { personal, refers_to, ..new(field.sql_type()) });
        } else if released {
            columns.push(AnalystColumn { form: ColumnMapping::Json, ..new("jsonb") });
        }
    }

    /// Whether variants of a choice have values that say as much as their names: `{"months": 12}`. No text is among
    /// them.
    fn has_plain_values(&self, choice: &Field<'a>) -> bool {
        let values = choice.variants().flat_map(|variant| self.schemas.properties(variant));
        let values: Vec<_> = values.map(|(_, schema)| self.schemas.resolve(schema)).collect();
        !values.is_empty() && values.iter().all(|value| value.sql_type() != "text")
    }

    /// Values are an array, things are rows of a view of their own, which is one level deep.
    fn add_list(
        &mut self,
        view: &str,
        columns: &mut Vec<AnalystColumn>,
        path: &[String],
        list: &Field<'a>,
        released: bool,
    ) {
        let items = &list.schema["items"];
        let item = self.schemas.resolve(items);
        if self.schemas.properties(items).is_empty() {
            if !item.is_map() && (released || !item.is_free_text()) {
                let name = path.join("_");
                let description = describe(list.description, &name);
                let new = column(&name, item.sql_type(), description, path.to_vec());
                columns.push(AnalystColumn { form: ColumnMapping::List, ..new });
            }
        } else if !view.contains('.') {
            let description = list.description.or(item.description).unwrap_or_default();
            self.add_part(view, path, description, items);
        }
    }

    fn add_part(&mut self, view: &str, path: &[String], description: &str, items: &'a Value) {
        let row = singular(view);
        let row_id =
            column(&format!("{row}_id"), "uuid", format!("Of which row of {view} it is."), vec![]);
        let number = column("number", "bigint", "Its place there, from 1 on.".into(), vec![]);
        let topic = self.list.topic.rsplit('.').next().map(plain);
        let mut columns = vec![
            AnalystColumn { form: ColumnMapping::RowId, refers_to: topic, ..row_id },
            AnalystColumn { form: ColumnMapping::Number, ..number },
        ];
        // With a dot, so that what is released is found below the list.
        let inside = format!("{view}.{}", path.join("."));
        for part in self.schemas.properties(items) {
            self.add(&inside, &mut columns, &[], part);
        }
        self.parts.push(AnalystView {
            name: format!("{row}_{}", path.join("_")),
            read_model: self.list.topic.to_owned(),
            description: description.to_owned(),
            items_of: path.to_vec(),
            columns,
        });
    }
}

/// What a field means; what it is called in the portal, if nobody said more.
fn describe(description: Option<&str>, name: &str) -> String {
    let phrase = || PHRASES["fields"][name].as_str().map(|phrase| format!("{phrase}."));
    description.map(str::to_owned).or_else(phrase).unwrap_or_default()
}

fn column(name: &str, sql_type: &str, description: String, path: Vec<String>) -> AnalystColumn {
    AnalystColumn {
        name: name.to_owned(),
        sql_type: sql_type.to_owned(),
        description,
        path,
        form: ColumnMapping::Value,
        personal: false,
        refers_to: None,
    }
}

/// `/api/v1/cabinets/{id}/members` is `cabinet_members`, `/api/v1/oauth-clients` is `oauth_clients`.
fn view_name(path: &str) -> String {
    let path = path.trim_start_matches("/api/v1/").replace('-', "_");
    path.split_once("/{id}/").map_or_else(
        || path.replace('/', "_"),
        |(above, list)| format!("{}_{list}", singular(above)),
    )
}

fn singular(name: &str) -> String {
    match name.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None if name.ends_with("ss") => name.to_owned(),
        None => name.trim_end_matches('s').to_owned(),
    }
}

/// A name of an aggregate or of a type without what tells their spellings apart: `oauthclient`.
fn plain(name: &str) -> String {
    let name = name.rsplit('.').next().unwrap_or(name);
    name.replace('_', "").to_lowercase()
}
