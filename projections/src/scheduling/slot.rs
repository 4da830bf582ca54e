//! Searches free slots, from services, resources and the time that appointments occupy.

use std::io;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;
use domain::{
    first_instant_at_or_after,
    scheduling::{
        Availability, Period,
        appointment::AppointmentId,
        resource::{Kind, ResourceId},
        service::{Definition, ServiceId},
        slot::{Candidate, OccupancySlot, Slot, find_free, occupancy_slots, search_cost},
    },
};
use sqlx::{PgPool, types::Json};
use thiserror::Error;
use tokio::task::spawn_blocking;
use uuid::Uuid;

use super::{appointment::APPOINTMENTS, resource::RESOURCES, service::SERVICES};
use crate::{
    concurrency_limit::{Busy, ConcurrencyLimit},
    listing,
};

/// The most days of one query.
pub const MAX_DAYS: usize = 31;

/// The most starting times that one query may examine.
const MAX_STARTS: usize = 100_000;
/// How many queries one process runs at once: guests may send them, and each takes a core.
static PERMITS: ConcurrencyLimit = ConcurrencyLimit::new(2);

/// A query for free slots.
#[derive(Debug, Clone)]
pub struct SlotQuery {
    pub service: ServiceId,
    /// Only those with this resource.
    pub resource: Option<ResourceId>,
    /// Where this appointment could be moved to: what it takes itself is free for it.
    pub moving: Option<AppointmentId>,
    pub days: DayRange,
    pub of: OfferedResources,
}

/// Whose time is offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OfferedResources {
    /// That of all resources in use.
    All,
    /// To guests that of those which everybody sees.
    Public,
}

/// Some days in a row.
#[derive(Debug, Clone, Copy)]
pub struct DayRange {
    /// The first and the last day…
    pub first: NaiveDate,
    pub last: NaiveDate,
    /// …in this zone, or else in that of the resource.
    pub zone: Option<Tz>,
}

/// Slots, and the position of the read models.
#[derive(Debug, Clone)]
pub struct SlotAnswer<T> {
    pub slots: Vec<T>,
    /// The read models contained everything up to this position…
    pub position: i64,
    /// …at this moment.
    pub as_of: DateTime<Utc>,
}

/// Why a query has no answer.
#[derive(Debug, Error)]
pub enum SlotQueryError {
    #[error("there is no such service, or it is not offered any more")]
    NotOffered,
    #[error("there is no such resource, or the service does not need one of its kind")]
    UnfitResource,
    #[error("there is no such resource, or it is not in use any more")]
    NoResource,
    #[error("the last day comes after the first one, by {MAX_DAYS} days at most")]
    DayRange,
    #[error("there are too many starts to look at; ask for fewer days, or for one resource")]
    TooMany,
    #[error("too many ask for free slots; try again")]
    Busy,
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

impl DayRange {
    /// The number of days.
    fn count(self) -> Result<usize, SlotQueryError> {
        let days = (self.last - self.first).num_days();
        let days = usize::try_from(days).map_err(|_| SlotQueryError::DayRange)? + 1;
        if days > MAX_DAYS { Err(SlotQueryError::DayRange) } else { Ok(days) }
    }

