//! Sign-in at an organisation's own identity provider, to which we are an OAuth client.
//!
//! The state between redirect and callback is sealed in a cookie, so an answer counts only in the browser
//! that was redirected, once, and for the request that it belongs to.

mod upstream;

use axum::{
    extract::{Path, State},
    http::{HeaderMap, header::SET_COOKIE},
    response::Response,
};
use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    Id,
    identity::{
        provider::{EmailDomain, Provider, ProviderId, Registered, SIGN_IN_DOMAIN_CLAIM},
        session::Method,
        user::UserId,
    },
};
use serde::{Deserialize, Serialize};
use url::Url;
use uuid::Uuid;

use super::{
    browser::{encrypted_cookie, expired_cookie, read_encrypted_cookie},
    continuation::continue_after_sign_in,
    forms::{CallbackParamsDoc, SignInToPortalParamsDoc},
    pages,
    params::OAuthParams,
    redirect::{BrowserError, see_other},
    request::AuthorizationRequest,
    texts,
};
use crate::{
    App,
    auth::{NewSession, RequestOrigin, UserAccount, browser_cookies},
    cabinet_access::user_cabinets_of_provider,
    problem::Problem,
    secret::{RandomSecret, constant_time_eq},
    site::{PORTAL_PATH, say},
};
use upstream::{UpstreamAccount, UpstreamProvider};

const COOKIE_NAME: &str = "__Host-away";
/// How long a user may take to sign in at the provider.
const SIGN_IN_TIMEOUT: TimeDelta = TimeDelta::minutes(10);

/// The state of a sign-in at a provider.
#[derive(Serialize, Deserialize)]
struct PendingSignIn {
    provider: ProviderId,
    state: String,
    nonce: String,
    /// The PKCE verifier.
    verifier: String,
    destination: Destination,
    until: DateTime<Utc>,
}

/// Where a user goes who has signed in.
#[derive(Serialize, Deserialize)]
enum Destination {
    /// Back to an application, by its request.
    Application(String),
    /// To an address of the portal.
    Portal(String),
}

/// Where a browser signs in to the portal by a provider.
pub(crate) fn provider_sign_in_path(provider: ProviderId) -> String {
    format!("/oauth2/providers/{provider}")
}

/// Redirects a user to the provider of their organisation, found by the domain of their e-mail address.
pub(super) async fn redirect_by_email_domain(
    app: &App,
    request: &AuthorizationRequest,
    raw_request: &str,
    email: &str,
) -> Result<Response, BrowserError> {
    let Some((id, provider)) = provider_for(app, email).await? else {
        let message = Some(say(texts::NO_PROVIDER));
        return Ok(pages::sign_in_page(request.client_details(), raw_request, email, message));
    };
    let destination = Destination::Application(raw_request.to_owned());
    redirect(app, (id, &provider), destination, email).await
}

/// A user signs in to the portal at the provider of their organisation.
#[utoipa::path(get, path = "/oauth2/providers/{id}", operation_id = "oauth.sign_in_to_portal", tag = "oauth",
    params(("id" = ProviderId, Path, description = "The provider."), SignInToPortalParamsDoc),
    responses((status = 303, description = "To the provider."),
        (status = 400, description = "A page with an error message.",
            body = String, content_type = "text/html")))]
pub(super) async fn sign_in_to_portal(
    State(app): State<App>,
    Path(id): Path<ProviderId>,
    mut fields: OAuthParams,
) -> Result<Response, BrowserError> {
    let provider = app.commands.aggregates().load(id).await?;
    let provider = provider.registered().filter(|registration| registration.enabled);
    let provider = provider.ok_or_else(|| BrowserError::page(texts::NO_PROVIDER))?;
    let to = portal_address(&fields.take("to").unwrap_or_default());
    redirect(&app, (id, provider), Destination::Portal(to), "").await
}

