//! Lists what the erasure of a person leaves for a decision: comments of others about them, and data
//! subjects that may be the same person. Works only before the key is destroyed.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::{FromRow, PgPool};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{Projector, all_projectors};

/// The most rows of each list.
const MAX_ROWS: i64 = 1_000;

/// What is left for a decision.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct RemainingData {
    /// What others said in the person's issues. It is sealed with the keys of those who said it; an
    /// agent can take it back.
    pub comments: Vec<RemainingComment>,
    /// Data subjects with the same address, or linked to the person: they are erased by themselves.
    pub related: Vec<RelatedSubject>,
    /// The read models that held something of the person.
    pub models: Vec<String>,
}

/// Something that somebody else said in an issue of the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, FromRow, ToSchema)]
pub struct RemainingComment {
    pub issue: Uuid,
    pub comment: Uuid,
    pub author: Uuid,
    pub at: DateTime<Utc>,
}

/// A data subject that may be the same person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, FromRow, ToSchema)]
pub struct RelatedSubject {
    /// What it is: `identity.user`.
    pub topic: String,
    pub id: Uuid,
}

const COMMENTS: &str = "select c.id as issue, c.key as comment, c.author, c.at
    from support_issue.comments c join support_issue.issues i on i.id = c.id
    where (i.reporter = $1 or i.customer = $1) and c.author <> $1 and c.text is not null
        and not exists (
            select from identity_user.users u where u.id = c.author and u.customer = $1)
    order by c.at limit $2";

const RELATED: &str = "with addresses (address) as (
        select lower(email) from identity_user.users where id = $1
        union select lower(contact_email) from organizations_cabinet.cabinets where id = $1
        union select lower(email) from organizations_invitation.invitations where id = $1
        union select lower(p ->> 'value')
            from crm_customer.customers c, jsonb_array_elements(c.contact_points) p
            where c.id = $1 and p ->> 'kind' = 'email'
    )
    select 'identity.user' as topic, id from identity_user.users
    where id <> $1 and (customer = $1 or lower(email) in (select address from addresses))
    union select 'crm.customer', c.id from crm_customer.customers c
    where c.id <> $1 and (
        c.id = (select customer from identity_user.users where id = $1)
        or exists (
            select from jsonb_array_elements(c.contact_points) p
            where lower(p ->> 'value') in (select address from addresses)))
    union select 'organizations.cabinet', id from organizations_cabinet.cabinets
    where id <> $1 and lower(contact_email) in (select address from addresses)
    union select 'organizations.invitation', id from organizations_invitation.invitations
    where id <> $1 and lower(email) in (select address from addresses)
    union select 'purchasing.purchase_event', id from purchasing_purchase_event.parked
    where exists (select from addresses where position(address in lower(payload)) > 0)
    order by topic, id limit $2";

/// What the erasure of a person would leave.
pub async fn remaining_data(db: &PgPool, subject: Uuid) -> sqlx::Result<RemainingData> {
    let comments = sqlx::query_as(COMMENTS).bind(subject).bind(MAX_ROWS).fetch_all(db).await?;
    let related = sqlx::query_as(RELATED).bind(subject).bind(MAX_ROWS).fetch_all(db).await?;
    let streams = "select distinct stream from event_store.sealed where subject = $1";
    let streams: Vec<String> = sqlx::query_scalar(streams).bind(subject).fetch_all(db).await?;
    let holds_data = |projector: &&Projector| {
        projector.streams.iter().any(|stream| streams.iter().any(|name| name == stream.name))
    };
    let models =
        all_projectors().filter(holds_data).map(|projector| projector.name.to_owned()).collect();
    Ok(RemainingData { comments, related, models })
}
