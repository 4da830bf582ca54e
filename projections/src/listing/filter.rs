//! Columns that can be filtered by, and what a filter becomes in SQL.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use domain::has_four_digit_year;
use serde::de::{DeserializeOwned, IntoDeserializer, value};
use sqlx::{Encode, Postgres, QueryBuilder, Type};
use utoipa::{
    PartialSchema,
    openapi::{RefOr, Schema},
};
use uuid::Uuid;

/// How many words may be looked for.
const WORDS: usize = 8;

/// A column that can be filtered by.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    pub name: &'static str,
    pub kind: Kind,
}

/// What a column holds.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    Text,
    /// One of the words of a type.
    Word {
        /// What is wrong with another word.
        check: fn(&str) -> Result<(), String>,
        /// The words there are.
        schema: fn() -> RefOr<Schema>,
    },
    Uuid,
    Time,
    Date,
    Int,
    /// With a fraction.
    Number,
    Bool,
}

impl Field {
    pub const fn text(name: &'static str) -> Self {
        Self { name, kind: Kind::Text }
    }

    /// A column of text that holds the words of an enum.
    pub const fn word<T: DeserializeOwned + PartialSchema>(name: &'static str) -> Self {
        Self { name, kind: Kind::Word { check: check::<T>, schema: T::schema } }
    }

    pub const fn uuid(name: &'static str) -> Self {
        Self { name, kind: Kind::Uuid }
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
            Kind::Text | Kind::Word { .. } => "text",
            Kind::Uuid => "uuid",
            Kind::Time => "timestamptz",
            Kind::Date => "date",
            Kind::Int => "bigint",
            Kind::Number => "double precision",
            Kind::Bool => "boolean",
        }
    }

    /// `and` the column is what the caller wrote; else what is wrong with it.
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
                equal(sql, column, value);
            }
            Kind::Word { check, .. } => {
                check(value)?;
                equal(sql, column, value.to_owned());
            }
            Kind::Uuid => equal(sql, column, parse::<Uuid>(value, "a UUID")?),
            Kind::Bool => equal(sql, column, parse::<bool>(value, "true or false")?),
            Kind::Int => range(sql, column, value, |text| parse::<i64>(text, "a whole number"))?,
            Kind::Number => range(sql, column, value, |text| parse::<f64>(text, "a number"))?,
            Kind::Date => {
                let date = |text: &str| date::<NaiveDate>(text, "a date such as 2030-01-31");
                range(sql, column, value, date)?;
            }
            Kind::Time => {
                let time = |text: &str| {
                    date::<DateTime<Utc>>(text, "an instant such as 2030-01-31T09:00:00Z")
                };
                range(sql, column, value, time)?;
            }
        }
        Ok(())
    }
}

/// `and` every word occurs in the column; else what is wrong with the words.
pub(super) fn search(
    sql: &mut QueryBuilder<Postgres>,
    column: &str,
    q: &str,
) -> Result<(), String> {
    let q = q.to_lowercase().replace('\0', " ");
    if q.split_whitespace().count() > WORDS {
        return Err(format!("may have {WORDS} words at most"));
    }
    for word in q.split_whitespace() {
        let word = word.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        sql.push(format_args!(" and t.{column} like ")).push_bind(format!("%{word}%"));
    }
    Ok(())
}

fn equal<T>(sql: &mut QueryBuilder<Postgres>, column: &str, value: T)
where
    T: for<'q> Encode<'q, Postgres> + Type<Postgres> + Send + 'static,
{
    sql.push(format_args!(" and t.{column} = ")).push_bind(value);
}

/// Of `from..until` the first belongs to it and the last does not.
fn range<T>(
    sql: &mut QueryBuilder<Postgres>,
    column: &str,
    value: &str,
    parse: impl Fn(&str) -> Result<T, String>,
) -> Result<(), String>
where
    T: for<'q> Encode<'q, Postgres> + Type<Postgres> + Send + 'static,
{
    let Some((from, until)) = value.split_once("..") else {
        equal(sql, column, parse(value)?);
        return Ok(());
    };
    for (sign, side) in [(">=", from), ("<", until)] {
        if !side.is_empty() {
            sql.push(format_args!(" and t.{column} {sign} ")).push_bind(parse(side)?);
        }
    }
    Ok(())
}

/// Postgres does not go as far as we can read.
fn date<T: std::str::FromStr + Datelike>(text: &str, what: &str) -> Result<T, String> {
    let date = parse::<T>(text, what)?;
    if has_four_digit_year(&date) { Ok(date) } else { Err(format!("'{text}' is not {what}")) }
}

/// Whether it is a word of a type; else which words are.
fn check<T: DeserializeOwned>(word: &str) -> Result<(), String> {
    let known = T::deserialize(word.into_deserializer());
    known.map(drop).map_err(|why: value::Error| why.to_string())
}

fn parse<T: std::str::FromStr>(text: &str, what: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("'{text}' is not {what}"))
}
