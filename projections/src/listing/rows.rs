//! All rows that match a query, in its order. They come of one statement, so they are of one moment, and as
//! they are taken, so that it does not matter how many they are.

use chrono::{DateTime, Utc};
use domain::identity::RowScope;
use futures::StreamExt;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use sqlx::{Postgres, QueryBuilder, types::Json};
use tokio::sync::mpsc;

use super::{
    Listing,
    as_of::Moment,
    error::BadQuery,
    paging::{Paging, Row},
    parse_row,
    query::Query,
    rows_statement,
    source::Source,
};

/// How many rows wait to be taken at most.
const WAITING_ROWS: usize = 500;

/// The rows of a query that are still to be taken.
#[derive(Debug)]
pub struct RowStream {
    /// The read model contained everything up to this position…
    pub position: i64,
    /// …at this moment.
    pub as_of: DateTime<Utc>,
    first: Option<Box<RawValue>>,
    others: mpsc::Receiver<sqlx::Result<Row>>,
}

impl RowStream {
    /// The rows of a statement that `paging` made. `None` if a read model was never built.
    pub(crate) async fn begin(
        mut sql: QueryBuilder<Postgres>,
        source: Source,
        row_scope: &RowScope,
    ) -> Result<Option<Self>, BadQuery> {
        let moment = source.moment();
        let (mut transaction, permit) = source.into_transaction(row_scope).await?;
        let (sender, mut others) = mpsc::channel(WAITING_ROWS);
        tokio::spawn(async move {
            let _permit = permit;
            let mut rows = sql.build_query_as().fetch(&mut *transaction);
            while let Some(row) = rows.next().await {
                if sender.send(row).await.is_err() {
                    return;
                }
            }
        });
        let Some(first) = others.recv().await else { return Ok(None) };
        let Row { position, updated_at, data, .. } = first?;
        let (position, as_of) = Moment::position_and_time_of_answer(moment, position, updated_at);
        Ok(Some(Self { position, as_of, first: data.map(|Json(data)| data), others }))
    }

    /// The next rows, `most` of them unless there are fewer.
    ///
    /// # Errors
    /// When the database breaks off, or the statement takes too long.
    pub async fn take(&mut self, most: usize) -> Result<Vec<Box<RawValue>>, BadQuery> {
        let mut taken: Vec<_> = self.first.take().into_iter().collect();
        while taken.len() < most {
            let Some(row) = self.others.recv().await else { break };
            taken.extend(row?.data.map(|Json(data)| data));
        }
        Ok(taken)
    }
}

/// All rows in the caller's scope that match a query; or the first ones, one more than `most`, which says that
/// there are more. Its page is ignored.
///
/// # Errors
/// When the query is invalid, or the read model was never built.
pub async fn all_rows(
    source: Source,
    listing: &Listing,
    query: &Query,
    row_scope: &RowScope,
    most: Option<u32>,
) -> Result<RowStream, BadQuery> {
    let paging = Paging::unpaged(listing, query, most)?;
    let sql = rows_statement(&source, listing, query, row_scope, &paging)?;
    RowStream::begin(sql, source, row_scope).await?.ok_or(BadQuery::NotBuilt(listing.from))
}

/// Reads rows of a listing.
///
/// # Errors
/// When one does not fit.
pub fn parse_rows<T: DeserializeOwned>(
    listing: &Listing,
    rows: &[Box<RawValue>],
) -> Result<Vec<T>, BadQuery> {
    rows.iter().map(|row| parse_row(listing, row)).collect()
}
