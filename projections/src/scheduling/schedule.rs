//! Appointments of employees, and appointments that conflict or moved with the rules of a time zone.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use domain::{
    identity::user::UserId,
    scheduling::{Moment, appointment::AppointmentId},
};
use futures::TryStreamExt;
use sqlx::PgPool;
use uuid::Uuid;

use super::slot::{DayRange, SlotQueryError};

/// The most conflicting appointments that are returned, the first ones.
const MAX_CONFLICTS: i64 = 1_000;

/// Open appointments whose instant was computed from older rules of their time zone, and changes with
/// the present rules (SCH-9).
pub async fn appointments_with_outdated_instants(
    db: &PgPool,
    now: DateTime<Utc>,
) -> sqlx::Result<Vec<AppointmentId>> {
    type Row = (Uuid, NaiveDateTime, String, String, DateTime<Utc>);
    // No change of rules shifts a clock further.
    let since = now - TimeDelta::days(1);
    let mut open = sqlx::query_as::<_, Row>(
        "select id, start, zone, tzdb, starts_at from scheduling_appointment.appointments
         where starts_at > $1 and status in ('pending', 'confirmed')",
    )
    .bind(since)
    .fetch(db);
    let mut displaced = Vec::new();
    while let Some((id, local, zone, tzdb, utc)) = open.try_next().await? {
        let Ok(zone) = zone.parse::<Tz>() else { continue };
        if (Moment { local, zone, tzdb, utc }).recomputed_if_tzdb_changed().is_some() {
            displaced.push(id.into());
        }
    }
    Ok(displaced)
}

/// Future appointments that conflict: they exceed the capacity of a resource, or need a customer in two
/// places. Conflicts arise when the rules of a zone change, or the capacity of a resource shrinks.
pub async fn double_booked_appointments(
    db: &PgPool,
    now: DateTime<Utc>,
) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar(
        "with taken as (
             select o.id, o.resource as of, o.starts, o.ends, r.capacity
             from scheduling_appointment.occupied o
             join scheduling_resource.resources r on r.id = o.resource
             where o.taken and o.ends > $1 and (o.expires is null or o.expires > $1)
         ), taken_by_all as (
             select * from taken
             union all
             select a.id, a.customer, a.starts_at, a.ends_at, 1
             from scheduling_appointment.appointments a
             where a.id in (select id from taken) and a.party_size = 1 and a.status <> 'held'
         ), edges as (
             select of, capacity, starts as at, 1 as step from taken_by_all
             union all
             select of, capacity, ends, -1 from taken_by_all
         ), course as (
             -- Of what ends and what begins at the same moment, the end comes first.
             select of, capacity, at, sum(step) over (partition by of order by at, step) as held
             from edges
         )
         select t.id from taken_by_all t
         join course c on c.of = t.of and t.starts <= c.at and c.at < t.ends
         where c.held > c.capacity
         group by t.id order by min(t.starts), t.id limit $2",
    )
    .bind(now)
    .bind(MAX_CONFLICTS)
    .fetch_all(db)
    .await
}

/// Appointments that occupy an employee on some days.
pub async fn appointments_of_employee(
    db: &PgPool,
    employee: UserId,
    days: DayRange,
    now: DateTime<Utc>,
) -> Result<Vec<Uuid>, SlotQueryError> {
    let resources: Vec<(Uuid, String)> = sqlx::query_as(
        "select id, availability ->> 'zone' from scheduling_resource.resources
         where \"user\" = $1 order by created_at, id",
    )
    .bind(employee.uuid())
    .fetch_all(db)
    .await?;
    let zone = resources.first().and_then(|(_, zone)| zone.parse().ok());
    let range = days.to_period(zone.unwrap_or(Tz::UTC))?;
    let resources: Vec<Uuid> = resources.into_iter().map(|(id, _)| id).collect();
    let appointments = sqlx::query_scalar(
        "select distinct o.id from scheduling_appointment.occupied o
         join scheduling_appointment.appointments a using (id)
         where o.resource = any($1) and o.starts < $3 and o.ends > $2
           and a.status not in ('released', 'declined', 'cancelled')
           and (o.expires is null or o.expires > $4)",
    )
    .bind(resources)
    .bind(range.from)
    .bind(range.until)
    .bind(now);
    Ok(appointments.fetch_all(db).await?)
}
