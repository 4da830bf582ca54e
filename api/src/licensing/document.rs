//! A licence as a document.

use aws_lc_rs::digest::{SHA256, digest};
use axum::{
    http::{
        HeaderName,
        header::{CONTENT_DISPOSITION, CONTENT_TYPE, VARY},
    },
    response::Response,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use commands::policy::Right;
use documents::{Job, Source};
use domain::{
    Language,
    documents::template::Kind,
    licensing::license::{LicenseId, Status, Term},
    platform::business::BusinessId,
};
use futures::{FutureExt, future::BoxFuture};
use projections::licensing::license::License;
use serde_json::{Map, Value, json};

use super::{sample, verification};
use crate::{
    App,
    caller::Caller,
    entity_tag,
    problem::Problem,
    read_query::ReadQuery,
    reads::{self, Item, Row},
    rendering::{ChosenTemplate, DocumentQuery},
    site::{date, date_and_time, in_language_of_account},
    visible::Visible,
};

/// Stands for the code in documents that nobody shall take for one of ours: it verifies nothing.
const CODE_OF_PREVIEWS: &str = "preview";

/// The document of a licence. The same version of it, of its product, its holder and its template makes the same
/// bytes (DOC-1).
pub(super) fn respond(
    app: App,
    caller: Caller,
    license: Item<Row<License>>,
    query: DocumentQuery,
) -> BoxFuture<'static, Result<Response, Problem>> {
    async move {
        let row = license.data();
        let product = row.data.product_id;
        let template = ChosenTemplate::choose(&app, Kind::License, product, &query).await?;
        let code = verification::document_code(&app, row.id.into(), row.version, template.version);
        let job = job(&app, row, query.language, &template.text, &code).await?;
        let pdf = template.render(&app, &caller, &job).await?;
        let hash = URL_SAFE_NO_PAD.encode(&digest(&SHA256, &pdf).as_ref()[..9]);
        let tag = format!("\"{}-{}-{hash}\"", row.version, template.version_number());
        let headers: [(HeaderName, String); 3] = [
            (CONTENT_TYPE, "application/pdf".to_owned()),
            (CONTENT_DISPOSITION, format!("inline; filename=\"license-{}.pdf\"", row.id)),
            (VARY, "Accept, Accept-Language".to_owned()),
        ];
        Ok(entity_tag::tagged(&tag, query.none_match.as_ref(), (headers, pdf)))
    }
    .boxed()
}

/// The documents of made-up licences by a template.
pub(crate) async fn sample_jobs(
    app: &App,
    language: Language,
    text: &str,
) -> Result<Vec<Job>, Problem> {
    let mut jobs = vec![];
    for license in sample::licenses()? {
        jobs.push(job(app, &license, language, text, CODE_OF_PREVIEWS).await?);
    }
    Ok(jobs)
}

/// The document of a licence that the caller may see, by a template that is not published.
pub(crate) async fn preview_job(
    app: &App,
    caller: &Caller,
    license: LicenseId,
    language: Language,
    text: &str,
) -> Result<Job, Problem> {
    let listing = domain::licensing::license::License::listing(caller);
    let (right, query) = (Right::LicensesRead, ReadQuery::default());
    let unknown = |_| Problem::invalid("/license", "there is no such licence");
    let item = reads::item(app, caller, listing, right, license.uuid(), &query).await;
    job(app, item.map_err(unknown)?.data(), language, text, CODE_OF_PREVIEWS).await
}

/// The document that a template makes of a licence, with a code.
async fn job(
    app: &App,
    row: &Row<License>,
    language: Language,
    text: &str,
    code: &str,
) -> Result<Job, Problem> {
    let business = app.commands.aggregates().load(BusinessId::singleton()).await?;
    let profile = business.profile();
    let name = profile.map(|profile| profile.name.to_string()).unwrap_or_default();
    let url = format!("{}/verify/{code}", app.tokens.issuer());
    let zone = business.zone();
    let mut data = in_language_of_account(language, || fields(row, zone));
    data.insert("business".into(), json!(name));
    data.insert("verify_url".into(), json!(url));
    Ok(Job {
        source: Source::Template { markdown: text.to_owned(), data },
        language,
        title: row.data.product_name.as_ref().map_or(row.id.to_string(), ToString::to_string),
        author: name,
        id: url,
        date: row.updated_at,
        accent: profile.and_then(|profile| profile.accent).map(|accent| accent.light),
    })
}

/// What a template can say of a licence, as people write it.
fn fields(row: &Row<License>, zone: Tz) -> Map<String, Value> {
    let license = &row.data;
    let local = |at: DateTime<Utc>| at.with_timezone(&zone).naive_local();
    // Terms end before their last moment: what ends at midnight has the day before as its last day.
    let last_day = |end: DateTime<Utc>| date(local(end - TimeDelta::seconds(1)).date());
    let term = |term: &Term| json!({ "from": date(local(term.from).date()), "until": term.until.map(last_day) });
    let holder = license.cabinet_name.as_ref().map(ToString::to_string);
    let parameter =
        |(name, value): (&String, &Value)| json!({ "name": name, "value": plain(value) });
    let fields = json!({
        "id": row.id,
        "holder": holder.unwrap_or_else(|| license.cabinet_id.to_string()),
        "product": license.product_name,
        "sku": license.sku,
        "quantity": license.quantity,
        // What never ends has none.
        "grace_days": license.ends_at.map_or(0, |_| license.grace_days),
        "parameters": license.parameters.iter().map(parameter).collect::<Vec<_>>(),
        "terms": license.terms.iter().map(term).collect::<Vec<_>>(),
        "revoked": license.status == Status::Revoked,
        "suspended": license.reason.is_some(),
        "as_of": date_and_time(local(row.updated_at)),
        "zone": zone.name(),
    });
    fields.as_object().cloned().unwrap_or_default()
}

/// A value of a parameter as text.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(plain).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}
