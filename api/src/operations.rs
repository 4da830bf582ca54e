//! For those who watch over the machine: is it alive, is it ready, what has it counted.

use std::collections::HashMap;

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderValue, StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::get,
};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use serde::Serialize;

use crate::{App, problem::Problem};

/// How many events a read model may be behind in a system that calls itself ready.
const READY_LAG: i64 = 5_000;
/// Upper bounds of the buckets of all times measured, in seconds.
const SECONDS: [f64; 13] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/health", get(health))
        .route("/ready", get(ready))
        .route("/metrics", get(metrics))
}

/// Begins to count what the program measures. Once for each process.
pub fn install_metrics() -> anyhow::Result<PrometheusHandle> {
    let builder = PrometheusBuilder::new();
    let seconds = Matcher::Suffix("_seconds".to_owned());
    Ok(builder.set_buckets_for_metric(seconds, &SECONDS)?.install_recorder()?)
}

/// The process lives; whether it can do anything is another question.
pub(crate) async fn health() -> Json<serde_json::Value> {
    Json(serde_json::json!({ "status": "alive" }))
}

#[derive(Serialize)]
struct Readiness {
    ready: bool,
    checks: Vec<Finding>,
}

#[derive(Serialize)]
struct Finding {
    name: String,
    ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

impl Finding {
    fn new(name: impl Into<String>, outcome: Result<(), String>) -> Self {
        Self { name: name.into(), ok: outcome.is_ok(), detail: outcome.err() }
    }
}

/// Whether requests can be answered, and by read models that are not far behind.
async fn ready(State(app): State<App>) -> Response {
    let models = read_models(&app).await;
    let mut checks = vec![Finding::new(
        "database",
        models.as_ref().map(|_| ()).map_err(|_| "cannot be asked".to_owned()),
    )];
    checks.extend(models.unwrap_or_default());
    for check in &app.checks {
        checks.push(Finding::new(check.name, (check.run)().await));
    }
    let ready = checks.iter().all(|check| check.ok);
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(Readiness { ready, checks })).into_response()
}

async fn read_models(app: &App) -> sqlx::Result<Vec<Finding>> {
    let head = app.commands.lookup().store().head().await?;
    let reached: HashMap<String, i64> =
        sqlx::query_as("select name, position from projections.checkpoints")
            .fetch_all(&app.db)
            .await?
            .into_iter()
            .collect();
    let findings = projections::all().map(|model| {
        let outcome = match reached.get(model.name).map(|position| head - position) {
            None => Err("was not built yet".to_owned()),
            Some(lag) if lag > READY_LAG => Err(format!("is {lag} events behind")),
            Some(_) => Ok(()),
        };
        Finding::new(model.name, outcome)
    });
    Ok(findings.collect())
}

async fn metrics(State(app): State<App>) -> Response {
    rendered(app.metrics.as_ref())
}

/// What was counted, for Prometheus.
pub(crate) fn rendered(handle: Option<&PrometheusHandle>) -> Response {
    let Some(handle) = handle else { return Problem::not_found().into_response() };
    handle.run_upkeep();
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    ([(CONTENT_TYPE, kind)], handle.render()).into_response()
}
