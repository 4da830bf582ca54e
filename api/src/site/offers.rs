//! What everybody may book, as lists of links to free times.

use std::collections::BTreeMap;

use commands::policy::Right;
use domain::{
    Language, Money, Text,
    platform::business::Profile,
    scheduling::{
        resource::{Kind, ResourceId},
        service::{Phase, ServiceId, ServiceText},
    },
};
use maud::{Markup, html};
use projections::{
    listing::{self, Listing, Query},
    scheduling::{resource::PUBLIC_RESOURCES, service::PUBLIC_SERVICES},
};
use serde::{Deserialize, de::DeserializeOwned};

use super::{
    format,
    language::{reader_language, say},
    texts::offers as texts,
};
use crate::{App, caller::Caller, problem::Problem};

/// A service as everybody sees it.
#[derive(Deserialize)]
pub(super) struct Offer {
    pub(super) id: ServiceId,
    pub(super) name: Text<200>,
    duration_minutes: i64,
    price: Option<Money>,
    /// Whether the price is the least that it may come to.
    price_from: bool,
    description: Option<Text<2000>>,
    category: Option<Text<100>>,
    texts: BTreeMap<Language, ServiceText>,
    phases: Vec<Phase>,
}

impl Offer {
    /// Whether it takes something of a kind.
    pub(super) fn needs_resource_kind(&self, kind: Kind) -> bool {
        self.phases.iter().any(|phase| phase.needs.contains(&kind))
    }
}

/// The services that everybody may book, in the order of the business and the language of the reader: none
/// until the business is published.
pub(super) async fn load_offers(
    app: &App,
    business: Option<&Profile>,
) -> Result<Vec<Offer>, Problem> {
    if business.is_none() {
        return Ok(vec![]);
    }
    let mut offers: Vec<Offer> = public_rows(app, &PUBLIC_SERVICES, &[], "order").await?;
    for offer in &mut offers {
        if let Some(text) = offer.texts.remove(&reader_language()) {
            offer.name = text.name;
            offer.description = text.description.or(offer.description.take());
            offer.category = text.category.or(offer.category.take());
        }
    }
    Ok(offers)
}

/// The rows of services or resources that everybody sees.
pub(super) async fn public_rows<T: DeserializeOwned>(
    app: &App,
    listing: &Listing,
    filters: &[(&str, &str)],
    sort: &str,
) -> Result<Vec<T>, Problem> {
    let row_scope = Caller::guest().row_scope(Right::ServicesRead)?;
    let filters = filters.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    let query = Query { filters, sort: Some(sort.into()), limit: Some(200), ..Query::default() };
    Ok(listing::fetch_page(&mut (&app.db).into(), listing, &query, &row_scope).await?.rows)
}

/// Somebody who serves, as everybody sees them.
#[derive(Deserialize)]
pub(super) struct Person {
    pub(super) id: ResourceId,
    pub(super) name: Option<Text<100>>,
}

pub(super) async fn public_people(app: &App) -> Result<Vec<Person>, Problem> {
    public_rows(app, &PUBLIC_RESOURCES, &[("kind", "person")], "name").await
}

/// The services under their headings, each a link to its free times.
pub(super) fn service_links(offers: &[Offer]) -> Markup {
    let heading = |offer: &Offer| offer.category.clone();
    let mut headings: Vec<Option<Text<100>>> = vec![];
    for offer in offers {
        if !headings.contains(&heading(offer)) {
            headings.push(heading(offer));
        }
    }
    // What has no heading comes last.
    headings.sort_by_key(Option::is_none);
    html! {
        @for category in &headings {
            section {
                h2 {
                    @match category {
                        Some(category) => (category.as_str()),
                        None if headings.len() > 1 => (say(texts::OTHER)),
                        None => (say(texts::SERVICES)),
                    }
                }
                div.services {
                    @for offer in offers.iter().filter(|offer| heading(offer) == *category) {
                        (service(offer))
                    }
                }
            }
        }
    }
}

fn service(offer: &Offer) -> Markup {
    html! {
        a.choice.service href={ "/book/" (offer.id) } {
            div {
                b { (offer.name.as_str()) }
                @if let Some(description) = &offer.description { p { (description.as_str()) } }
            }
            (duration_and_price(offer))
        }
    }
}

/// How long a service takes, and what it costs.
pub(super) fn duration_and_price(offer: &Offer) -> Markup {
    html! {
        span.cost {
            @if let Some(price) = offer.price {
                b { @if offer.price_from { (say(texts::FROM)) " " } (format::price(price)) }
            }
            span { (offer.duration_minutes) " " (say(texts::MINUTES)) }
        }
    }
}
