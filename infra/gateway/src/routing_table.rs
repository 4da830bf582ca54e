//! The routing table: which instances answer which paths, and which instance is chosen.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use axum::http::uri::Authority;

/// How long an instance that failed is not preferred.
const FAILURE_PAUSE: Duration = Duration::from_secs(1);

/// A process that serves some paths of the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance {
    /// Its unique id.
    pub id: String,
    /// `host:port`
    pub address: Authority,
    /// The prefixes of the paths that it serves.
    pub paths: BTreeSet<String>,
    /// The contexts to which they belong; empty if unknown.
    pub contexts: BTreeSet<String>,
}

/// An instance with its health and load.
#[derive(Debug)]
pub(super) struct Upstream {
    pub(super) instance: Instance,
    created: Instant,
    /// Until when it counts as failed, in milliseconds since `created`.
    failed_until: AtomicU64,
    active: AtomicUsize,
}

/// A request that an instance is answering; dropped when it has answered.
pub(super) struct ActiveRequest(Arc<Upstream>);

impl Upstream {
    fn new(instance: Instance) -> Self {
        let (failed_until, active) = (AtomicU64::new(0), AtomicUsize::new(0));
        Self { instance, created: Instant::now(), failed_until, active }
    }

    fn elapsed(&self) -> u64 {
        self.created.elapsed().as_millis().try_into().unwrap_or(u64::MAX)
    }

    pub(super) fn is_healthy(&self) -> bool {
        self.failed_until.load(Ordering::Relaxed) <= self.elapsed()
    }

    /// Call it when the instance could not be reached, broke off, or is frozen.
    pub(super) fn mark_failed(&self) {
        let until = self.elapsed() + u64::try_from(FAILURE_PAUSE.as_millis()).unwrap_or(0);
        self.failed_until.store(until, Ordering::Relaxed);
    }

    pub(super) fn track_request(self: &Arc<Self>) -> ActiveRequest {
        self.active.fetch_add(1, Ordering::Relaxed);
        ActiveRequest(Arc::clone(self))
    }
}

