//! The page that says whether the service is up, and since when. It needs no database.

use axum::{extract::State, http::StatusCode, response::Response};
use maud::html;

use super::{language::say, page::page, words::status as words};
use crate::{App, operations::ReadinessStatus};

pub(super) async fn status(State(app): State<App>) -> Response {
    let ReadinessStatus { ready, since } = app.readiness.status().await;
    let since = app.commands.now() - since.elapsed();
    let (status, kind, text) = if ready {
        (StatusCode::OK, "ok", words::UP)
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "bad", words::DOWN)
    };
    let body = html! {
        p class={ "notice " (kind) } { b { (say(text)) } }
        @if !ready { p.lead { (say(words::ABOUT_DOWN)) } }
        p.aside {
            (say(words::SINCE)) " "
            time datetime=(since.to_rfc3339()) { (since.format("%Y-%m-%d %H:%M UTC")) }
        }
    };
    page(status, say(words::STATUS), &body)
}
