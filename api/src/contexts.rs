//! The parts of the API: a process serves all of them, or some.

use std::collections::BTreeSet;

use anyhow::bail;
use axum::Router;
use utoipa_axum::router::OpenApiRouter;

use crate::{
    App, audit, auth, catalog, crm, identity, licensing, live, notifications, oauth, organizations,
    platform, purchasing, scheduling, session, support,
};

/// Where the present version of the API begins.
pub(crate) const V1: &str = "/api/v1";

/// What every process answers, and the document does not tell of.
const UNDESCRIBED: [&str; 2] = ["/api/v1/schemas", "/ws"];

/// A context of the business, and what it answers.
#[derive(Debug)]
struct Context {
    name: &'static str,
    /// Below [`V1`].
    routes: fn() -> OpenApiRouter<App>,
    /// At addresses of their own, where a standard wants them and describes them…
    elsewhere: fn() -> Router<App>,
    /// …which begin so.
    beginnings: &'static [&'static str],
}

const fn context(name: &'static str, routes: fn() -> OpenApiRouter<App>) -> Context {
    Context { name, routes, elsewhere: Router::new, beginnings: &[] }
}

const CONTEXTS: &[Context] = &[
    context("catalog", catalog::routes),
    context("crm", crm::routes),
    Context {
        elsewhere: oauth::routes,
        beginnings: &["/.well-known", "/oauth2"],
        ..context("identity", || identity::routes().merge(session::routes()).merge(auth::routes()))
    },
    context("licensing", licensing::routes),
    context("notifications", notifications::routes),
    context("organizations", organizations::routes),
    context("platform", || platform::routes().merge(audit::routes())),
    context("purchasing", purchasing::routes),
    context("scheduling", scheduling::routes),
    context("support", support::routes),
];

/// Which contexts a process serves.
#[derive(Debug, Clone)]
pub struct Contexts(Vec<&'static Context>);

impl Contexts {
    /// All there are.
    pub fn all() -> Self {
        Self(CONTEXTS.iter().collect())
    }

    /// Those of these names; none named means all.
    pub fn named(names: &[String]) -> anyhow::Result<Self> {
        if names.is_empty() {
            return Ok(Self::all());
        }
        for name in names {
            if !CONTEXTS.iter().any(|context| context.name == name) {
                let known: Vec<_> = CONTEXTS.iter().map(|context| context.name).collect();
                bail!("There is no context called {name}. There are: {}.", known.join(", "));
            }
        }
        let named = |context: &&Context| names.iter().any(|name| name == context.name);
        Ok(Self(CONTEXTS.iter().filter(named).collect()))
    }

    /// Their names.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(|context| context.name)
    }

    pub(crate) fn routes(&self) -> OpenApiRouter<App> {
        // Whoever serves anything pushes everything.
        self.0.iter().fold(live::routes(), |router, context| {
            router.nest(V1, (context.routes)()).merge((context.elsewhere)().into())
        })
    }

    /// What the paths that they answer begin with, as far as that does not depend on what is asked
    /// for: `/api/v1/customers`.
    pub fn paths(&self) -> BTreeSet<String> {
        let document = self.routes().into_openapi();
        let own = document.paths.paths.keys().map(|path| beginning(path));
        let elsewhere = self.0.iter().flat_map(|context| context.beginnings);
        let undescribed = elsewhere.chain(&UNDESCRIBED).map(|path| (*path).to_owned());
        own.chain(undescribed).collect()
    }
}

fn beginning(path: &str) -> String {
    path.split("/{").next().unwrap_or(path).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_contexts_answer_their_own_paths_only() {
        let some = Contexts::named(&["crm".to_owned(), "catalog".to_owned()]).unwrap();
        let paths: Vec<_> = some.paths().into_iter().collect();
        let own = ["/api/v1/customers", "/api/v1/products"];
        assert_eq!(paths, [own[0], own[1], "/api/v1/schemas", "/api/v1/stream", "/ws"]);
        assert!(Contexts::named(&["crn".to_owned()]).unwrap_err().to_string().contains("crm"));
        assert_eq!(Contexts::named(&[]).unwrap().names().count(), CONTEXTS.len());
    }
}
