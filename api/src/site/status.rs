//! The page that says whether the service is up, and since when. It needs no database to say that it is not.

use axum::{extract::State, http::StatusCode, response::Response};
use chrono_tz::Tz;
use domain::platform::business::BusinessId;
use maud::html;

use super::{format, language::say, page::page, texts::status as texts};
use crate::{App, health::ReadinessStatus};

pub(super) async fn status(State(app): State<App>) -> Response {
    let ReadinessStatus { ready, since } = app.readiness.status().await;
    let since = app.commands.now() - since.elapsed();
    let (status, kind, text) = if ready {
        (StatusCode::OK, "ok", texts::UP)
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "bad", texts::DOWN)
    };
    let zone = zone(&app, ready).await;
    let body = html! {
        p class={ "notice " (kind) } { b { (say(text)) } }
        @if !ready { p.lead { (say(texts::DOWN_LEAD)) } }
        p.aside {
            (say(texts::SINCE)) " "
            time datetime=(since.to_rfc3339()) {
                (format::weekday_date_and_time(since.with_timezone(&zone).naive_local()))
            }
            " (" (zone.name()) ")"
        }
    };
    page(status, say(texts::STATUS), &body)
}

/// That of the business, or UTC while it cannot be looked up.
async fn zone(app: &App, ready: bool) -> Tz {
    if !ready {
        return Tz::UTC;
    }
    let business = app.commands.aggregates().load(BusinessId::singleton()).await;
    business.map_or(Tz::UTC, |business| business.zone())
}
