//! Which paths are answered by whom.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use axum::http::uri::Authority;

/// For how long an instance that could not be reached is passed over.
const PASSED_OVER: Duration = Duration::from_secs(1);

/// A process that answers some paths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance {
    /// What tells it from all others.
    pub id: String,
    /// `host:port`
    pub address: Authority,
    /// What the paths that it answers begin with.
    pub paths: BTreeSet<String>,
    /// The contexts to which they belong, as far as that is known.
    pub contexts: BTreeSet<String>,
}

/// An instance, and how it does.
#[derive(Debug)]
pub(super) struct Upstream {
    pub(super) instance: Instance,
    begun: Instant,
    /// Until when it is passed over, in milliseconds since `begun`.
    until: AtomicU64,
    busy: AtomicUsize,
}

/// A request that an instance is answering.
pub(super) struct Busy(Arc<Upstream>);

impl Upstream {
    fn new(instance: Instance) -> Self {
        let (until, busy) = (AtomicU64::new(0), AtomicUsize::new(0));
        Self { instance, begun: Instant::now(), until, busy }
    }

    fn elapsed(&self) -> u64 {
        self.begun.elapsed().as_millis().try_into().unwrap_or(u64::MAX)
    }

    fn is_well(&self) -> bool {
        self.until.load(Ordering::Relaxed) <= self.elapsed()
    }

    /// It could not be reached, or died.
    pub(super) fn failed(&self) {
        let until = self.elapsed() + u64::try_from(PASSED_OVER.as_millis()).unwrap_or(0);
        self.until.store(until, Ordering::Relaxed);
    }

