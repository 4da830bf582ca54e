//! The pages for sign-in, consent and sign-out.

use std::collections::BTreeSet;

use axum::{http::StatusCode, response::Response};
use domain::{
    Language,
    identity::oauth_client::{Details, Permission},
};
use maud::html;

use super::texts;
use crate::site::{in_language_of_account, page, say};

/// The sign-in page. `raw_request` is the application's request, which the form carries on.
pub(super) fn sign_in_page(
    client_details: &Details,
    raw_request: &str,
    login: &str,
    error: Option<&str>,
) -> Response {
    let body = html! {
        p.lead { (say(texts::TO_CONTINUE_TO)) " " b { (client_details.name.as_str()) } }
        form method="post" action="/oauth2/sign-in" {
            @if let Some(message) = error { p.notice.bad role="alert" { (message) } }
            input type="hidden" name="request" value=(raw_request);
            div.field {
                label for="login" { (say(texts::EMAIL)) }
                input id="login" name="login" type="email" required autofocus[login.is_empty()]
                    autocomplete="username" value=(login);
            }
            div.field {
                label for="password" { (say(texts::PASSWORD)) }
                input id="password" name="password" type="password" required
                    autofocus[!login.is_empty()] autocomplete="current-password";
            }
            div.field {
                label for="code" { (say(texts::ONE_TIME_CODE)) }
                input id="code" name="code" inputmode="numeric" autocomplete="one-time-code";
            }
            button.button.first { (say(texts::SIGN_IN)) }
            button.button name="at" value="organisation" formnovalidate {
                (say(texts::AT_ORGANISATION))
            }
        }
        p.aside { a href="/forgot" { (say(texts::FORGOT_PASSWORD)) } }
    };
    page(StatusCode::OK, say(texts::SIGN_IN), &body)
}

/// The consent page, in the language of the account. `proof` is the sealed proof of authentication, which the
/// form carries on.
pub(super) fn consent_page(
    client_details: &Details,
    permissions: &BTreeSet<Permission>,
    (raw_request, proof): (&str, &str),
    (user_name, language): (&str, Language),
) -> Response {
    in_language_of_account(language, || {
        let body = html! {
            p.lead { b { (client_details.name.as_str()) } " " (say(texts::WOULD_LIKE_TO)) }
            ul.points {
                @for permission in permissions { li { (permission_text(*permission)) } }
            }
            p.aside { (say(texts::SIGNED_IN_AS)) " " b { (user_name) } ". " (say(texts::CONSENT_IS_REVOCABLE)) }
            form method="post" action="/oauth2/consent" {
                input type="hidden" name="request" value=(raw_request);
                input type="hidden" name="accepted" value=(proof);
                button.button.first name="answer" value="allow" { (say(texts::ALLOW)) }
                button.button name="answer" value="deny" { (say(texts::NOT_NOW)) }
            }
        };
        page(StatusCode::OK, say(texts::AGREE), &body)
    })
}

fn permission_text(permission: Permission) -> &'static str {
    say(match permission {
        Permission::OpenId => texts::KNOW_WHO,
        Permission::Profile => texts::KNOW_PROFILE,
        Permission::Email => texts::KNOW_EMAIL,
        Permission::OfflineAccess => texts::OFFLINE_ACCESS,
        Permission::Read => texts::READ_ACCESS,
        Permission::Api => texts::FULL_ACCESS,
    })
}

/// The page that asks to confirm a sign-out. `raw_request` is the application's request.
pub(super) fn sign_out_page(raw_request: &str) -> Response {
    let form = html! {
        form method="post" action="/oauth2/logout" {
            input type="hidden" name="request" value=(raw_request);
            button.button.first name="answer" value="yes" { (say(texts::CONFIRM_SIGN_OUT)) }
        }
    };
    page(StatusCode::OK, say(texts::SIGN_OUT), &form)
}

pub(super) fn signed_out_page() -> Response {
    let text = html! { p.lead { (say(texts::CLOSE_WINDOW)) } };
    page(StatusCode::OK, say(texts::SIGNED_OUT), &text)
}

/// A page with an error message, with status 400.
pub(super) fn error_page(message: &str) -> Response {
    let message = html! { p.notice.bad role="alert" { (message) } };
    page(StatusCode::BAD_REQUEST, say(texts::ERROR_TITLE), &message)
}
