//! Asks lists and reports within this process, by the routes that answer everybody: for the files of exports, and to
//! try what is to be saved.

use std::sync::{Arc, LazyLock};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Method, Request, Uri},
    middleware::from_fn_with_state,
    response::Response,
};
use serde_json::Value;
use tower::ServiceExt;

use crate::{
    App, Contexts,
    access_control::require_access,
    caller::Caller,
    problem::Problem,
    routes::{DeclaredOperation, DeclaredOperations},
    tables::Format,
};

/// The most bytes of a problem.
const MAX_PROBLEM: usize = 1 << 20;

/// The routes of all contexts, whatever this process serves others, and what they declare.
static ROUTES: LazyLock<(Router<App>, Arc<DeclaredOperations>)> = LazyLock::new(|| {
    let (routes, _, declared) = Contexts::all().routes().into_parts();
    (routes, Arc::new(declared))
});

/// The routes of all contexts.
pub(super) fn routes(app: &App) -> Router {
    let (routes, declared) = &*ROUTES;
    let access = from_fn_with_state((app.authenticator.clone(), declared.clone()), require_access);
    routes.clone().route_layer(access).with_state(app.clone())
}

/// Refuses what cannot be made a file: a path at which there is no list and no report, and a query that they
/// refuse to the caller.
///
/// # Errors
/// 422 for `/path` or `/query`, with what is wrong with it.
pub(in crate::files) async fn check_list(
    app: &App,
    caller: Caller,
    path: &str,
    query: Option<&str>,
) -> Result<(), Problem> {
    if !offers_files(path) {
        return Err(Problem::invalid("/path", "there is no list and no report"));
    }
    let uri = list_uri(path, query, "limit=1&format=json").ok_or_else(|| {
        let message = "must be a query as in a URL, in which a blank is %20, such as q=anna%20berg";
        Problem::invalid("/query", message)
    })?;
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = uri;
    request.extensions_mut().insert(caller);
    let answer = answer(routes(app), request).await;
    // What cannot be answered now, such as what takes too long for a page, may be when the file is made.
    if !answer.status().is_client_error() {
        return Ok(());
    }
    let problem = problem_of(answer).await.map_err(|why| Problem::internal_error(&why))?;
    let pointer = match problem["code"].as_str() {
        Some("forbidden" | "insufficient_scope" | "not_found") => "/path",
        _ => "/query",
    };
    Err(Problem::invalid(pointer, problem["detail"].as_str().unwrap_or_default()))
}

/// Whether a list or report is there.
fn offers_files(path: &str) -> bool {
    let is_list = |operation: &DeclaredOperation| {
        Format::OF_LISTS.iter().map(|format| format.name()).eq(&operation.formats)
    };
    let mut declared = ROUTES.1.iter();
    declared.any(|(template, methods)| {
        has_template(path, template) && methods.get(&Method::GET).is_some_and(is_list)
    })
}

/// Whether a path is one of a template such as `/api/v1/customers/{id}/timeline`.
fn has_template(path: &str, template: &str) -> bool {
    let fits = |(part, expected): (&str, &str)| {
        part == expected || expected.starts_with('{') && !part.is_empty()
    };
    path.split('/').count() == template.split('/').count()
        && path.split('/').zip(template.split('/')).all(fits)
}

/// Where a list is asked for, with more parameters; nothing if its query cannot be part of a URL.
pub(super) fn list_uri(path: &str, query: Option<&str>, more: &str) -> Option<Uri> {
    let query = query.map_or_else(|| more.to_owned(), |query| format!("{query}&{more}"));
    let uri: Uri = format!("{path}?{query}").parse().ok()?;
    // What follows a `#` would be lost.
    (uri.query() == Some(&query)).then_some(uri)
}

/// What the routes answer.
pub(super) async fn answer(routes: Router, request: Request<Body>) -> Response {
    routes.oneshot(request).await.unwrap_or_else(|never| match never {})
}

/// The problem that is an answer; null if it is none.
///
/// # Errors
/// When it cannot be read.
pub(super) async fn problem_of(answer: Response) -> anyhow::Result<Value> {
    let problem = to_bytes(answer.into_body(), MAX_PROBLEM).await?;
    Ok(serde_json::from_slice(&problem).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lists_and_reports_offer_files() {
        for path in ["/api/v1/customers", "/api/v1/exports", "/api/v1/reports/utilisation"] {
            assert!(offers_files(path), "{path}");
        }
        let license = "/api/v1/licenses/0190b5a0-0000-7000-8000-000000000001";
        for path in ["/api/v1/me", "/api/v1/stream", license, "/api/v1/customers/", "/api/v1"] {
            assert!(!offers_files(path), "{path}");
        }
    }

    #[test]
    fn a_query_is_part_of_a_url_as_a_whole_or_not_at_all() {
        let uri =
            |query| list_uri("/api/v1/customers", query, "format=csv").map(|uri| uri.to_string());
        assert_eq!(uri(None).unwrap(), "/api/v1/customers?format=csv");
        assert_eq!(uri(Some("q=a%20b")).unwrap(), "/api/v1/customers?q=a%20b&format=csv");
        assert_eq!((uri(Some("q=a b")), uri(Some("q=a#b"))), (None, None));
    }
}
