//! Tries templates that may be wrong, a few at a time: one for each caller, and one in all, so that whatever is
//! tried never keeps those waiting who want their documents.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use documents::Job;
use domain::{
    Language,
    documents::template::{Kind, TemplateText},
};
use projections::ConcurrencyLimit;
use uuid::Uuid;

use crate::{
    App,
    caller::Caller,
    licensing,
    problem::{Problem, ProblemCode},
    rendering::TemplateFault,
};

/// When a caller may try again whose last trial is not over.
const RETRY_AFTER: Duration = Duration::from_secs(1);

static PERMITS: ConcurrencyLimit = ConcurrencyLimit::new(1);
static TRYING: Mutex<BTreeSet<Uuid>> = Mutex::new(BTreeSet::new());

/// The one trial of a caller, until it is dropped.
pub(super) struct TemplateTrial(Uuid);

impl TemplateTrial {
    /// 429 if they have one already.
    pub(super) fn begin(caller: &Caller) -> Result<Self, Problem> {
        let mut trying = TRYING.lock().unwrap_or_else(PoisonError::into_inner);
        // No trial exists before it is the only one: dropping it would end the other.
        if trying.insert(caller.id) {
            Ok(Self(caller.id))
        } else {
            Err(Problem::too_many(RETRY_AFTER))
        }
    }

    /// The document of a job; 422 with what is wrong with its template.
    pub(super) async fn render(&self, app: &App, job: &Job) -> Result<Vec<u8>, Problem> {
        let busy =
            |_| Problem::unavailable(ProblemCode::Overloaded, "too many templates are being tried");
        let _permit = PERMITS.acquire().await.map_err(busy)?;
        let rendered = app.documents.render(job).await;
        rendered.or_else(|error| Err(TemplateFault::from_error(error)?.into_problem()))
    }

    /// Whether a template makes documents of all samples of its kind (DOC-7).
    pub(super) async fn check(
        &self,
        app: &App,
        (kind, language): (Kind, Language),
        text: &TemplateText,
    ) -> Result<(), Problem> {
        for job in sample_jobs(app, (kind, language), text).await? {
            self.render(app, &job).await?;
        }
        Ok(())
    }
}

impl Drop for TemplateTrial {
    fn drop(&mut self) {
        TRYING.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.0);
    }
}

/// The documents of all samples of a kind.
pub(super) async fn sample_jobs(
    app: &App,
    (kind, language): (Kind, Language),
    text: &TemplateText,
) -> Result<Vec<Job>, Problem> {
    match kind {
        Kind::License => licensing::sample_jobs(app, language, text.as_str()).await,
    }
}
