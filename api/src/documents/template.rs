//! Where templates are found, and how their versions are published: none that makes no document.

use axum::{extract::State, http::StatusCode};
use commands::{CommandEnvelope, policy::Right};
use domain::documents::template::{
    Command, CommandKind, NewTemplate, Template, TemplateId, TemplateText,
};
use projections::{
    documents::template::{self, TEMPLATES},
    listing::Listing,
};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::trial::TemplateTrial;
use crate::{
    App,
    caller::Caller,
    dispatcher::CommandResponse,
    json_request::{JsonRequest, Path},
    problem::Problem,
    resource::resource,
    routes::Routes,
    visible::Visible,
};

impl Visible for Template {
    const READ_RIGHT: Right = Right::ProductsWrite;
    const LISTING: &'static Listing = &TEMPLATES;
}

/// Where templates are.
const PATH: &str = "/document-templates";

pub(super) fn routes() -> Routes {
    resource::<Template>(PATH)
        .delete(|| Command::Retire {})
        .commands(&[CommandKind::Retire])
        .register_act("publish", CommandKind::Publish)
        .list::<template::Template>()
        .item::<template::Template>()
        .history()
        .routes()
        .guarded(Right::ProductsWrite, routes!(create_template))
        .guarded(Right::ProductsWrite, routes!(publish_version))
}

/// Begins a template with its first version, by which documents of its kind, language and product are made from
/// now on. There is one of each (DOC-6), and none that fails for a sample: what is wrong is in `errors` (DOC-7).
#[utoipa::path(post, path = "/document-templates", operation_id = "documents.template.create",
    tag = "documents", request_body = NewTemplate, responses((status = 201, body = CommandResponse)))]
async fn create_template(
    State(app): State<App>,
    caller: Caller,
    request: JsonRequest<NewTemplate>,
) -> Result<(StatusCode, CommandResponse), Problem> {
    let new = request.body;
    TemplateTrial::begin(&caller)?.check(&app, (new.kind, new.language), &new.text).await?;
    let id = TemplateId::of(new.kind, new.language, new.product);
    let envelope = CommandEnvelope::new(id, Command::Create(new), caller.actor().clone());
    let created = app.dispatcher.create(&caller, envelope, request.options).await?;
    Ok((StatusCode::CREATED, created.created_below(PATH)))
}

/// Another version.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewTemplateVersion {
    /// Markdown with expressions of Jinja.
    text: TemplateText,
}

/// Makes another version, by which documents are made from now on; a retired template is in use again. None that
/// fails for a sample: what is wrong is in `errors` (DOC-7).
#[utoipa::path(post, path = "/document-templates/{id}/publish",
    operation_id = "documents.template.publish", tag = "documents",
    params(("id" = Uuid, Path)), request_body = NewTemplateVersion,
    responses((status = 200, body = CommandResponse)))]
async fn publish_version(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<TemplateId>,
    request: JsonRequest<NewTemplateVersion>,
) -> Result<CommandResponse, Problem> {
    let text = request.body.text;
    let template = app.commands.aggregates().load(id).await?;
    if let Some(about) = template.kind_and_language() {
        TemplateTrial::begin(&caller)?.check(&app, about, &text).await?;
    }
    app.dispatcher.execute(&caller, id, vec![Command::Publish { text }], request.options).await
}
