//! The daily comparison of received purchase messages with what came of them.

use axum::extract::State;
use chrono::{Days, NaiveDate};
use commands::policy::Right;
use domain::{Text, identity::RowScope, purchasing::feed};
use projections::{
    listing,
    purchasing::reconciliation::{self, DayFilter, Reconciliation, ReconciliationPage},
};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::routes;

use super::ingest::caller_source;
use crate::{
    App, caller::Caller, describe::PageParams, json_request::Query, problem::Problem, reads::List,
    routes::Routes,
};

/// How many days are listed by default.
const DEFAULT_DAYS: u64 = 31;
/// How many days can be listed at most.
const MAX_DAYS: u64 = 366;

pub(super) fn routes() -> Routes {
    Routes::default().guarded(Right::PurchasesRead, routes!(list_reconciliation))
}

/// The parameters of the reconciliation.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ReconciliationFilter {
    /// The purchase system.
    #[param(value_type = Option<String>)]
    source: Option<Text<200>>,
    /// The first day; 31 days before `until` if nothing is said.
    from: Option<NaiveDate>,
    /// The day after the last one, 366 days later at most; tomorrow if nothing is said.
    until: Option<NaiveDate>,
    #[param(ignore)]
    limit: Option<u32>,
    #[param(ignore)]
    cursor: Option<u32>,
}

/// Received purchase messages by day, and their outcomes, to be compared with the purchase system.
///
/// A purchase system sees its own source only.
#[utoipa::path(get, path = "/ingest/reconciliation", operation_id = "purchasing.reconciliation",
    tag = "purchasing", params(ReconciliationFilter, PageParams),
    responses((status = 200, description = "Days, the last ones first.",
        body = List<Reconciliation>)))]
async fn list_reconciliation(
    State(app): State<App>,
    caller: Caller,
    Query(ReconciliationFilter { source, from, until, limit, cursor }): Query<ReconciliationFilter>,
) -> Result<List<Reconciliation>, Problem> {
    let row_scope = caller.row_scope(Right::PurchasesRead)?;
    let out_of_range = || Problem::invalid("from", "is in a year that not everybody can read");
    let today = app.commands.now().date_naive();
    let until = until.or(today.succ_opt()).ok_or_else(out_of_range)?;
    let from = from.or(until.checked_sub_days(Days::new(DEFAULT_DAYS))).ok_or_else(out_of_range)?;
    if from.checked_add_days(Days::new(MAX_DAYS)).is_none_or(|last| last < until) {
        let message = format!("must not be more than {MAX_DAYS} days before until");
        return Err(Problem::invalid("from", message));
    }
    let subject_token = if row_scope == RowScope::All {
        None
    } else {
        let own_source = caller_source(app.commands.aggregates(), &caller).await?;
        Some(own_source.map(|source| feed::subject_token(source.as_str())).unwrap_or_default())
    };
    let (limit, offset) = (listing::page_limit(limit)?, cursor.unwrap_or_default());
    let filter = DayFilter { source, subject_token, from, until, limit: limit + 1, offset };
    let ReconciliationPage { rows, position, as_of } =
        reconciliation::daily_reconciliation(&app.db, &filter).await?;
    let next = |_: &_| offset.saturating_add(limit).to_string();
    Ok(List::from_rows(rows, limit, (position, as_of), next))
}
