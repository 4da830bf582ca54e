//! `/oauth2/logout` (`OpenID` Connect RP-Initiated Logout): somebody signs out by an application.

use axum::{
    extract::{RawForm, State},
    http::{HeaderMap, header::SET_COOKIE},
    response::Response,
};

use super::{
    answer::{Stop, see_other},
    browser::{SignedIn, is_from_here, signed_out},
    client::Client,
    fields::{Fields, with},
    forms::{LogoutRequest, PageAnswers},
    pages,
    token::IdClaims,
};
use crate::App;

/// What an application asks for, checked.
struct Request {
    /// The user and the session that the application names. It may be old, and anybody may have it.
    hint: Option<IdClaims>,
    /// Where to go then.
    next: Option<String>,
}

impl Request {
    async fn read(app: &App, fields: &mut Fields) -> Result<Self, Stop> {
        let hint = fields.take("id_token_hint").map(|hint| app.tokens.read_id::<IdClaims>(&hint));
        let hint = hint.transpose();
        let hint =
            hint.map_err(|_| Stop::shown("The application shows a token that is not ours."))?;
        let named = fields.take("client_id");
        let (audience, hint) = hint.unzip();
        let client = match (audience.map(|id| id.to_string()), named) {
            (Some(audience), Some(named)) if audience != named => {
                return Err(Stop::shown("The application shows a token of another one."));
            }
            (audience, named) => audience.or(named),
        };
        let client = match client {
            Some(id) => Client::find(app, &id).await?,
            None => None,
        };
        let next = match (fields.take("post_logout_redirect_uri"), client) {
            (None, _) => None,
            (Some(uri), Some(client)) if client.known.signs_out_to(&uri) => {
                let state = fields.take("state");
                let state = state.as_deref().map(|state| ("state", state));
                Some(with(&uri, state.as_slice()))
            }
            (Some(_), _) => {
                return Err(Stop::shown("The application wants you sent to an unknown address."));
            }
        };
        Ok(Self { hint, next })
    }
}

/// Who is named by the application, and nobody else, is signed out without being asked.
#[utoipa::path(
    method(get, post),
    path = "/oauth2/logout",
    operation_id = "oauth.logout",
    tag = "oauth",
    params(LogoutRequest),
    responses(PageAnswers)
)]
pub(super) async fn ask(
    State(app): State<App>,
    headers: HeaderMap,
    RawForm(raw): RawForm,
) -> Result<Response, Stop> {
    let unreadable = |_| Stop::shown("The application says something twice.");
    let mut fields = Fields::read(&raw).map_err(unreadable)?;
    let mut raw = String::from_utf8_lossy(&raw).into_owned();
    let mut agreed = false;
    if let Some(carried) = fields.take("request") {
        agreed = fields.get("answer") == Some("yes") && is_from_here(&app, &headers);
        fields = Fields::read(carried.as_bytes()).map_err(unreadable)?;
        raw = carried;
    }
    let Request { hint, next } = Request::read(&app, &mut fields).await?;
    let signed_in = SignedIn::of(&app, &headers).await?;
    if let Some(signed_in) = signed_in {
        let named = hint.as_ref().is_some_and(|hint| hint.sub == signed_in.known.user.uuid());
        if !named && !agreed {
            return Ok(pages::sign_out(&raw));
        }
        app.auth.sessions.end(signed_in.session).await?;
        // ID tokens lie about for long: one ends nothing but at the browser of whom it names.
        if let Some(hint) = hint.filter(|_| named) {
            app.auth.sessions.end(hint.sid.into()).await?;
        }
    }
    let mut response = next.map_or_else(pages::signed_out, |next| see_other(&next));
    response.headers_mut().append(SET_COOKIE, signed_out()?);
    Ok(response)
}
