with resources as (
    select r.*, p."from", p.until, availability ->> 'zone' as own_zone,
        coalesce(p.zone, availability ->> 'zone') as zone
    from scoped r cross join parameters p
), weeks as (
    -- By the clock on the wall; the first and the last one may be cut by the period.
    select id, zone, monday::date as monday,
        greatest(monday, "from") as starts, least(monday + interval '7 days', until) as ends
    from resources
    cross join generate_series(
        date_trunc('week', "from"::timestamp), until - interval '1 day', interval '7 days'
    ) monday
), hours as (
    -- What a date says instead of its day of the week; hours that do not end after they begin reach into
    -- the next day. The days around the period, as the clocks of two zones may be 26 hours apart.
    select r.id, own_zone as zone, date + o."from" as starts,
        date + o.until + case when o.until <= o."from" then interval '1 day' else interval '0' end as ends
    from resources r
    cross join generate_series(
        r."from" - interval '3 days', r.until + interval '1 day', interval '1 day'
    ) date
    left join lateral (
        select e -> 'hours' as hours from jsonb_array_elements(availability -> 'exceptions') e
        where (e ->> 'date')::date = date
    ) exception on true
    cross join lateral jsonb_to_recordset(coalesce(exception.hours, availability -> 'weekly'))
        as o(day text, "from" time, until time)
    where o.day is null or o.day = to_char(date, 'Dy')
), stretches as (
    -- Both by the time of the world. A local time that comes twice means the first; one that the clocks
    -- leave out, the moment when they are put forward over it, which is at a full hour.
    select id, monday, tstzrange(min(moment), max(moment)) as during
    from (
        select id, monday, zone, starts, ends from weeks
        union all
        select id, null, zone, starts, ends from hours
    ) both_kinds
    cross join lateral (values (starts), (ends)) edges(local)
    cross join lateral (select local at time zone zone as read) it
    cross join lateral (
        select case when read at time zone zone = local
            then least(read, (local - interval '1 hour') at time zone zone + interval '1 hour')
            else date_trunc('hour', local) at time zone zone end as moment
    ) first
    group by id, monday, starts, ends
), open as (
    select r.id, range_agg(s.during)
        * tstzmultirange(tstzrange(null, case when r.status = 'retired' then r.updated_at end))
        - coalesce((
            select range_agg(tstzrange((c ->> 'from')::timestamptz, (c ->> 'until')::timestamptz))
            from jsonb_array_elements(r.availability -> 'closed') c
        ), '{}') as hours
    from resources r join stretches s on s.id = r.id and s.monday is null
    group by r.id, r.status, r.updated_at, r.availability
), available as (
    select w.id, w.monday, sum(extract(epoch from upper(piece) - lower(piece))) / 60 as minutes
    from stretches w
    join open on open.id = w.id
    cross join lateral unnest(open.hours * tstzmultirange(w.during)) piece
    where w.monday is not null
    group by w.id, w.monday
), taken as materialized (
    -- Once for each week that it touches, which is nearly always one. By itself, or Postgres would look
    -- for what is taken week by week.
    select r.id, monday::date as monday, o.id as appointment, a.status = 'no_show' as no_show,
        tstzrange(o.starts, o.ends) as during
    from resources r
    join scheduling_appointment.occupied o on o.resource = r.id
        and o.ends > "from" - interval '2 days' and o.starts < until + interval '2 days'
    join scheduling_appointment.appointments a on a.id = o.id
        and a.status in ('pending', 'confirmed', 'started', 'completed', 'no_show')
    cross join generate_series(
        date_trunc('week', o.starts at time zone r.zone), o.ends at time zone r.zone, interval '7 days'
    ) monday
), booked as (
    select t.id, t.monday,
        sum(extract(epoch from upper(t.during * w.during) - lower(t.during * w.during))) / 60 as minutes,
        count(distinct appointment) as appointments,
        count(distinct appointment) filter (where no_show) as no_shows
    from taken t join stretches w on w.id = t.id and w.monday = t.monday and w.during && t.during
    group by t.id, t.monday
)
select r.id as resource, r.name, r.kind, to_char(w.monday, 'IYYY-"W"IW') as week, w.monday as starts_on,
    coalesce(round(a.minutes * r.capacity), 0)::bigint as available_minutes,
    coalesce(round(b.minutes), 0)::bigint as booked_minutes,
    round(coalesce(b.minutes, 0) / nullif(a.minutes * r.capacity, 0), 4)::double precision as ratio,
    coalesce(b.appointments, 0) as appointments,
    coalesce(b.no_shows, 0) as no_shows
from weeks w
join resources r on r.id = w.id
left join available a on a.id = w.id and a.monday = w.monday
left join booked b on b.id = w.id and b.monday = w.monday
