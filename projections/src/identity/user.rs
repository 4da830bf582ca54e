//! Who the users are, and what they sign in with.

use domain::{
    Email, Recorded, Text,
    crm::customer::CustomerId,
    identity::{
        Reach, Role,
        user::{self, Event, Language, Membership, PasswordHash, Standing, UserId},
    },
    organizations::cabinet::CabinetId,
};
use serde::{Deserialize, Serialize};
use sqlx::{PgPool, types::Json};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Fold, Projector, Stream,
    listing::{Field, Listing, Own},
};

pub const PROJECTOR: Projector = Projector {
    name: "identity.user",
    version: 3,
    tables: include_str!("user.sql"),
    streams: &[Stream::of::<user::User, Rows>()],
};

pub const USERS: Listing = Listing {
    from: "identity_user.users",
    fields: &[
        Field::text("email"),
        Field::text("name"),
        Field::text("language"),
        Field::text("role"),
        Field::uuid("cabinet"),
        Field::uuid("customer"),
        Field::text("standing"),
    ],
    search: Some("search"),
    sort: &["name", "created_at"],
    own: Own {
        user: Some("id"),
        customer: Some("customer"),
        cabinet: Some("cabinet"),
        member: Some("id"),
    },
};

/// The same, but for what is nobody else's business: addresses.
pub const NAMES: Listing = Listing { from: "identity_user.names", ..USERS };

/// Someone who signs in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct User {
    /// Nothing, once the user was erased or to whom only the name is shown.
    pub email: Option<Email>,
    pub name: Option<Text<200>>,
    pub language: Language,
    /// The IANA zone in which the user is told times.
    pub zone: String,
    pub role: Role,
    /// The cabinet the user acts in.
    pub cabinet: Option<CabinetId>,
    pub reach: Option<Reach>,
    /// The customer who the user is.
    pub customer: Option<CustomerId>,
    pub standing: Standing,
}

#[derive(Debug, Serialize, Deserialize)]
struct Secret {
    mailbox: Option<String>,
    password: Option<PasswordHash>,
}

/// What is needed to let somebody in.
#[derive(Debug, Clone)]
pub struct Credential {
    pub user: Uuid,
    /// The Argon2id hash of the password; nobody signs in without one.
    pub hash: Option<String>,
    /// Whether the user may sign in.
    pub active: bool,
    pub role: Role,
    pub cabinet: Option<Uuid>,
    pub reach: Reach,
    pub customer: Option<Uuid>,
    /// Changes whenever anything here may have.
    pub member_version: i32,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Rows {
    users: Vec<User>,
    credentials: Vec<Secret>,
}

impl Fold<user::User> for Rows {
    fn on(&mut self, fact: &Recorded<Event>) {
        if let Event::Registered { email, name, language, zone } = &fact.event {
            let mailbox = email.get().map(Email::folded);
            self.credentials = vec![Secret { mailbox, password: None }];
            self.users = vec![User {
                email: email.get().cloned(),
                name: name.get().cloned(),
                language: *language,
                zone: zone.to_string(),
                role: Role::Guest,
                cabinet: None,
                reach: None,
                customer: None,
                standing: Standing::Active,
            }];
        }
        let (Some(user), Some(secret)) = (self.users.first_mut(), self.credentials.first_mut())
        else {
            return;
        };
        match &fact.event {
            Event::Registered { .. } => {}
            Event::PasswordChanged { password } => secret.password = password.get().cloned(),
            Event::ProfileChanged { name, language, zone } => {
                user.name = name.get().cloned();
                (user.language, user.zone) = (*language, zone.to_string());
            }
            Event::RoleGranted { role } => user.role = *role,
            Event::JoinedCabinet(Membership { cabinet, reach }) => {
                (user.cabinet, user.reach) = (Some(*cabinet), Some(*reach));
            }
            Event::LeftCabinet {} => (user.cabinet, user.reach) = (None, None),
            Event::LinkedToCustomer { customer } => user.customer = Some(*customer),
            Event::Locked {} => user.standing = Standing::Locked,
            Event::Unlocked {} | Event::Reactivated {} => user.standing = Standing::Active,
            Event::Deactivated {} => user.standing = Standing::Deactivated,
        }
    }
}

/// What the user of a mailbox, by its folded address, signs in with.
pub async fn credential(db: &PgPool, mailbox: &str) -> sqlx::Result<Option<Credential>> {
    let found: Option<(Uuid, Option<String>, i32, Json<User>)> = sqlx::query_as(
        "select u.id, c.password, u.version, to_jsonb(u)
         from identity_user.credentials c join identity_user.users u using (id)
         where c.mailbox = $1
         order by u.standing = 'deactivated', u.id limit 1",
    )
    .bind(mailbox)
    .fetch_optional(db)
    .await?;
    Ok(found.map(|(user, hash, member_version, Json(known))| Credential {
        user,
        hash,
        active: known.standing == Standing::Active,
        role: known.role,
        cabinet: known.cabinet.map(CabinetId::uuid),
        reach: known.reach.unwrap_or_default(),
        customer: known.customer.map(CustomerId::uuid),
        member_version,
    }))
}

/// The active users who act in a cabinet.
pub async fn of_cabinet(db: &PgPool, cabinet: CabinetId) -> sqlx::Result<Vec<UserId>> {
    let users = sqlx::query_scalar(
        "select id from identity_user.users
         where cabinet = $1 and standing = 'active' order by id",
    );
    let users: Vec<Uuid> = users.bind(cabinet.uuid()).fetch_all(db).await?;
    Ok(users.into_iter().map(UserId::from).collect())
}

/// The active users who are a customer.
pub async fn of_customer(db: &PgPool, customer: CustomerId) -> sqlx::Result<Vec<UserId>> {
    let users = sqlx::query_scalar(
        "select id from identity_user.users
         where customer = $1 and standing = 'active' order by id",
    );
    let users: Vec<Uuid> = users.bind(customer.uuid()).fetch_all(db).await?;
    Ok(users.into_iter().map(UserId::from).collect())
}
