//! The middleware for requests of people: it finds out what they read, and answers a problem outside of the API
//! by a page.

use axum::{
    extract::Request,
    http::{
        HeaderMap, StatusCode,
        header::{ACCEPT, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE},
    },
    middleware::Next,
    response::Response,
};
use maud::html;

use super::{
    language::{ReaderSettings, say, with_reader},
    page::page,
    texts::problem as texts,
};
use crate::ingress::is_under;

pub(crate) async fn localize_and_render_problems(request: Request, next: Next) -> Response {
    let reader = ReaderSettings::from_headers(request.headers());
    let wants_page = wants_page(request.headers()) && !is_under(request.uri().path(), "/api");
    let answer = async {
        let response = next.run(request).await;
        if wants_page && is_problem(&response) { problem_page(&response) } else { response }
    };
    with_reader(reader, answer).await
}

/// Browsers name HTML when they show what is answered; programs do not.
fn wants_page(headers: &HeaderMap) -> bool {
    headers
        .get(ACCEPT)
        .is_some_and(|taken| taken.as_bytes().windows(9).any(|part| part == b"text/html"))
}

fn is_problem(response: &Response) -> bool {
    response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind == "application/problem+json")
}

/// The page for a problem, which keeps its status and headers.
fn problem_page(problem: &Response) -> Response {
    let (title, lead) = match problem.status() {
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => texts::NOT_FOUND,
        StatusCode::FORBIDDEN | StatusCode::UNAUTHORIZED => texts::FORBIDDEN,
        StatusCode::TOO_MANY_REQUESTS => texts::TOO_MANY_REQUESTS,
        StatusCode::SERVICE_UNAVAILABLE => texts::UNAVAILABLE,
        status if status.is_client_error() => texts::BAD_REQUEST,
        _ => texts::INTERNAL_ERROR,
    };
    let body = html! {
        p.lead { (say(lead)) }
        p { a.button href="/" { (say(texts::TO_HOMEPAGE)) } }
    };
    let mut page = page(problem.status(), say(title), &body);
    let headers = page.headers_mut();
    for (name, value) in problem.headers() {
        if name != CONTENT_LENGTH && name != CONTENT_ENCODING {
            headers.entry(name).or_insert_with(|| value.clone());
        }
    }
    page
}
