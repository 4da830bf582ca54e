//! The pages for sign-in, consent and sign-out. They work without scripts, and cannot be framed.

use std::{collections::BTreeSet, sync::LazyLock};

use axum::{
    http::{
        HeaderName, StatusCode,
        header::{
            CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_FRAME_OPTIONS,
        },
    },
    response::{IntoResponse, Response},
};
use domain::identity::oauth_client::{Details, Permission};
use maud::{Markup, html};

use crate::html::{document, policy};

const STYLESHEET: &str = "\
:root{color-scheme:light dark}\
body{font:1rem/1.5 system-ui,sans-serif;max-width:24rem;margin:10vh auto;padding:0 1rem}\
label{display:block;margin-top:1rem}\
input{font:inherit;width:100%;box-sizing:border-box;padding:.5rem}\
button{font:inherit;padding:.5rem 1rem;margin:1.5rem .5rem 0 0}\
[role=alert]{border-left:.25rem solid #b00;padding-left:.75rem}";

static SECURITY_POLICY: LazyLock<String> = LazyLock::new(|| policy(STYLESHEET));

/// The sign-in page. `raw_request` is the application's request, which the form carries on.
pub(super) fn sign_in(
    client_details: &Details,
    raw_request: &str,
    login: &str,
    error: Option<&str>,
) -> Response {
    let form = html! {
        p { "to go on to " b { (client_details.name.as_str()) } }
        @if let Some(message) = error { p role="alert" { (message) } }
        form method="post" action="/oauth2/sign-in" {
            input type="hidden" name="request" value=(raw_request);
            label for="login" { "E-mail address" }
            input id="login" name="login" type="email" required autofocus
                autocomplete="username" value=(login);
            label for="password" { "Password" }
            input id="password" name="password" type="password" required
                autocomplete="current-password";
            label for="code" { "Code of your authenticator, if you have one" }
            input id="code" name="code" inputmode="numeric" autocomplete="one-time-code";
            button { "Sign in" }
            button name="at" value="organisation" formnovalidate { "Sign in at my organisation" }
        }
    };
    page(StatusCode::OK, "Sign in", &form)
}

/// The consent page. `proof` is the sealed proof of authentication, which the form carries on.
pub(super) fn consent(
    client_details: &Details,
    permissions: &BTreeSet<Permission>,
    (raw_request, proof): (&str, &str),
    user_name: &str,
) -> Response {
    let form = html! {
        p {
            b { (client_details.name.as_str()) }
            " asks you, " (user_name) ", that it may"
        }
        ul { @for permission in permissions { li { (permission_text(*permission)) } } }
        p { "You can take this back at any time." }
        form method="post" action="/oauth2/consent" {
            input type="hidden" name="request" value=(raw_request);
            input type="hidden" name="accepted" value=(proof);
            button name="answer" value="allow" { "Allow" }
            button name="answer" value="deny" { "Deny" }
        }
    };
    page(StatusCode::OK, "Do you agree?", &form)
}

fn permission_text(permission: Permission) -> &'static str {
    match permission {
        Permission::OpenId => "know who you are",
        Permission::Profile => "know your name, language and time zone",
        Permission::Email => "know your e-mail address",
        Permission::OfflineAccess => "go on while you are away",
        Permission::Read => "see what you may see here",
        Permission::Api => "do here all that you may do",
    }
}

/// The page that asks to confirm a sign-out. `raw_request` is the application's request.
pub(super) fn sign_out(raw_request: &str) -> Response {
    let form = html! {
        form method="post" action="/oauth2/logout" {
            input type="hidden" name="request" value=(raw_request);
            button name="answer" value="yes" { "Sign out" }
        }
    };
    page(StatusCode::OK, "Sign out?", &form)
}

pub(super) fn signed_out() -> Response {
    let text = html! { p { "You can close this window." } };
    page(StatusCode::OK, "You are signed out", &text)
}

/// A page with an error message, with status 400.
pub(super) fn error_page(message: &str) -> Response {
    let message = html! { p role="alert" { (message) } };
    page(StatusCode::BAD_REQUEST, "This does not work", &message)
}

fn page(status: StatusCode, title: &str, body: &Markup) -> Response {
    let html = document(title, STYLESHEET, &html! { main { h1 { (title) } (body) } });
    let headers: [(HeaderName, &str); 5] = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CACHE_CONTROL, "no-store"),
        (CONTENT_SECURITY_POLICY, &SECURITY_POLICY),
        (X_FRAME_OPTIONS, "DENY"),
        // With `no-referrer`, forms would not send their origin.
        (REFERRER_POLICY, "same-origin"),
    ];
    (status, headers, html.into_string()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_loads_nothing_is_framed_by_nobody_and_kept_nowhere() {
        let response = error_page("no");
        let header = |name: HeaderName| response.headers()[name].to_str().unwrap();
        assert!(header(CONTENT_SECURITY_POLICY).starts_with("default-src 'none'"));
        assert!(header(CONTENT_SECURITY_POLICY).contains("frame-ancestors 'none'"));
        assert_eq!(header(CACHE_CONTROL), "no-store");
    }
}
