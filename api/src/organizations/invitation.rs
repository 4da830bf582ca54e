//! Asking people by mail to become members.

use axum::extract::State;
use commands::{Order, organizations, policy::Right};
use domain::{
    Email, Text,
    identity::{
        Actor, Reach, Role,
        user::{self, Language, Registration, UserId},
    },
    organizations::{
        cabinet::CabinetId,
        invitation::{Command, Invitation, InvitationId},
        membership::{Grant, Rank},
    },
};
use projections::{
    listing::Listing,
    organizations::invitation::{self, INVITATIONS},
};
use sealing::Ticket;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    App,
    caller::Caller,
    given::{Given, Path},
    orders::Done,
    problem::Problem,
    resource::resource,
    visible::Visible,
};

impl Visible for Invitation {
    const SEEN: Right = Right::MembersManage;
    const LISTING: &'static Listing = &INVITATIONS;
}

pub(super) fn routes() -> OpenApiRouter<App> {
    resource::<Invitation>("/invitations")
        .without(&["send", "accept"])
        .list::<invitation::Invitation>()
        .item::<invitation::Invitation>()
        .routes()
        .routes(routes!(invite))
        .routes(routes!(accept))
}

/// Whom to ask, and for what.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewInvitation {
    email: Email,
    role: Rank,
    #[serde(default)]
    reach: Reach,
    /// The language of the mail.
    #[serde(default)]
    language: Language,
}

/// Invites whoever reads the mail of an address; it can be accepted for seven days.
#[utoipa::path(post, path = "/cabinets/{id}/invitations",
    operation_id = "organizations.invitation.send", tag = "organizations",
    params(("id" = CabinetId, Path)), extensions(("x-right" = json!("members_manage"))),
    request_body = NewInvitation, responses((status = 201, body = Done)))]
async fn invite(
    State(app): State<App>,
    caller: Caller,
    Path(cabinet): Path<CabinetId>,
    given: Given<NewInvitation>,
) -> Result<Done, Problem> {
    let NewInvitation { email, role, reach, language } = given.body;
    let grant = Grant { role, reach };
    let send = Command::Send { cabinet, email, grant, language };
    let seen = caller.scope(Right::CabinetsRead).permits(
        &caller,
        &domain::identity::Owner { cabinet: Some(cabinet), ..Default::default() },
    );
    match app.create::<Invitation>(&caller, send, given.terms).await {
        Ok(done) => Ok(done.created_in("/invitations")),
        Err(problem) if problem.status() == 403 && !seen => Err(Problem::not_found()),
        Err(problem) => Err(problem),
    }
}

/// What the mail brought, and who accepts.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Acceptance {
    token: String,
    /// Of whoever has no account yet: it is made, for the invited address.
    #[serde(default)]
    account: Option<NewAccount>,
}

/// The account of whoever had none.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewAccount {
    name: Text<200>,
    /// Of 12 characters or more.
    #[schema(format = Password, min_length = 12)]
    password: String,
    #[serde(default)]
    language: Language,
    /// The IANA zone in which the user is told times.
    #[serde(default)]
    #[schema(value_type = String, example = "Europe/Berlin")]
    zone: chrono_tz::Tz,
}

/// Accepts an invitation: as who is signed in, or with a new account. The token is in the body,
/// as addresses are logged.
#[utoipa::path(post, path = "/invitations/accept",
    operation_id = "organizations.invitation.accept", tag = "organizations",
    extensions(("x-right" = json!("public"))), request_body = Acceptance,
    responses((status = 200, description = "Now a member: `data.id` is the invitation's.",
        body = Done)))]
async fn accept(
    State(app): State<App>,
    caller: Caller,
    given: Given<Acceptance>,
) -> Result<Done, Problem> {
    let Acceptance { token, account } = given.body;
    let id = shown(&app, &token).await?;
    let user = match account {
        Some(account) => open(&app, id, account).await?,
        None if caller.is_guest() => return Err(Problem::unauthenticated()),
        None => caller.id.into(),
    };
    let by = Actor::new(user.uuid(), Role::System);
    let accepted = app.commands.execute(Order::new(id, Command::Accept { user }, by)).await?;
    organizations::admit(&app.commands, id).await?;
    Ok(accepted.into())
}

/// The invitation whose secret is shown.
async fn shown(app: &App, token: &str) -> Result<InvitationId, Problem> {
    let worthless = || Problem::invalid("/token", "is no invitation");
    let ticket: Ticket = token.parse().map_err(|_| worthless())?;
    let invitation: InvitationId = ticket.about.into();
    let known = app.commands.lookup().load(invitation).await?;
    let email = known.offer().and_then(|offer| offer.email.get()).ok_or_else(worthless)?;
    let master = app.commands.lookup().keys().master();
    let genuine = ticket.is_for(master, organizations::INVITATION, &email.folded());
    genuine.then_some(invitation).ok_or_else(worthless)
}

/// The account of whoever was invited and has none: always the same one for the same invitation.
async fn open(app: &App, id: InvitationId, account: NewAccount) -> Result<UserId, Problem> {
    let NewAccount { name, password, language, zone } = account;
    let password = Some(app.passwords.hash(password, "/account/password").await?);
    let known = app.commands.lookup().load(id).await?;
    let offer = known.offer().ok_or_else(Problem::not_found)?;
    let email = offer.email.get().cloned().ok_or_else(Problem::not_found)?;
    let user = UserId::derived(&["invited", &id.to_string()]);
    let registration = Registration {
        email,
        name,
        language,
        zone,
        password,
        role: Role::ClientUser,
        membership: None,
        customer: None,
    };
    let register = user::Command::Register(registration);
    let by = Actor::new(user.uuid(), Role::System);
    match app.commands.execute(Order::new(user, register, by)).await {
        // It was made before, and the answer got lost.
        Ok(_) | Err(commands::Failure::Refused(user::Refusal::AlreadyRegistered)) => Ok(user),
        Err(failure) => Err(failure.into()),
    }
}
