//! `/oauth2/userinfo` (`OpenID` Connect Core, 5.3): the claims about the user that they agreed to share.

use axum::{Json, extract::State};
use domain::identity::{
    oauth_client::Permission,
    user::{Language, UserId},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{App, auth::UserAccount, authenticator::BearerToken, problem::Problem};

/// Claims of `OpenID` Connect Core, 5.1.
#[derive(Serialize, ToSchema)]
pub(super) struct UserInfo {
    sub: UserId,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    locale: Option<Language>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    zoneinfo: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    email: Option<String>,
}

/// The claims about the user that they agreed to share.
#[utoipa::path(method(get, post), path = "/oauth2/userinfo", operation_id = "oauth.userinfo", tag = "oauth",
    responses((status = 200, body = UserInfo),
        (status = 401, description = "Not by this token.", body = crate::problem::ProblemDetails,
            content_type = "application/problem+json"),
        (status = 403, description = "Nobody agreed to that.", body = crate::problem::ProblemDetails,
            content_type = "application/problem+json")))]
pub(super) async fn userinfo(
    State(app): State<App>,
    bearer: BearerToken,
) -> Result<Json<UserInfo>, Problem> {
    let permitted = |permission: Permission| bearer.claims().permits(permission).then_some(());
    if !bearer.claims().permits(Permission::OpenId) {
        return Err(Problem::insufficient_scope(Permission::OpenId));
    }
    let account = UserAccount::by_id(app.commands.aggregates(), bearer.claims().sub.into()).await?;
    let account = account.filter(UserAccount::is_active).ok_or_else(Problem::unauthenticated)?;
    let state = account.state;
    let profile = permitted(Permission::Profile);
    let email = permitted(Permission::Email).and_then(|()| state.email.get());
    Ok(Json(UserInfo {
        sub: account.user,
        name: profile.and_then(|()| state.name.get()).map(ToString::to_string),
        locale: profile.map(|()| state.language),
        zoneinfo: profile.map(|()| state.zone.to_string()),
        email: email.map(ToString::to_string),
    }))
}
