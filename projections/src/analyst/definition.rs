//! The SQL of a view: its columns, from the rows of a table or of a query.

use std::collections::BTreeSet;

use super::{AnalystColumn, AnalystView, ColumnMapping};

/// Whether what may be personal is shown as a pseudonym.
#[derive(Debug, Clone)]
pub(crate) enum Pseudonymization {
    /// By the key that this SQL selects. Everybody can read the definition of a view, so the key itself does
    /// not stand in it.
    KeyedBy(String),
    /// It is shown as it is.
    Off,
}

/// What the rows of a view are taken from.
#[derive(Debug, Clone)]
pub(crate) struct ViewSource<'a> {
    /// What stands behind `from`: a table, or a query in brackets.
    pub(crate) rows: &'a str,
    pub(crate) pseudonyms: &'a Pseudonymization,
}

impl AnalystView {
    /// The columns of the rows that it is made of.
    pub(super) fn row_columns(&self) -> BTreeSet<&str> {
        let paths = self.columns.iter().filter(|_| self.items_of.is_empty());
        let paths = paths.map(|column| &column.path).chain([&self.items_of]);
        let names = paths.filter_map(|path| path.first()).map(String::as_str);
        names.chain(["id"]).collect()
    }

    /// The query of the view.
    pub(super) fn query(&self, source: &ViewSource<'_>) -> String {
        let columns: Vec<_> =
            self.columns.iter().map(|column| self.column(column, source)).collect();
        let mut query = format!("select {} from {} t", columns.join(", "), source.rows);
        if !self.items_of.is_empty() {
            let list = json_at("t", &self.items_of);
            let items = format!("case jsonb_typeof({list}) when 'array' then {list} end");
            query = format!(
                "{query} cross join lateral jsonb_array_elements({items}) with ordinality as items(item, number)"
            );
        }
        query
    }

    fn column(&self, column: &AnalystColumn, source: &ViewSource<'_>) -> String {
        let AnalystColumn { name, sql_type, path, form, .. } = column;
        let json = if self.items_of.is_empty() {
            json_at("t", path)
        } else {
            format!("(items.item #> {})", path_literal(path))
        };
        let value = match form {
            ColumnMapping::RowId => "t.id".to_owned(),
            ColumnMapping::Number => "items.number".to_owned(),
            ColumnMapping::Json => format!("nullif({json}, 'null')"),
            ColumnMapping::List => format!(
                "case jsonb_typeof({json}) when 'array' then array(
                     select e.item::{sql_type} from jsonb_array_elements_text({json}) e(item)
                 ) end"
            ),
            ColumnMapping::Variant(Some(tag)) => {
                format!("coalesce({json} ->> '{tag}', {json} #>> '{{}}')")
            }
            ColumnMapping::Variant(None) => format!(
                "case jsonb_typeof({json})
                     when 'object' then (select jsonb_object_keys({json}) limit 1)
                     else {json} #>> '{{}}' end"
            ),
            ColumnMapping::Value => self.plain_value(path, sql_type, &json),
        };
        let value = match source.pseudonyms {
            Pseudonymization::KeyedBy(key) if column.personal => {
                pseudonym(&value, key, &format!("{}.{name}", self.name))
            }
            Pseudonymization::KeyedBy(_) | Pseudonymization::Off => value,
        };
        format!("{value} as \"{name}\"")
    }

    /// A column of the row itself is taken as it is, so that indexes count. As text it is written as JSON
    /// writes it, like in the API.
    fn plain_value(&self, path: &[String], sql_type: &str, json: &str) -> String {
        match path {
            [name] if self.items_of.is_empty() && sql_type != "text" => {
                format!("t.\"{name}\"::{sql_type}")
            }
            _ => format!("({json} #>> '{{}}')::{sql_type}"),
        }
    }
}

/// The value at a path in a row, as JSON.
fn json_at(row: &str, path: &[String]) -> String {
    match path {
        [] => format!("to_jsonb({row})"),
        [name] => format!("to_jsonb({row}.\"{name}\")"),
        [name, rest @ ..] => format!("(to_jsonb({row}.\"{name}\") #> {})", path_literal(rest)),
    }
}

/// The names are those of fields in our own schemas.
fn path_literal(path: &[String]) -> String {
    format!("'{{{}}}'", path.join(","))
}

/// A keyed hash of a text, as HMAC nests it; another one in each column, so that nobody finds in one what they
/// wrote into another.
fn pseudonym(value: &str, key: &str, column: &str) -> String {
    format!(
        "left(encode(sha256(({key}) || sha256(({key}) || convert_to('{column}:' || ({value}), 'UTF8'))), 'hex'), 32)"
    )
}
