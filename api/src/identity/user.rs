//! Endpoints of users: registration, profile, role and lock.

use axum::extract::State;
use commands::{CommandEnvelope, organizations, policy::Right};
use domain::{
    Email, Text,
    crm::customer::CustomerId,
    identity::{
        Actor, Role,
        user::{Command, CommandKind, Event, HomeCabinet, Language, Profile, Registration, User},
    },
};
use projections::{
    identity::user::{USER_NAMES, USERS, USERS_FOR_CLIENTS, User as Row},
    listing::Listing,
};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use crate::{
    App, caller::Caller, dispatcher::CommandResponse, json_request::JsonRequest, problem::Problem,
    resource::resource, routes::Routes, visible::Visible,
};

impl Visible for User {
    const READ_RIGHT: Right = Right::UsersRead;
    const HISTORY_RIGHT: Right = Right::UsersHistory;
    const LISTING: &'static Listing = &USERS;

    /// Users of a client see only the names of each other.
    fn listing(actor: &Actor) -> &'static Listing {
        match actor.role {
            Role::ClientUser => &USER_NAMES,
            Role::ClientAdmin => &USERS_FOR_CLIENTS,
            _ => &USERS,
        }
    }

    /// Clients learn of memberships only in cabinets within their reach.
    fn is_event_visible(event: &Event, actor: &Actor) -> bool {
        let reaches = |cabinet| !actor.role.is_client() || actor.reachable.contains(cabinet);
        match event {
            Event::JoinedCabinet(HomeCabinet { cabinet, .. })
            | Event::CabinetChosen { cabinet } => reaches(cabinet),
            event => !event.contains_secret(),
        }
    }
}

pub(super) fn routes() -> Routes {
    resource::<User>("/users")
        // Credentials have routes of their own, which check and hash them.
        .commands(&[
            CommandKind::ChangeProfile,
            CommandKind::GrantRole,
            CommandKind::LinkCustomer,
            CommandKind::ResetSecondFactor,
            CommandKind::Lock,
            CommandKind::Unlock,
            CommandKind::Deactivate,
            CommandKind::Reactivate,
        ])
        .patch(CommandKind::ChangeProfile, Patch::commands)
        .delete(|| Command::Deactivate {})
        .list::<Row>()
        .item::<Row>()
        .history()
        .routes()
        .guarded(Right::UsersManage, routes!(register_user))
}

/// What of a user is to be different.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Patch {
    name: Option<Text<200>>,
    language: Option<Language>,
    /// The time zone in which the user is told times.
    #[schema(value_type = Option<String>, example = "Europe/Berlin")]
    zone: Option<chrono_tz::Tz>,
    role: Option<Role>,
}

impl Patch {
    fn commands(self) -> Vec<Command> {
        let Self { name, language, zone, role } = self;
        let profile = Profile { name, language, zone };
        let has_profile = profile != Profile::default();
        let profile = has_profile.then_some(Command::ChangeProfile(profile));
        profile.into_iter().chain(role.map(|role| Command::GrantRole { role })).collect()
    }
}

/// Who becomes a user.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewUser {
    email: Email,
    name: Text<200>,
    #[serde(default)]
    language: Language,
    /// The time zone in which the user is told times; that of the business if it is left out.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "Europe/Berlin")]
    zone: Option<chrono_tz::Tz>,
    /// Of 12 characters or more; without one they choose it by a link from the sign-in page.
    #[serde(default)]
    #[schema(format = Password, min_length = 12)]
    password: Option<String>,
    role: Role,
    #[serde(default)]
    membership: Option<HomeCabinet>,
    /// The customer who the user is.
    #[serde(default)]
    customer: Option<CustomerId>,
}

/// Makes someone a user.
#[utoipa::path(post, path = "/users", operation_id = "identity.user.register",
    tag = "identity",
    request_body = NewUser, responses((status = 201, body = CommandResponse)))]
async fn register_user(
    State(app): State<App>,
    caller: Caller,
    request: JsonRequest<NewUser>,
) -> Result<CommandResponse, Problem> {
    let NewUser { email, name, language, zone, password, role, membership, customer } =
        request.body;
    let password = match password {
        Some(password) => Some(app.auth.passwords.hash(password, "/password").await?),
        None => None,
    };
    let registration =
        Registration { email, name, language, zone, password, role, membership, customer };
    let command = Command::Register(registration);
    let envelope = CommandEnvelope::<User>::create(command, caller.actor().clone());
    let done = app.dispatcher.create(&caller, envelope, request.options).await?;
    // The answer comes after the membership exists; a worker completes it if the process ends here.
    organizations::join_home_cabinet(&app.commands, done.id().into()).await?;
    Ok(done.created_below("/users"))
}
