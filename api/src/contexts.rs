//! The versions of the API, and the parts of each: a process serves all of them, or some.

use std::{collections::BTreeSet, sync::Arc};

use anyhow::bail;
use axum::middleware::from_fn_with_state;
use utoipa::openapi::OpenApi;

use crate::{
    App, access_control::require_access, analytics, audit, auth, catalog, crm, dashboard,
    documents, files, identity, ingress::is_under, licensing, lists::Lists, live, notifications,
    oauth, organizations, platform, purchasing, reports, routes::Routes, scheduling, search,
    session, site, support,
};

/// A version of the API, with its contexts. Deprecation is a setting of each deployment
/// ([`Deprecations`](crate::ingress::Deprecations)).
#[derive(Debug)]
pub(crate) struct Version {
    /// `v1`, as in `/api/v1`.
    pub(crate) name: &'static str,
    pub(crate) contexts: &'static [Context],
}

/// A bounded context and its routes.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) name: &'static str,
    /// What it is about, for the documents.
    pub(crate) about: &'static str,
    routes: fn() -> Routes,
}

pub(crate) const fn context(
    name: &'static str,
    about: &'static str,
    routes: fn() -> Routes,
) -> Context {
    Context { name, about, routes }
}

/// The versions that are served, side by side.
pub(crate) const VERSIONS: &[Version] = &[Version {
    name: "v1",
    contexts: &[
        context("analytics", "Read models as they were, for analysts.", analytics::routes),
        context("catalog", "Products, and what their licences may be.", catalog::routes),
        context("crm", "Customers: who they are, and how they can be reached.", crm::routes),
        context("documents", "What documents say: their templates.", documents::routes),
        context("files", "Files that people upload.", files::routes),
        context(
            "identity",
            "Who may do what: accounts, signing in, service accounts, applications.",
            || identity::routes().merge(session::routes()).merge(auth::routes()),
        ),
        context("licensing", "Licences: who may use what, until when.", licensing::routes),
        context("notifications", "What somebody is to know.", notifications::routes),
        context(
            "organizations",
            "Cabinets, which are the organisations of clients, and their members.",
            organizations::routes,
        ),
        context("platform", "The business itself, what is audited, what waits for a mend.", || {
            let routes = platform::routes().merge(audit::routes());
            routes.merge(search::routes()).merge(dashboard::routes())
        }),
        context(
            "purchasing",
            "Orders of purchase systems, and what became of them.",
            purchasing::routes,
        ),
        context("reports", "Counts and sums over many things.", reports::routes),
        context(
            "scheduling",
            "Appointments, services, and the people and places that they take.",
            scheduling::routes,
        ),
        context("support", "Issues, and ready answers to them.", support::routes),
    ],
}];

/// Where each version begins, as `/api/v1`.
pub fn version_prefixes() -> impl Iterator<Item = String> {
    VERSIONS.iter().map(Version::path_prefix)
}

/// The contexts with routes outside of the versions, as standards require.
const UNVERSIONED: &[Context] =
    &[context("identity", "Who may do what, for other applications.", oauth::routes)];

impl Version {
    /// Where it begins: `/api/v1`.
    pub(crate) fn path_prefix(&self) -> String {
        format!("/api/{}", self.name)
    }

    /// Whether a path belongs to it.
    pub(crate) fn has_path(&self, path: &str) -> bool {
        let path = path.strip_prefix("/api/");
        path.is_some_and(|path| is_under(path, self.name))
    }
}

/// Which contexts a process serves, in every version that has them.
#[derive(Debug, Clone)]
pub struct Contexts {
    pub(crate) versions: &'static [Version],
    names: BTreeSet<&'static str>,
}

impl Contexts {
    /// All contexts of all versions.
    pub fn all() -> Self {
        Self::of_versions(VERSIONS)
    }

    /// None: only the public pages are served.
    pub fn none() -> Self {
        Self { versions: VERSIONS, names: BTreeSet::new() }
    }

