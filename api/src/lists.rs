//! Asks lists and reports within this process, as requests from outside do: for the files of exports, and to try what
//! is to be saved.

use std::sync::{Arc, LazyLock};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Method, Request, Uri},
    response::Response,
};
use serde_json::Value;
use tower::ServiceExt;

use crate::{
    caller::Caller,
    problem::Problem,
    routes::{DeclaredOperation, DeclaredOperations},
    tables::Format,
};

/// The most bytes of a problem.
const MAX_PROBLEM: usize = 1 << 20;

type MakeRoutes = Box<dyn FnOnce() -> (Router, DeclaredOperations) + Send>;

/// The routes that answer, and what they declare. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Lists(Arc<LazyLock<(Router, DeclaredOperations), MakeRoutes>>);

impl Lists {
    /// The lists among these routes, which are made when they are asked first.
    pub(crate) fn new(
        make: impl FnOnce() -> (Router, DeclaredOperations) + Send + 'static,
    ) -> Self {
        Self(Arc::new(LazyLock::new(Box::new(make))))
    }

    /// What is declared of the list or report at a path; nothing, if there is none.
    pub(crate) fn find(&self, path: &str) -> Option<&DeclaredOperation> {
        let is_list = |operation: &&DeclaredOperation| {
            Format::OF_LISTS.iter().map(|format| format.name()).eq(&operation.formats)
        };
        let (_, declared) = &**self.0;
        let mut found = declared.iter().filter(|(template, _)| has_template(path, template));
        found.find_map(|(_, methods)| methods.get(&Method::GET).filter(is_list))
    }

    /// Refuses a query that the list or report at a path refuses to the caller.
    ///
    /// # Errors
    /// 422 for `/path` or `/query`, with what is wrong with it.
    pub(crate) async fn check_query(
        &self,
        caller: Caller,
        path: &str,
        query: Option<&str>,
    ) -> Result<(), Problem> {
        let uri = list_uri(path, query, "limit=1&format=json").ok_or_else(|| {
            let message =
                "must be a query as in a URL, in which a blank is %20, such as q=anna%20berg";
            Problem::invalid("/query", message)
        })?;
        let mut request = Request::new(Body::empty());
        *request.uri_mut() = uri;
        request.extensions_mut().insert(caller);
        let answer = self.answer(request).await;
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

    /// What the routes answer.
    pub(crate) async fn answer(&self, request: Request<Body>) -> Response {
        let (routes, _) = &**self.0;
        routes.clone().oneshot(request).await.unwrap_or_else(|never| match never {})
    }
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
pub(crate) fn list_uri(path: &str, query: Option<&str>, more: &str) -> Option<Uri> {
    let query = query.map_or_else(|| more.to_owned(), |query| format!("{query}&{more}"));
    let uri: Uri = format!("{path}?{query}").parse().ok()?;
    // What follows a `#` would be lost.
    (uri.query() == Some(&query)).then_some(uri)
}

/// The problem that is an answer; null if it is none.
///
/// # Errors
/// When it cannot be read.
pub(crate) async fn problem_of(answer: Response) -> anyhow::Result<Value> {
    let problem = to_bytes(answer.into_body(), MAX_PROBLEM).await?;
    Ok(serde_json::from_slice(&problem).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Contexts;

    #[test]
    fn only_lists_and_reports_are_found() {
        let lists = Lists::new(|| (Router::new(), Contexts::all().routes().into_parts().2));
        for path in ["/api/v1/customers", "/api/v1/exports", "/api/v1/reports/utilisation"] {
            assert!(lists.find(path).is_some(), "{path}");
        }
        let license = "/api/v1/licenses/0190b5a0-0000-7000-8000-000000000001";
        for path in ["/api/v1/me", "/api/v1/stream", license, "/api/v1/customers/", "/api/v1"] {
            assert!(lists.find(path).is_none(), "{path}");
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
