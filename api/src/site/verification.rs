//! The page to which the code on a document leads.

use axum::{extract::State, http::StatusCode, response::Response};
use chrono::{DateTime, Utc};
use domain::platform::business::BusinessId;
use maud::html;

use super::{format, language::say, page::page, texts::verification as texts};
use crate::{
    App,
    json_request::Path,
    licensing::{DocumentVerdict, verify},
    problem::Problem,
};

pub(super) async fn verification_page(
    State(app): State<App>,
    Path(code): Path<String>,
) -> Result<Response, Problem> {
    let found = verify(&app, &code).await?;
    let zone = app.commands.aggregates().load(BusinessId::singleton()).await?.zone();
    let (kind, verdict, about) = match found.verdict {
        DocumentVerdict::Valid => ("ok", texts::VALID, texts::ABOUT_VALID),
        DocumentVerdict::Superseded => ("bad", texts::SUPERSEDED, texts::ABOUT_SUPERSEDED),
        DocumentVerdict::Revoked => ("bad", texts::REVOKED, texts::ABOUT_REVOKED),
    };
    let local = |at: DateTime<Utc>| at.with_timezone(&zone).naive_local();
    let at = format::date_and_time(local(found.verified_at));
    let body = html! {
        p class={ "notice " (kind) } role="status" { b { (say(verdict)) } }
        p.lead {
            (say(about))
            @if let Some(status) = texts::status(found.status) { " " (say(status)) }
        }
        dl.facts {
            @if let Some(product) = &found.product {
                dt { (say(texts::PRODUCT)) }
                dd { (product) }
            }
            dt { (say(texts::NUMBER)) }
            dd { (found.license) }
            dt { (say(texts::ISSUED)) }
            dd { (format::date(local(found.issued_at).date())) }
        }
        p.aside {
            (say(texts::VERIFIED)) " "
            time datetime=(found.verified_at.to_rfc3339()) { (at) }
            " (" (zone.name()) ")"
        }
    };
    Ok(page(StatusCode::OK, say(texts::TITLE), &body))
}
