//! Endpoints of invitations: people are invited by mail to become members of a cabinet.

use axum::extract::State;
use commands::{CommandEnvelope, Failure, Receipt, organizations, policy::Right};
use domain::{
    Email, Text,
    identity::{
        Actor, Reach, Role,
        user::{self, Language, Registration, UserId},
    },
    organizations::{
        cabinet::CabinetId,
        invitation::{
            Command, CommandKind, INVITED_CLAIM, Invitation, InvitationId, invited_claim_key,
            newcomer_user_id,
        },
        membership::{Grant, MembershipId, Rank},
    },
};
use projections::{
    listing::Listing,
    organizations::invitation::{self, INVITATIONS},
};
use sealing::LinkToken;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::membership::not_found_if_cabinet_hidden;
use crate::{
    App,
    auth::{Bucket, require_deliverable_email},
    caller::Caller,
    dispatcher::CommandResponse,
    json_request::{JsonRequest, Path},
    problem::{Problem, ProblemCode},
    resource::resource,
    routes::Routes,
    visible::Visible,
};

impl Visible for Invitation {
    const READ_RIGHT: Right = Right::MembersManage;
    const LISTING: &'static Listing = &INVITATIONS;
}

pub(super) fn routes() -> Routes {
    resource::<Invitation>("/invitations")
        .commands(&[CommandKind::Withdraw])
        .list::<invitation::Invitation>()
        .item::<invitation::Invitation>()
        .history()
        .routes()
        .guarded(Right::MembersManage, routes!(send_invitation))
        .public(routes!(accept_invitation))
}

/// Who is invited, and with which rank.
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
    params(("id" = CabinetId, Path)),
    request_body = NewInvitation, responses((status = 201, body = CommandResponse)))]
async fn send_invitation(
    State(app): State<App>,
    caller: Caller,
    Path(cabinet): Path<CabinetId>,
    request: JsonRequest<NewInvitation>,
) -> Result<CommandResponse, Problem> {
    let NewInvitation { email, role, reach, language } = request.body;
    require_deliverable_email(&email)?;
    let attempts = &app.auth.attempts;
    if caller.role.is_client() {
        let _counted = attempts.begin(Bucket::Invitations(caller.id)).await?;
    }
    let counted = attempts.begin(Bucket::Invitation(email.as_str())).await?;
    let grant = Grant { role, reach };
    withdraw_late(&app, &caller, cabinet, &email).await?;
    let send = Command::Send { cabinet, email, grant, language };
    let envelope = CommandEnvelope::<Invitation>::create(send, caller.actor().clone());
    match app.dispatcher.create(&caller, envelope, request.options).await {
        Ok(invited) => Ok(invited.created_below("/invitations")),
        Err(problem) => {
            // Nothing was sent, so it does not count for the address.
            attempts.withdraw(counted).await?;
            Err(not_found_if_cabinet_hidden(&caller, cabinet, problem))
        }
    }
}

/// Takes back an invitation of an address to a cabinet that can be accepted no more: nobody recorded that its
/// time is over, so it still stands in the way of another one.
async fn withdraw_late(
    app: &App,
    caller: &Caller,
    cabinet: CabinetId,
    email: &Email,
) -> Result<(), Problem> {
    let aggregates = app.commands.aggregates();
    let Some(holder) =
        aggregates.claim_holder(INVITED_CLAIM, &invited_claim_key(cabinet, email)).await?
    else {
        return Ok(());
    };
    let id = InvitationId::from(holder);
    if aggregates.load(id).await?.is_open(app.commands.now()) {
        return Ok(());
    }
    let envelope = CommandEnvelope::new(id, Command::Withdraw {}, caller.actor().clone());
    app.commands.execute(envelope).await?;
    Ok(())
}

/// The token of the mail, and a new account if the person has none.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Acceptance {
    token: String,
    /// The account to create for the invited address, if the person has none.
    #[serde(default)]
    account: Option<NewAccount>,
}

/// A new account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewAccount {
    pub(crate) name: Text<200>,
    /// Of 12 characters or more.
    #[schema(format = Password, min_length = 12)]
    pub(crate) password: String,
    #[serde(default)]
    pub(crate) language: Language,
    /// The time zone in which the user is told times; that of the business if it is left out.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "Europe/Berlin")]
    pub(crate) zone: Option<chrono_tz::Tz>,
}

