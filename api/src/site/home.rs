//! The homepage of the business, made of its own data once it is published.

use std::{sync::LazyLock, time::Duration};

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use chrono::{DateTime, Days, Utc, Weekday};
use domain::{
    Address, HttpsUrl, Text,
    platform::business::{HomepageText, Profile},
    scheduling::{service::ServiceId, slot::Slot},
};
use maud::{Markup, html};
use moka::sync::Cache;
use projections::scheduling::{
    resource::PUBLIC_RESOURCES,
    slot::{DayRange, OfferedResources, SlotQuery, available_slots},
};
use serde::Deserialize;
use url::form_urlencoded;

use super::{
    format,
    hours::{OpeningState, opening_state},
    language::{reader_language, say},
    offers::{Offer, load_offers, public_rows, service_links},
    page::{PORTAL_PATH, PageLayout},
    structured_data,
    texts::home as texts,
};
use crate::{App, auth, platform::business::published_profile, problem::Problem};

/// Of so many services the next free time is shown.
const MAX_NEXT: usize = 4;
/// How many days ahead it is looked for.
const DAYS_AHEAD: u64 = 7;
/// The next free times, which take a search, for a while.
static NEXT_FREE: LazyLock<Cache<ServiceId, Option<Slot>>> = LazyLock::new(|| {
    Cache::builder().max_capacity(1_000).time_to_live(Duration::from_secs(30)).build()
});

/// What everybody sees of the business.
struct Home {
    profile: Profile,
    offers: Vec<Offer>,
    people: Vec<Person>,
    now: DateTime<Utc>,
}

#[derive(Deserialize)]
struct Person {
    name: Option<Text<100>>,
    about: Option<Text<500>>,
    picture: Option<HttpsUrl>,
}

/// The homepage; whoever has a session here goes on into the portal.
pub(super) async fn home(State(app): State<App>, headers: HeaderMap) -> Result<Response, Problem> {
    let profile = published_profile(&app).await?.filter(|_| !auth::has_session_cookie(&headers));
    let Some(profile) = profile else { return Ok(Redirect::to(PORTAL_PATH).into_response()) };
    let people = public_rows(&app, &PUBLIC_RESOURCES, &[("kind", "person")], "name").await?;
    let offers = load_offers(&app, Some(&profile)).await?;
    let home = Home { profile, offers, people, now: app.commands.now() };
    let mut next = vec![];
    for offer in home.offers.iter().take(MAX_NEXT) {
        // The page is worth showing without them.
        if let Ok(Some(slot)) = next_free(&app, offer.id, home.now).await {
            next.push((offer, slot));
        }
    }
    next.sort_by_key(|(_, slot)| slot.starts_at);
    Ok(home.page(app.tokens.issuer(), &next))
}

async fn next_free(
    app: &App,
    service: ServiceId,
    now: DateTime<Utc>,
) -> Result<Option<Slot>, Problem> {
    let is_ahead = |slot: &Option<Slot>| slot.as_ref().is_none_or(|slot| slot.starts_at > now);
    if let Some(kept) = NEXT_FREE.get(&service).filter(is_ahead) {
        return Ok(kept);
    }
    let today = now.date_naive();
    let days = DayRange { first: today, last: today + Days::new(DAYS_AHEAD), zone: None };
    let query =
        SlotQuery { service, resource: None, moving: None, days, of: OfferedResources::Public };
    let slot = available_slots(&app.db, &query, now).await?.slots.into_iter().next();
    NEXT_FREE.insert(service, slot.clone());
    Ok(slot)
}

impl Home {
    fn page(&self, address: &str, next: &[(&Offer, Slot)]) -> Response {
        let Self { profile, offers, people, .. } = self;
        let text = self.text();
        let headline = text.and_then(|text| text.headline.as_ref()).map(Text::as_str);
        let main = html! {
            main {
                section.hero {
                    @if let Some(picture) = &profile.picture { (image(picture, "picture")) }
                    h1 { (profile.name.as_str()) }
                    @if let Some(headline) = headline { p.lead { (headline) } }
                    (self.opening_line())
                    @if !offers.is_empty() {
                        p { a.button.first href="/book" { (say(texts::BOOK)) } }
                    }
                }
                @if let Some(text) = text { p.prose { (text.about.as_str()) } }
                (next_times(next))
                (service_links(offers))
                (week(profile))
                (self.people())
                (location_and_contact(profile))
            }
        };
        let description = headline.or(text.map(|text| text.about.as_str())).unwrap_or_default();
        let head = html! {
            meta name="description" content=(description);
            meta property="og:type" content="website";
            meta property="og:title" content=(profile.name.as_str());
            meta property="og:description" content=(description);
            meta property="og:url" content=(address);
            @if let Some(picture) = &profile.picture {
                meta property="og:image" content=(picture.as_str());
            }
            link rel="canonical" href=(address);
            (structured_data::local_business(profile, address, description))
        };
        let pictures = people.iter().filter_map(|person| person.picture.as_ref());
        let pictures = pictures.chain(&profile.picture).collect();
        let (title, business) = (profile.name.as_str(), Some(profile));
        PageLayout { title, business, head, main, pictures, ..PageLayout::default() }
            .respond(StatusCode::OK)
    }

