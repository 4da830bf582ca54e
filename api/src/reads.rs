//! Reads one item, or a page of a list, as far as the caller may see them.

mod responses;

use axum::{http::StatusCode, response::Response};
use chrono::{DateTime, Utc};
use commands::policy::Right;
use domain::{Id, identity::RowScope, organizations::cabinet::CabinetId};
use projections::listing::{self, BadQuery, Field, Listing, Moment, Past, Source};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, value::RawValue};
use utoipa::ToSchema;
use uuid::Uuid;

pub(crate) use self::responses::{Item, List, Row};
use crate::{
    App,
    caller::Caller,
    freshness::Freshness,
    names::{self, resolve_names},
    problem::{Problem, ProblemCode},
    read_query::ReadQuery,
    tables::{self, Format, ListAnswer, ParseRows, Table},
    type_schema::TypeSchema,
    visible::Visible,
};

/// The position of the end of the log, and the present time.
pub(crate) async fn log_head(app: &App) -> Result<(i64, DateTime<Utc>), Problem> {
    Ok((event_store::head(&app.db).await?, app.commands.now()))
}

/// A page of all `A` that the caller may see, as they are, or as they were at an earlier moment.
pub(crate) async fn visible_list<A: Visible, T: DeserializeOwned + Serialize + ToSchema>(
    app: &App,
    caller: &Caller,
    query: ReadQuery,
) -> Result<ListAnswer<Row<T>>, Problem> {
    let row_scope = match query.as_of {
        Some(_) => caller.history_row_scope::<A>()?,
        None => caller.row_scope(A::READ_RIGHT)?,
    };
    list_in_scope(app, caller, A::listing(caller), (A::READ_RIGHT, &row_scope), query).await
}

/// A page of a listing: the rows of a scope, which the caller has by a right.
pub(crate) async fn list_in_scope<T: DeserializeOwned + Serialize + ToSchema>(
    app: &App,
    caller: &Caller,
    listing: &Listing,
    (right, row_scope): (Right, &RowScope),
    mut query: ReadQuery,
) -> Result<ListAnswer<T>, Problem> {
    if let Some(cabinet) = query.cabinet {
        query.list.fixed.push(cabinet_filter(cabinet, listing, right, row_scope)?);
    }
    let (freshness, moment) = wait_for_moment(app, &[listing], &query).await?;
    let source = match moment {
        Some(moment) => past_source(app, &[listing], moment, row_scope).await?,
        None => (&app.db).into(),
    };
    read_page(app, caller, listing, (row_scope, freshness), source, &query).await
}

/// As [`list_in_scope`], of these ids only, which were found in read models of this freshness.
pub(crate) async fn list_by_ids<T: DeserializeOwned + Serialize + ToSchema>(
    app: &App,
    caller: &Caller,
    listing: &Listing,
    row_scope: &RowScope,
    (ids, freshness): (Vec<Uuid>, Freshness),
    mut query: ReadQuery,
) -> Result<ListAnswer<T>, Problem> {
    query.allow_only(&["filter", "q", "sort", "limit", "cursor", "count", "include"])?;
    query.list.ids = Some(ids);
    read_page(app, caller, listing, (row_scope, freshness), (&app.db).into(), &query).await
}

/// As [`list_in_scope`], of the rows whose `column` is the id of an item in the listing `parent`. 404 if the
/// caller may not see that item.
pub(crate) async fn list_children<T: DeserializeOwned + Serialize + ToSchema>(
    app: &App,
    caller: &Caller,
    (parent, id): (&Listing, Uuid),
    (listing, column): (&Listing, &str),
    right: Right,
    mut query: ReadQuery,
) -> Result<ListAnswer<T>, Problem> {
    let row_scope = caller.row_scope(right)?;
    if let Some(cabinet) = query.cabinet {
        query.list.fixed.push(cabinet_filter(cabinet, listing, right, &row_scope)?);
    }
    let freshness = wait_for(app, &[parent, listing], &query).await?;
    find_row::<Value>(app, parent, id, &row_scope, freshness).await?;
    query.list.fixed.push((column.to_owned(), id.to_string()));
    read_page(app, caller, listing, (&row_scope, freshness), (&app.db).into(), &query).await
}

