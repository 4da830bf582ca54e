//! A form that one of our pages sent, and its fields as a page shows them again.

use std::convert::Infallible;

use axum::{
    extract::{FromRequest, FromRequestParts, RawForm, Request},
    http::{StatusCode, request::Parts},
};
use chrono::NaiveDateTime;
use domain::has_four_digit_year;
use maud::{Markup, html};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use url::form_urlencoded;

use super::{
    language::{Phrase, say},
    texts,
};
use crate::{App, json_request::validate_and_deserialize, problem::Problem};

/// What was filled in; what was left empty is not there. A form that another site sent is refused.
#[derive(Debug, Default)]
pub(super) struct Form(Map<String, Value>);

impl Form {
    fn parse(raw: &[u8]) -> Self {
        let fields = form_urlencoded::parse(raw);
        let filled = fields.filter(|(_, value)| !value.is_empty());
        Self(filled.map(|(name, value)| (name.into_owned(), value.into())).collect())
    }

    pub(super) fn get(&self, name: &str) -> &str {
        self.0.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// The local time in its field `start`.
    pub(super) fn start_time(&self) -> Option<NaiveDateTime> {
        self.get("start").parse().ok().filter(has_four_digit_year)
    }

    /// Some fields of it.
    pub(super) fn with_only(&self, names: &[&str]) -> Self {
        let fields = self.0.iter().filter(|(name, _)| names.contains(&name.as_str()));
        Self(fields.map(|(name, value)| (name.clone(), value.clone())).collect())
    }

    #[must_use]
    pub(super) fn with(&self, name: &str, value: &str) -> Self {
        let mut fields = self.0.clone();
        fields.insert(name.to_owned(), value.into());
        Self(fields)
    }

    pub(super) fn without(&self, name: &str) -> Self {
        let mut fields = self.0.clone();
        fields.remove(name);
        Self(fields)
    }

    /// The fields as the API would read them; 422 with the place of what is wrong.
    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        validate_and_deserialize(&Value::Object(self.0.clone()))
    }
}

impl FromRequest<App> for Form {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        app.origins.require_own_form(request.headers())?;
        let form = RawForm::from_request(request, app).await;
        let RawForm(raw) = form.map_err(|_| Problem::malformed("the form cannot be read"))?;
        Ok(Self::parse(&raw))
    }
}

/// The form as the address of a page fills it in.
pub(super) struct PrefilledForm(pub(super) Form);

impl<S: Sync> FromRequestParts<S> for PrefilledForm {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(Form::parse(parts.uri.query().unwrap_or_default().as_bytes())))
    }
}

/// A field of a form.
#[derive(Debug, Clone, Copy)]
pub(super) struct FormField {
    pub(super) name: &'static str,
    pub(super) label: Phrase,
    /// The `type` of its input.
    pub(super) kind: &'static str,
    pub(super) autocomplete: &'static str,
    /// What is said when it cannot be accepted.
    pub(super) fault: Phrase,
    pub(super) hint: Option<Phrase>,
}

/// A form as somebody sees it: with what they filled in, and what is wrong with it.
pub(super) struct FilledForm<'a> {
    pub(super) form: &'a Form,
    pub(super) problem: Option<&'a Problem>,
}

impl FilledForm<'_> {
    /// The field with its fault beside it. Passwords are typed anew.
    pub(super) fn field(&self, field: FormField) -> Markup {
        let FormField { name, label, kind, autocomplete, fault, hint } = field;
        let faulty = self.is_faulty(name);
        let describes = format!("{name}-more");
        let value = if kind == "password" { "" } else { self.form.get(name) };
        html! {
            div.field {
                label for=(name) { (say(label)) }
                input id=(name) name=(name) type=(kind) value=(value) required autofocus[faulty]
                    autocomplete=(autocomplete) aria-invalid=[faulty.then_some("true")]
                    aria-describedby=[(faulty || hint.is_some()).then_some(&describes)];
                @if faulty {
                    p.fault id=(describes) { (say(fault)) }
                } @else if let Some(hint) = hint {
                    p.hint id=(describes) { (say(hint)) }
                }
            }
        }
    }

    /// The form with these fields in it, which is sent to the address of its own page.
    pub(super) fn form(&self, fields: &[FormField], inputs: &Markup, act: Phrase) -> Markup {
        html! {
            form method="post" {
                (self.notice(fields))
                (inputs)
                button.button.first { (say(act)) }
            }
        }
    }

    pub(super) fn is_faulty(&self, name: &str) -> bool {
        self.problem.is_some_and(|problem| problem.concerns_field(name))
    }

    /// 200, or of what is wrong with it.
    pub(super) fn status(&self) -> StatusCode {
        let status = self.problem.map_or(200, Problem::status);
        StatusCode::from_u16(status).unwrap_or_default()
    }

    /// What is wrong with no field of the form.
    fn notice(&self, fields: &[FormField]) -> Markup {
        let beside =
            |problem: &&Problem| !fields.iter().any(|field| problem.concerns_field(field.name));
        html! {
            @if let Some(problem) = self.problem.filter(beside) {
                p.notice.bad role="alert" { (texts::problem_text(problem)) }
            }
        }
    }

    /// A value that the form carries on.
    pub(super) fn hidden_input(&self, name: &str) -> Markup {
        html! { input type="hidden" name=(name) value=(self.form.get(name)); }
    }
}
