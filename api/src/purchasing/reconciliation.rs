use axum::extract::State;
use chrono::{Days, NaiveDate};
use commands::policy::Right;
use domain::{Text, identity::RowScope, purchasing::feed};
use projections::{
    listing,
    purchasing::reconciliation::{self, DayFilter, Page, Reconciliation},
};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::routes;

use super::ingest::source_of;
use crate::{
    App, caller::Caller, json_request::Query, problem::Problem, reads::List, routes::Routes,
};

/// How many days are told when nobody says which, and at most.
const SPAN: (u64, u64) = (31, 366);

pub(super) fn routes() -> Routes {
    Routes::default().right(Right::PurchasesRead, routes!(reconciliation))
}

/// Which days are asked for.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Filter {
    /// The purchase system.
    #[param(value_type = Option<String>)]
    source: Option<Text<200>>,
    /// The first day; 31 days before `until` if nothing is said.
    from: Option<NaiveDate>,
    /// The day after the last one, 366 days later at most; tomorrow if nothing is said.
    until: Option<NaiveDate>,
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// `page.next` of the page before.
    cursor: Option<u32>,
}

/// What purchase systems told of, by day, and what became of it: to be held against what they say.
///
/// A purchase system is told of its own source.
#[utoipa::path(get, path = "/ingest/reconciliation", operation_id = "purchasing.reconciliation",
    tag = "purchasing", params(Filter),
    responses((status = 200, description = "Days, the last ones first.",
        body = List<Reconciliation>)))]
async fn reconciliation(
    State(app): State<App>,
    caller: Caller,
    Query(Filter { source, from, until, limit, cursor }): Query<Filter>,
) -> Result<List<Reconciliation>, Problem> {
    let row_scope = caller.row_scope(Right::PurchasesRead)?;
    let beyond = || Problem::invalid("from", "is in a year that not everybody can read");
    let today = app.commands.now().date_naive();
    let until = until.or(today.succ_opt()).ok_or_else(beyond)?;
    let from = from.or(until.checked_sub_days(Days::new(SPAN.0))).ok_or_else(beyond)?;
    if from.checked_add_days(Days::new(SPAN.1)).is_none_or(|last| last < until) {
        let message = format!("must not be more than {} days before until", SPAN.1);
        return Err(Problem::invalid("from", message));
    }
    let word = if row_scope == RowScope::All {
        None
    } else {
        let own = source_of(app.commands.lookup(), &caller).await?;
        Some(own.map(|source| feed::word(source.as_str())).unwrap_or_default())
    };
    let (limit, offset) = (listing::limit(limit)?, cursor.unwrap_or_default());
    let asked = DayFilter { source, word, from, until, limit, offset };
    let Page { rows, position, as_of } = reconciliation::days(&app.db, &asked).await?;
    let next = |_: &_| offset.saturating_add(limit).to_string();
    Ok(List::cut(rows, limit, (position, as_of), next))
}
