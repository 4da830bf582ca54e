//! For those who watch over the machine: is it alive, is it ready, what has it counted.
//!
//! Everybody may know whether a process is alive and ready. Why it is not, and what it has counted,
//! is told on an address of its own, which is not for the world.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderValue, StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::get,
};
use futures::{
    FutureExt,
    future::{BoxFuture, join_all},
};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::{sync::Mutex, time::timeout};

use crate::ingress::{Ingress, Proxies, no_such_route};

/// How long what is asked may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// For how long an answer is good: however many ask, nobody is worn down by it.
const FRESH: Duration = Duration::from_millis(250);
/// How many of those who watch are answered at the same time.
const AT_ONCE: usize = 16;
/// Upper bounds of the buckets of all times measured, in seconds.
const SECONDS: [f64; 13] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// Something a process needs to do its work.
pub struct Check {
    name: &'static str,
    run: Box<dyn Fn() -> BoxFuture<'static, Result<(), String>> + Send + Sync>,
}

impl Check {
    /// `run` says why it is not as it should be, if it is not.
    pub fn new<F>(name: &'static str, run: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<(), String>> + Send + 'static,
    {
        Self { name, run: Box::new(move || run().boxed()) }
    }

    async fn finding(&self) -> Finding {
        let outcome = timeout(PATIENCE, (self.run)()).await;
        let outcome = outcome.unwrap_or_else(|_| Err("does not answer".to_owned()));
        Finding { name: self.name, ok: outcome.is_ok(), detail: outcome.err() }
    }
}

impl fmt::Debug for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Check({})", self.name)
    }
}

#[derive(Debug, Clone, Serialize)]
struct Finding {
    name: &'static str,
    ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

/// Whether a process can do its work. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Readiness(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    checks: Vec<Check>,
    last: Mutex<Option<(Instant, Vec<Finding>)>>,
}

impl Readiness {
    /// It can if all of these are well.
    pub fn new(checks: Vec<Check>) -> Self {
        Self(Arc::new(Inner { checks, last: Mutex::default() }))
    }

    async fn findings(&self) -> Vec<Finding> {
        // Whoever asks meanwhile waits for the same answer.
        let mut last = self.0.last.lock().await;
        if let Some((at, findings)) = &*last
            && at.elapsed() < FRESH
        {
            return findings.clone();
        }
        let findings = join_all(self.0.checks.iter().map(Check::finding)).await;
        *last = Some((Instant::now(), findings.clone()));
        findings
    }
}

/// What everybody may know: `/health` and `/ready`, without a reason.
pub fn public<S: Clone + Send + Sync + 'static>(readiness: Readiness) -> Router<S> {
    Router::new().route("/health", get(health)).route("/ready", get(ready)).with_state(readiness)
}

/// What those who watch over a process ask it: `/health`, `/ready` with the reasons, `/metrics`.
pub fn internal(readiness: Readiness, metrics: PrometheusHandle) -> Router {
    let metrics = move || {
        let metrics = metrics.clone();
        async move { counted(&metrics) }
    };
    let routes = Router::new()
        .route("/health", get(health))
        .route("/ready", get(ready_in_detail))
        .route("/metrics", get(metrics))
        .fallback(|| async { no_such_route() })
        .with_state(readiness);
    Ingress::new(AT_ONCE, Proxies::default(), None).before(routes)
}

/// Begins to count what the program measures: once for each process.
pub fn install_metrics() -> anyhow::Result<PrometheusHandle> {
    let builder = PrometheusBuilder::new();
    let seconds = Matcher::Suffix("_seconds".to_owned());
    Ok(builder.set_buckets_for_metric(seconds, &SECONDS)?.install_recorder()?)
}

/// The process lives; whether it can do anything is another question.
async fn health() -> Json<Value> {
    Json(json!({ "status": "alive" }))
}

async fn ready(State(readiness): State<Readiness>) -> Response {
    let ready = readiness.findings().await.iter().all(|finding| finding.ok);
    answer(ready, json!({ "ready": ready }))
}

async fn ready_in_detail(State(readiness): State<Readiness>) -> Response {
    let checks = readiness.findings().await;
    let ready = checks.iter().all(|finding| finding.ok);
    answer(ready, json!({ "ready": ready, "checks": checks }))
}

fn answer(ready: bool, body: Value) -> Response {
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(body)).into_response()
}

/// What was counted, for Prometheus.
fn counted(handle: &PrometheusHandle) -> Response {
    handle.run_upkeep();
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    ([(CONTENT_TYPE, kind)], handle.render()).into_response()
}

#[cfg(test)]
mod tests {
    use axum::{
        body::{Body, to_bytes},
        http::Request,
    };
    use tower::ServiceExt;

    use super::*;

    async fn asked(router: &Router, path: &str) -> (u16, String) {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = router.clone().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let body = to_bytes(response.into_body(), 1 << 16).await.unwrap();
        (status, String::from_utf8_lossy(&body).into_owned())
    }

    #[tokio::test]
    async fn s_09_why_it_is_not_ready_is_told_to_those_only_who_watch() {
        let checks = vec![
            Check::new("database", async || Ok(())),
            Check::new("bus", async || Err("is not connected".to_owned())),
        ];
        let readiness = Readiness::new(checks);
        let public: Router = public(readiness.clone());
        assert_eq!(asked(&public, "/ready").await, (503, r#"{"ready":false}"#.into()));
        assert_eq!(asked(&public, "/health").await.0, 200);
        assert_eq!(asked(&public, "/metrics").await.0, 404);
        let handle = PrometheusBuilder::new().build_recorder().handle();
        let internal = internal(readiness, handle);
        let (status, said) = asked(&internal, "/ready").await;
        assert!(status == 503 && said.contains("is not connected"), "{said}");
        assert_eq!(asked(&internal, "/metrics").await.0, 200);
        assert_eq!(asked(&internal, "/api/v1/me").await.0, 404);
        let ready = super::public::<()>(Readiness::default());
        assert_eq!(asked(&ready, "/ready").await.0, 200);
    }
}
