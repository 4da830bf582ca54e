//! The right that every operation takes, as its own description says (`x-right`): whoever has
//! nothing of it is turned away before anything he sent is read. How far a right goes, queries and
//! commands decide.

use std::{collections::HashMap, sync::Arc};

use axum::{
    extract::MatchedPath,
    http::{Method, request::Parts},
};
use commands::{
    Handler,
    policy::{self, Right},
};
use domain::identity::{Role, Scope};
use serde::Deserialize;
use serde_json::Value;

use crate::{caller::Caller, problem::Problem};

/// By path and method.
#[derive(Clone)]
pub(crate) struct Required(Arc<HashMap<String, HashMap<Method, Right>>>);

impl Required {
    /// As an OpenAPI document says. What is public takes none.
    pub(crate) fn by(document: &Value) -> Self {
        let paths = document["paths"].as_object().into_iter().flatten();
        let required = paths.map(|(path, item)| {
            let operations = item.as_object().into_iter().flatten();
            let rights = operations.filter_map(|(method, operation)| {
                let method = method.to_uppercase().parse().ok()?;
                Some((method, Right::deserialize(&operation["x-right"]).ok()?))
            });
            (path.clone(), rights.collect())
        });
        Self(Arc::new(required.collect()))
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

impl Caller {
    /// Refuses who has nothing of the right that is required for what he asks.
    pub(crate) fn admitted(&self, parts: &Parts) -> Result<(), Problem> {
        let required = parts.extensions.get::<Required>();
        let path = parts.extensions.get::<MatchedPath>();
        let right = required.zip(path).and_then(|(Required(required), path)| {
            required.get(path.as_str())?.get(&parts.method).copied()
        });
        match right {
            Some(right) if self.scope(right) == Scope::None => {
                Err(self.refused(Problem::forbidden(right)))
            }
            _ => Ok(()),
        }
    }
}