/// Waits for the read models of these listings, and for those of the names in them if they are asked for.
async fn wait_for(
    app: &App,
    listings: &[&Listing],
    query: &ReadQuery,
) -> Result<Freshness, Problem> {
    let mut all = listings.to_vec();
    let named = query.include.is_some() || query.format != Format::Json;
    for listing in listings.iter().filter(|_| named) {
        names::name_listings(listing).for_each(|source| all.push(source));
    }
    app.read_models.wait_for(&all, query.min_position).await
}

/// As [`wait_for`], and until they contain everything up to the earlier moment that is asked for.
pub(crate) async fn wait_for_moment(
    app: &App,
    listings: &[&Listing],
    query: &ReadQuery,
) -> Result<(Freshness, Option<Moment>), Problem> {
    let Some(as_of) = query.as_of else {
        return Ok((wait_for(app, listings, query).await?, None));
    };
    let moment = as_of.moment(&app.db, app.commands.now()).await?;
    let position = query.min_position.unwrap_or(0).max(moment.position);
    let freshness = app.read_models.wait_for(listings, Some(position)).await?;
    Ok((freshness.capped_at(moment.position), Some(moment)))
}

/// What a scope holds of some listings, as it was at an earlier moment.
pub(crate) async fn past_source(
    app: &App,
    listings: &[&Listing],
    moment: Moment,
    row_scope: &RowScope,
) -> Result<Source, Problem> {
    let ring = app.commands.aggregates().keys();
    let past = Past::of_listings(&app.db, ring, listings, moment, row_scope).await?;
    Ok(Source::Past(past))
}

