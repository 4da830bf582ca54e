//! Free slots: found from services, resources and what appointments take of them.

use std::{io, time::Duration};

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;
use domain::scheduling::{
    Availability, Period, first_from,
    resource::{Kind, ResourceId},
    service::{Definition, ServiceId},
    slot::{Candidate, Slot, TimeSlot, find_free, search_cost, time_slots},
};
use sqlx::{PgPool, types::Json};
use thiserror::Error;
use tokio::{sync::Semaphore, task::spawn_blocking, time::timeout};
use uuid::Uuid;

/// As many days as one question can be about.
pub const MOST_DAYS: usize = 31;

/// As many starts as are looked at for one question.
const MOST_STARTS: usize = 100_000;
/// How long somebody waits for their turn.
const PATIENCE: Duration = Duration::from_secs(5);
/// How many questions are answered at once by one process: guests may ask them, and each takes a core.
static TURNS: Semaphore = Semaphore::const_new(2);

/// Which slots someone wants.
#[derive(Debug, Clone)]
pub struct Wish {
    pub service: ServiceId,
    /// Only those with this resource.
    pub resource: Option<ResourceId>,
    pub days: Days,
}

/// Some days in a row.
#[derive(Debug, Clone, Copy)]
pub struct Days {
    /// The first and the last day…
    pub first: NaiveDate,
    pub last: NaiveDate,
    /// …by the clock of this zone, or else of what is asked about.
    pub zone: Option<Tz>,
}

/// What was asked for, as far as the read models had come.
#[derive(Debug, Clone)]
pub struct Found<T> {
    pub slots: Vec<T>,
    /// All that the answer depends on contained everything up to this position…
    pub position: i64,
    /// …at this moment.
    pub as_of: DateTime<Utc>,
}

/// Why a question has no answer.
#[derive(Debug, Error)]
pub enum NoSlots {
    #[error("there is no such service, or it is not offered any more")]
    NotOffered,
    #[error("there is no such resource, or the service does not need one of its kind")]
    UnfitResource,
    #[error("there is no such resource, or it is not in use any more")]
    NoResource,
    #[error("the last day comes after the first one, by {MOST_DAYS} days at most")]
    Days,
    #[error("there are too many starts to look at; ask for fewer days, or for one resource")]
    TooMany,
    #[error("too many ask for free slots; try again")]
    Busy,
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

impl Days {
    /// How many they are.
    fn count(self) -> Result<usize, NoSlots> {
        let days = (self.last - self.first).num_days();
        let days = usize::try_from(days).map_err(|_| NoSlots::Days)? + 1;
        if days > MOST_DAYS { Err(NoSlots::Days) } else { Ok(days) }
    }

