//! The few pages that people see. They work without scripts, and cannot be framed.

use std::{fmt::Write, sync::LazyLock};

use axum::{
    http::{
        HeaderName, StatusCode,
        header::{
            CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_FRAME_OPTIONS,
        },
    },
    response::{IntoResponse, Response},
};
use domain::identity::oauth_client::Permission;

use super::request::Request;
use crate::html::{escape, policy};

const STYLE: &str = "\
:root{color-scheme:light dark}\
body{font:1rem/1.5 system-ui,sans-serif;max-width:24rem;margin:10vh auto;padding:0 1rem}\
label{display:block;margin-top:1rem}\
input{font:inherit;width:100%;box-sizing:border-box;padding:.5rem}\
button{font:inherit;padding:.5rem 1rem;margin:1.5rem .5rem 0 0}\
[role=alert]{border-left:.25rem solid #b00;padding-left:.75rem}";

static POLICY: LazyLock<String> = LazyLock::new(|| policy(STYLE));

/// Asks who somebody is. `raw` is the application's request, to be gone on with.
pub(super) fn sign_in(request: &Request, raw: &str, login: &str, wrong: Option<&str>) -> Response {
    let name = escape(request.client.known.details.name.as_str());
    let wrong = wrong.map_or(String::new(), |why| format!("<p role=\"alert\">{}</p>", escape(why)));
    let (raw, login) = (escape(raw), escape(login));
    page(
        StatusCode::OK,
        "Sign in",
        &format!(
            "<p>to go on to <b>{name}</b></p>{wrong}\
             <form method=\"post\" action=\"/oauth2/sign-in\">\
             <input type=\"hidden\" name=\"request\" value=\"{raw}\">\
             <label for=\"login\">E-mail address</label>\
             <input id=\"login\" name=\"login\" type=\"email\" required autofocus \
             autocomplete=\"username\" value=\"{login}\">\
             <label for=\"password\">Password</label>\
             <input id=\"password\" name=\"password\" type=\"password\" required \
             autocomplete=\"current-password\">\
             <label for=\"code\">Code of your authenticator, if you have one</label>\
             <input id=\"code\" name=\"code\" inputmode=\"numeric\" autocomplete=\"one-time-code\">\
             <button>Sign in</button>\
             <button name=\"at\" value=\"organisation\" formnovalidate>\
             Sign in at my organisation</button></form>"
        ),
    )
}

/// Asks whether somebody agrees. `accepted` tells, when the form comes back, that they proved who they
/// are as the request asks for.
pub(super) fn consent(request: &Request, raw: &str, accepted: &str, who: &str) -> Response {
    let name = escape(request.client.known.details.name.as_str());
    let mut wishes = String::new();
    for permission in &request.permissions {
        let _ = write!(wishes, "<li>{}</li>", means(*permission));
    }
    let (raw, accepted, who) = (escape(raw), escape(accepted), escape(who));
    page(
        StatusCode::OK,
        "Do you agree?",
        &format!(
            "<p><b>{name}</b> asks you, {who}, that it may</p><ul>{wishes}</ul>\
             <p>You can take this back at any time.</p>\
             <form method=\"post\" action=\"/oauth2/consent\">\
             <input type=\"hidden\" name=\"request\" value=\"{raw}\">\
             <input type=\"hidden\" name=\"accepted\" value=\"{accepted}\">\
             <button name=\"answer\" value=\"allow\">Allow</button>\
             <button name=\"answer\" value=\"deny\">Deny</button></form>"
        ),
    )
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
    let raw = escape(raw);
    page(
        StatusCode::OK,
        "Sign out?",
        &format!(
            "<form method=\"post\" action=\"/oauth2/logout\">\
             <input type=\"hidden\" name=\"request\" value=\"{raw}\">\
             <button name=\"answer\" value=\"yes\">Sign out</button></form>"
        ),
    )
}

pub(super) fn signed_out() -> Response {
    page(StatusCode::OK, "You are signed out", "<p>You can close this window.</p>")
}

/// Says why nothing comes of it.
pub(super) fn refused(why: &str) -> Response {
    let why = format!("<p role=\"alert\">{}</p>", escape(why));
    page(StatusCode::BAD_REQUEST, "This does not work", &why)
}

fn page(status: StatusCode, title: &str, body: &str) -> Response {
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title>\
         <style>{STYLE}</style></head><body><main><h1>{title}</h1>{body}</main></body></html>"
    );
    let headers: [(HeaderName, &str); 5] = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CACHE_CONTROL, "no-store"),
        (CONTENT_SECURITY_POLICY, &POLICY),
        (X_FRAME_OPTIONS, "DENY"),
        // Not none at all: then forms would not say that they come from here.
        (REFERRER_POLICY, "same-origin"),
    ];
    (status, headers, html).into_response()
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
