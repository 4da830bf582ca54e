//! The few pages that people see. They work without scripts, and cannot be framed.

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

const STYLE: &str = "\
:root{color-scheme:light dark}\
body{font:1rem/1.5 system-ui,sans-serif;max-width:24rem;margin:10vh auto;padding:0 1rem}\
label{display:block;margin-top:1rem}\
input{font:inherit;width:100%;box-sizing:border-box;padding:.5rem}\
button{font:inherit;padding:.5rem 1rem;margin:1.5rem .5rem 0 0}\
[role=alert]{border-left:.25rem solid #b00;padding-left:.75rem}";

static POLICY: LazyLock<String> = LazyLock::new(|| policy(STYLE));

/// Asks who somebody is, to go on to an application. `raw` is its request, to be gone on with.
pub(super) fn sign_in(
    application: &Details,
    raw: &str,
    login: &str,
    wrong: Option<&str>,
) -> Response {
    let form = html! {
        p { "to go on to " b { (application.name.as_str()) } }
        @if let Some(why) = wrong { p role="alert" { (why) } }
        form method="post" action="/oauth2/sign-in" {
            input type="hidden" name="request" value=(raw);
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

/// Asks whether somebody agrees. `accepted` tells, when the form comes back, that they proved who they
/// are as the request asks for.
pub(super) fn consent(
    application: &Details,
    permissions: &BTreeSet<Permission>,
    (raw, accepted): (&str, &str),
    who: &str,
) -> Response {
    let form = html! {
        p {
            b { (application.name.as_str()) }
            " asks you, " (who) ", that it may"
        }
        ul { @for permission in permissions { li { (means(*permission)) } } }
        p { "You can take this back at any time." }
        form method="post" action="/oauth2/consent" {
            input type="hidden" name="request" value=(raw);
            input type="hidden" name="accepted" value=(accepted);
            button name="answer" value="allow" { "Allow" }
            button name="answer" value="deny" { "Deny" }
        }
    };
    page(StatusCode::OK, "Do you agree?", &form)
}

fn means(permission: Permission) -> &'static str {
    match permission {
        Permission::OpenId => "know who you are",
        Permission::Profile => "know your name, language and time zone",
        Permission::Email => "know your e-mail address",
        Permission::OfflineAccess => "go on while you are away",
        Permission::Read => "see what you may see here",
        Permission::Api => "do here all that you may do",
    }
}

/// Asks whether somebody really wants to sign out. `raw` is the request that says so.
pub(super) fn sign_out(raw: &str) -> Response {
    let form = html! {
        form method="post" action="/oauth2/logout" {
            input type="hidden" name="request" value=(raw);
            button name="answer" value="yes" { "Sign out" }
        }
    };
    page(StatusCode::OK, "Sign out?", &form)
}

pub(super) fn signed_out() -> Response {
    let text = html! { p { "You can close this window." } };
    page(StatusCode::OK, "You are signed out", &text)
}

/// Says why nothing comes of it.
pub(super) fn refused(why: &str) -> Response {
    let why = html! { p role="alert" { (why) } };
    page(StatusCode::BAD_REQUEST, "This does not work", &why)
}

fn page(status: StatusCode, title: &str, body: &Markup) -> Response {
    let html = document(title, STYLE, &html! { main { h1 { (title) } (body) } });
    let headers: [(HeaderName, &str); 5] = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CACHE_CONTROL, "no-store"),
        (CONTENT_SECURITY_POLICY, &POLICY),
        (X_FRAME_OPTIONS, "DENY"),
        // Not none at all: then forms would not say that they come from here.
        (REFERRER_POLICY, "same-origin"),
    ];
    (status, headers, html.into_string()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_loads_nothing_is_framed_by_nobody_and_kept_nowhere() {
        let response = refused("no");
        let header = |name: HeaderName| response.headers()[name].to_str().unwrap();
        assert!(header(CONTENT_SECURITY_POLICY).starts_with("default-src 'none'"));
        assert!(header(CONTENT_SECURITY_POLICY).contains("frame-ancestors 'none'"));
        assert_eq!(header(CACHE_CONTROL), "no-store");
    }
}
