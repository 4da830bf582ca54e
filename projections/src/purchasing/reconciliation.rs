//! Daily totals of what purchase systems sent and what became of it, to be compared with their own
//! figures (PUR-5).

use chrono::{DateTime, NaiveDate, Utc};
use domain::{Currency, Text, purchasing::feed::subject_token};
use serde::{Deserialize, Serialize};
use sqlx::{PgPool, types::Json};
use utoipa::ToSchema;

use super::{purchase::PURCHASES, purchase_event::PARKED_MESSAGES};
use crate::listing::{self, Listing};

/// What a purchase system told of on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Reconciliation {
    /// The purchase system, as far as that can be told.
    pub source: Text<200>,
    /// The day in UTC on which it happened there. Of a message that could not be applied that is not
    /// known: it counts on the day on which it came.
    pub day: NaiveDate,
    pub messages: ReconciledMessages,
    /// The orders that were placed.
    pub orders: i64,
    pub lines: ReconciledLines,
    /// What these orders come to, by currency.
    pub totals: Vec<ReconciledTotal>,
}

/// How many messages there were; each counts once, however often it came.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReconciledMessages {
    /// All of them.
    pub received: i64,
    pub applied: i64,
    /// They wait for messages before them.
    pub waiting: i64,
    /// They could not be applied, and wait for somebody to decide.
    pub parked: i64,
    /// Somebody decided that nothing comes of them.
    pub discarded: i64,
}

/// What became of the lines of the orders. None is left open for ever.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReconciledLines {
    /// All of them.
    pub ordered: i64,
    pub open: i64,
    pub fulfilled: i64,
    pub refunded: i64,
    pub discarded: i64,
}

/// Money in minor units of a currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReconciledTotal {
    pub currency: Currency,
    pub ordered: i64,
    pub refunded: i64,
}

/// Selects days of purchase systems.
#[derive(Debug, Clone)]
pub struct DayFilter {
    pub source: Option<Text<200>>,
    /// The normalised name ([`subject_token`]) of the only source that the caller speaks for, if there is one.
    pub subject_token: Option<String>,
    pub from: NaiveDate,
    /// The day after the last one.
    pub until: NaiveDate,
    pub limit: u32,
    pub offset: u32,
}

/// Some days, the last ones first, and the position of the read models.
#[derive(Debug, Clone)]
pub struct ReconciliationPage {
    pub rows: Vec<Reconciliation>,
    pub position: i64,
    pub as_of: DateTime<Utc>,
}

/// A message that was parked and came again is applied, and no longer parked.
const DAYS: &str = "with bounds as (
        select $1::timestamp at time zone 'UTC' as since, $2::timestamp at time zone 'UTC' as before
    ), received as (
        select source, (sent_at at time zone 'UTC')::date as day,
            count(*) filter (where until is null) as applied, count(until) as waiting
        from purchasing_purchase.messages, bounds
        where sent_at >= since and sent_at < before group by 1, 2
    ), parked as (
        select source, (created_at at time zone 'UTC')::date as day,
            count(*) filter (where status = 'parked') as parked,
            count(*) filter (where status = 'discarded') as discarded
        from purchasing_purchase_event.parked p, bounds
        where created_at >= since and created_at < before and status <> 'reprocessed'
            and not exists (
                select from purchasing_purchase.messages m where m.parked_as = p.id)
        group by 1, 2
    ), placed as (
        select source, (placed_at at time zone 'UTC')::date as day, currency, amount, refunded, lines
        from purchasing_purchase.purchases, bounds
        where placed_at >= since and placed_at < before
    ), orders as (
        select source, day, count(*) as orders from placed group by 1, 2
    ), lines as (
        select source, day, count(*) as ordered,
            count(*) filter (where line ->> 'state' = 'open') as open,
            count(*) filter (where line ->> 'state' = 'fulfilled') as fulfilled,
            count(*) filter (where line ->> 'state' = 'refunded') as refunded,
            count(*) filter (where line -> 'state' ? 'discarded') as discarded
        from placed, jsonb_array_elements(lines) as line group by 1, 2
    ), sums as (
        select source, day, currency, least(sum(amount), 9223372036854775807)::bigint as ordered,
            least(sum(refunded), 9223372036854775807)::bigint as refunded
        from placed group by 1, 2, 3
    ), totals as (
        select source, day, jsonb_agg(jsonb_build_object(
            'currency', currency, 'ordered', ordered, 'refunded', refunded) order by currency) as totals
        from sums group by 1, 2
    ), page as (
        select day, source, jsonb_build_object(
            'source', source, 'day', day,
            'messages', jsonb_build_object(
                'received', coalesce(applied, 0) + coalesce(waiting, 0) + coalesce(parked, 0)
                    + coalesce(parked.discarded, 0),
                'applied', coalesce(applied, 0), 'waiting', coalesce(waiting, 0),
                'parked', coalesce(parked, 0), 'discarded', coalesce(parked.discarded, 0)),
            'orders', coalesce(orders, 0),
            'lines', jsonb_build_object(
                'ordered', coalesce(ordered, 0), 'open', coalesce(open, 0),
                'fulfilled', coalesce(fulfilled, 0), 'refunded', coalesce(refunded, 0),
                'discarded', coalesce(lines.discarded, 0)),
            'totals', coalesce(totals, '[]')) as entry
        from received full join parked using (source, day) full join orders using (source, day)
            full join lines using (source, day) full join totals using (source, day)
        where ($3::text is null or source = $3)
            and ($6::text[] is null or source = any($6))
        order by day desc, source limit $4 offset $5
    )
    select coalesce(jsonb_agg(entry order by day desc, source), '[]') from page";

/// The days with messages or orders, by source.
pub async fn daily_reconciliation(
    db: &PgPool,
    filter: &DayFilter,
) -> sqlx::Result<ReconciliationPage> {
    let sources = match &filter.subject_token {
        Some(name) => Some(sources_of(db, name).await?),
        None => None,
    };
    let models = [&PURCHASES, &PARKED_MESSAGES].map(Listing::schema);
    let (position, as_of) = listing::model_position(db, &models).await?;
    let days = sqlx::query_scalar(DAYS).bind(filter.from).bind(filter.until);
    let days = days.bind(filter.source.as_ref().map(Text::as_str));
    let days = days.bind(i64::from(filter.limit)).bind(i64::from(filter.offset));
    let Json(rows) = days.bind(sources).fetch_one(db).await?;
    Ok(ReconciliationPage { rows, position, as_of })
}

/// The sources whose normalised name is `name`.
async fn sources_of(db: &PgPool, name: &str) -> sqlx::Result<Vec<String>> {
    let query = "select distinct source from purchasing_purchase.messages
         union select distinct source from purchasing_purchase_event.parked";
    let sources: Vec<String> = sqlx::query_scalar(query).fetch_all(db).await?;
    let matches = |source: &String| !name.is_empty() && subject_token(source) == name;
    Ok(sources.into_iter().filter(matches).collect())
}
