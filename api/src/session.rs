//! Who one is.

use std::collections::BTreeMap;

use axum::Json;
use commands::policy::MATRIX;
use domain::{
    crm::customer::CustomerId,
    identity::{Reach, Role, Scope, user::UserId},
    organizations::cabinet::CabinetId,
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{App, caller::Caller, problem::Problem};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(me))
}

#[derive(Serialize, ToSchema)]
struct Answer<T> {
    data: T,
}

/// Who one is, and what one may do.
#[derive(Serialize, ToSchema)]
struct Me {
    user: UserId,
    role: Role,
    reach: Reach,
    /// The cabinet one acts in.
    cabinet: Option<CabinetId>,
    /// The customer one is.
    customer: Option<CustomerId>,
    /// How far each right goes; what is missing is not allowed.
    rights: BTreeMap<String, Scope>,
}

/// Who am I?
#[utoipa::path(get, path = "/me", operation_id = "identity.session.me", tag = "identity",
    responses((status = 200, body = Answer<Me>)))]
async fn me(caller: Caller) -> Result<Json<Answer<Me>>, Problem> {
    if caller.is_guest() {
        return Err(Problem::unauthenticated());
    }
    let rights = MATRIX.iter().map(|(right, _)| (right.to_string(), caller.scope(*right)));
    let me = Me {
        user: caller.id.into(),
        role: caller.role,
        reach: caller.reach,
        cabinet: caller.cabinet,
        customer: caller.customer,
        rights: rights.filter(|(_, scope)| *scope != Scope::None).collect(),
    };
    Ok(Json(Answer { data: me }))
}
