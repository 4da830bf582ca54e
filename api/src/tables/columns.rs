//! The columns of a table: the fields of the schema of its rows, in their order. What is nested in one is
//! several columns; of a list of things there is only how many they are.

use std::collections::HashMap;

use parquet_writer::ColumnType;
use serde_json::Value;
use utoipa::openapi::{
    KnownFormat, RefOr, Schema, SchemaFormat, Type,
    schema::{Array, ArrayItems, Object, SchemaType},
};

use super::{cell::Cell, file_locale::FileLocale, kind::Kind};
use crate::{names::Names, type_schema::TypeSchema};

/// How deep what is nested is taken apart; what lies deeper is JSON.
const MAX_DEPTH: usize = 3;
/// What stands between the names of nested fields.
const NESTED: &str = " · ";

/// A column.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Column {
    /// The names of the fields that lead to its value.
    path: Vec<String>,
    kind: Kind,
}

/// The columns of rows of a type. Before a column of ids comes one of what they are called, if that is
/// in `ids_to_name`.
pub(crate) fn columns_of_row(row: TypeSchema, ids_to_name: &[&str]) -> Vec<Column> {
    columns_of(&row.schema, &row.referred.into_iter().collect(), ids_to_name)
}

/// The columns of a schema that refers to others by their names.
pub(crate) fn columns_of<'a>(
    schema: &'a RefOr<Schema>,
    schemas: &'a HashMap<String, RefOr<Schema>>,
    ids_to_name: &'a [&'a str],
) -> Vec<Column> {
    let mut columns = Columns { schemas, ids_to_name, found: vec![] };
    columns.add(&[], schema);
    columns.found
}

struct Columns<'a> {
    schemas: &'a HashMap<String, RefOr<Schema>>,
    ids_to_name: &'a [&'a str],
    found: Vec<Column>,
}

impl<'a> Columns<'a> {
    fn add(&mut self, path: &[String], schema: &'a RefOr<Schema>) {
        match self.resolve(schema) {
            Some(Schema::AllOf(parts)) => {
                parts.items.iter().for_each(|part| self.add(path, part));
            }
            Some(Schema::Object(object)) => self.add_object(path, object),
            Some(Schema::Array(array)) => self.push(path, self.kind_of_items(array)),
            Some(Schema::OneOf(_) | Schema::AnyOf(_)) => self.push(path, Kind::Enum),
            Some(_) | None => self.push(path, Kind::Text),
        }
    }

    fn add_object(&mut self, path: &[String], object: &'a Object) {
        if object.properties.is_empty() || path.len() >= MAX_DEPTH {
            return self.push(path, scalar_kind(object));
        }
        let is_money = object.properties.contains_key("currency");
        for (name, field) in &object.properties {
            let path = [path, std::slice::from_ref(name)].concat();
            match self.resolve(field) {
                Some(Schema::Object(field)) if is_money && is_int64(field) => {
                    self.push(&path, Kind::Amount);
                }
                _ => self.add(&path, field),
            }
        }
    }

    fn push(&mut self, path: &[String], kind: Kind) {
        if let [name] = path
            && self.ids_to_name.contains(&name.as_str())
        {
            self.found.push(Column { path: path.to_vec(), kind: Kind::Names });
        }
        self.found.push(Column { path: path.to_vec(), kind });
    }

    /// What a schema refers to, and of what may be left out, what it is otherwise.
    fn resolve(&self, schema: &'a RefOr<Schema>) -> Option<&'a Schema> {
        let schema = match schema {
            RefOr::T(schema) => schema,
            RefOr::Ref(reference) => {
                let name = reference.ref_location.rsplit('/').next()?;
                return self.resolve(self.schemas.get(name)?);
            }
        };
        let Schema::OneOf(choice) = schema else { return Some(schema) };
        let mut others = choice.items.iter().filter(|item| !is_null(item));
        match (others.next(), others.next()) {
            (Some(only), None) => self.resolve(only),
            _ => Some(schema),
        }
    }

    fn kind_of_items(&self, array: &'a Array) -> Kind {
        let ArrayItems::RefOrSchema(item) = &array.items else { return Kind::Count };
        match self.resolve(item) {
            Some(Schema::Object(item)) if item.enum_values.is_some() => Kind::Enums,
            Some(Schema::Object(item)) if item.properties.is_empty() => Kind::Values,
            _ => Kind::Count,
        }
    }
}

impl Column {
    /// What stands above it. Of ids and times it is said what they are.
    pub(super) fn heading(&self, ids: bool, locale: FileLocale) -> String {
        let texts = locale.texts();
        let names: Vec<_> = self.path.iter().map(|name| texts.field(name)).collect();
        let name = names.join(NESTED);
        match self.kind {
            Kind::Time => format!("{name} ({})", locale.zone),
            Kind::Id if !self.is_own_id() => format!("{name} ({})", texts.field("id")),
            Kind::Values if ids => format!("{name} ({})", texts.field("id")),
            _ => name,
        }
    }

