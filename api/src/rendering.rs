//! Documents of items: by which template one is made, and what is said where that fails.

use axum::http::HeaderValue;
use commands::policy::Right;
use documents::{Error, Job, RenderError, built_in_template};
use domain::{
    Decider, Language,
    catalog::product::ProductId,
    documents::template::{Kind, Template, TemplateId},
    identity::Scope,
};
use projections::listing::AsOf;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::{
    App,
    caller::Caller,
    problem::{Problem, ProblemCode},
    read_query::ReadQuery,
    tables::FileLocale,
};

/// Which document of an item somebody asks for.
#[derive(Debug)]
pub(crate) struct DocumentQuery {
    pub(crate) language: Language,
    /// As it was then.
    pub(crate) as_of: Option<AsOf>,
    /// `If-None-Match`: the `ETag` that the client has.
    pub(crate) none_match: Option<HeaderValue>,
}

impl DocumentQuery {
    /// A document is in the language in which a caller reads files, whatever it is of.
    pub(crate) async fn of(app: &App, caller: &Caller, query: &ReadQuery) -> Result<Self, Problem> {
        let locale = FileLocale::of(app.commands.aggregates(), caller, query.language).await?;
        let (as_of, none_match) = (query.as_of, query.none_match.clone());
        Ok(Self { language: locale.language, as_of, none_match })
    }
}

/// The template that a document is made by.
pub(crate) struct ChosenTemplate {
    /// Nothing, if it is the built-in one.
    pub(crate) version: Option<TemplateVersion>,
    pub(crate) text: String,
}

/// A version of a template of the business.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TemplateVersion {
    pub(crate) template: TemplateId,
    pub(crate) number: u32,
}

impl ChosenTemplate {
    /// That of the product in this language, else that of all products, else the built-in one; of an earlier
    /// moment the version that was in use then, so that a document can be had again as it was (DOC-2).
    pub(crate) async fn choose(
        app: &App,
        kind: Kind,
        product: ProductId,
        &DocumentQuery { language, as_of, .. }: &DocumentQuery,
    ) -> Result<Self, Problem> {
        let upto = match as_of {
            Some(as_of) => as_of.moment(&app.db, app.commands.now()).await?.position,
            None => i64::MAX,
        };
        for product in [Some(product), None] {
            let template = TemplateId::of(kind, language, product);
            let history = app.commands.aggregates().history::<Template>(template).await?;
            let history = history.into_iter().filter(|recorded| recorded.position <= upto);
            if let Some(published) = Template::from_history(history).published() {
                let number = published.number;
                let version = Some(TemplateVersion { template, number });
                return Ok(Self { version, text: published.text.to_string() });
            }
        }
        Ok(Self { version: None, text: built_in_template(kind, language).to_owned() })
    }

    /// The number of its version; 0 is the built-in one.
    pub(crate) fn version_number(&self) -> u32 {
        self.version.map_or(0, |version| version.number)
    }

    /// The document of a job that was made of it.
    ///
    /// Samples were tried before it was published (DOC-7), but an item may hold what no sample does. Then there is
    /// no document, and not that of the built-in template: what that says is not what the business agreed on, and
    /// its code would confirm it. It is a conflict and no fault of ours; who may mend the template is told where.
    pub(crate) async fn render(
        &self,
        app: &App,
        caller: &Caller,
        job: &Job,
    ) -> Result<Vec<u8>, Problem> {
        let error = match app.documents.render(job).await {
            Ok(pdf) => return Ok(pdf),
            Err(error) => error,
        };
        let Some(version) = self.version else { return Err(error.into()) };
        let fault = TemplateFault::from_error(error)?;
        tracing::warn!(template = %version.template, number = version.number, "a template fails");
        let detail = "the template of this document fails for it; the business has to change that";
        let problem = Problem::conflict(ProblemCode::TemplateFault, detail);
        if caller.scope(Right::ProductsWrite) == Scope::None {
            return Err(problem);
        }
        let problem = problem.with("template", version.template.to_string());
        Err(problem.with("template_version", version.number).with("errors", json!([fault])))
    }
}

/// What is wrong with a template.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct TemplateFault {
    /// From 1; not known of what only shows when the template is filled in.
    line: Option<usize>,
    /// From 1, in characters.
    column: Option<usize>,
    message: String,
}

impl TemplateFault {
    /// Why there is no document, if that is because of the template; else the problem that it is.
    pub(crate) fn from_error(error: RenderError) -> Result<Self, Problem> {
        match error {
            RenderError::Document(Error::Template { line, column, message }) => {
                Ok(Self { line: Some(line), column: Some(column), message })
            }
            RenderError::Document(_) | RenderError::TooMuch => {
                Ok(Self { line: None, column: None, message: error.to_string() })
            }
            RenderError::Busy | RenderError::Io(_) => Err(error.into()),
        }
    }

    /// 422 for the `text` of a body, with the places of what is wrong in `errors`.
    pub(crate) fn into_problem(self) -> Problem {
        let place = self.line.zip(self.column);
        let place = place.map(|(line, column)| format!("line {line}, column {column}: "));
        let message = place.unwrap_or_default() + &self.message;
        let problem = Problem::invalid("/text", message).with_rule(Some("DOC-7"));
        problem.with("errors", json!([self]))
    }
}
