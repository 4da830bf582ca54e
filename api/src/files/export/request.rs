//! Asks for an export instead of a file.

use axum::{
    http::{HeaderName, HeaderValue, StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use commands::{
    CommandEnvelope,
    policy::{Right, granted_scope},
};
use domain::{
    Personal,
    files::{
        export::{self, Command, Export, ExportId, Request},
        file::Sha256,
    },
    identity::{Actor, Scope},
};
use serde_json::json;
use url::form_urlencoded;

use crate::{
    App,
    caller::Caller,
    json_request::CommandOptions,
    problem::Problem,
    read_query::ReadQuery,
    secret::sha256,
    tables::{FileLocale, Format},
};

const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");

/// Whether a caller may have exports: people who signed in themselves, and act in their own name. Whatever made
/// one would have to know all that limits others, such as a key or a consent, when nobody shows it.
pub(crate) fn may_have_exports(caller: &Caller) -> bool {
    let is_own = |actor: &Actor| actor.only.is_none() && actor.impersonator.is_none();
    caller.claims().is_some()
        && is_own(caller.actor())
        && granted_scope(Right::Exports, caller.actor()) != Scope::None
}

/// Asks for an export of what the query asks for.
pub(crate) async fn request_export(
    app: &App,
    caller: &Caller,
    query: &ReadQuery,
) -> Result<Response, Problem> {
    let locale = FileLocale::of(app.commands.aggregates(), caller, query.language).await?;
    let path = query.delivery.path.parse().map_err(|why| Problem::invalid("", why))?;
    let request = Request {
        requester: caller.id.into(),
        cabinet: caller.cabinet,
        customer: caller.customer,
        path,
        query: text_of(&query.text)?.map(|text| Personal::sealed(caller.id, text)),
        format: export_format(query.format)?,
        language: locale.language,
        zone: locale.zone,
    };
    let (id, actor) = (ExportId::new(), caller.actor().clone());
    let envelope = CommandEnvelope::<Export>::new(id, Command::Request(request), actor);
    let done = app.dispatcher.create(caller, envelope, CommandOptions::none()).await?;
    // Of the answer to a command only what names the export: a list answers with rows, or with nothing.
    let mut headers = done.created_below("/exports").into_response().headers().clone();
    headers.remove(CONTENT_TYPE);
    if query.delivery.respond_async {
        headers.insert(PREFERENCE_APPLIED, HeaderValue::from_static("respond-async"));
    }
    Ok((StatusCode::ACCEPTED, headers).into_response())
}

/// The parameters of a query as in a URL; nothing if there are none.
fn text_of(query: &[(String, String)]) -> Result<Option<domain::Text<4000>>, Problem> {
    if query.is_empty() {
        return Ok(None);
    }
    let text = form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
    text.parse().map(Some).map_err(|why| Problem::invalid("", why))
}

fn export_format(format: Format) -> Result<export::Format, Problem> {
    match format {
        Format::Csv => Ok(export::Format::Csv),
        Format::Xlsx => Ok(export::Format::Xlsx),
        Format::Pdf => Ok(export::Format::Pdf),
        Format::Parquet => Ok(export::Format::Parquet),
        Format::Json => Err(Problem::invalid("format", "is none of a file")),
    }
}

pub(super) fn format_of(format: export::Format) -> Format {
    match format {
        export::Format::Csv => Format::Csv,
        export::Format::Xlsx => Format::Xlsx,
        export::Format::Pdf => Format::Pdf,
        export::Format::Parquet => Format::Parquet,
    }
}

/// A hash of what somebody has a right to.
pub(super) fn rights_digest(actor: &Actor) -> Sha256 {
    let Actor { id, role, reach, cabinet, reachable, customer, only, impersonator } = actor;
    let mut reachable: Vec<_> = reachable.iter().map(|cabinet| cabinet.uuid()).collect();
    reachable.sort_unstable();
    let rights = json!([id, role, reach, cabinet, reachable, customer, only, impersonator]);
    let mut hash = [0; 32];
    hash.copy_from_slice(&sha256(&rights.to_string()));
    Sha256::new(&hash)
}