/// Accepts an invitation, as the signed-in user or with a new account. The token is in the body,
/// as addresses are logged.
#[utoipa::path(post, path = "/invitations/accept",
    operation_id = "organizations.invitation.accept", tag = "organizations",
    request_body = Acceptance,
    responses((status = 200, description = "Now a member: `data.id` is the invitation's.",
        body = CommandResponse)))]
async fn accept_invitation(
    State(app): State<App>,
    caller: Caller,
    request: JsonRequest<Acceptance>,
) -> Result<CommandResponse, Problem> {
    let Acceptance { token, account } = request.body;
    let id = verify_token(&app, &token).await?;
    let invitee = match account {
        Some(account) => AcceptAs::Newcomer(account),
        None if caller.is_guest() => {
            let message = "sign in, or say whose account is to be made";
            return Err(Problem::invalid("/account", message));
        }
        // Impersonators cannot accept on behalf of the user.
        None if caller.impersonator.is_some() => {
            return Err(Problem::forbidden(Right::MembersManage));
        }
        None => AcceptAs::User(caller.id.into()),
    };
    let accepted = accept_as(&app, id, invitee).await?;
    Ok(CommandResponse::new(accepted, app.dispatcher.min_position(&accepted).await?))
}

/// Who accepts an invitation.
pub(crate) enum AcceptAs {
    User(UserId),
    Newcomer(NewAccount),
}

/// Accepts an invitation of which the token was verified.
pub(crate) async fn accept_as(
    app: &App,
    id: InvitationId,
    invitee: AcceptAs,
) -> Result<Receipt, Problem> {
    let (user, account) = match invitee {
        AcceptAs::User(user) => (user, None),
        AcceptAs::Newcomer(account) => (newcomer_user_id(id), Some(account)),
    };
    let password = match &account {
        Some(new) => {
            Some(app.auth.passwords.hash(new.password.clone(), "/account/password").await?)
        }
        None => None,
    };
    let actor = Actor::new(user.uuid(), Role::System);
    // Accepted first, so that an invitation that is not open creates no account.
    let accepted =
        app.commands.execute(CommandEnvelope::new(id, Command::Accept { user }, actor)).await?;
    if let Some(account) = account {
        fail::fail_point!("invitation.after_accept", |_| std::process::abort());
        register_invitee(app, id, account, password).await?;
    }
    if let Some(joined) = organizations::join_by_accepted_invitation(&app.commands, id).await? {
        app.auth.changes.mark_changed(MembershipId::from(joined.id), joined.position);
    }
    Ok(accepted)
}

/// The invitation to which the token of a mail belongs.
pub(crate) async fn verify_token(app: &App, token: &str) -> Result<InvitationId, Problem> {
    let invalid_token = || Problem::invalid("/token", "is no invitation");
    let token: LinkToken = token.parse().map_err(|_| invalid_token())?;
    let invitation: InvitationId = token.about.into();
    let state = app.commands.aggregates().load(invitation).await?;
    let email = state.offer().and_then(|offer| offer.email.get()).ok_or_else(invalid_token)?;
    let master = app.commands.aggregates().keys().master();
    let is_genuine =
        token.is_valid_for(master, organizations::INVITATION_LINK_PURPOSE, &email.normalized());
    is_genuine.then_some(invitation).ok_or_else(invalid_token)
}

/// Registers the invited person as a user. If the process ends after this, a worker makes them a
/// member: it finds the invitation by the registration's correlation id.
async fn register_invitee(
    app: &App,
    id: InvitationId,
    account: NewAccount,
    password: Option<user::PasswordHash>,
) -> Result<(), Problem> {
    let NewAccount { name, password: _, language, zone } = account;
    let invitation = app.commands.aggregates().load(id).await?;
    let email = invitation.offer().and_then(|offer| offer.email.get().cloned());
    let email = email.ok_or_else(Problem::not_found)?;
    let (role, membership, customer) = (Role::ClientUser, None, None);
    let registration =
        Registration { email, name, language, zone, password, role, membership, customer };
    let user = newcomer_user_id(id);
    let actor = Actor::new(user.uuid(), Role::System);
    let envelope = CommandEnvelope::new(user, user::Command::Register(registration), actor);
    match app.commands.execute(envelope.with_correlation(Some(id.uuid()))).await {
        Ok(_) => Ok(()),
        // Sent twice, or somebody else was faster: the answer does not reveal whose password was set.
        Err(Failure::Refused(user::Refusal::AlreadyRegistered)) => {
            let detail = "this invitation was accepted already; sign in";
            Err(Problem::conflict(ProblemCode::Accepted, detail).with_rule(Some("IAM-9")))
        }
        Err(failure) => Err(failure.into()),
    }
}