    /// What programs call it.
    pub(super) fn name(&self) -> String {
        self.path.join(".")
    }

    /// What its values are in a file for programs.
    pub(super) fn parquet_type(&self) -> ColumnType {
        match self.kind {
            Kind::Json => ColumnType::Json,
            Kind::Count | Kind::Integer => ColumnType::Integer,
            Kind::Number => ColumnType::Float,
            Kind::Amount => ColumnType::Amount,
            Kind::Bool => ColumnType::Bool,
            Kind::Date => ColumnType::Date,
            Kind::Time => ColumnType::Time,
            Kind::Text | Kind::Id | Kind::Enum | Kind::Enums | Kind::Names | Kind::Values => {
                ColumnType::Text
            }
        }
    }

    pub(super) fn holds_names(&self) -> bool {
        self.kind == Kind::Names
    }

    /// Its cell in a row.
    pub(super) fn cell(&self, row: &Value, names: &Names, locale: FileLocale) -> Cell {
        let (mut value, mut beside) = (row, row);
        for name in &self.path {
            beside = value;
            value = &value[name.as_str()];
        }
        Cell::new(self.kind, (value, beside), names, locale)
    }

    /// How wide it is shown, in characters.
    pub(super) fn width(&self) -> u16 {
        match self.kind {
            Kind::Bool | Kind::Count | Kind::Integer | Kind::Number | Kind::Amount | Kind::Date => {
                12
            }
            Kind::Time | Kind::Enum => 18,
            Kind::Text | Kind::Id | Kind::Json | Kind::Enums | Kind::Names | Kind::Values => 28,
        }
    }

    /// Whether its values are aligned on the right.
    pub(super) fn is_numeric(&self) -> bool {
        matches!(self.kind, Kind::Count | Kind::Integer | Kind::Number | Kind::Amount)
    }

    /// Whether it is what identifies the row itself.
    fn is_own_id(&self) -> bool {
        matches!(self.path.as_slice(), [name] if name == "id")
    }

    /// Whether it holds the ids of what the previous column names.
    pub(super) fn holds_ids_of(&self, previous: Option<&Self>) -> bool {
        previous.is_some_and(|previous| previous.kind == Kind::Names && previous.path == self.path)
    }
}

fn scalar_kind(object: &Object) -> Kind {
    if object.enum_values.is_some() {
        return Kind::Enum;
    }
    match (type_of(object), &object.format) {
        (Some(Type::Integer), _) => Kind::Integer,
        (Some(Type::Number), _) => Kind::Number,
        (Some(Type::Boolean), _) => Kind::Bool,
        (_, Some(SchemaFormat::KnownFormat(KnownFormat::DateTime))) => Kind::Time,
        (_, Some(SchemaFormat::KnownFormat(KnownFormat::Date))) => Kind::Date,
        (_, Some(SchemaFormat::KnownFormat(KnownFormat::Uuid))) => Kind::Id,
        _ => Kind::Text,
    }
}

/// The columns as programs read them: without the names of things, and with all that lists hold.
pub(super) fn columns_for_programs(columns: Vec<Column>) -> Vec<Column> {
    let columns = columns.into_iter().filter(|column| !column.holds_names());
    let columns = columns.map(|Column { path, kind }| {
        let kind = match kind {
            Kind::Enum => Kind::Text,
            Kind::Enums | Kind::Values | Kind::Count => Kind::Json,
            kind => kind,
        };
        Column { path, kind }
    });
    columns.collect()
}

/// The columns as they are read on paper: of what has a name without its id.
pub(super) fn columns_for_paper(mut columns: Vec<Column>) -> Vec<Column> {
    let mut previous: Option<Column> = None;
    columns.retain(|column| {
        let holds_ids = column.holds_ids_of(previous.as_ref());
        previous = Some(column.clone());
        !holds_ids && (column.kind != Kind::Id || column.is_own_id())
    });
    columns
}

/// The type of a value that is there.
fn type_of(object: &Object) -> Option<Type> {
    match &object.schema_type {
        SchemaType::Type(one) => Some(one.clone()),
        SchemaType::Array(several) => several.iter().find(|one| **one != Type::Null).cloned(),
        SchemaType::AnyValue => None,
    }
}

fn is_int64(object: &Object) -> bool {
    object.format == Some(SchemaFormat::KnownFormat(KnownFormat::Int64))
}

fn is_null(schema: &RefOr<Schema>) -> bool {
    let RefOr::T(Schema::Object(object)) = schema else { return false };
    object.schema_type == SchemaType::Type(Type::Null)
}
