//! The SQL of filters and of a search.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use domain::{CONTROL_CHARACTERS_PROBLEM, has_control_characters, has_four_digit_year};
use sqlx::{Encode, Postgres, QueryBuilder, Type, postgres::PgHasArrayType};
use uuid::Uuid;

use super::{
    error::BadQuery,
    field::{Field, FieldType, QueryColumns},
};

/// The most search terms.
const MAX_SEARCH_TERMS: usize = 8;
/// What filters call it that there is no value.
pub const NO_VALUE: &str = "none";
/// The most values of one filter.
pub const MAX_VALUES: usize = 200;

impl Field {
    /// Adds `and` with the condition that the column matches; the error says what is wrong with the value.
    pub(super) fn push_predicate(
        self,
        sql: &mut QueryBuilder<Postgres>,
        value: &str,
    ) -> Result<(), String> {
        let column = self.name;
        let uuid = |id: &str| parse::<Uuid>(id, "a UUID");
        match self.kind {
            FieldType::Text => {
                let value = value.to_owned();
                if has_control_characters(&value) {
                    return Err(CONTROL_CHARACTERS_PROBLEM.into());
                }
                push_equal(sql, column, value);
            }
            FieldType::Enum { check, .. } => {
                push_values(sql, column, value, |word| check(word).map(|()| word.to_owned()))?;
            }
            FieldType::Uuid => push_values(sql, column, value, uuid)?,
            FieldType::OneOf { column } => {
                let (excluded, ids) = parse_values(value, uuid)?;
                sql.push(format_args!(" and (t.{column} && ")).push_bind(ids);
                sql.push(if excluded { ") is not true" } else { ")" });
            }
            FieldType::Bool => {
                push_values(sql, column, value, |text| parse::<bool>(text, "true or false"))?;
            }
            FieldType::Int => {
                push_range(sql, column, value, |text| parse::<i64>(text, "a whole number"))?;
            }
            FieldType::Number => {
                push_range(sql, column, value, |text| parse::<f64>(text, "a number"))?;
            }
            FieldType::Date => {
                let date = |text: &str| parse_date::<NaiveDate>(text, "a date such as 2030-01-31");
                push_range(sql, column, value, date)?;
            }
            FieldType::Time => {
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
    columns: &impl QueryColumns,
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
        field.push_predicate(sql, value).map_err(|why| BadQuery::parameter(&parameter, why))?;
    }
    Ok(())
}

/// The fewest digits of a telephone number that is looked for as one.
const MIN_PHONE_DIGITS: usize = 6;

/// Adds `and` with the condition that every term occurs in the column, in whichever spelling, or the telephone
/// number that they are; the error says what is wrong.
pub(super) fn push_search(
    sql: &mut QueryBuilder<Postgres>,
    column: &str,
    terms: &str,
) -> Result<(), String> {
    if has_control_characters(terms) {
        return Err(CONTROL_CHARACTERS_PROBLEM.into());
    }
    if terms.split_whitespace().count() > MAX_SEARCH_TERMS {
        return Err(format!("may have {MAX_SEARCH_TERMS} words at most"));
    }
    sql.push(" and (true");
    for term in terms.split_whitespace() {
        sql.push(format_args!(" and t.{column} like any(projections.search_patterns("));
        sql.push_bind(term.to_owned()).push("))");
    }
    if let Some(number) = phone_number(terms) {
        sql.push(format_args!(" or t.{column} like ")).push_bind(format!("%{number}%"));
    }
    sql.push(")");
    Ok(())
}

/// The digits of a telephone number without those by which other countries or other towns are dialled:
/// `305550101` of `030 5550101`, and `49305550101` of `0049 (0)30 5550101`. `None` if the text is no number.
fn phone_number(text: &str) -> Option<String> {
    let is_number = text.chars().all(|c| c.is_ascii_digit() || " ()-./+\u{a0}".contains(c));
    let digits: String = text.replace("(0)", "").chars().filter(char::is_ascii_digit).collect();
    let number = digits.trim_start_matches('0');
    (is_number && number.len() >= MIN_PHONE_DIGITS).then(|| number.to_owned())
}

fn push_equal<T>(sql: &mut QueryBuilder<Postgres>, column: &str, value: T)
where
    T: for<'q> Encode<'q, Postgres> + Type<Postgres> + Send + 'static,
{
    sql.push(format_args!(" and t.{column} = ")).push_bind(value);
}

/// Adds the condition for one value, several of which one must match (`a,b`), or those that must not
/// (`!a,b`), which rows without a value do not either. [`NO_VALUE`] is no value.
fn push_values<T>(
    sql: &mut QueryBuilder<Postgres>,
    column: &str,
    text: &str,
    parse: impl Fn(&str) -> Result<T, String>,
) -> Result<(), String>
where
    T: for<'q> Encode<'q, Postgres> + Type<Postgres> + PgHasArrayType + Send + 'static,
{
    if text == NO_VALUE {
        sql.push(format_args!(" and t.{column} is null"));
        return Ok(());
    }
    // An index yields the rows of one value in its order, but not those of an array.
    if !text.starts_with('!') && !text.contains(',') {
        push_equal(sql, column, parse(text)?);
        return Ok(());
    }
    let or_none = |text: &str| if text == NO_VALUE { Ok(None) } else { parse(text).map(Some) };
    let (excluded, values) = parse_values(text, or_none)?;
    let with_none = values.iter().any(Option::is_none);
    let values: Vec<_> = values.into_iter().flatten().collect();
    sql.push(format_args!(" and (t.{column} = any(")).push_bind(values).push(")");
    if with_none {
        sql.push(format_args!(" or t.{column} is null"));
    }
    sql.push(if excluded { ") is not true" } else { ")" });
    Ok(())
}

/// Whether the values are excluded, and which ones they are.
fn parse_values<T>(
    text: &str,
    parse: impl Fn(&str) -> Result<T, String>,
) -> Result<(bool, Vec<T>), String> {
    let excluded = text.strip_prefix('!');
    let values = excluded.unwrap_or(text).split(',').take(MAX_VALUES + 1);
    let values = values.map(parse).collect::<Result<Vec<T>, _>>()?;
    if values.len() > MAX_VALUES {
        return Err(format!("may have {MAX_VALUES} values at most"));
    }
    Ok((excluded.is_some(), values))
}

/// Adds a half-open range `from..until`, or one value, or [`NO_VALUE`].
fn push_range<T>(
    sql: &mut QueryBuilder<Postgres>,
    column: &str,
    value: &str,
    parse: impl Fn(&str) -> Result<T, String>,
) -> Result<(), String>
where
    T: for<'q> Encode<'q, Postgres> + Type<Postgres> + Send + 'static,
{
    if value == NO_VALUE {
        sql.push(format_args!(" and t.{column} is null"));
        return Ok(());
    }
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

fn parse<T: std::str::FromStr>(text: &str, what: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("'{text}' is not {what}"))
}
