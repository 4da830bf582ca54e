//! Values, and the types of the columns that hold them.

use chrono::{DateTime, NaiveDate, Utc};

/// What the values of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnType {
    Text,
    /// A text that is JSON.
    Json,
    Integer,
    /// A number that need not be exact.
    Float,
    /// With two decimals.
    Amount,
    Bool,
    Date,
    /// In microseconds, UTC.
    Time,
}

/// A value in a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Empty,
    /// Of a column of texts or of JSON.
    Text(String),
    Integer(i64),
    Float(f64),
    /// In hundredths.
    Amount(i64),
    Bool(bool),
    Date(NaiveDate),
    Time(DateTime<Utc>),
}
