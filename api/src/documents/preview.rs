//! How a template would look: nothing of it is kept.

use axum::{
    extract::State,
    http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use commands::policy::Right;
use domain::{
    Language,
    documents::template::{Kind, TemplateText},
    licensing::license::LicenseId,
};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::trial::{TemplateTrial, sample_jobs};
use crate::{
    App, caller::Caller, json_request::JsonRequest, licensing, problem::Problem, routes::Routes,
};

pub(super) fn routes() -> Routes {
    Routes::default().guarded(Right::ProductsWrite, routes!(preview_template))
}

/// A template, and what its document is to be of.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TemplatePreview {
    kind: Kind,
    language: Language,
    /// Markdown with expressions of Jinja.
    text: TemplateText,
    /// A licence that you may see; a made-up one, if none is named.
    #[serde(default)]
    license: Option<LicenseId>,
}

/// A document by a template that is not published. Its code verifies nothing. What is wrong with the template is in
/// `errors`, with line and column; one at a time for each caller.
#[utoipa::path(post, path = "/document-templates/preview", operation_id = "documents.template.preview",
    tag = "documents", request_body = TemplatePreview,
    responses((status = 200, description = "The document.", content_type = "application/pdf", body = String)))]
async fn preview_template(
    State(app): State<App>,
    caller: Caller,
    request: JsonRequest<TemplatePreview>,
) -> Result<Response, Problem> {
    let TemplatePreview { kind, language, text, license } = request.body;
    let trial = TemplateTrial::begin(&caller)?;
    let job = match (kind, license) {
        (Kind::License, Some(license)) => {
            licensing::preview_job(&app, &caller, license, language, text.as_str()).await?
        }
        (kind, None) => {
            let jobs = sample_jobs(&app, (kind, language), &text).await?;
            jobs.into_iter().next().ok_or_else(Problem::not_found)?
        }
    };
    let pdf = trial.render(&app, &job).await?;
    let headers = [
        (CONTENT_TYPE, "application/pdf"),
        (CONTENT_DISPOSITION, "inline; filename=\"preview.pdf\""),
        (CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, pdf).into_response())
}
