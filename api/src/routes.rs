//! Routes with the access they require: none can be added without it.

use std::{collections::HashMap, future::ready, sync::Arc};

use axum::{
    Router,
    http::{Method, header::LOCATION},
    middleware::map_response,
    response::Response,
    routing::MethodRouter,
};
use commands::policy::Right;
use serde_json::json;
use utoipa::openapi::{
    OpenApi, PathItem, RefOr, Schema,
    path::{Operation, Parameter, ParameterIn},
};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};

use crate::{App, describe::FORMAT_PARAMETER};

/// Who may call an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    Public,
    Right(Right),
}

/// What is declared of an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DeclaredOperation {
    pub(crate) access: Access,
    /// The parameters of its query string.
    pub(crate) query: Vec<String>,
    /// What its parameter `format` may say; nothing where it has none.
    pub(crate) formats: Vec<String>,
}

/// What is declared of the operations, by path and method.
pub(crate) type DeclaredOperations = HashMap<String, HashMap<Method, DeclaredOperation>>;

/// Routes with their OpenAPI descriptions (`x-right` included) and what they declare.
#[derive(Default)]
pub(crate) struct Routes {
    router: OpenApiRouter<App>,
    declared: DeclaredOperations,
}

impl Routes {
    /// No routes yet, with the schemas that the descriptions of those to come refer to.
    pub(crate) fn with_schemas(schemas: OpenApi) -> Self {
        Self {
            router: OpenApiRouter::with_openapi(schemas),
            declared: DeclaredOperations::default(),
        }
    }

    /// Adds operations that take a right.
    pub(crate) fn guarded(self, right: Right, operations: UtoipaMethodRouter<App>) -> Self {
        self.add(Access::Right(right), operations)
    }

    /// Adds operations for everybody.
    pub(crate) fn public(self, operations: UtoipaMethodRouter<App>) -> Self {
        self.add(Access::Public, operations)
    }

    /// Adds one operation that takes a right, with its description.
    pub(crate) fn with_operation(
        self,
        right: Right,
        methods: MethodRouter<App>,
        document: OpenApi,
    ) -> Self {
        let schemas = document.components.into_iter().flat_map(|components| components.schemas);
        self.guarded(right, (schemas.collect(), document.paths, methods))
    }

    fn add(
        mut self,
        access: Access,
        (schemas, mut paths, methods): UtoipaMethodRouter<App>,
    ) -> Self {
        let x_right = match access {
            Access::Public => json!("public"),
            Access::Right(right) => json!(right),
        };
        for (path, item) in &mut paths.paths {
            for (method, operation) in operations(item) {
                let extensions = operation.extensions.get_or_insert_default();
                extensions.insert("x-right".to_owned(), x_right.clone());
                let query = query_parameters(operation).map(|parameter| parameter.name.clone());
                let (query, formats) = (query.collect(), formats(operation));
                let declared = DeclaredOperation { access, query, formats };
                self.declared.entry(path.clone()).or_default().insert(method, declared);
            }
        }
        Self { router: self.router.routes((schemas, paths, methods)), ..self }
    }

    /// Adds the routes of another part.
    pub(crate) fn merge(mut self, other: Self) -> Self {
        for (path, methods) in other.declared {
            self.declared.entry(path).or_default().extend(methods);
        }
        Self { router: self.router.merge(other.router), ..self }
    }

    /// Adds the routes of another part below a path; what they create is found below it as well.
    pub(crate) fn nest(mut self, path: &str, other: Self) -> Self {
        for (inner, methods) in other.declared {
            self.declared.entry(format!("{path}{inner}")).or_default().extend(methods);
        }
        let beginning: Arc<str> = path.into();
        let located =
            map_response(move |response: Response| ready(located_below(&beginning, response)));
        Self { router: self.router.nest(path, other.router.layer(located)), ..self }
    }

    /// The router, its OpenAPI description, and what is declared of the operations.
    pub(crate) fn into_parts(self) -> (Router<App>, OpenApi, DeclaredOperations) {
        let (router, described) = self.router.split_for_parts();
        (router, described, self.declared)
    }

    /// The OpenAPI description.
    pub(crate) fn into_openapi(self) -> OpenApi {
        self.router.into_openapi()
    }
}

fn located_below(beginning: &str, mut response: Response) -> Response {
    let headers = response.headers();
    let location = headers.get(LOCATION).and_then(|location| location.to_str().ok());
    let location = location.and_then(|path| format!("{beginning}{path}").parse().ok());
    if let Some(location) = location {
        response.headers_mut().insert(LOCATION, location);
    }
    response
}

fn query_parameters(operation: &Operation) -> impl Iterator<Item = &Parameter> {
    let parameters =
        operation.parameters.iter().flatten().filter_map(|parameter| match parameter {
            RefOr::T(parameter) => Some(parameter),
            RefOr::Ref(_) => None,
        });
    parameters.filter(|parameter| parameter.parameter_in == ParameterIn::Query)
}

fn formats(operation: &Operation) -> Vec<String> {
    let schema = query_parameters(operation).find(|parameter| parameter.name == FORMAT_PARAMETER);
    let Some(RefOr::T(Schema::Object(schema))) = schema.and_then(|format| format.schema.as_ref())
    else {
        return vec![];
    };
    let names = schema.enum_values.iter().flatten();
    names.filter_map(|name| name.as_str().map(str::to_owned)).collect()
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (Method, &mut Operation)> {
    let PathItem { get, put, post, patch, delete, .. } = item;
    let operations = [
        (Method::GET, get),
        (Method::PUT, put),
        (Method::POST, post),
        (Method::PATCH, patch),
        (Method::DELETE, delete),
    ];
    operations.into_iter().filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}
