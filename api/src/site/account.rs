//! The pages of an account: signing up, and the links of its mails.

use axum::{extract::State, http::StatusCode, response::Response};
use domain::identity::user::{Purpose, SignUp};
use maud::{Markup, html};

use super::{
    form::{FilledForm, Form, FormField, PrefilledForm},
    language::{Phrase, reader_language, say},
    page::{SIGN_IN_PATH, page},
    texts::account as texts,
};
use crate::{
    App,
    auth::{self, FollowLinkRequest, RequestOrigin},
    problem::Problem,
};

pub(super) const EMAIL: FormField = FormField {
    name: "email",
    label: texts::EMAIL,
    kind: "email",
    autocomplete: "username",
    fault: texts::INVALID_EMAIL,
    hint: None,
};
pub(super) const NAME: FormField = FormField {
    name: "name",
    label: texts::NAME,
    kind: "text",
    autocomplete: "name",
    fault: texts::MISSING_NAME,
    hint: None,
};
pub(super) const PASSWORD: FormField = FormField {
    name: "password",
    label: texts::NEW_PASSWORD,
    kind: "password",
    autocomplete: "new-password",
    fault: texts::WEAK_PASSWORD,
    hint: Some(texts::PASSWORD_HINT),
};

pub(super) async fn sign_up_page() -> Response {
    sign_up_form(&FilledForm { form: &Form::default(), problem: None })
}

pub(super) async fn sign_up(
    State(app): State<App>,
    RequestOrigin(origin): RequestOrigin,
    form: Form,
) -> Result<Response, Problem> {
    let done = match form.read::<SignUp>() {
        Ok(new) => {
            auth::sign_up(&app, &origin, SignUp { language: reader_language(), ..new }).await
        }
        Err(problem) => Err(problem),
    };
    form_response(done, &FilledForm { form: &form, problem: None }, sign_up_form, |_| {
        check_mail_page(texts::SIGN_UP_SENT)
    })
}

fn sign_up_form(filled: &FilledForm<'_>) -> Response {
    let (name, email) = (filled.field(NAME), filled.field(EMAIL));
    let body = html! {
        p.lead { (say(texts::SIGN_UP_LEAD)) }
        (filled.form(&[NAME, EMAIL], &html! { (name) (email) }, texts::SIGN_UP))
        p.aside { (say(texts::HAVE_ACCOUNT)) " " a href=(SIGN_IN_PATH) { (say(super::texts::SIGN_IN)) } }
    };
    page(filled.status(), say(texts::SIGN_UP), &body)
}

pub(super) async fn request_reset_page() -> Response {
    request_reset_form(&FilledForm { form: &Form::default(), problem: None })
}

pub(super) async fn request_reset(
    State(app): State<App>,
    RequestOrigin(origin): RequestOrigin,
    form: Form,
) -> Result<Response, Problem> {
    let done = auth::send_reset_link(&app, &origin, form.get("email")).await;
    form_response(done, &FilledForm { form: &form, problem: None }, request_reset_form, |_| {
        check_mail_page(texts::RESET_SENT)
    })
}

fn request_reset_form(filled: &FilledForm<'_>) -> Response {
    let body = html! {
        p.lead { (say(texts::REQUEST_RESET_LEAD)) }
        (filled.form(&[EMAIL], &filled.field(EMAIL), texts::SEND_LINK))
        p.aside { a href=(SIGN_IN_PATH) { (say(texts::BACK_TO_SIGN_IN)) } }
    };
    page(filled.status(), say(texts::CHOOSE_NEW_PASSWORD), &body)
}

pub(super) async fn verify_email_page(
    app: State<App>,
    link: PrefilledForm,
) -> Result<Response, Problem> {
    link_page(app, link, Purpose::Verification).await
}

pub(super) async fn verify_email(app: State<App>, form: Form) -> Result<Response, Problem> {
    follow_link(app, form, Purpose::Verification).await
}

pub(super) async fn reset_password_page(
    app: State<App>,
    link: PrefilledForm,
) -> Result<Response, Problem> {
    link_page(app, link, Purpose::PasswordReset).await
}

pub(super) async fn reset_password(app: State<App>, form: Form) -> Result<Response, Problem> {
    follow_link(app, form, Purpose::PasswordReset).await
}

pub(super) async fn change_email_page(
    app: State<App>,
    link: PrefilledForm,
) -> Result<Response, Problem> {
    link_page(app, link, Purpose::EmailChange).await
}

