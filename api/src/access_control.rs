//! Middleware before every operation: refuses callers without the right that it takes before their
//! body is read. The scope of a right is checked later, by queries and commands. Operations without a
//! declared right are refused to everybody.

use std::sync::Arc;

use axum::{
    extract::{MatchedPath, Request, State},
    http::{Method, StatusCode, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use commands::policy::Right;
use domain::identity::{Role, Scope};

use crate::{
    authenticator::Authenticator,
    platform::business::is_published,
    problem::Problem,
    routes::{Access, RequiredAccess},
};

/// Lets callers through that have the required right in any scope.
pub(crate) async fn require_access(
    State((authenticator, required)): State<(Arc<Authenticator>, Arc<RequiredAccess>)>,
    request: Request,
    next: Next,
) -> Response {
    let (mut parts, body) = request.into_parts();
    match check_access(&mut parts, &authenticator, &required).await {
        Ok(()) => next.run(Request::from_parts(parts, body)).await,
        Err(problem) => problem.into_response(),
    }
}

async fn check_access(
    parts: &mut Parts,
    authenticator: &Authenticator,
    required: &RequiredAccess,
) -> Result<(), Problem> {
    let path = parts.extensions.get::<MatchedPath>().map(MatchedPath::as_str).unwrap_or_default();
    match required_access(required, path, &parts.method) {
        Some(Access::Public) => Ok(()),
        Some(Access::Right(right)) => {
            let caller = authenticator.authorize(parts).await?;
            match caller.scope(right) {
                _ if caller.is_denied_to_application(right) => {
                    Err(Problem::insufficient_scope(&format!("the right {right}")))
                }
                _ if right == Right::ServicesRead && caller.role == Role::Guest => {
                    // Guests see what is published.
                    let published = is_published(authenticator.lookup()).await?;
                    published.then_some(()).ok_or_else(Problem::unauthenticated)
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

/// The access that an operation requires; `None` if none was declared.
fn required_access(required: &RequiredAccess, path: &str, method: &Method) -> Option<Access> {
    // HEAD is served by GET, and takes the same.
    let method = if method == Method::HEAD { &Method::GET } else { method };
    required.get(path)?.get(method).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_declared_is_nobodys() {
        let path = "/api/v1/lamps";
        let right = Access::Right(Right::ServicesRead);
        let declared = [(Method::GET, right), (Method::POST, Access::Public)];
        let required = RequiredAccess::from([(path.to_owned(), declared.into())]);
        let lamps = |method| required_access(&required, path, &method);
        assert_eq!((lamps(Method::GET), lamps(Method::HEAD)), (Some(right), Some(right)));
        assert_eq!(lamps(Method::POST), Some(Access::Public));
        assert_eq!(
            (lamps(Method::PATCH), lamps(Method::DELETE), lamps(Method::PUT)),
            (None, None, None)
        );
        assert_eq!(required_access(&required, "/api/v1/candles", &Method::GET), None);
    }
}
