//! Signing in at an organisation's own provider: here we are the application that asks.
//!
//! Between leaving and coming back all that we must know lies sealed in a cookie of the browser
//! that left, so an answer counts only in that browser, once, and for what it asked.

mod upstream;

use axum::{
    extract::State,
    http::{HeaderMap, header::SET_COOKIE},
    response::Response,
};
use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    Id,
    identity::{
        provider::{Domain, Provider, ProviderId, Registered, SIGN_IN_DOMAIN},
        session::Method,
        user::UserId,
    },
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    answer::{Stop, see_other},
    browser::{forget, read, seal},
    continuation::welcome,
    fields::Fields,
    forms::ProviderAnswer,
    pages,
    request::Request,
};
use crate::{
    App,
    auth::{NewSession, RequestOrigin, UserAccount},
    cabinet_access::vouched_cabinets,
    problem::Problem,
    secret::{Secret, equal},
};
use upstream::{Account, Upstream};

const AWAY: &str = "__Host-away";
/// How long somebody may take to sign in there.
const PATIENCE: TimeDelta = TimeDelta::minutes(10);

/// Somebody who was sent to a provider.
#[derive(Serialize, Deserialize)]
struct Away {
    provider: ProviderId,
    state: String,
    nonce: String,
    /// Of PKCE.
    verifier: String,
    /// The application's request, to be gone on with.
    request: String,
    until: DateTime<Utc>,
}

/// Sends somebody to the provider of his organisation, which his address tells.
pub(super) async fn depart(
    app: &App,
    request: &Request,
    raw: &str,
    login: &str,
) -> Result<Response, Stop> {
    let Some((id, provider)) = responsible(app, login).await? else {
        let why = "Your organisation has no sign-in of its own here.";
        return Ok(pages::sign_in(request.application(), raw, login, Some(why)));
    };
    let upstream = match Upstream::discover(app, &provider).await {
        Ok(upstream) => upstream,
        Err(why) => return Ok(unavailable(&provider, &why)),
    };
    let away = Away {
        provider: id,
        state: Secret::new()?.into(),
        nonce: Secret::new()?.into(),
        verifier: Secret::new()?.into(),
        request: raw.to_owned(),
        until: app.commands.now() + PATIENCE,
    };
    let address = upstream.authorize(&away.state, &away.nonce, &away.verifier, login);
    let mut response = see_other(&address);
    response.headers_mut().append(SET_COOKIE, seal(app, AWAY, &away)?);
    Ok(response)
}

/// Somebody is back, with an answer of their organisation's provider.
#[utoipa::path(get, path = "/oauth2/callback", operation_id = "oauth.callback", tag = "oauth",
    params(ProviderAnswer),
    responses((status = 200, description = "A page to go on with.",
            body = String, content_type = "text/html"), (status = 303, description = "Back to the application."),
        (status = 400, description = "A page that says why not.",
            body = String, content_type = "text/html")))]
pub(super) async fn arrive(
    State(app): State<App>,
    headers: HeaderMap,
    RequestOrigin(origin): RequestOrigin,
    mut fields: Fields,
) -> Result<Response, Stop> {
    let lost = || Stop::shown("You did not leave from here, or it took too long. Try again.");
    let away: Away = read(&app, &headers, AWAY).ok_or_else(lost)?;
    let state = fields.take("state").unwrap_or_default();
    if app.commands.now() >= away.until || !equal(&state, &away.state) {
        return Err(lost());
    }
    let provider = app.commands.lookup().load(away.provider).await?;
    let provider = provider.registered().filter(|known| known.enabled).ok_or_else(lost)?;
    let code = fields
        .take("code")
        .ok_or_else(|| Stop::shown(&format!("{} did not sign you in.", provider.settings.name)))?;
    let account = async {
        let upstream = Upstream::discover(&app, provider).await?;
        upstream.checks_issuer(fields.get("iss"))?;
        upstream.account(&code, &away.nonce, &away.verifier).await
    };
    let account = match account.await {
        Ok(account) => account,
        Err(why) => return Ok(unavailable(provider, &why)),
    };
    let Some(known) = user_of(&app, away.provider, provider, &account).await? else {
        return Err(Stop::shown("Your organisation knows you, but you have no account here."));
    };
    let entry = NewSession::first_party(vec![Method::Federated], origin)?;
    let entry = NewSession { provider: Some(away.provider), ..entry };
    let session = app.auth.sessions.start(&known, entry).await?;
    let request = Request::read(&app, &away.request).await?;
    let mut response = welcome(&app, &request, &away.request, session.session).await?;
    response.headers_mut().append(SET_COOKIE, forget(AWAY)?);
    Ok(response)
}

/// The provider that speaks for an address.
async fn responsible(app: &App, login: &str) -> Result<Option<(ProviderId, Registered)>, Problem> {
    let Some(domain) = Domain::of(login.trim()) else { return Ok(None) };
    let holder = app.commands.lookup().holder(SIGN_IN_DOMAIN, domain.as_str()).await?;
    let Some(id) = holder.map(Id::<Provider>::from) else { return Ok(None) };
    let provider = app.commands.lookup().load(id).await?;
    Ok(provider.registered().map(|known| (id, known.clone())))
}

/// The user whose account it is: the one it was linked to when he came for the first time. Then
/// he is who has its address, which the provider must have verified and must speak for.
async fn user_of(
    app: &App,
    id: ProviderId,
    provider: &Registered,
    account: &Account,
) -> Result<Option<UserAccount>, Problem> {
    let name = format!("{id} {}", account.sub);
    let subject = app.commands.lookup().keys().master().digest(&name);
    let linked = "select user_id from oauth.links where provider = $1 and subject = $2";
    let linked = sqlx::query_scalar(linked).bind(id.uuid()).bind(&subject);
    let linked: Option<Uuid> = linked.fetch_optional(&app.db).await?;
    let known = match linked {
        Some(user) => UserAccount::by_id(app.commands.lookup(), user.into()).await?,
        None => match account.verified_address() {
            Some(address) if Domain::of(address).as_ref() == Some(&provider.settings.domain) => {
                UserAccount::by_login(app.commands.lookup(), address).await?
            }
            _ => None,
        },
    };
    // It speaks for those who are members there now, and for nobody who works here.
    let known = known.filter(|known| known.is_active() && known.state.role.is_client());
    let Some(known) = known else { return Ok(None) };
    if vouched_cabinets(app.commands.lookup(), id, known.user).await?.is_empty() {
        return Ok(None);
    }
    let is_his = linked.is_some() || link(app, id, &subject, known.user).await?;
    Ok(is_his.then_some(known))
}

/// Remembers whose an account is. False, if the user has another one there: an address that went
/// from one person to the next does not take the account along.
async fn link(
    app: &App,
    provider: ProviderId,
    subject: &[u8],
    user: UserId,
) -> Result<bool, Problem> {
    let link = "insert into oauth.links (provider, subject, user_id) values ($1, $2, $3)
         on conflict do nothing";
    let link = sqlx::query(link).bind(provider.uuid()).bind(subject).bind(user.uuid());
    Ok(link.execute(&app.db).await?.rows_affected() == 1)
}

fn unavailable(provider: &Registered, why: &anyhow::Error) -> Response {
    let issuer = provider.settings.issuer.as_str();
    tracing::warn!(issuer, "a provider cannot be used: {why:#}");
    pages::refused(&format!("{} cannot be reached, or is not set up well.", provider.settings.name))
}