impl Drop for ActiveRequest {
    fn drop(&mut self) {
        self.0.active.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The instances and contexts of a path.
#[derive(Debug, Default)]
struct Route {
    /// The instances that serve it now.
    upstreams: Vec<Arc<Upstream>>,
    /// The contexts that all instances that served it last have in common: its own is among them.
    contexts: BTreeSet<String>,
}

impl Route {
    fn add(&mut self, upstream: &Arc<Upstream>) {
        let contexts = &upstream.instance.contexts;
        if self.upstreams.is_empty() {
            self.contexts.clone_from(contexts);
        } else {
            self.contexts.retain(|context| contexts.contains(context));
        }
        self.upstreams.push(Arc::clone(upstream));
    }

    /// Whether a newer version has removed it: no instance serves it, though its context is served.
    fn is_obsolete(&self, served: &BTreeSet<String>) -> bool {
        self.upstreams.is_empty() && !self.contexts.is_empty() && self.contexts.is_subset(served)
    }
}

#[derive(Debug, Default)]
pub(super) struct RoutingTable(BTreeMap<String, Route>);

impl RoutingTable {
    /// The paths of some contexts, before anybody is known who serves them. What several have belongs to none
    /// of them.
    pub(super) fn of_contexts(
        contexts: impl IntoIterator<Item = (String, BTreeSet<String>)>,
    ) -> Self {
        let mut routes: BTreeMap<String, Route> = BTreeMap::new();
        for (context, paths) in contexts {
            for path in paths {
                let contexts = BTreeSet::from([context.clone()]);
                let route = routes.entry(path).and_modify(|route| route.contexts.clear());
                route.or_insert(Route { upstreams: Vec::new(), contexts });
            }
        }
        Self(routes)
    }

    /// The same paths and those of these instances, without obsolete ones. Only these instances are
    /// candidates.
    pub(super) fn with_instances(&self, instances: Vec<Instance>) -> Self {
        let existing: BTreeMap<_, _> =
            self.upstreams().map(|upstream| (&upstream.instance.id, upstream)).collect();
        let without_upstreams = |(path, route): (&String, &Route)| {
            let contexts = route.contexts.clone();
            (path.clone(), Route { upstreams: Vec::new(), contexts })
        };
        let mut paths: BTreeMap<_, _> = self.0.iter().map(without_upstreams).collect();
        let mut served = BTreeSet::new();
        for instance in instances {
            served.extend(instance.contexts.iter().cloned());
            let upstream = match existing.get(&instance.id) {
                Some(upstream) if upstream.instance == instance => Arc::clone(upstream),
                _ => Arc::new(Upstream::new(instance.clone())),
            };
            for path in &instance.paths {
                paths.entry(path.clone()).or_default().add(&upstream);
            }
        }
        paths.retain(|_, route| !route.is_obsolete(&served));
        Self(paths)
    }

    /// The instances for a path, the best choice first: healthy, and with the fewest active requests.
    /// `None` if the path does not exist.
    pub(super) fn candidates(&self, path: &str) -> Option<Vec<Arc<Upstream>>> {
        let mut found = self.find(path)?.clone();
        found.sort_by_key(|upstream| {
            (!upstream.is_healthy(), upstream.active.load(Ordering::Relaxed))
        });
        Some(found)
    }

    pub(super) fn has_route_at_or_below(&self, path: &str) -> bool {
        let below = format!("{path}/");
        let mut from = self.0.range(path.to_owned()..);
        from.next().is_some_and(|(start, _)| start == path || start.starts_with(&below))
    }

    /// The longest prefix of the path in the table.
    fn find(&self, path: &str) -> Option<&Vec<Arc<Upstream>>> {
        let ends = path.rmatch_indices('/').map(|(end, _)| end);
        let mut prefixes = [path.len()].into_iter().chain(ends).map(|end| &path[..end]);
        prefixes.find_map(|prefix| self.0.get(prefix)).map(|route| &route.upstreams)
    }

    pub(super) fn upstreams(&self) -> impl Iterator<Item = &Arc<Upstream>> {
        self.0.values().flat_map(|route| &route.upstreams)
    }

    /// Whether nobody serves anything.
    pub(super) fn has_no_upstream(&self) -> bool {
        self.upstreams().next().is_none()
    }

    pub(super) fn paths_without_instance(&self) -> impl Iterator<Item = &str> {
        let unavailable = self.0.iter().filter(|(_, route)| route.upstreams.is_empty());
        unavailable.map(|(path, _)| path.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instance(id: &str, paths: &[&str]) -> Instance {
        serving(id, &[], paths)
    }

    fn serving(id: &str, contexts: &[&str], paths: &[&str]) -> Instance {
        let [contexts, paths] =
            [contexts, paths].map(|texts| texts.iter().map(|text| (*text).to_owned()).collect());
        Instance { id: id.into(), address: "127.0.0.1:1".parse().unwrap(), paths, contexts }
    }

    fn first(table: &RoutingTable, path: &str) -> Option<String> {
        Some(table.candidates(path)?.first()?.instance.id.clone())
    }

    #[test]
    fn a_path_goes_to_who_answers_the_longest_prefix_of_it() {
        let table = RoutingTable::default().with_instances(vec![
            instance("a", &["/api/v1/me", "/api/v1/users"]),
            instance("b", &["/api/v1/me/cabinet"]),
        ]);
        assert_eq!(first(&table, "/api/v1/me").as_deref(), Some("a"));
        assert_eq!(first(&table, "/api/v1/me/cabinet").as_deref(), Some("b"));
        assert_eq!(first(&table, "/api/v1/users/7/lock").as_deref(), Some("a"));
        assert!(table.candidates("/api/v1/usersx").is_none());
        assert!(table.candidates("/").is_none());
        assert!(
            table.has_route_at_or_below("/api/v1/me")
                && table.has_route_at_or_below("/api/v1")
                && !table.has_route_at_or_below("/api/v1/m")
        );
    }

    #[test]
    fn who_failed_or_is_busy_comes_last() {
        let table = RoutingTable::default()
            .with_instances(vec![instance("a", &["/x"]), instance("b", &["/x"])]);
        assert_eq!(first(&table, "/x").as_deref(), Some("a"));
        let active = table.candidates("/x").unwrap()[0].track_request();
        assert_eq!(first(&table, "/x").as_deref(), Some("b"));
        table.candidates("/x").unwrap()[0].mark_failed();
        assert_eq!(first(&table, "/x").as_deref(), Some("a"));
        drop(active);
        let table = table.with_instances(vec![instance("a", &["/x"]), instance("b", &["/x"])]);
        assert_eq!(first(&table, "/x").as_deref(), Some("a"), "it is remembered");
    }

    #[test]
    fn a_path_whose_last_instance_left_is_not_unknown() {
        let table = RoutingTable::default()
            .with_instances(vec![instance("a", &["/x"])])
            .with_instances(vec![]);
        assert_eq!(table.candidates("/x").map(|found| found.len()), Some(0));
        assert_eq!(table.paths_without_instance().collect::<Vec<_>>(), ["/x"]);
    }

    #[test]
    fn a_path_that_nobody_serves_yet_does_not_go_to_who_serves_all_others() {
        let paths = |paths: &[&str]| paths.iter().map(|path| (*path).to_owned()).collect();
        let table = RoutingTable::of_contexts([
            ("crm".to_owned(), paths(&["/api/v1/customers", "/api/v1/gone", "/ws"])),
            ("catalog".to_owned(), paths(&["/api/v1/products", "/ws"])),
        ]);
        assert!(table.has_no_upstream());
        let table = table.with_instances(vec![instance("site", &["", "/book"])]);
        assert_eq!(first(&table, "/book").as_deref(), Some("site"));
        for path in ["/api/v1/customers/7", "/api/v1/products", "/ws"] {
            assert_eq!(table.candidates(path).map(|found| found.len()), Some(0), "{path}");
        }
        let crm = serving("crm", &["crm"], &["/api/v1/customers", "/ws"]);
        let table = table.with_instances(vec![instance("site", &["", "/book"]), crm]);
        assert_eq!(first(&table, "/api/v1/customers/7").as_deref(), Some("crm"));
        assert_eq!(first(&table, "/api/v1/gone").as_deref(), Some("site"), "no version has it");
        assert_eq!(table.paths_without_instance().collect::<Vec<_>>(), ["/api/v1/products"]);
    }

    #[test]
    fn a_path_that_a_new_version_does_not_have_is_forgotten_with_the_last_old_instance() {
        let old = || serving("old", &["crm", "catalog"], &["/customers", "/products", "/ws"]);
        let crm = || serving("crm", &["crm"], &["/customers", "/ws"]);
        let new = || serving("new", &["crm"], &["/clients", "/ws"]);
        let table = RoutingTable::default()
            .with_instances(vec![old(), crm()])
            .with_instances(vec![old(), crm(), new()]);
        assert_eq!(table.paths_without_instance().count(), 0);
        let table = table.with_instances(vec![new()]);
        assert!(table.candidates("/customers").is_none(), "its context is served without it");
        let left = table.paths_without_instance().collect::<Vec<_>>();
        assert_eq!(left, ["/products"], "nobody serves the catalogue");
        let table = table.with_instances(vec![]);
        assert_eq!(
            table.paths_without_instance().collect::<Vec<_>>(),
            ["/clients", "/products", "/ws"]
        );
    }
}
