//! `/me`: the caller's account, memberships and rights.

use std::collections::{BTreeMap, BTreeSet};

use axum::{Json, extract::State};
use commands::{
    AggregateVisitor, Handler,
    policy::{RIGHTS_MATRIX, Right},
};
use domain::{
    Currency, Email, HttpsUrl, Text,
    crm::customer::CustomerId,
    identity::{
        Reach, Role, Scope,
        session::SessionId,
        user::{Language, UserId},
    },
    organizations::cabinet::CabinetId,
    platform::business::{AccentColors, BusinessId, Profile},
};
use projections::organizations::membership::{self, UserMembership};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use crate::{App, body::DataBody, caller::Caller, problem::Problem, routes::Routes};

pub(super) fn routes() -> Routes {
    Routes::default().guarded(Right::Profile, routes!(me))
}

/// The caller, and what they may do.
#[derive(Serialize, ToSchema)]
struct Me {
    user: UserId,
    /// People have one; programs have none.
    name: Option<Text<200>>,
    /// The person's e-mail address.
    email: Option<Email>,
    /// The person's language.
    language: Option<Language>,
    /// The IANA zone in which a person is told times.
    #[schema(example = "Europe/Berlin")]
    zone: Option<String>,
    /// The session in which they ask, one of those at `/auth/sessions`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    session: Option<SessionId>,
    role: Role,
    reach: Reach,
    /// The cabinet in which they act.
    cabinet: Option<CabinetId>,
    /// The customer that the caller is.
    customer: Option<CustomerId>,
    /// The cabinets of which they are a member, by name.
    memberships: Vec<UserMembership>,
    /// The scope of each right; rights that are missing are not granted.
    rights: BTreeMap<String, Scope>,
    /// The bounded contexts of this deployment.
    features: Vec<&'static str>,
    /// The business that they deal with, once it is set up.
    business: Option<MyBusiness>,
    /// That everything here is made up.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    demonstration: Option<bool>,
}

/// What every screen must know of the business.
#[derive(Serialize, ToSchema)]
struct MyBusiness {
    name: Text<100>,
    /// The IANA zone in which times are told.
    #[schema(example = "Europe/Berlin")]
    zone: String,
    /// What prices are in.
    currency: Currency,
    /// What its pages are written in; the first one where nobody asks for another.
    languages: Vec<Language>,
    logo: Option<HttpsUrl>,
    accent: Option<AccentColors>,
}

impl From<&Profile> for MyBusiness {
    fn from(profile: &Profile) -> Self {
        Self {
            name: profile.name.clone(),
            zone: profile.zone.to_string(),
            currency: profile.currency,
            languages: profile.languages.clone(),
            logo: profile.logo.clone(),
            accent: profile.accent,
        }
    }
}

/// The caller's account, memberships and rights.
#[utoipa::path(get, path = "/me", operation_id = "identity.session.me",
    tag = "identity",
    responses((status = 200, body = DataBody<Me>)))]
async fn me(State(app): State<App>, caller: Caller) -> Result<Json<DataBody<Me>>, Problem> {
    if caller.is_guest() {
        return Err(Problem::unauthenticated());
    }
    let user = UserId::from(caller.id);
    let state = app.commands.aggregates().load(user).await?;
    let account = state.account();
    let business = app.commands.aggregates().load(BusinessId::singleton()).await?;
    let scope_of = |right: Right| caller.scope(right).capped_by_reach(caller.actor());
    let rights = RIGHTS_MATRIX.iter().map(|(right, _)| (right.to_string(), scope_of(*right)));
    let me = Me {
        user,
        name: account.and_then(|account| account.name.get().cloned()),
        email: account.and_then(|account| account.email.get().cloned()),
        language: account.map(|account| account.language),
        zone: account.map(|account| account.zone.to_string()),
        session: caller.session(),
        role: caller.role,
        reach: caller.reach,
        cabinet: caller.cabinet,
        customer: caller.customer,
        memberships: membership::memberships_of_user(&app.db, user).await?,
        rights: rights.filter(|(_, scope)| *scope != Scope::None).collect(),
        features: context_names().into_iter().collect(),
        business: business.profile().map(MyBusiness::from),
        demonstration: app.demonstration.get().map(|_| true),
    };
    Ok(Json(DataBody { data: me }))
}

/// The bounded contexts that have aggregates.
fn context_names() -> BTreeSet<&'static str> {
    struct ContextNames(BTreeSet<&'static str>);
    impl AggregateVisitor for ContextNames {
        fn visit<A: Handler>(&mut self) {
            self.0.extend(A::NAME.split('.').next());
        }
    }
    let mut names = ContextNames(BTreeSet::new());
    commands::visit_aggregates(&mut names);
    names.0
}
