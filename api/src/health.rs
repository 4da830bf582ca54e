//! Health, readiness and metrics of a process.
//!
//! Whether it is alive and ready is public. The reasons and the metrics are served on an internal
//! address of their own.

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

use crate::ingress::{Ingress, TrustedProxies, no_such_route_problem};

/// How long a check may take.
const CHECK_TIMEOUT: Duration = Duration::from_secs(2);
/// How long results are cached, so that frequent requests cost nothing.
const CACHED_FOR: Duration = Duration::from_millis(250);
/// How many internal requests are served at the same time.
const MAX_CONCURRENT: usize = 16;
/// Upper bounds of the buckets of all times measured, in seconds.
const SECONDS: [f64; 13] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// Something a process needs to do its work.
pub struct ReadinessCheck {
    name: &'static str,
    run: Box<dyn Fn() -> BoxFuture<'static, Result<(), String>> + Send + Sync>,
}

impl ReadinessCheck {
    /// The error of `run` is the reason that the check failed.
    pub fn new<F>(name: &'static str, run: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<(), String>> + Send + 'static,
    {
        Self { name, run: Box::new(move || run().boxed()) }
    }

    async fn result(&self) -> CheckResult {
        let outcome = timeout(CHECK_TIMEOUT, (self.run)()).await;
        let outcome = outcome.unwrap_or_else(|_| Err("does not answer".to_owned()));
        CheckResult { name: self.name, ok: outcome.is_ok(), detail: outcome.err() }
    }
}

impl fmt::Debug for ReadinessCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Check({})", self.name)
    }
}

#[derive(Debug, Clone, Serialize)]
struct CheckResult {
    name: &'static str,
    ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

/// Whether a process can do its work. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Readiness(Arc<ReadinessChecks>);

#[derive(Debug)]
struct ReadinessChecks {
    checks: Vec<ReadinessCheck>,
    created: Instant,
    last: Mutex<Option<LastResults>>,
}

#[derive(Debug)]
struct LastResults {
    at: Instant,
    results: Vec<CheckResult>,
    status: ReadinessStatus,
}

/// Whether the process was ready when it was last asked, and since when it is so, as far as anybody asked:
/// at first since it is there at all.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ReadinessStatus {
    pub(crate) ready: bool,
    pub(crate) since: Instant,
}

impl Default for Readiness {
    /// Always ready.
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

impl Readiness {
    /// Ready if all of these succeed.
    pub fn new(checks: Vec<ReadinessCheck>) -> Self {
        let (created, last) = (Instant::now(), Mutex::default());
        Self(Arc::new(ReadinessChecks { checks, created, last }))
    }

    async fn results(&self) -> (Vec<CheckResult>, ReadinessStatus) {
        // Concurrent requests wait here for the same results.
        let mut last = self.0.last.lock().await;
        if let Some(LastResults { at, results, status }) = &*last
            && at.elapsed() < CACHED_FOR
        {
            return (results.clone(), *status);
        }
        let results = join_all(self.0.checks.iter().map(ReadinessCheck::result)).await;
        let ready = results.iter().all(|result| result.ok);
        let status = match last.as_ref().map(|last| last.status) {
            Some(before) if before.ready == ready => before,
            Some(_) => ReadinessStatus { ready, since: Instant::now() },
            None => ReadinessStatus { ready, since: self.0.created },
        };
        *last = Some(LastResults { at: Instant::now(), results: results.clone(), status });
        (results, status)
    }

    pub(crate) async fn status(&self) -> ReadinessStatus {
        self.results().await.1
    }
}

/// The public routes: `/health`, and `/ready` without reasons.
pub fn public_routes<S: Clone + Send + Sync + 'static>(readiness: Readiness) -> Router<S> {
    Router::new().route("/health", get(health)).route("/ready", get(ready)).with_state(readiness)
}

/// The internal routes: `/health`, `/ready` with reasons, `/metrics`.
pub fn internal_routes(readiness: Readiness, metrics: PrometheusHandle) -> Router {
    let metrics = move || {
        let metrics = metrics.clone();
        async move { render_metrics(&metrics) }
    };
    let routes = Router::new()
        .route("/health", get(health))
        .route("/ready", get(ready_in_detail))
        .route("/metrics", get(metrics))
        .fallback(|| async { no_such_route_problem() })
        .with_state(readiness);
    Ingress::new(MAX_CONCURRENT, TrustedProxies::default(), None).apply_layers(routes)
}

/// Installs the recorder of metrics, once for each process.
pub fn install_metrics() -> anyhow::Result<PrometheusHandle> {
    let builder = PrometheusBuilder::new();
    let seconds = Matcher::Suffix("_seconds".to_owned());
    Ok(builder.set_buckets_for_metric(seconds, &SECONDS)?.install_recorder()?)
}

/// Answers as long as the process lives.
async fn health() -> Json<Value> {
    Json(json!({ "status": "alive" }))
}

async fn ready(State(readiness): State<Readiness>) -> Response {
    let ReadinessStatus { ready, .. } = readiness.status().await;
    answer(ready, json!({ "ready": ready }))
}

async fn ready_in_detail(State(readiness): State<Readiness>) -> Response {
    let (checks, ReadinessStatus { ready, .. }) = readiness.results().await;
    answer(ready, json!({ "ready": ready, "checks": checks }))
}

fn answer(ready: bool, body: Value) -> Response {
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(body)).into_response()
}

/// The metrics in the text format of Prometheus.
fn render_metrics(handle: &PrometheusHandle) -> Response {
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

    async fn fetch(router: &Router, path: &str) -> (u16, String) {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = router.clone().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let body = to_bytes(response.into_body(), 1 << 16).await.unwrap();
        (status, String::from_utf8_lossy(&body).into_owned())
    }

    #[tokio::test]
    async fn it_is_ready_since_it_is_there_not_since_somebody_asked() {
        let readiness = Readiness::default();
        let created = Instant::now();
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert!(readiness.status().await.since <= created);
    }

    #[tokio::test]
    async fn s_09_why_it_is_not_ready_is_told_to_those_only_who_watch() {
        let checks = vec![
            ReadinessCheck::new("database", async || Ok(())),
            ReadinessCheck::new("bus", async || Err("is not connected".to_owned())),
        ];
        let readiness = Readiness::new(checks);
        let public: Router = public_routes(readiness.clone());
        assert_eq!(fetch(&public, "/ready").await, (503, r#"{"ready":false}"#.into()));
        assert_eq!(fetch(&public, "/health").await.0, 200);
        assert_eq!(fetch(&public, "/metrics").await.0, 404);
        let handle = PrometheusBuilder::new().build_recorder().handle();
        let internal = internal_routes(readiness, handle);
        let (status, body) = fetch(&internal, "/ready").await;
        assert!(status == 503 && body.contains("is not connected"), "{body}");
        assert_eq!(fetch(&internal, "/metrics").await.0, 200);
        assert_eq!(fetch(&internal, "/api/v1/me").await.0, 404);
        let ready = public_routes::<()>(Readiness::default());
        assert_eq!(fetch(&ready, "/ready").await.0, 200);
    }
}
