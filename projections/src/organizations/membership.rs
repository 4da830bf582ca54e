//! The members of cabinets.

use domain::{
    Recorded, Text,
    identity::{
        Reach,
        user::{self, UserId},
    },
    organizations::{
        cabinet::CabinetId,
        membership::{self, Event, Grant, Rank},
    },
};
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Fold, FoldedStream, Projector,
    identity::user_names::UserNameRows,
    listing::{Field, Listing, OwnerColumns},
};

pub const PROJECTOR: Projector = Projector {
    name: "organizations.membership",
    version: 4,
    tables: include_str!("membership.sql"),
    streams: &[
        FoldedStream::of::<membership::Membership, Rows>(),
        FoldedStream::of::<user::User, UserNameRows>(),
    ],
};

/// The members of all cabinets; those of one by `filter[cabinet]`.
pub const MEMBERS: Listing = Listing {
    from: "organizations_membership.listed",
    fields: &[
        Field::id::<CabinetId>("cabinet"),
        Field::id::<UserId>("user").with_names_in("name"),
        Field::text("name"),
        Field::enum_of::<Rank>("role"),
        Field::enum_of::<Reach>("reach"),
    ],
    search: Some("search"),
    sort: &["created_at", "name"],
    owner: OwnerColumns { user: Some("user"), cabinet: Some("cabinet"), ..OwnerColumns::NONE },
};

/// The same for colleagues, who see each other's names; of themselves they see the rest as well.
pub const MEMBER_NAMES: Listing = Listing { from: "organizations_membership.names", ..MEMBERS };

/// Someone who acts in a cabinet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Member {
    pub cabinet: CabinetId,
    pub user: UserId,
    /// Nothing, once the user was erased.
    pub name: Option<Text<200>>,
    /// Colleagues do not see each other's.
    pub role: Option<Rank>,
    /// Colleagues do not see each other's.
    pub reach: Option<Reach>,
}

/// A member as it is stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Row {
    cabinet: CabinetId,
    user: UserId,
    #[serde(flatten)]
    grant: Grant,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Rows {
    members: Vec<Row>,
}

impl Fold<membership::Membership> for Rows {
    fn apply(&mut self, recorded: &Recorded<Event>) {
        match recorded.event {
            Event::Joined { cabinet, user, grant } => {
                self.members = vec![Row { cabinet, user, grant }];
            }
            Event::Changed { grant } => {
                self.members.iter_mut().for_each(|member| member.grant = grant);
            }
            Event::Removed {} => self.members.clear(),
        }
    }
}

/// The cabinet of which a user became a member first.
pub async fn first_cabinet(db: &PgPool, user: UserId) -> sqlx::Result<Option<CabinetId>> {
    let first = sqlx::query_scalar(
        "select cabinet from organizations_membership.members
         where \"user\" = $1 order by created_at, id limit 1",
    );
    let first: Option<Uuid> = first.bind(user.uuid()).fetch_optional(db).await?;
    Ok(first.map(CabinetId::from))
}

/// A cabinet to which a user belongs, and what they may do there.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema, sqlx::FromRow)]
pub struct UserMembership {
    #[sqlx(try_from = "Uuid")]
    pub cabinet: CabinetId,
    /// Of the cabinet; nothing, once it was erased.
    pub name: Option<String>,
    #[sqlx(json)]
    pub role: Rank,
    #[sqlx(json)]
    pub reach: Reach,
}

/// All cabinets of which a user is a member, by name.
pub async fn memberships_of_user(db: &PgPool, user: UserId) -> sqlx::Result<Vec<UserMembership>> {
    let memberships = sqlx::query_as(
        "select m.cabinet, c.name, to_jsonb(m.role) as role, to_jsonb(m.reach) as reach
         from organizations_membership.members m
         join organizations_cabinet.cabinets c on c.id = m.cabinet
         where m.\"user\" = $1 order by c.name, c.id",
    );
    memberships.bind(user.uuid()).fetch_all(db).await
}

/// The cabinets that a user administers.
pub async fn administered_cabinets(db: &PgPool, user: UserId) -> sqlx::Result<Vec<CabinetId>> {
    let cabinets = sqlx::query_scalar(
        "select cabinet from organizations_membership.members
         where \"user\" = $1 and role = 'client_admin' order by cabinet",
    );
    let cabinets: Vec<Uuid> = cabinets.bind(user.uuid()).fetch_all(db).await?;
    Ok(cabinets.into_iter().map(CabinetId::from).collect())
}

/// The active users who are members of a cabinet.
pub async fn active_members_of_cabinet(
    db: &PgPool,
    cabinet: CabinetId,
) -> sqlx::Result<Vec<UserId>> {
    let users = sqlx::query_scalar(
        "select u.id from organizations_membership.members m
         join identity_user.users u on u.id = m.\"user\"
         where m.cabinet = $1 and u.standing = 'active' order by u.id",
    );
    let users: Vec<Uuid> = users.bind(cabinet.uuid()).fetch_all(db).await?;
    Ok(users.into_iter().map(UserId::from).collect())
}
