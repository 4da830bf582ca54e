//! The gate before every operation: whoever has nothing of the right that it takes is turned away
//! before anything they sent is read. How far a right goes, queries and commands decide. What
//! nobody declared is refused to everybody.

use std::sync::Arc;

use axum::{
    extract::{MatchedPath, Request, State},
    http::{Method, StatusCode, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use domain::identity::Scope;

use crate::{
    authenticator::Authenticator,
    problem::Problem,
    routes::{Access, Required},
};

/// Lets through whoever has something of the right that is required for what they ask.
pub(crate) async fn gate(
    State((authenticator, required)): State<(Arc<Authenticator>, Arc<Required>)>,
    request: Request,
    next: Next,
) -> Response {
    let (mut parts, body) = request.into_parts();
    match passes(&mut parts, &authenticator, &required).await {
        Ok(()) => next.run(Request::from_parts(parts, body)).await,
        Err(problem) => problem.into_response(),
    }
}

async fn passes(
    parts: &mut Parts,
    authenticator: &Authenticator,
    required: &Required,
) -> Result<(), Problem> {
    let path = parts.extensions.get::<MatchedPath>().map(MatchedPath::as_str).unwrap_or_default();
    match at(required, path, &parts.method) {
        Some(Access::Public) => Ok(()),
        Some(Access::Right(right)) => {
            let caller = authenticator.admitted(parts).await?;
            match caller.scope(right) {
                _ if caller.is_denied_to_application(right) => {
                    Err(Problem::insufficient_scope(&format!("the right {right}")))
                }
                Scope::None => Err(caller.unauthenticated_if_guest(Problem::forbidden(right))),
                _ => Ok(()),
            }
        }
        None => {
            tracing::error!(method = %parts.method, path, "it is not said who may do this");
            let detail = "nobody may do this: it is not said who may";
            Err(Problem::new(StatusCode::FORBIDDEN, "undeclared", detail))
        }
    }
}

/// What is required at a path; nothing, if nobody said so.
fn at(required: &Required, path: &str, method: &Method) -> Option<Access> {
    // Who asks for the head is told it of the whole.
    let method = if method == Method::HEAD { &Method::GET } else { method };
    required.get(path)?.get(method).copied()
}

#[cfg(test)]
mod tests {
    use commands::policy::Right;

    use super::*;

    #[test]
    fn what_is_not_declared_is_nobodys() {
        let path = "/api/v1/lamps";
        let right = Access::Right(Right::ServicesRead);
        let declared = [(Method::GET, right), (Method::POST, Access::Public)];
        let required = Required::from([(path.to_owned(), declared.into())]);
        let lamps = |method| at(&required, path, &method);
        assert_eq!((lamps(Method::GET), lamps(Method::HEAD)), (Some(right), Some(right)));
        assert_eq!(lamps(Method::POST), Some(Access::Public));
        assert_eq!(
            (lamps(Method::PATCH), lamps(Method::DELETE), lamps(Method::PUT)),
            (None, None, None)
        );
        assert_eq!(at(&required, "/api/v1/candles", &Method::GET), None);
    }
}
