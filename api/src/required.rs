//! The gate before every operation. What each takes its own description says (`x-right`): whoever
//! has nothing of that right is turned away before anything they sent is read. How far a right goes,
//! queries and commands decide. What says nothing is nobody's.

use std::{collections::HashMap, sync::Arc};

use axum::{
    extract::{MatchedPath, Request, State},
    http::{Method, StatusCode, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use commands::{
    Handler,
    policy::{self, Right},
};
use domain::identity::{Role, Scope};
use serde::Deserialize;
use serde_json::Value;

use crate::{App, caller::Caller, problem::Problem};

/// What an operation takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Access {
    Public,
    Right(Right),
}

/// By path and method.
#[derive(Debug, Clone)]
pub(crate) struct Required(Arc<HashMap<String, HashMap<Method, Access>>>);

impl Required {
    /// As an OpenAPI document says.
    pub(crate) fn by(document: &Value) -> Self {
        let paths = document["paths"].as_object().into_iter().flatten();
        let required = paths.map(|(path, item)| {
            let operations = item.as_object().into_iter().flatten();
            let rights = operations.filter_map(|(method, operation)| {
                let access = match &operation["x-right"] {
                    Value::String(word) if word == "public" => Access::Public,
                    right => Access::Right(Right::deserialize(right).ok()?),
                };
                Some((method.to_uppercase().parse().ok()?, access))
            });
            (path.clone(), rights.collect())
        });
        Self(Arc::new(required.collect()))
    }

    /// What is required at a path; nothing, if nobody said so.
    fn at(&self, path: &str, method: &Method) -> Option<Access> {
        // Who asks for the head is told it of the whole.
        let method = if method == Method::HEAD { &Method::GET } else { method };
        self.0.get(path)?.get(method).copied()
    }
}

/// The right that the fewest roles lack, of those that these commands take: a word more in a body
/// may take another one, and of that nothing is known before the body was read.
pub(crate) fn least<D: Handler>(commands: impl IntoIterator<Item = D::Command>) -> Option<Right> {
    let lack = |right: &Right| {
        let lacks = |role: &&Role| policy::scope(*right, **role) == Scope::None;
        Role::ALL.iter().filter(lacks).count()
    };
    commands.into_iter().map(|command| D::right(&command)).min_by_key(lack)
}

/// Lets through whoever has something of the right that is required for what they ask.
pub(crate) async fn gate(
    State((app, required)): State<(App, Required)>,
    request: Request,
    next: Next,
) -> Response {
    let (mut parts, body) = request.into_parts();
    match passes(&mut parts, &app, &required).await {
        Ok(()) => next.run(Request::from_parts(parts, body)).await,
        Err(problem) => problem.into_response(),
    }
}

async fn passes(parts: &mut Parts, app: &App, required: &Required) -> Result<(), Problem> {
    let path = parts.extensions.get::<MatchedPath>().map(MatchedPath::as_str).unwrap_or_default();
    match required.at(path, &parts.method) {
        Some(Access::Public) => Ok(()),
        Some(Access::Right(right)) => {
            let caller = Caller::admitted(parts, app).await?;
            match caller.scope(right) {
                _ if caller.lacks_as_application(right) => {
                    Err(Problem::insufficient_scope(&format!("the right {right}")))
                }
                Scope::None => Err(caller.refused(Problem::forbidden(right))),
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_not_declared_is_nobodys() {
        let document = json!({ "paths": { "/api/v1/lamps": {
            "get": { "x-right": "services_read" },
            "post": { "x-right": "public" },
            "patch": {},
            "delete": { "x-right": "magic" },
        } } });
        let required = Required::by(&document);
        let at = |method| required.at("/api/v1/lamps", &method);
        let right = Some(Access::Right(Right::ServicesRead));
        assert_eq!((at(Method::GET), at(Method::HEAD)), (right, right));
        assert_eq!(at(Method::POST), Some(Access::Public));
        assert_eq!((at(Method::PATCH), at(Method::DELETE), at(Method::PUT)), (None, None, None));
        assert_eq!(required.at("/api/v1/candles", &Method::GET), None);
    }
}
