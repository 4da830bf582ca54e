//! The parameters and the answers of queries.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::error::BadQuery;

/// The default and the largest number of rows of a page.
pub const DEFAULT_AND_MAX_PAGE_LIMIT: (u32, u32) = (50, 200);

/// The number of rows of a page for the requested limit.
pub fn page_limit(requested: Option<u32>) -> Result<u32, BadQuery> {
    match requested.unwrap_or(DEFAULT_AND_MAX_PAGE_LIMIT.0) {
        limit if (1..=DEFAULT_AND_MAX_PAGE_LIMIT.1).contains(&limit) => Ok(limit),
        _ => Err(BadQuery::parameter(
            "limit",
            format!("must be between 1 and {}", DEFAULT_AND_MAX_PAGE_LIMIT.1),
        )),
    }
}

/// The parameters of a query, as they are in the URL.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// `filter[field]=value`; all must match. Values are compared exactly; for numbers and times
    /// `from..until` is a half-open range, one side of which may be missing; for words, booleans and ids
    /// `a,b` is one of several, and `!a,b` none of them.
    pub filters: Vec<(String, String)>,
    /// Search terms, all of which must occur.
    pub q: Option<String>,
    /// A field; `-` before it reverses the order.
    pub sort: Option<String>,
    pub limit: Option<u32>,
    /// The cursor that came with the page before.
    pub cursor: Option<String>,
    /// Filters in addition, which do not come from the URL.
    pub fixed: Vec<(String, String)>,
    /// Only these rows; not a parameter of the URL.
    pub ids: Option<Vec<Uuid>>,
}

/// One page of a list.
#[derive(Debug, Clone)]
pub struct Page<T> {
    pub rows: Vec<T>,
    /// The cursor of the next page, if there is one.
    pub next: Option<String>,
    /// The read model contained everything up to this position…
    pub position: i64,
    /// …at this moment.
    pub as_of: DateTime<Utc>,
}

/// One row.
#[derive(Debug, Clone)]
pub struct VersionedRow<T> {
    pub data: T,
    /// Of the aggregate, for `If-Match`.
    pub version: i32,
    /// Of the aggregate's last event.
    pub position: i64,
}
