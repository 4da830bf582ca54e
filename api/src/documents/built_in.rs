//! What a template can begin with: the built-in one, and what there is to say.

use axum::{Json, extract::State};
use commands::policy::Right;
use documents::{Source, built_in_template};
use domain::{
    Language,
    documents::template::{Kind, TemplateText},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

use super::trial::sample_jobs;
use crate::{App, body::DataBody, json_request::Query, problem::Problem, routes::Routes};

pub(super) fn routes() -> Routes {
    Routes::default().guarded(Right::ProductsWrite, routes!(built_in))
}

/// Which template is asked for.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct TemplateChoice {
    kind: Kind,
    language: Language,
}

/// The built-in template of a kind and a language.
#[derive(Serialize, ToSchema)]
struct BuiltInTemplate {
    /// Markdown with expressions of Jinja.
    text: TemplateText,
    /// What templates of this kind can say, by name, with the values of a made-up one: the one in previews.
    fields: Map<String, Value>,
}

/// What a template can begin with: the text that is used as long as there is none, and the fields that it can show.
#[utoipa::path(get, path = "/document-templates/built-in",
    operation_id = "documents.template.built_in", tag = "documents", params(TemplateChoice),
    responses((status = 200, body = DataBody<BuiltInTemplate>)))]
async fn built_in(
    State(app): State<App>,
    Query(TemplateChoice { kind, language }): Query<TemplateChoice>,
) -> Result<Json<DataBody<BuiltInTemplate>>, Problem> {
    let text = built_in_template(kind, language).parse().map_err(anyhow::Error::msg)?;
    let sample = sample_jobs(&app, (kind, language), &text).await?.into_iter().next();
    let fields = sample.and_then(|job| match job.source {
        Source::Template { data, .. } => Some(data),
        Source::Table(_) => None,
    });
    let fields = fields.unwrap_or_default();
    Ok(Json(DataBody { data: BuiltInTemplate { text, fields } }))
}
