//! Notes of every request who asked, and whether they were refused.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::StatusCode,
    middleware::Next,
    response::Response,
};

use super::ledger::{Ledger, Refusal};
use crate::{contexts::Version, ingress::Address, problem::MissingRight, trace};

/// No path of ours is longer.
const LONGEST: usize = 300;

pub(crate) async fn noted(
    State((ledger, versions)): State<(Arc<Ledger>, &'static [Version])>,
    request: Request,
    next: Next,
) -> Response {
    let method = request.method().as_str().to_owned();
    let path = request.uri().path().to_owned();
    let address = request.extensions().get::<Address>().copied();
    let response = next.run(request).await;
    let Some(trace) = trace::current() else { return response };
    let (actor, role) = trace.caller();
    if let Some(version) = versions.iter().find(|version| version.answers(&path)) {
        ledger.used(version.name, actor);
    }
    if response.status() == StatusCode::FORBIDDEN {
        let lacking = response.extensions().get::<MissingRight>().map(|right| right.0.clone());
        tracing::info!(%actor, method, path, lacking, "refused");
        ledger.refused(Refusal {
            actor,
            role,
            method,
            path: path.chars().take(LONGEST).collect(),
            lacking,
            network: address.map(|address| address.network().to_string()),
            trace: trace.correlation,
        });
    }
    response
}