    pub(super) fn busy(self: &Arc<Self>) -> Busy {
        self.busy.fetch_add(1, Ordering::Relaxed);
        Busy(Arc::clone(self))
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.busy.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What is known of a path.
#[derive(Debug, Default)]
struct Known {
    /// Who answers it now.
    upstreams: Vec<Arc<Upstream>>,
    /// The contexts that all had who answered it last: its own is among them.
    contexts: BTreeSet<String>,
}

impl Known {
    fn add(&mut self, upstream: &Arc<Upstream>) {
        let contexts = &upstream.instance.contexts;
        if self.upstreams.is_empty() {
            self.contexts.clone_from(contexts);
        } else {
            self.contexts.retain(|context| contexts.contains(context));
        }
        self.upstreams.push(Arc::clone(upstream));
    }

    /// Whether it went with a version: nobody answers it, though its context is served.
    fn is_gone(&self, served: &BTreeSet<String>) -> bool {
        self.upstreams.is_empty() && !self.contexts.is_empty() && self.contexts.is_subset(served)
    }
}

#[derive(Debug, Default)]
pub(super) struct Table(BTreeMap<String, Known>);

impl Table {
    /// The same paths, and those of the instances that are there now; without those that others
    /// who serve the same context do not know.
    pub(super) fn with(&self, instances: Vec<Instance>) -> Self {
        let known: BTreeMap<_, _> =
            self.upstreams().map(|upstream| (&upstream.instance.id, upstream)).collect();
        let before = |(path, known): (&String, &Known)| {
            let contexts = known.contexts.clone();
            (path.clone(), Known { upstreams: Vec::new(), contexts })
        };
        let mut paths: BTreeMap<_, _> = self.0.iter().map(before).collect();
        let mut served = BTreeSet::new();
        for instance in instances {
            served.extend(instance.contexts.iter().cloned());
            let upstream = match known.get(&instance.id) {
                Some(known) if known.instance == instance => Arc::clone(known),
                _ => Arc::new(Upstream::new(instance.clone())),
            };
            for path in &instance.paths {
                paths.entry(path.clone()).or_default().add(&upstream);
            }
        }
        paths.retain(|_, known| !known.is_gone(&served));
        Self(paths)
    }

    /// Who answers a path, the best choice first: well, and with the least to do. Nothing, if
    /// there is no such path.
    pub(super) fn candidates(&self, path: &str) -> Option<Vec<Arc<Upstream>>> {
        let mut found = self.find(path)?.clone();
        found.sort_by_key(|upstream| (!upstream.is_well(), upstream.busy.load(Ordering::Relaxed)));
        Some(found)
    }

    pub(super) fn knows(&self, path: &str) -> bool {
        let below = format!("{path}/");
        let mut from = self.0.range(path.to_owned()..);
        from.next().is_some_and(|(known, _)| known == path || known.starts_with(&below))
    }

    /// The longest beginning of the path that somebody answers or did.
    fn find(&self, path: &str) -> Option<&Vec<Arc<Upstream>>> {
        let ends = path.rmatch_indices('/').map(|(end, _)| end);
        let mut beginnings = [path.len()].into_iter().chain(ends).map(|end| &path[..end]);
        beginnings.find_map(|beginning| self.0.get(beginning)).map(|known| &known.upstreams)
    }

    pub(super) fn upstreams(&self) -> impl Iterator<Item = &Arc<Upstream>> {
        self.0.values().flat_map(|known| &known.upstreams)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn unanswered(&self) -> impl Iterator<Item = &str> {
        let nobody = self.0.iter().filter(|(_, known)| known.upstreams.is_empty());
        nobody.map(|(path, _)| path.as_str())
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
            [contexts, paths].map(|words| words.iter().map(|word| (*word).to_owned()).collect());
        Instance { id: id.into(), address: "127.0.0.1:1".parse().unwrap(), paths, contexts }
    }

    fn first(table: &Table, path: &str) -> Option<String> {
        Some(table.candidates(path)?.first()?.instance.id.clone())
    }

    #[test]
    fn a_path_goes_to_who_answers_the_longest_beginning_of_it() {
        let table = Table::default().with(vec![
            instance("a", &["/api/v1/me", "/api/v1/users"]),
            instance("b", &["/api/v1/me/cabinet"]),
        ]);
        assert_eq!(first(&table, "/api/v1/me").as_deref(), Some("a"));
        assert_eq!(first(&table, "/api/v1/me/cabinet").as_deref(), Some("b"));
        assert_eq!(first(&table, "/api/v1/users/7/lock").as_deref(), Some("a"));
        assert!(table.candidates("/api/v1/usersx").is_none());
        assert!(table.candidates("/").is_none());
        assert!(table.knows("/api/v1/me") && table.knows("/api/v1") && !table.knows("/api/v1/m"));
    }

    #[test]
    fn who_failed_or_is_busy_comes_last() {
        let table = Table::default().with(vec![instance("a", &["/x"]), instance("b", &["/x"])]);
        assert_eq!(first(&table, "/x").as_deref(), Some("a"));
        let busy = table.candidates("/x").unwrap()[0].busy();
        assert_eq!(first(&table, "/x").as_deref(), Some("b"));
        table.candidates("/x").unwrap()[0].failed();
        assert_eq!(first(&table, "/x").as_deref(), Some("a"));
        drop(busy);
        let table = table.with(vec![instance("a", &["/x"]), instance("b", &["/x"])]);
        assert_eq!(first(&table, "/x").as_deref(), Some("a"), "it is remembered");
    }

    #[test]
    fn a_path_whose_last_instance_left_is_not_unknown() {
        let table = Table::default().with(vec![instance("a", &["/x"])]).with(vec![]);
        assert_eq!(table.candidates("/x").map(|found| found.len()), Some(0));
        assert_eq!(table.unanswered().collect::<Vec<_>>(), ["/x"]);
    }

    #[test]
    fn a_path_that_a_new_version_does_not_have_is_forgotten_with_the_last_old_instance() {
        let old = || serving("old", &["crm", "catalog"], &["/customers", "/products", "/ws"]);
        let crm = || serving("crm", &["crm"], &["/customers", "/ws"]);
        let new = || serving("new", &["crm"], &["/clients", "/ws"]);
        let table = Table::default().with(vec![old(), crm()]).with(vec![old(), crm(), new()]);
        assert_eq!(table.unanswered().count(), 0);
        let table = table.with(vec![new()]);
        assert!(table.candidates("/customers").is_none(), "its context is served without it");
        let left = table.unanswered().collect::<Vec<_>>();
        assert_eq!(left, ["/products"], "nobody serves the catalogue");
        let table = table.with(vec![]);
        assert_eq!(table.unanswered().collect::<Vec<_>>(), ["/clients", "/products", "/ws"]);
    }
}