    /// From when until when they last, by the clock of that zone if none was asked for.
    pub(super) fn range(self, zone: Tz) -> Result<Period, NoSlots> {
        self.count()?;
        let zone = self.zone.unwrap_or(zone);
        let midnight = |day: NaiveDate| first_from(zone, day.and_time(NaiveTime::MIN));
        let end = self.last.succ_opt().unwrap_or(self.last);
        Ok(Period::new(midnight(self.first), midnight(end)))
    }
}

/// The slots that are free and could be booked now.
pub async fn available(
    db: &PgPool,
    wish: &Wish,
    now: DateTime<Utc>,
) -> Result<Found<Slot>, NoSlots> {
    let days = wish.days.count()?;
    let (position, as_of) = reached(db).await?;
    let service = service(db, wish.service).await?.ok_or(NoSlots::NotOffered)?;
    let mut candidates = candidates(db, &service).await?;
    if let Some(wanted) = wish.resource {
        let found = candidates.iter().find(|candidate| candidate.id == wanted);
        let kind = found.ok_or(NoSlots::UnfitResource)?.kind;
        candidates.retain(|candidate| candidate.kind != kind || candidate.id == wanted);
    }
    let Some(first) = candidates.first() else {
        return Ok(Found { slots: vec![], position, as_of });
    };
    let range = wish.days.range(first.availability.zone)?;
    if search_cost(&service, &candidates, days) > MOST_STARTS {
        return Err(NoSlots::TooMany);
    }
    let turn = timeout(PATIENCE, TURNS.acquire()).await;
    let Ok(Ok(_turn)) = turn else { return Err(NoSlots::Busy) };
    // No stretch reaches further beyond its start.
    let reach = service.duration() + TimeDelta::days(1);
    let around = Period::new(range.from - reach, range.until + reach);
    taken(db, &mut candidates, around, now).await?;
    // Beside the threads on which everybody else is served.
    let found = spawn_blocking(move || find_free(&service, &candidates, range, now)).await;
    Ok(Found {
        slots: found.map_err(|why| sqlx::Error::Io(io::Error::other(why)))?,
        position,
        as_of,
    })
}

/// The hours of a resource on some days, and how much of it is taken.
pub async fn hours(
    db: &PgPool,
    resource: ResourceId,
    days: Days,
    now: DateTime<Utc>,
) -> Result<Found<TimeSlot>, NoSlots> {
    let (position, as_of) = reached(db).await?;
    let resource: Option<Row> = sqlx::query_as(
        "select id, to_jsonb(kind), capacity, availability from scheduling_resource.resources
         where status = 'in_use' and id = $1",
    )
    .bind(resource.uuid())
    .fetch_optional(db)
    .await?;
    let mut candidates = [candidate(resource.ok_or(NoSlots::NoResource)?)];
    let range = days.range(candidates[0].availability.zone)?;
    taken(db, &mut candidates, range, now).await?;
    Ok(Found { slots: time_slots(&candidates[0], range), position, as_of })
}

async fn reached(db: &PgPool) -> sqlx::Result<(i64, DateTime<Utc>)> {
    sqlx::query_as(
        "select coalesce(min(position), 0), coalesce(min(updated_at), to_timestamp(0))
         from projections.checkpoints
         where schema in
             ('scheduling_service', 'scheduling_resource', 'scheduling_appointment')",
    )
    .fetch_one(db)
    .await
}

async fn service(db: &PgPool, id: ServiceId) -> sqlx::Result<Option<Definition>> {
    // Listed by name: a definition knows no other fields.
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

async fn candidates(db: &PgPool, service: &Definition) -> sqlx::Result<Vec<Candidate>> {
    let needs = Json(service.needs());
    let rows: Vec<Row> = sqlx::query_as(
        "select id, to_jsonb(kind), capacity, availability from scheduling_resource.resources
         where status = 'in_use' and $1 @> to_jsonb(kind) order by name, id",
    )
    .bind(needs)
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(candidate).collect())
}

/// A resource as it is kept: its id, kind, capacity and availability.
type Row = (Uuid, Json<Kind>, i32, Json<Availability>);

fn candidate((id, Json(kind), capacity, Json(availability)): Row) -> Candidate {
    let capacity = u16::try_from(capacity).unwrap_or_default();
    Candidate { id: id.into(), kind, capacity, availability, taken: vec![] }
}

/// Fills in what is taken of the candidates in a range of time.
async fn taken(
    db: &PgPool,
    candidates: &mut [Candidate],
    range: Period,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    let ids: Vec<Uuid> = candidates.iter().map(|candidate| candidate.id.uuid()).collect();
    let rows: Vec<(Uuid, DateTime<Utc>, DateTime<Utc>)> = sqlx::query_as(
        "select resource, starts, ends from scheduling_appointment.occupied
         where taken and resource = any($1) and ends > $2 and starts < $3
           and (expires is null or expires > $4)",
    )
    .bind(ids)
    .bind(range.from)
    .bind(range.until)
    .bind(now)
    .fetch_all(db)
    .await?;
    for (resource, from, until) in rows {
        let taken = candidates.iter_mut().find(|candidate| candidate.id.uuid() == resource);
        if let Some(candidate) = taken {
            candidate.taken.push(Period::new(from, until));
        }
    }
    Ok(())
}