pub(super) async fn change_email(app: State<App>, form: Form) -> Result<Response, Problem> {
    follow_link(app, form, Purpose::EmailChange).await
}

/// The page of a link; of one that is good no more, nothing is asked.
async fn link_page(
    State(app): State<App>,
    PrefilledForm(form): PrefilledForm,
    purpose: Purpose,
) -> Result<Response, Problem> {
    let filled = FilledForm { form: &form, problem: None };
    let verified = app.auth.links.verify_link(purpose, form.get("token")).await;
    form_response(
        verified,
        &filled,
        |filled| link_form(filled, purpose),
        |filled| link_form(filled, purpose),
    )
}

async fn follow_link(
    State(app): State<App>,
    form: Form,
    purpose: Purpose,
) -> Result<Response, Problem> {
    let filled = FilledForm { form: &form, problem: None };
    let done = match (purpose, form.read::<FollowLinkRequest>()) {
        (Purpose::EmailChange, _) => app.auth.links.confirm_email_change(form.get("token")).await,
        (_, Ok(followed)) => app.auth.links.set_password_by_link(purpose, followed).await,
        (_, Err(problem)) => Err(problem),
    };
    let followed = match purpose {
        Purpose::Verification => texts::VERIFIED,
        Purpose::PasswordReset => texts::PASSWORD_CHANGED,
        Purpose::EmailChange => texts::EMAIL_CHANGED,
    };
    form_response(
        done,
        &filled,
        |filled| link_form(filled, purpose),
        |_| success_page_with_sign_in_link(followed),
    )
}

fn link_form(filled: &FilledForm<'_>, purpose: Purpose) -> Response {
    if filled.is_faulty("token") {
        let another = html! {
            p { a.button href="/forgot" { (say(texts::ANOTHER_LINK)) } }
        };
        return invalid_link_page(&another);
    }
    let (title, lead, act) = match purpose {
        Purpose::Verification => (texts::WELCOME, texts::VERIFICATION_LEAD, texts::SET_PASSWORD),
        Purpose::PasswordReset => {
            (texts::CHOOSE_NEW_PASSWORD, texts::RESET_LEAD, texts::SET_PASSWORD)
        }
        Purpose::EmailChange => (texts::CHANGE_EMAIL, texts::CHANGE_EMAIL_LEAD, texts::CONFIRM),
    };
    let fields: &[FormField] = if purpose == Purpose::EmailChange { &[] } else { &[PASSWORD] };
    let inputs = html! {
        (filled.hidden_input("token"))
        @for field in fields { (filled.field(*field)) }
    };
    let body = html! {
        p.lead { (say(lead)) }
        (filled.form(fields, &inputs, act))
    };
    page(filled.status(), say(title), &body)
}

/// What came of a form: the form again with what is wrong with it, or what follows. What is not the fault of
/// whoever filled it in remains a problem.
pub(super) fn form_response<T>(
    done: Result<T, Problem>,
    filled: &FilledForm<'_>,
    again: impl FnOnce(&FilledForm<'_>) -> Response,
    next: impl FnOnce(&FilledForm<'_>) -> Response,
) -> Result<Response, Problem> {
    match done {
        Ok(_) => Ok(next(filled)),
        Err(problem) if (400..500).contains(&problem.status()) => {
            Ok(again(&FilledForm { problem: Some(&problem), ..*filled }))
        }
        Err(problem) => Err(problem),
    }
}

/// The link was used, replaced by a later one, or is too old.
pub(super) fn invalid_link_page(more: &Markup) -> Response {
    let body = html! { p.lead { (say(texts::INVALID_LINK_LEAD)) } (more) };
    page(StatusCode::GONE, say(texts::INVALID_LINK), &body)
}

fn check_mail_page(sent: Phrase) -> Response {
    let body = html! { p.lead { (say(sent)) } };
    page(StatusCode::ACCEPTED, say(texts::CHECK_YOUR_MAIL), &body)
}

pub(super) fn success_page_with_sign_in_link((title, lead): (Phrase, Phrase)) -> Response {
    let body = html! {
        p.lead { (say(lead)) }
        p { a.button.first href=(SIGN_IN_PATH) { (say(super::texts::SIGN_IN)) } }
    };
    page(StatusCode::OK, say(title), &body)
}