    /// All of some versions.
    pub(crate) fn of_versions(versions: &'static [Version]) -> Self {
        let contexts = versions.iter().flat_map(|version| version.contexts);
        Self { versions, names: contexts.map(|context| context.name).collect() }
    }

    /// The contexts of these names; an empty list means all.
    pub fn from_names(names: &[String]) -> anyhow::Result<Self> {
        let mut contexts = Self::all();
        for name in names {
            if !contexts.names.contains(name.as_str()) {
                let available: Vec<_> = contexts.names().collect();
                bail!("There is no context called {name}. There are: {}.", available.join(", "));
            }
        }
        let named = |name: &&str| names.is_empty() || names.iter().any(|named| named == name);
        contexts.names.retain(named);
        Ok(contexts)
    }

    /// Their names.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.names.iter().copied()
    }

    pub(crate) fn routes(&self) -> Routes {
        let served = |contexts: &'static [Context]| {
            contexts.iter().filter(|context| self.names.contains(context.name))
        };
        if self.names.is_empty() {
            return Routes::default();
        }
        // Every process that serves a context serves live push of all of them.
        let outside = served(UNVERSIONED)
            .fold(live::websocket_routes(), |router, context| router.merge((context.routes)()));
        self.versions.iter().fold(outside, |router, version| {
            let prefix = version.path_prefix();
            let router = router.nest(&prefix, live::sse_routes());
            served(version.contexts)
                .fold(router, |router, context| router.nest(&prefix, (context.routes)()))
        })
    }

    /// The prefixes of their paths, up to the first parameter: `/api/v1/customers`.
    pub fn served_path_prefixes(&self) -> BTreeSet<String> {
        self.served_path_prefixes_with(&self.routes().into_openapi())
    }

    /// The same, from the description of their routes.
    pub(crate) fn served_path_prefixes_with(&self, document: &OpenApi) -> BTreeSet<String> {
        let own = document.paths.paths.keys().map(|path| before_first_parameter(path));
        // Every process serves the pages, and those of the API the contracts of the bus.
        let versions = self.versions.iter().filter(|_| !self.names.is_empty());
        let contracts = versions.flat_map(|version| {
            ["asyncapi.json", "schemas"].map(|path| format!("{}/{path}", version.path_prefix()))
        });
        own.chain(contracts).chain(site::path_prefixes().map(str::to_owned)).collect()
    }
}

/// The lists and reports of all contexts, whatever this process serves others.
pub(crate) fn all_lists(app: &App) -> Lists {
    let app = app.clone();
    Lists::new(move || {
        let (routes, _, declared) = Contexts::all().routes().into_parts();
        let state = (app.authenticator.clone(), Arc::new(declared.clone()));
        let access = from_fn_with_state(state, require_access);
        (routes.route_layer(access).with_state(app), declared)
    })
}

fn before_first_parameter(path: &str) -> String {
    path.split("/{").next().unwrap_or(path).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_contexts_answer_their_own_paths_only() {
        let some = Contexts::from_names(&["crm".to_owned(), "catalog".to_owned()]).unwrap();
        let pages: Vec<_> = site::path_prefixes().collect();
        let paths =
            some.served_path_prefixes().into_iter().filter(|path| !pages.contains(&path.as_str()));
        let paths: Vec<_> = paths.collect();
        let (contracts, own) = ("/api/v1/asyncapi.json", ["/api/v1/customers", "/api/v1/products"]);
        assert_eq!(paths, [contracts, own[0], own[1], "/api/v1/schemas", "/api/v1/stream", "/ws"]);
        assert!(
            Contexts::none()
                .served_path_prefixes()
                .iter()
                .all(|path| pages.contains(&path.as_str()))
        );
        assert!(Contexts::from_names(&["crn".to_owned()]).unwrap_err().to_string().contains("crm"));
        assert_eq!(Contexts::from_names(&[]).unwrap().names().count(), Contexts::all().names.len());
    }
}
