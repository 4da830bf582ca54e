//! Columns that can be filtered by, and the SQL of a filter.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use domain::has_four_digit_year;
use serde::de::{DeserializeOwned, IntoDeserializer, value};
use sqlx::{Encode, Postgres, QueryBuilder, Type};
use utoipa::{
    PartialSchema,
    openapi::{RefOr, Schema},
};
use uuid::Uuid;

use super::error::BadQuery;

/// The most search terms.
const MAX_SEARCH_TERMS: usize = 8;

/// A column that can be filtered by.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    pub name: &'static str,
    pub kind: Kind,
}

/// The type of a column.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
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

/// The columns that can be filtered and ordered by.
pub(crate) trait Columns {
    fn field(&self, name: &str) -> Option<Field>;

    /// The names of the columns that can be filtered by, for error messages.
    fn names(&self) -> Vec<&'static str>;

    /// The names of the columns that can be ordered by; the first one is the default.
    fn sortable(&self) -> &'static [&'static str];
}

impl Field {
    pub const fn text(name: &'static str) -> Self {
        Self { name, kind: Kind::Text }
    }

    /// A text column that holds the values of the enum `T`.
    pub const fn enum_of<T: DeserializeOwned + PartialSchema>(name: &'static str) -> Self {
        Self { name, kind: Kind::Enum { check: check::<T>, schema: T::schema } }
    }

    pub const fn uuid(name: &'static str) -> Self {
        Self { name, kind: Kind::Uuid }
    }

    /// An id that must be among those in a column (`uuid[]`).
    pub const fn one_of(name: &'static str, column: &'static str) -> Self {
        Self { name, kind: Kind::OneOf { column } }
    }

    /// An instant (`timestamptz`).
    pub const fn time(name: &'static str) -> Self {
        Self { name, kind: Kind::Time }
    }

    pub const fn date(name: &'static str) -> Self {
        Self { name, kind: Kind::Date }
    }

    pub const fn int(name: &'static str) -> Self {
        Self { name, kind: Kind::Int }
    }

    pub const fn number(name: &'static str) -> Self {
        Self { name, kind: Kind::Number }
    }

    pub const fn bool(name: &'static str) -> Self {
        Self { name, kind: Kind::Bool }
    }

    /// The type of the column in Postgres.
    pub(super) const fn sql(self) -> &'static str {
        match self.kind {
            Kind::Text | Kind::Enum { .. } => "text",
            Kind::Uuid | Kind::OneOf { .. } => "uuid",
            Kind::Time => "timestamptz",
            Kind::Date => "date",
            Kind::Int => "bigint",
            Kind::Number => "double precision",
            Kind::Bool => "boolean",
        }
    }

    /// Adds `and` with the condition that the column matches; the error says what is wrong with the value.
    pub(super) fn predicate(
        self,
        sql: &mut QueryBuilder<Postgres>,
        value: &str,
    ) -> Result<(), String> {
        let column = self.name;
        match self.kind {
            Kind::Text => {
                let value = value.to_owned();
                if value.contains('\0') {
                    return Err("contains a character that nothing contains".into());
                }
                push_equal(sql, column, value);
            }
            Kind::Enum { check, .. } => {
                check(value)?;
                push_equal(sql, column, value.to_owned());
            }
            Kind::Uuid => push_equal(sql, column, parse::<Uuid>(value, "a UUID")?),
            Kind::OneOf { column } => {
                sql.push(format_args!(" and t.{column} @> array["));
                sql.push_bind(parse::<Uuid>(value, "a UUID")?).push("]");
            }
            Kind::Bool => push_equal(sql, column, parse::<bool>(value, "true or false")?),
            Kind::Int => {
                push_range(sql, column, value, |text| parse::<i64>(text, "a whole number"))?;
            }
            Kind::Number => push_range(sql, column, value, |text| parse::<f64>(text, "a number"))?,
            Kind::Date => {
                let date = |text: &str| parse_date::<NaiveDate>(text, "a date such as 2030-01-31");
                push_range(sql, column, value, date)?;
            }
            Kind::Time => {
                let time = |text: &str| {
                    parse_date::<DateTime<Utc>>(text, "an instant such as 2030-01-31T09:00:00Z")
                };
                push_range(sql, column, value, time)?;
            }
        }
        Ok(())
    }
}

/// Adds `and` with the conditions of the filters.
pub(crate) fn push_filters(
    sql: &mut QueryBuilder<Postgres>,
    columns: &impl Columns,
    filters: &[(String, String)],
) -> Result<(), BadQuery> {
    for (name, value) in filters {
        let parameter = format!("filter[{name}]");
        let unknown = || {
            let names = columns.names().join(", ");
            let message = format!("there is no such field; there are {names}");
            BadQuery::parameter(&parameter, message)
        };
        let field = columns.field(name).ok_or_else(unknown)?;
        field.predicate(sql, value).map_err(|why| BadQuery::parameter(&parameter, why))?;
    }
    Ok(())
}

/// Adds `and` with the condition that every term occurs in the column; the error says what is wrong.
pub(super) fn search(
    sql: &mut QueryBuilder<Postgres>,
    column: &str,
    terms: &str,
) -> Result<(), String> {
    let terms = terms.to_lowercase().replace('\0', " ");
    if terms.split_whitespace().count() > MAX_SEARCH_TERMS {
        return Err(format!("may have {MAX_SEARCH_TERMS} words at most"));
    }
    for term in terms.split_whitespace() {
        let term = term.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        sql.push(format_args!(" and t.{column} like ")).push_bind(format!("%{term}%"));
    }
    Ok(())
}

fn push_equal<T>(sql: &mut QueryBuilder<Postgres>, column: &str, value: T)
where
    T: for<'q> Encode<'q, Postgres> + Type<Postgres> + Send + 'static,
{
    sql.push(format_args!(" and t.{column} = ")).push_bind(value);
}

/// Adds a half-open range `from..until`, or one value.
fn push_range<T>(
    sql: &mut QueryBuilder<Postgres>,
    column: &str,
    value: &str,
    parse: impl Fn(&str) -> Result<T, String>,
) -> Result<(), String>
where
    T: for<'q> Encode<'q, Postgres> + Type<Postgres> + Send + 'static,
{
    let Some((from, until)) = value.split_once("..") else {
        push_equal(sql, column, parse(value)?);
        return Ok(());
    };
    for (sign, side) in [(">=", from), ("<", until)] {
        if !side.is_empty() {
            sql.push(format_args!(" and t.{column} {sign} ")).push_bind(parse(side)?);
        }
    }
    Ok(())
}

/// Parses a date that Postgres can hold.
fn parse_date<T: std::str::FromStr + Datelike>(text: &str, what: &str) -> Result<T, String> {
    let date = parse::<T>(text, what)?;
    if has_four_digit_year(&date) { Ok(date) } else { Err(format!("'{text}' is not {what}")) }
}

/// Whether a text is a value of an enum; the error says which values there are.
fn check<T: DeserializeOwned>(text: &str) -> Result<(), String> {
    let value = T::deserialize(text.into_deserializer());
    value.map(drop).map_err(|why: value::Error| why.to_string())
}

fn parse<T: std::str::FromStr>(text: &str, what: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("'{text}' is not {what}"))
}