    /// The days as a period, in `zone` unless they have a zone of their own.
    pub(super) fn to_period(self, zone: Tz) -> Result<Period, SlotQueryError> {
        self.count()?;
        let zone = self.zone.unwrap_or(zone);
        let midnight =
            |day: NaiveDate| first_instant_at_or_after(zone, day.and_time(NaiveTime::MIN));
        let end = self.last.succ_opt().unwrap_or(self.last);
        Ok(Period::new(midnight(self.first), midnight(end)))
    }
}

/// The slots that are free and can be booked now.
pub async fn available_slots(
    db: &PgPool,
    query: &SlotQuery,
    now: DateTime<Utc>,
) -> Result<SlotAnswer<Slot>, SlotQueryError> {
    let days = query.days.count()?;
    let (position, as_of) = read_position(db).await?;
    let service = service(db, query.service).await?.ok_or(SlotQueryError::NotOffered)?;
    let mut candidates = candidates(db, &service, query.of).await?;
    if let Some(resource) = query.resource {
        let found = candidates.iter().find(|candidate| candidate.id == resource);
        let kind = found.ok_or(SlotQueryError::UnfitResource)?.kind;
        candidates.retain(|candidate| candidate.kind != kind || candidate.id == resource);
    }
    let Some(first) = candidates.first() else {
        return Ok(SlotAnswer { slots: vec![], position, as_of });
    };
    let range = query.days.to_period(first.availability.zone)?;
    if search_cost(&service, &candidates, days) > MAX_STARTS {
        return Err(SlotQueryError::TooMany);
    }
    let _permit = PERMITS.acquire().await.map_err(|Busy| SlotQueryError::Busy)?;
    // No appointment extends further than this around its start.
    let margin = service.duration() + TimeDelta::days(1);
    let period = Period::new(range.from - margin, range.until + margin);
    add_occupied(db, &mut candidates, period, query.moving, now).await?;
    // Not on the threads of the async runtime: it takes CPU time.
    let found = spawn_blocking(move || find_free(&service, &candidates, range, now)).await;
    Ok(SlotAnswer {
        slots: found.map_err(|why| sqlx::Error::Io(io::Error::other(why)))?,
        position,
        as_of,
    })
}

/// The hours of a resource on some days, and how much of it is occupied.
pub async fn resource_hours(
    db: &PgPool,
    (resource, of): (ResourceId, OfferedResources),
    days: DayRange,
    now: DateTime<Utc>,
) -> Result<SlotAnswer<OccupancySlot>, SlotQueryError> {
    let (position, as_of) = read_position(db).await?;
    let resource: Option<ResourceRow> = sqlx::query_as(
        "select id, to_jsonb(kind), capacity, availability from scheduling_resource.resources
         where status = 'in_use' and id = $1 and (public or not $2)",
    )
    .bind(resource.uuid())
    .bind(of == OfferedResources::Public)
    .fetch_optional(db)
    .await?;
    let mut candidates = [candidate(resource.ok_or(SlotQueryError::NoResource)?)];
    let range = days.to_period(candidates[0].availability.zone)?;
    add_occupied(db, &mut candidates, range, None, now).await?;
    Ok(SlotAnswer { slots: occupancy_slots(&candidates[0], range), position, as_of })
}

async fn read_position(db: &PgPool) -> sqlx::Result<(i64, DateTime<Utc>)> {
    listing::model_position(
        db,
        &[SERVICES, RESOURCES, APPOINTMENTS].map(|listing| listing.schema()),
    )
    .await
}

async fn service(db: &PgPool, id: ServiceId) -> sqlx::Result<Option<Definition>> {
    // Field by field: a definition accepts no others.
    let service: Option<Json<Definition>> = sqlx::query_scalar(
        "select jsonb_build_object(
             'name', name, 'phases', phases, 'buffer_before_minutes', buffer_before_minutes,
             'buffer_after_minutes', buffer_after_minutes,
             'minimum_notice_minutes', minimum_notice_minutes, 'horizon_days', horizon_days,
             'cancel_cutoff_minutes', cancel_cutoff_minutes, 'auto_confirm', auto_confirm,
             'step_minutes', step_minutes)
         from scheduling_service.services where id = $1 and status = 'offered'",
    )
    .bind(id.uuid())
    .fetch_optional(db)
    .await?;
    Ok(service.map(|Json(definition)| definition))
}

async fn candidates(
    db: &PgPool,
    service: &Definition,
    of: OfferedResources,
) -> sqlx::Result<Vec<Candidate>> {
    let needs = Json(service.needed_kinds());
    let rows: Vec<ResourceRow> = sqlx::query_as(
        "select id, to_jsonb(kind), capacity, availability from scheduling_resource.resources
         where status = 'in_use' and $1 @> to_jsonb(kind) and (public or not $2)
         order by name, id",
    )
    .bind(needs)
    .bind(of == OfferedResources::Public)
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(candidate).collect())
}

/// A resource: its id, kind, capacity and availability.
type ResourceRow = (Uuid, Json<Kind>, i32, Json<Availability>);

fn candidate((id, Json(kind), capacity, Json(availability)): ResourceRow) -> Candidate {
    let capacity = u16::try_from(capacity).unwrap_or_default();
    Candidate { id: id.into(), kind, capacity, availability, taken: vec![] }
}

/// Adds the times at which the candidates are occupied, by others than an appointment that moves.
async fn add_occupied(
    db: &PgPool,
    candidates: &mut [Candidate],
    range: Period,
    moving: Option<AppointmentId>,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    let ids: Vec<Uuid> = candidates.iter().map(|candidate| candidate.id.uuid()).collect();
    let rows: Vec<(Uuid, DateTime<Utc>, DateTime<Utc>)> = sqlx::query_as(
        "select resource, starts, ends from scheduling_appointment.occupied
         where taken and resource = any($1) and ends > $2 and starts < $3
           and (expires is null or expires > $4) and id is distinct from $5",
    )
    .bind(ids)
    .bind(range.from)
    .bind(range.until)
    .bind(now)
    .bind(moving.map(AppointmentId::uuid))
    .fetch_all(db)
    .await?;
    for (resource, from, until) in rows {
        let occupied = candidates.iter_mut().find(|candidate| candidate.id.uuid() == resource);
        if let Some(candidate) = occupied {
            candidate.taken.push(Period::new(from, until));
        }
    }
    Ok(())
}
