//! The order of a list, and where in it a page ended.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, NaiveDate};
use domain::has_four_digit_year;
use serde::{Deserialize, Serialize};
use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

use super::{BadQuery, Columns, Field, Kind};

/// In which order a list comes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Order {
    field: Field,
    descending: bool,
}

/// The last row of a page: the next one begins after it, whatever was added or removed meanwhile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cursor {
    pub(super) id: Uuid,
    /// The value that is ordered by, as Postgres writes it.
    pub(super) sorted: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Text {
    /// The order that it belongs to.
    s: String,
    v: Option<String>,
    i: Uuid,
}

impl Order {
    pub(super) fn parse(columns: &impl Columns, sort: Option<&str>) -> Result<Self, BadQuery> {
        let sortable = columns.sortable();
        let sort = sort.or(sortable.first().copied()).unwrap_or("created_at");
        let (name, descending) = match sort.strip_prefix('-') {
            Some(name) => (name, true),
            None => (sort, false),
        };
        let known = |name: &str| sortable.iter().any(|it| it.trim_start_matches('-') == name);
        let field = columns.field(name).filter(|_| known(name) || sortable.is_empty());
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
    pub(super) fn parse(text: &str, order: &Order) -> Result<Self, BadQuery> {
        let foreign = || BadQuery::parameter("cursor", "is not one that this list gave out");
        let json = URL_SAFE_NO_PAD.decode(text).map_err(|_| foreign())?;
        let text: Text = serde_json::from_slice(&json).map_err(|_| foreign())?;
        let fits = text.v.as_deref().is_none_or(|value| order.field.holds(value));
        if text.s != order.name() || !fits {
            return Err(foreign());
        }
        Ok(Self { id: text.i, sorted: text.v })
    }

    pub(super) fn to_text(&self, order: &Order) -> String {
        let text = Text { s: order.name(), v: self.sorted.clone(), i: self.id };
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(&text).unwrap_or_default())
    }

    /// `and` the row comes after this one. Nulls come last, downwards first, as Postgres has it.
    pub(super) fn predicate(&self, sql: &mut QueryBuilder<Postgres>, order: &Order) {
        let (column, kind) = (order.column(), order.field.sql());
        let sign = if order.descending { "<" } else { ">" };
        if let Some(value) = self.sorted.clone() {
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
    /// Whether Postgres could read the value back into the column.
    fn holds(self, value: &str) -> bool {
        match self.kind {
            Kind::Text | Kind::Word { .. } => !value.contains('\0'),
            Kind::Uuid => value.parse::<Uuid>().is_ok(),
            Kind::Int => value.parse::<i64>().is_ok(),
            Kind::Number => value.parse::<f64>().is_ok(),
            Kind::Bool => value.parse::<bool>().is_ok(),
            Kind::Date => value.parse::<NaiveDate>().is_ok_and(|date| has_four_digit_year(&date)),
            // Postgres writes `2030-01-31 09:00:00+00`.
            Kind::Time => DateTime::parse_from_str(value, "%Y-%m-%d %H:%M:%S%.f%#z")
                .is_ok_and(|time| has_four_digit_year(&time)),
        }
    }
}
