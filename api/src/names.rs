//! What the things are called whose ids are in an answer: `?include=names`.

use std::collections::BTreeMap;

use projections::listing::{self, Field, Listing, Name, References};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{App, caller::Caller, live::Topic, problem::Problem};

/// What an answer should carry besides its data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Include {
    /// The names of what it refers to.
    Names,
}

/// Names by id.
pub(crate) type Names = BTreeMap<Uuid, Name>;

/// The names of what an answer refers to, as far as the caller may see it: by the row scope of its list, or
/// where the answer says the name itself.
pub(crate) async fn resolve_names(
    app: &App,
    caller: &Caller,
    references: References,
) -> Result<Names, Problem> {
    let References { ids, mut names } = references;
    for (name, ids) in ids {
        let Some(topic) = Topic::by_name(&name) else { continue };
        let Ok(row_scope) = caller.row_scope(topic.read_right) else { continue };
        let listing = (topic.listing_for)(caller.actor());
        let named = listing::names_of_rows(&app.db, (&name, listing), &ids, &row_scope).await?;
        for (id, called) in named {
            names.entry(id).or_insert(called);
        }
    }
    Ok(names)
}

/// What rows with these fields refer to.
pub(crate) fn collect_references<'f, 'r, T: Serialize + 'r>(
    fields: &(impl Iterator<Item = &'f Field> + Clone),
    rows: impl IntoIterator<Item = &'r T>,
) -> Result<References, Problem> {
    let mut references = References::default();
    for row in rows {
        let row = serde_json::to_value(row).map_err(anyhow::Error::from)?;
        references.collect_from_row(fields.clone(), &row);
    }
    Ok(references)
}

/// The lists that the names of a list's rows come from.
pub(crate) fn name_listings(listing: &Listing) -> impl Iterator<Item = &'static Listing> {
    let topics = listing.fields.iter().filter_map(|field| Topic::by_name(field.topic()?));
    topics.map(|topic| topic.listing)
}
