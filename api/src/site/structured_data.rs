//! The business in the vocabulary of schema.org, for search engines.

use domain::platform::business::Profile;
use maud::{Markup, PreEscaped, html};
use serde_json::json;

/// The description of a local business.
pub(super) fn local_business(profile: &Profile, home: &str, description: &str) -> Markup {
    let address = profile.address.as_ref().map(|address| {
        json!({
            "@type": "PostalAddress",
            "streetAddress": address.street,
            "postalCode": address.postal_code,
            "addressLocality": address.city,
            "addressRegion": address.region,
            "addressCountry": address.country,
        })
    });
    let hours = profile.hours.iter().map(|opening| {
        json!({
            "@type": "OpeningHoursSpecification",
            "dayOfWeek": day_name(opening.day),
            "opens": opening.from.format("%H:%M").to_string(),
            "closes": opening.until.format("%H:%M").to_string(),
        })
    });
    let business = json!({
        "@context": "https://schema.org",
        "@type": "LocalBusiness",
        "name": profile.name,
        "description": description,
        "url": home,
        "telephone": profile.phone,
        "email": profile.email,
        "address": address,
        "openingHoursSpecification": hours.collect::<Vec<_>>(),
    });
    // Nothing in it can end the element.
    let business = business.to_string().replace('<', "\\u003c");
    html! { script type="application/ld+json" { (PreEscaped(business)) } }
}

fn day_name(day: chrono::Weekday) -> &'static str {
    use chrono::Weekday::{Fri, Mon, Sat, Sun, Thu, Tue, Wed};
    match day {
        Mon => "https://schema.org/Monday",
        Tue => "https://schema.org/Tuesday",
        Wed => "https://schema.org/Wednesday",
        Thu => "https://schema.org/Thursday",
        Fri => "https://schema.org/Friday",
        Sat => "https://schema.org/Saturday",
        Sun => "https://schema.org/Sunday",
    }
}