    /// What it says in the language of the reader, or else in its own first one.
    fn text(&self) -> Option<&HomepageText> {
        let Profile { texts, languages, .. } = &self.profile;
        texts
            .get(&reader_language())
            .or_else(|| languages.iter().find_map(|language| texts.get(language)))
    }

    /// Whether it is open now.
    fn opening_line(&self) -> Markup {
        let local = self.now.with_timezone(&self.profile.zone).naive_local();
        let text = match opening_state(&self.profile.hours, local) {
            OpeningState::OpenUntil(until) => {
                format!("{} {}", say(texts::OPEN_UNTIL), format::time(until))
            }
            OpeningState::ClosedUntil(day, from) => {
                let (day, from) = (format::weekday(day), format::time(from));
                format!("{} {day} {from}", say(texts::CLOSED_UNTIL))
            }
            OpeningState::Closed => return html! {},
        };
        html! { p.aside { (text) } }
    }

    fn people(&self) -> Markup {
        let named = self.people.iter().filter_map(|person| Some((person.name.as_ref()?, person)));
        let named: Vec<_> = named.collect();
        html! {
            @if !named.is_empty() {
                section {
                    h2 { (say(texts::PEOPLE)) }
                    ul.people {
                        @for (name, Person { about, picture, .. }) in named {
                            li {
                                @if let Some(picture) = picture { (image(picture, "portrait")) }
                                b { (name.as_str()) }
                                @if let Some(about) = about { p { (about.as_str()) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A picture beside what it shows.
fn image(picture: &HttpsUrl, class: &str) -> Markup {
    html! { img class=(class) src=(picture.as_str()) alt="" referrerpolicy="no-referrer"; }
}

fn next_times(next: &[(&Offer, Slot)]) -> Markup {
    html! {
        @if !next.is_empty() {
            section {
                h2 { (say(texts::NEXT_FREE)) }
                div.choices {
                    @for (offer, slot) in next {
                        a.choice href={ "/book/" (offer.id) "?start=" (slot.start.format("%FT%T")) } {
                            span { (format::weekday_and_date(slot.start.date())) }
                            b { (format::time(slot.start.time())) }
                            span { (offer.name.as_str()) }
                        }
                    }
                }
            }
        }
    }
}

fn week(profile: &Profile) -> Markup {
    use Weekday::{Fri, Mon, Sat, Sun, Thu, Tue, Wed};
    let hours = |day: Weekday| {
        let mut open: Vec<_> = profile.hours.iter().filter(|opening| opening.day == day).collect();
        open.sort_by_key(|opening| opening.from);
        let open = open.iter().map(|opening| {
            format!("{}–{}", format::time(opening.from), format::time(opening.until))
        });
        open.collect::<Vec<_>>().join(", ")
    };
    html! {
        @if !profile.hours.is_empty() {
            section {
                h2 { (say(texts::HOURS)) }
                dl.hours {
                    @for day in [Mon, Tue, Wed, Thu, Fri, Sat, Sun] {
                        dt { (format::weekday(day)) }
                        dd { @match hours(day) {
                            hours if hours.is_empty() => (say(texts::CLOSED)),
                            hours => (hours),
                        } }
                    }
                }
            }
        }
    }
}

/// Where the business is, and how it is reached.
pub(super) fn location_and_contact(profile: &Profile) -> Markup {
    let Profile { address, phone, email, .. } = profile;
    html! {
        @if address.is_some() || phone.is_some() || email.is_some() {
            section {
                h2 { (say(texts::PLACE)) }
                address {
                    @if let Some(address) = address {
                        p {
                            span.prose { (address.street.as_str()) } br;
                            @if let Some(code) = &address.postal_code { (code.as_str()) " " }
                            (address.city.as_str())
                        }
                        p { a href=(map(address)) rel="noreferrer" { (say(texts::MAP)) } }
                    }
                    @if let Some(phone) = phone {
                        p { a href={ "tel:" (phone.as_str().replace(' ', "")) } { (phone.as_str()) } }
                    }
                    @if let Some(email) = email {
                        p { a href={ "mailto:" (email.as_str()) } { (email.as_str()) } }
                    }
                }
            }
        }
    }
}

/// Where a map of the place is.
fn map(address: &Address) -> String {
    let Address { street, postal_code, city, country, .. } = address;
    let postal_code = postal_code.as_ref().map(Text::as_str).unwrap_or_default();
    let place = format!("{street}, {postal_code} {city}, {country}");
    let query =
        form_urlencoded::Serializer::new(String::new()).append_pair("query", &place).finish();
    format!("https://www.openstreetmap.org/search?{query}")
}