/// The address of a page of the portal, or of its first one if `page` is none.
fn portal_address(page: &str) -> String {
    let address = Url::parse("http://localhost")
        .and_then(|base| base.join(&format!("{PORTAL_PATH}{}", page.trim_start_matches('/'))));
    match address {
        Ok(address) if address.path().starts_with(PORTAL_PATH) => {
            address[url::Position::BeforePath..].to_owned()
        }
        _ => PORTAL_PATH.to_owned(),
    }
}

/// Redirects a browser to a provider, with a cookie that tells where it goes after that.
async fn redirect(
    app: &App,
    (id, provider): (ProviderId, &Registered),
    destination: Destination,
    login: &str,
) -> Result<Response, BrowserError> {
    let upstream = match UpstreamProvider::discover(app, provider).await {
        Ok(upstream) => upstream,
        Err(error) => return Err(provider_unavailable(provider, &error)),
    };
    let pending = PendingSignIn {
        provider: id,
        state: RandomSecret::new()?.into(),
        nonce: RandomSecret::new()?.into(),
        verifier: RandomSecret::new()?.into(),
        destination,
        until: app.commands.now() + SIGN_IN_TIMEOUT,
    };
    let address =
        upstream.authorization_url(&pending.state, &pending.nonce, &pending.verifier, login);
    let mut response = see_other(&address);
    response.headers_mut().append(SET_COOKIE, encrypted_cookie(app, COOKIE_NAME, &pending)?);
    Ok(response)
}

/// The user returns from their organisation's provider.
#[utoipa::path(get, path = "/oauth2/callback", operation_id = "oauth.callback", tag = "oauth",
    params(CallbackParamsDoc),
    responses((status = 200, description = "The next page.",
            body = String, content_type = "text/html"),
        (status = 303, description = "Back to the application, or to the portal."),
        (status = 400, description = "A page with an error message.",
            body = String, content_type = "text/html")))]
pub(super) async fn callback(
    State(app): State<App>,
    headers: HeaderMap,
    RequestOrigin(origin): RequestOrigin,
    mut fields: OAuthParams,
) -> Result<Response, BrowserError> {
    let expired = || BrowserError::page(texts::UNKNOWN_OR_EXPIRED_SIGN_IN);
    let pending: PendingSignIn =
        read_encrypted_cookie(&app, &headers, COOKIE_NAME).ok_or_else(expired)?;
    let state = fields.take("state").unwrap_or_default();
    if app.commands.now() >= pending.until || !constant_time_eq(&state, &pending.state) {
        return Err(expired());
    }
    let provider = app.commands.aggregates().load(pending.provider).await?;
    let provider =
        provider.registered().filter(|registration| registration.enabled).ok_or_else(expired)?;
    let code = fields.take("code").ok_or_else(|| {
        BrowserError::page_about(provider.settings.name.as_str(), texts::DID_NOT_SIGN_IN)
    })?;
    let provider_account = async {
        let upstream = UpstreamProvider::discover(&app, provider).await?;
        upstream.check_issuer(fields.get("iss"))?;
        upstream.redeem_code(&code, &pending.nonce, &pending.verifier).await
    };
    let provider_account = match provider_account.await {
        Ok(provider_account) => provider_account,
        Err(error) => return Err(provider_unavailable(provider, &error)),
    };
    let Some(account) = find_user(&app, pending.provider, provider, &provider_account).await?
    else {
        return Err(BrowserError::page(texts::NO_ACCOUNT));
    };
    let entry = NewSession::first_party(vec![Method::Federated], origin)?;
    let entry = NewSession { provider: Some(pending.provider), ..entry };
    let pair = app.auth.sessions.start(&account, entry).await?;
    let mut response = match pending.destination {
        Destination::Application(raw_request) => {
            let request = AuthorizationRequest::parse(&app, &raw_request).await?;
            continue_after_sign_in(&app, &request, &raw_request, pair.session).await?
        }
        Destination::Portal(address) => {
            let mut response = see_other(&address);
            for (name, value) in &browser_cookies(&app, &pair) {
                response.headers_mut().append(name, value.clone());
            }
            response
        }
    };
    response.headers_mut().append(SET_COOKIE, expired_cookie(COOKIE_NAME)?);
    Ok(response)
}

