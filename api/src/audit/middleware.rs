//! The middleware that records every request, and every one that is denied.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::StatusCode,
    middleware::Next,
    response::Response,
};

use super::request_recorder::{DeniedRequest, RequestRecorder};
use crate::{contexts::Version, ingress::ClientAddress, problem::MissingRight, trace};

/// Paths are cut to this length; none of ours is longer.
const MAX_PATH_CHARS: usize = 300;

pub(crate) async fn record_requests(
    State((recorder, versions)): State<(Arc<RequestRecorder>, &'static [Version])>,
    request: Request,
    next: Next,
) -> Response {
    let method = request.method().as_str().to_owned();
    let path = request.uri().path().to_owned();
    let address = request.extensions().get::<ClientAddress>().copied();
    let response = next.run(request).await;
    let Some(trace) = trace::current() else { return response };
    let (actor, role) = trace.caller();
    if let Some(version) = versions.iter().find(|version| version.has_path(&path)) {
        recorder.count_request(version.name, actor);
    }
    if response.status() == StatusCode::FORBIDDEN {
        let missing_right =
            response.extensions().get::<MissingRight>().map(|right| right.0.clone());
        tracing::info!(%actor, method, path, lacking = missing_right, "refused");
        recorder.record_denied_request(DeniedRequest {
            actor,
            role,
            method,
            path: path.chars().take(MAX_PATH_CHARS).collect(),
            missing_right,
            network: address.map(|address| address.network().to_string()),
            trace: trace.correlation,
        });
    }
    response
}
