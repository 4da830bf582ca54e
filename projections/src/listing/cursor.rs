//! The order of a list, and where in it a page ended.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, NaiveDate};
use domain::has_four_digit_year;
use serde::{Deserialize, Serialize};
use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

use super::{
    error::BadQuery,
    field::{Field, FieldType, QueryColumns},
};

/// The order of a list.
#[derive(Debug, Clone, Copy)]
pub(super) struct SortOrder {
    field: Field,
    descending: bool,
}

/// The last row of a page. The next page begins after it, whatever was added or removed meanwhile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cursor {
    pub(super) id: Uuid,
    /// The value of the column that is ordered by, as Postgres writes it.
    pub(super) sort_value: Option<String>,
}

/// A cursor on the wire, as Base64 of its JSON.
#[derive(Serialize, Deserialize)]
struct Encoded {
    /// The order that it belongs to.
    #[serde(rename = "s")]
    order: String,
    #[serde(rename = "v")]
    sort_value: Option<String>,
    #[serde(rename = "i")]
    id: Uuid,
}

impl SortOrder {
    pub(super) fn parse(columns: &impl QueryColumns, sort: Option<&str>) -> Result<Self, BadQuery> {
        let sortable = columns.sortable();
        let sort = sort.or(sortable.first().copied()).unwrap_or("created_at");
        let (name, descending) = match sort.strip_prefix('-') {
            Some(name) => (name, true),
            None => (sort, false),
        };
        let is_sortable =
            |name: &str| sortable.iter().any(|field| field.trim_start_matches('-') == name);
        let field = columns.field(name).filter(|_| is_sortable(name) || sortable.is_empty());
        let field = field.ok_or_else(|| {
            let message = format!("can be {}, each with - before it", sortable.join(", "));
            BadQuery::parameter("sort", message)
        })?;
        Ok(Self { field, descending })
    }

    pub(super) fn column(&self) -> &'static str {
        self.field.name
    }

    pub(super) fn direction(&self) -> &'static str {
        if self.descending { "desc" } else { "asc" }
    }

    fn name(&self) -> String {
        format!("{}{}", if self.descending { "-" } else { "" }, self.field.name)
    }
}

impl Cursor {
    pub(super) fn parse(text: &str, order: &SortOrder) -> Result<Self, BadQuery> {
        let invalid = || BadQuery::parameter("cursor", "is not one that this list gave out");
        let json = URL_SAFE_NO_PAD.decode(text).map_err(|_| invalid())?;
        let encoded: Encoded = serde_json::from_slice(&json).map_err(|_| invalid())?;
        let fits = encoded.sort_value.as_deref().is_none_or(|value| order.field.accepts(value));
        if encoded.order != order.name() || !fits {
            return Err(invalid());
        }
        Ok(Self { id: encoded.id, sort_value: encoded.sort_value })
    }

    pub(super) fn encode(&self, order: &SortOrder) -> String {
        let encoded =
            Encoded { order: order.name(), sort_value: self.sort_value.clone(), id: self.id };
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(&encoded).unwrap_or_default())
    }

    /// Adds `and` with the condition that rows come after this one. As in Postgres, nulls come last in
    /// ascending order and first in descending order.
    pub(super) fn push_predicate(&self, sql: &mut QueryBuilder<Postgres>, order: &SortOrder) {
        let (column, kind) = (order.column(), order.field.sql_type());
        let sign = if order.descending { "<" } else { ">" };
        if let Some(value) = self.sort_value.clone() {
            sql.push(format_args!(" and ((t.{column}, t.id) {sign} ("));
            sql.push_bind(value).push(format_args!("::{kind}, ")).push_bind(self.id).push(")");
            if !order.descending {
                sql.push(format_args!(" or t.{column} is null"));
            }
        } else {
            sql.push(format_args!(" and (t.{column} is null and t.id {sign} "));
            sql.push_bind(self.id);
            if order.descending {
                sql.push(format_args!(" or t.{column} is not null"));
            }
        }
        sql.push(")");
    }
}

impl Field {
    /// Whether Postgres can cast the value to the type of the column.
    fn accepts(self, value: &str) -> bool {
        match self.kind {
            FieldType::Text | FieldType::Enum { .. } => !value.contains('\0'),
            FieldType::Uuid | FieldType::OneOf { .. } => value.parse::<Uuid>().is_ok(),
            FieldType::Int => value.parse::<i64>().is_ok(),
            FieldType::Number => value.parse::<f64>().is_ok(),
            FieldType::Bool => value.parse::<bool>().is_ok(),
            FieldType::Date => {
                value.parse::<NaiveDate>().is_ok_and(|date| has_four_digit_year(&date))
            }
            // Postgres writes `2030-01-31 09:00:00+00`.
            FieldType::Time => DateTime::parse_from_str(value, "%Y-%m-%d %H:%M:%S%.f%#z")
                .is_ok_and(|time| has_four_digit_year(&time)),
        }
    }
}