/// The provider that is registered for the domain of an address.
async fn provider_for(app: &App, login: &str) -> Result<Option<(ProviderId, Registered)>, Problem> {
    let Some(domain) = EmailDomain::of_address(login.trim()) else { return Ok(None) };
    provider_of_domain(app, &domain).await
}

/// The provider that is registered for a domain.
pub(crate) async fn provider_of_domain(
    app: &App,
    domain: &EmailDomain,
) -> Result<Option<(ProviderId, Registered)>, Problem> {
    let holder =
        app.commands.aggregates().claim_holder(SIGN_IN_DOMAIN_CLAIM, domain.as_str()).await?;
    let Some(id) = holder.map(Id::<Provider>::from) else { return Ok(None) };
    let provider = app.commands.aggregates().load(id).await?;
    Ok(provider.registered().map(|registration| (id, registration.clone())))
}

/// The user to whom a provider's account is linked. At the first sign-in, the user with the account's address
/// is linked, if the provider verified the address and is registered for its domain.
async fn find_user(
    app: &App,
    id: ProviderId,
    provider: &Registered,
    provider_account: &UpstreamAccount,
) -> Result<Option<UserAccount>, Problem> {
    let name = format!("{id} {}", provider_account.sub);
    let subject = app.commands.aggregates().keys().master().digest(&name);
    let linked = "select user_id from oauth.links where provider = $1 and subject = $2";
    let linked = sqlx::query_scalar(linked).bind(id.uuid()).bind(&subject);
    let linked: Option<Uuid> = linked.fetch_optional(&app.db).await?;
    let domain = Some(&provider.settings.domain);
    let account = match linked {
        Some(user) => UserAccount::by_id(app.commands.aggregates(), user.into()).await?,
        None => match provider_account.verified_address() {
            Some(address) if EmailDomain::of_address(address).as_ref() == domain => {
                UserAccount::by_login(app.commands.aggregates(), address).await?
            }
            _ => None,
        },
    };
    // A provider can sign in current members of its organisation only, and no staff.
    let account = account.filter(|account| account.is_active() && account.state.role.is_client());
    let Some(account) = account else { return Ok(None) };
    if user_cabinets_of_provider(app.commands.aggregates(), id, account.user).await?.is_empty() {
        return Ok(None);
    }
    let is_linked = linked.is_some() || link_account(app, id, &subject, account.user).await?;
    Ok(is_linked.then_some(account))
}

/// Links a provider's account to a user. False if the user is linked to another account there: an address
/// that passes from one person to another does not carry the account along.
async fn link_account(
    app: &App,
    provider: ProviderId,
    subject: &[u8],
    user: UserId,
) -> Result<bool, Problem> {
    let insert = "insert into oauth.links (provider, subject, user_id) values ($1, $2, $3)
         on conflict do nothing";
    let insert = sqlx::query(insert).bind(provider.uuid()).bind(subject).bind(user.uuid());
    Ok(insert.execute(&app.db).await?.rows_affected() == 1)
}

fn provider_unavailable(provider: &Registered, error: &anyhow::Error) -> BrowserError {
    let issuer = provider.settings.issuer.as_str();
    tracing::warn!(issuer, "a provider cannot be used: {error:#}");
    BrowserError::page_about(provider.settings.name.as_str(), texts::PROVIDER_UNREACHABLE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_signed_in_stays_in_the_portal() {
        for (page, address) in [
            ("", "/app/"),
            ("/", "/app/"),
            ("/licenses?view=ended#top", "/app/licenses?view=ended#top"),
            ("//evil.example/x", "/app/evil.example/x"),
            ("https://evil.example", "/app/https://evil.example"),
            ("/../oauth2/logout", "/app/"),
            ("/%2e%2e/oauth2/logout", "/app/"),
            ("/\\evil.example", "/app//evil.example"),
        ] {
            assert_eq!(portal_address(page), address, "{page}");
        }
    }
}
