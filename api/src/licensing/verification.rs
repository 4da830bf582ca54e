//! Whether a document of a licence is genuine, and still says what is so: for everybody who has it in hand.

use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use domain::{
    Decider, Recorded, Text,
    licensing::license::{Event, License, LicenseId, Status},
};
use sealing::LinkToken;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::{
    App, body::DataBody, json_request::Path, problem::Problem, rendering::TemplateVersion,
    routes::Routes,
};

/// Codes of documents are no good for anything else.
const PURPOSE: &str = "license_document";

pub(super) fn routes() -> Routes {
    Routes::default().public(routes!(show_verification))
}

/// What a document is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Verdict)]
pub(crate) enum DocumentVerdict {
    /// It says what is so.
    Valid,
    /// The licence was changed since.
    Superseded,
    /// The licence was taken away for good.
    Revoked,
}

/// Which document of a licence it is, and what it is worth now, without anything personal.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Verification {
    /// The number of the licence, as the document says it.
    #[schema(value_type = Uuid)]
    pub(crate) license: LicenseId,
    /// What the product of the licence is called.
    #[schema(value_type = Option<String>)]
    pub(crate) product: Option<Text<200>>,
    /// Since when the licence was as the document says.
    pub(crate) issued_at: DateTime<Utc>,
    /// Which version of the template it was made by; nothing, if the business had none of its own.
    pub(crate) template_version: Option<u32>,
    pub(crate) verdict: DocumentVerdict,
    #[schema(inline)]
    pub(crate) status: Status,
    /// When that was so.
    pub(crate) verified_at: DateTime<Utc>,
}

/// The code on a document of a version of a licence, made by a version of a template.
pub(super) fn document_code(
    app: &App,
    license: LicenseId,
    version: i32,
    template: Option<TemplateVersion>,
) -> String {
    let (template, number) = template.map_or((0, 0), |TemplateVersion { template, number }| {
        (template.uuid().as_u64_pair().1, number)
    });
    let versions = u64::from(number) << 32 | u64::from(version.unsigned_abs());
    let master = app.commands.aggregates().keys().master();
    let nonce = Uuid::from_u64_pair(template, versions);
    LinkToken::new(master, PURPOSE, license.uuid(), nonce, "").to_string()
}

/// What the document with this code is worth; 404 if it is none of ours (DOC-3).
pub(crate) async fn verify(app: &App, code: &str) -> Result<Verification, Problem> {
    let aggregates = app.commands.aggregates();
    let token = LinkToken::verified(aggregates.keys().master(), PURPOSE, "", code);
    let LinkToken { about, nonce, .. } = token.ok_or_else(Problem::not_found)?;
    let id = LicenseId::from(about);
    let history = aggregates.history::<License>(id).await?;
    let verified_at = app.commands.now();
    let license = License::from_history(history.iter().cloned());
    let status = license.status(verified_at).ok_or_else(Problem::not_found)?;
    let grant = license.grant().ok_or_else(Problem::not_found)?;
    let product = aggregates.load(grant.product).await?;
    let (_, versions) = nonce.as_u64_pair();
    let (template, shown_version) = (versions >> 32, versions & u64::from(u32::MAX));
    let version = |event: &Recorded<Event>| u64::from(event.version.unsigned_abs());
    let (shown, since): (Vec<_>, Vec<_>) = history
        .iter()
        .filter(|event| is_shown(&event.event))
        .partition(|event| version(event) <= shown_version);
    let issued_at = shown.last().ok_or_else(Problem::not_found)?.recorded_at;
    let verdict = match status {
        Status::Revoked => DocumentVerdict::Revoked,
        _ if !since.is_empty() => DocumentVerdict::Superseded,
        _ => DocumentVerdict::Valid,
    };
    let product = product.details().map(|details| details.name.clone());
    let template_version = u32::try_from(template).ok().filter(|number| *number > 0);
    Ok(Verification {
        license: id,
        product,
        issued_at,
        template_version,
        verdict,
        status,
        verified_at,
    })
}

/// Whether a document looks different after this event.
fn is_shown(event: &Event) -> bool {
    !matches!(event, Event::ExpiryNoticed { .. } | Event::Expired { .. })
}

/// Which document it is, and what it is worth: valid, superseded or revoked.
#[utoipa::path(get, path = "/verify/{code}", operation_id = "licensing.verify", tag = "licensing",
    params(("code" = String, Path, description = "As it is printed on the document.")),
    responses((status = 200, body = DataBody<Verification>)))]
async fn show_verification(
    State(app): State<App>,
    Path(code): Path<String>,
) -> Result<Json<DataBody<Verification>>, Problem> {
    Ok(Json(DataBody { data: verify(&app, &code).await? }))
}