/// A page, with what was asked for beside its rows; or all rows as a file.
async fn read_page<T: DeserializeOwned + Serialize + ToSchema>(
    app: &App,
    caller: &Caller,
    listing: &Listing,
    (row_scope, freshness): (&RowScope, Freshness),
    mut source: Source,
    query: &ReadQuery,
) -> Result<ListAnswer<T>, Problem> {
    if query.format != Format::Json {
        let parse = |rows: &[Box<RawValue>]| {
            let rows = listing::parse_rows::<T>(listing, rows)?;
            let values = rows.iter().map(serde_json::to_value).collect::<Result<Vec<_>, _>>();
            Ok(values.map_err(anyhow::Error::from)?)
        };
        let rows = (TypeSchema::of::<T>(), &parse as &ParseRows<'_>);
        let file = file(app, caller, listing, (row_scope, freshness), source, query, rows).await?;
        return Ok(ListAnswer::File(file));
    }
    let page = listing::fetch_page(&mut source, listing, &query.list, row_scope).await?;
    let mut list = List::from_page(page, freshness);
    if let Some(field) = &query.count {
        let counts = listing::count_values(&mut source, listing, &query.list, field, row_scope);
        list = list.with_counts(counts.await?);
    }
    if query.include.is_some() {
        let references = names::collect_references(&listing.fields.iter(), &list.data)?;
        list = list.with_names(Some(resolve_names(app, caller, references).await?));
    }
    Ok(ListAnswer::Page(list))
}

/// All rows as the file that was asked for.
async fn file(
    app: &App,
    caller: &Caller,
    listing: &Listing,
    (row_scope, freshness): (&RowScope, Freshness),
    source: Source,
    query: &ReadQuery,
    (row, parse): (TypeSchema, &ParseRows<'_>),
) -> Result<Response, Problem> {
    let named: Vec<_> = listing.fields.iter().filter_map(Field::id_column_without_names).collect();
    let most = query.delivery.max_rows(query.format);
    let table = Box::pin(async {
        let source = query.delivery.with_limits(source).await?;
        Ok(Table {
            columns: tables::columns_of_row(row, &named),
            fields: listing.fields.iter().collect(),
            rows: listing::all_rows(source, listing, &query.list, row_scope, most).await?,
            parse,
            freshness,
        })
    });
    tables::table_file(app, caller, query, table).await
}

/// The filter for the rows of a cabinet. A cabinet out of reach is refused with 403, not answered
/// with an empty list, so the answer does not depend on the rows that exist.
pub(crate) fn cabinet_filter(
    cabinet: CabinetId,
    listing: &Listing,
    right: Right,
    row_scope: &RowScope,
) -> Result<(String, String), Problem> {
    let Some(column) = listing.owner.cabinet else {
        return Err(Problem::unknown_parameter("cabinet_id"));
    };
    let in_reach = match row_scope {
        RowScope::All => true,
        RowScope::Cabinets { cabinets, .. } => cabinets.contains(&cabinet),
        RowScope::Own(_) | RowScope::Nothing => false,
    };
    if in_reach {
        return Ok((column.to_owned(), cabinet.to_string()));
    }
    let detail = "your reach does not cover that cabinet";
    let problem = Problem::new(StatusCode::FORBIDDEN, ProblemCode::CabinetOutOfReach, detail);
    Err(problem.with("right", right.to_string()))
}

/// One item of a listing; 404 for rows outside the caller's scope.
pub(crate) async fn item<T: DeserializeOwned + Serialize>(
    app: &App,
    caller: &Caller,
    listing: &Listing,
    right: Right,
    id: Uuid,
    query: &ReadQuery,
) -> Result<Item<Row<T>>, Problem> {
    query.refuse_list_params()?;
    let row_scope = caller.row_scope(right)?;
    let freshness = wait_for(app, &[listing], query).await?;
    let found = find_row::<T>(app, listing, id, &row_scope, freshness).await?;
    Item::from_row(found, freshness).with_requested_names(app, caller, listing, query).await
}

/// One `A` as it is, or as it was at an earlier moment.
pub(crate) async fn visible_item<A: Visible, T: DeserializeOwned + Serialize>(
    app: &App,
    caller: &Caller,
    id: Id<A>,
    query: &ReadQuery,
) -> Result<Item<Row<T>>, Problem> {
    match query.as_of {
        Some(_) => item_as_of(app, caller, id, query).await,
        None => item(app, caller, A::listing(caller), A::READ_RIGHT, id.uuid(), query).await,
    }
}

/// One `A` as it was at an earlier moment, for callers who may see both the item and histories.
async fn item_as_of<A: Visible, T: DeserializeOwned + Serialize>(
    app: &App,
    caller: &Caller,
    id: Id<A>,
    query: &ReadQuery,
) -> Result<Item<Row<T>>, Problem> {
    query.allow_only(&["include", "as_of"])?;
    let (row_scope, listing) = (caller.history_row_scope::<A>()?, A::listing(caller));
    let (freshness, moment) = wait_for_moment(app, &[listing], query).await?;
    let moment = moment.ok_or_else(Problem::not_found)?;
    let (ring, aggregate) = (app.commands.aggregates().keys(), (A::NAME, id.uuid()));
    let past = Past::of_aggregate(&app.db, ring, listing, aggregate, moment, &row_scope).await?;
    let found = listing::find(&mut Source::Past(past), listing, id.uuid(), &row_scope).await?;
    Item::from_row(found.ok_or_else(Problem::not_found)?, freshness)
        .with_moment(moment.at)
        .with_requested_names(app, caller, listing, query)
        .await
}

/// A row of a listing whose read model is as fresh as this; rows outside the scope are treated as absent.
/// What is absent from a read model that is behind the wanted position may only be not there yet.
pub(crate) async fn find_row<T: DeserializeOwned>(
    app: &App,
    listing: &Listing,
    id: Uuid,
    row_scope: &RowScope,
    freshness: Freshness,
) -> Result<listing::VersionedRow<Row<T>>, Problem> {
    let found = listing::find(&mut (&app.db).into(), listing, id, row_scope).await?;
    found.ok_or_else(|| freshness.unavailable_if_behind(Problem::not_found()))
}

impl From<BadQuery> for Problem {
    fn from(why: BadQuery) -> Self {
        match why {
            BadQuery::Parameter { parameter, message } => Self::invalid(parameter, message),
            BadQuery::NotBuilt(_) => {
                Self::unavailable(ProblemCode::Unbuilt, "this list is being built just now")
            }
            BadQuery::Busy => Self::unavailable(ProblemCode::Overloaded, why),
            BadQuery::TooLong => Self::unavailable(ProblemCode::TooLong, why),
            BadQuery::Database(error) => error.into(),
            why @ (BadQuery::IncompatibleRows { .. } | BadQuery::Unreadable(_)) => {
                Self::internal_error(&why.into())
            }
        }
    }
}
