//! Users.

use domain::{
    Email, Recorded, Text,
    crm::customer::CustomerId,
    identity::{
        Reach, Role,
        user::{self, AccountStatus, Event, HomeCabinet, Language, UserId},
    },
    organizations::cabinet::CabinetId,
};
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Fold, FoldedStream, Projector,
    listing::{Field, Listing, OwnerColumns},
};

pub const PROJECTOR: Projector = Projector {
    name: "identity.user",
    version: 12,
    tables: include_str!("user.sql"),
    streams: &[FoldedStream::of::<user::User, Rows>()],
};

pub const USERS: Listing = Listing {
    from: "identity_user.users",
    fields: &[
        Field::text("email"),
        Field::text("name").as_row_name(),
        Field::text("language"),
        Field::enum_of::<Role>("role"),
        Field::id::<CabinetId>("cabinet"),
        Field::id::<CustomerId>("customer"),
        Field::enum_of::<AccountStatus>("standing"),
    ],
    search: Some("search"),
    sort: &["name", "created_at"],
    owner: OwnerColumns { user: Some("id"), member: Some("id"), ..OwnerColumns::NONE },
};

/// The same for clients, without the other cabinets of a user…
pub const USERS_FOR_CLIENTS: Listing = Listing { from: "identity_user.members", ..USERS };

/// …and for callers who need only names, without addresses.
pub const USER_NAMES: Listing = Listing { from: "identity_user.names", ..USERS };

/// Someone who signs in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct User {
    /// Nothing, once the user was erased. To whom only the name is shown, the rest is nothing as well.
    pub email: Option<Email>,
    pub name: Option<Text<200>>,
    pub language: Option<Language>,
    /// The time zone in which the user is told times.
    pub zone: Option<String>,
    pub role: Option<Role>,
    /// The cabinet the user acts in.
    pub cabinet: Option<CabinetId>,
    pub reach: Option<Reach>,
    /// The customer who the user is.
    pub customer: Option<CustomerId>,
    pub standing: Option<AccountStatus>,
    /// Whether they are kept out until unlocked, whatever else they are.
    pub locked: Option<bool>,
    /// Whether they have shown that the address is theirs.
    pub verified: Option<bool>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Rows {
    users: Vec<User>,
}

impl Fold<user::User> for Rows {
    fn apply(&mut self, recorded: &Recorded<Event>) {
        if let Event::Registered { email, name, language, zone } = &recorded.event {
            self.users = vec![User {
                email: email.get().cloned(),
                name: name.get().cloned(),
                language: Some(*language),
                zone: Some(zone.to_string()),
                role: Some(Role::Guest),
                cabinet: None,
                reach: None,
                customer: None,
                standing: Some(AccountStatus::Active),
                locked: Some(false),
                verified: Some(true),
            }];
        }
        let Some(user) = self.users.first_mut() else { return };
        let mut deactivated = user.standing == Some(AccountStatus::Deactivated);
        match &recorded.event {
            Event::SignedUp {} => user.verified = Some(false),
            Event::EmailVerified {} => user.verified = Some(true),
            Event::EmailChanged { email } => user.email = email.get().cloned(),
            Event::ProfileChanged { name, language, zone } => {
                user.name = name.get().cloned();
                (user.language, user.zone) = (Some(*language), Some(zone.to_string()));
            }
            Event::RoleGranted { role } => user.role = Some(*role),
            Event::JoinedCabinet(HomeCabinet { cabinet, reach }) => {
                (user.cabinet, user.reach) = (Some(*cabinet), Some(*reach));
            }
            Event::LeftCabinet {} => (user.cabinet, user.reach) = (None, None),
            Event::CabinetChosen { cabinet } => (user.cabinet, user.reach) = (Some(*cabinet), None),
            Event::LinkedToCustomer { customer } => user.customer = Some(*customer),
            Event::Locked {} => user.locked = Some(true),
            Event::Unlocked {} => user.locked = Some(false),
            Event::Deactivated {} => deactivated = true,
            Event::Reactivated {} => deactivated = false,
            // Credentials are never shown.
            Event::Registered { .. }
            | Event::LinkRequested(_)
            | Event::EmailChangeRequested { .. }
            | Event::PasswordChanged { .. }
            | Event::SignedOutEverywhere { .. }
            | Event::TotpEnrolled { .. }
            | Event::TotpEnabled {}
            | Event::TotpUsed { .. }
            | Event::TotpDisabled {}
            | Event::RecoveryCodesRegenerated { .. }
            | Event::RecoveryCodeUsed { .. }
            | Event::PasskeyEnrolled { .. }
            | Event::PasskeyUsed { .. }
            | Event::PasskeyRemoved { .. }
            | Event::SecondFactorReset {} => {}
        }
        let is = |flag: Option<bool>| flag == Some(true);
        user.standing =
            Some(AccountStatus::from_flags(deactivated, is(user.locked), is(user.verified)));
    }
}

/// The active users who are a customer.
pub async fn active_users_of_customer(
    db: &PgPool,
    customer: CustomerId,
) -> sqlx::Result<Vec<UserId>> {
    let users = sqlx::query_scalar(
        "select id from identity_user.users
         where customer = $1 and standing = 'active' order by id",
    );
    let users: Vec<Uuid> = users.bind(customer.uuid()).fetch_all(db).await?;
    Ok(users.into_iter().map(UserId::from).collect())
}

/// The active users of a role.
pub async fn active_users_of_role(db: &PgPool, role: Role) -> sqlx::Result<Vec<UserId>> {
    let users = "select id from identity_user.users
         where role = $1 and standing = 'active' order by id";
    let users: Vec<Uuid> = sqlx::query_scalar(users).bind(role.to_string()).fetch_all(db).await?;
    Ok(users.into_iter().map(UserId::from).collect())
}
