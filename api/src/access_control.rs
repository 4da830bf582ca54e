//! Middleware before every operation: refuses callers without the right that it takes before their
//! body is read. The scope of a right is checked later, by queries and commands. Operations without a
//! declared right are refused to everybody. What changes something is refused with a parameter that it
//! does not declare: nobody shall believe that it only tried (`?dry_run=true`) what it did.

use std::sync::Arc;

use axum::{
    extract::{MatchedPath, Query, Request, State},
    http::{Method, StatusCode, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use commands::policy::Right;
use domain::identity::{Role, Scope};

use crate::{
    authenticator::Authenticator,
    caller::Caller,
    platform::business::is_published,
    problem::{Problem, ProblemCode},
    routes::{Access, DeclaredOperation, DeclaredOperations},
};

/// Lets callers through that have the required right in any scope.
pub(crate) async fn require_access(
    State((authenticator, declared)): State<(Arc<Authenticator>, Arc<DeclaredOperations>)>,
    request: Request,
    next: Next,
) -> Response {
    let (mut parts, body) = request.into_parts();
    match check_access(&mut parts, &authenticator, &declared).await {
        Ok(()) => next.run(Request::from_parts(parts, body)).await,
        Err(problem) => problem.into_response(),
    }
}

async fn check_access(
    parts: &mut Parts,
    authenticator: &Authenticator,
    declared: &DeclaredOperations,
) -> Result<(), Problem> {
    let path = parts.extensions.get::<MatchedPath>().map(MatchedPath::as_str).unwrap_or_default();
    let Some(operation) = declared_operation(declared, path, &parts.method) else {
        tracing::error!(method = %parts.method, path, "it is not said who may do this");
        let detail = "nobody may do this: it is not said who may";
        return Err(Problem::new(StatusCode::FORBIDDEN, ProblemCode::Undeclared, detail));
    };
    if let Access::Right(right) = operation.access {
        let caller = authenticator.authenticate(parts).await?;
        check_right(&caller, right, authenticator).await?;
    }
    refuse_undeclared_query(parts, operation)
}

async fn check_right(
    caller: &Caller,
    right: Right,
    authenticator: &Authenticator,
) -> Result<(), Problem> {
    if caller.is_denied_to_application(right) {
        return Err(Problem::denied_to_applications(format!("the right {right}")));
    }
    if right == Right::ServicesRead && caller.role == Role::Guest {
        // Guests see what is published.
        let published = is_published(authenticator.aggregates()).await?;
        return published.then_some(()).ok_or_else(Problem::unauthenticated);
    }
    match caller.scope(right) {
        Scope::None => Err(caller.unauthenticated_if_guest(Problem::forbidden(right))),
        _ => Ok(()),
    }
}

/// Reads refuse what they do not know themselves: their filters are many.
fn refuse_undeclared_query(parts: &Parts, operation: &DeclaredOperation) -> Result<(), Problem> {
    if parts.method == Method::GET || parts.method == Method::HEAD {
        return Ok(());
    }
    let given = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri);
    let Query(given) = given.map_err(|_| Problem::invalid("", "the query string is none"))?;
    match given.iter().find(|(name, _)| !operation.query.contains(name)) {
        Some((name, _)) => Err(Problem::unknown_parameter(name)),
        None => Ok(()),
    }
}

/// What is declared of an operation, if anything is.
fn declared_operation<'a>(
    declared: &'a DeclaredOperations,
    path: &str,
    method: &Method,
) -> Option<&'a DeclaredOperation> {
    // HEAD is served by GET, and takes the same.
    let method = if method == Method::HEAD { &Method::GET } else { method };
    declared.get(path)?.get(method)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_declared_is_nobodys() {
        let path = "/api/v1/lamps";
        let access = [Access::Right(Right::ServicesRead), Access::Public];
        let [read, create] =
            access.map(|access| DeclaredOperation { access, query: vec![], formats: vec![] });
        let lamps = [(Method::GET, read.clone()), (Method::POST, create.clone())];
        let declared = DeclaredOperations::from([(path.to_owned(), lamps.into())]);
        let lamps = |method| declared_operation(&declared, path, &method);
        assert_eq!((lamps(Method::GET), lamps(Method::HEAD)), (Some(&read), Some(&read)));
        assert_eq!(lamps(Method::POST), Some(&create));
        assert_eq!(
            (lamps(Method::PATCH), lamps(Method::DELETE), lamps(Method::PUT)),
            (None, None, None)
        );
        assert_eq!(declared_operation(&declared, "/api/v1/candles", &Method::GET), None);
    }
}
