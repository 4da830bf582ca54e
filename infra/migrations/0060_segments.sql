-- Proof that nothing in the log was changed afterwards. Events are gathered, behind the append, into
-- segments of positions; each has a hash over its own events and over the hash before it, so that a
-- segment which somebody outside has kept vouches for everything up to it.
--
-- This is the whole definition, for whoever wants to compute it in another language:
--   * the line of an event is the text that event_store.line makes of it, in UTF-8;
--   * the digest of an event is the SHA-256 of its line;
--   * the hash of a segment is the SHA-256 of the hash of the segment before it (of nothing, for the
--     first one), followed by the digests of its events in the order of positions.
-- `servicebook export` writes these very lines, so nobody has to make them to check them.

create table event_store.segments (
    -- From 1, without gaps; message n of the stream SEGMENTS on the bus is segment n.
    number    bigint      primary key check (number > 0),
    -- The positions of its first and last event.
    first     bigint      not null,
    last      bigint      not null check (last >= first),
    hash      bytea       not null check (octet_length(hash) = 32),
    closed_at timestamptz not null
);

create trigger segments_are_never_changed
    before update or delete or truncate on event_store.segments
    for each statement execute function event_store.refuse();

-- An event as one line of JSON. Data and meta are written as Postgres writes them: keys by length
-- and then by bytes, one blank after each colon and comma, numbers with the digits they came with.
create function event_store.line(e event_store.events) returns text
language sql stable
as $$
    select format(
        '{"position":%s,"stream":%s,"id":"%s","version":%s,"type":%s,"schema":%s,"recorded_at":"%s","data":%s,"meta":%s}',
        e.position, to_json(e.stream), e.id, e.version, to_json(e.type), e.schema,
        to_char(e.recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), e.data, e.meta)
$$;

-- Closes the next segment if there are enough events for one, or if the oldest of them has waited
-- so long; answers what it closed.
create function event_store.close_segment(patience interval)
returns setof event_store.segments language plpgsql
security definer set search_path = event_store, pg_temp as $$
declare
    size    constant int := 1000;
    before  event_store.segments;
    head    bigint;
    oldest  timestamptz;
    closed  event_store.segments;
begin
    perform pg_advisory_xact_lock(7305014227);
    select * into before from segments order by number desc limit 1;
    select max(position) into head from events;
    select recorded_at into oldest from events where position > coalesce(before.last, 0)
    order by position limit 1;
    if oldest is null
        or (head - coalesce(before.last, 0) < size and oldest > clock_timestamp() - patience)
    then
        return;
    end if;

    select coalesce(before.number, 0) + 1, min(e.position), max(e.position),
        sha256(coalesce(before.hash, '') || string_agg(e.digest, '' order by e.position)),
        clock_timestamp()
    into closed
    from (
        select position, sha256(convert_to(line(events), 'UTF8')) as digest
        from events where position > coalesce(before.last, 0) order by position limit size
    ) e;
    insert into segments select closed.*;
    return next closed;
end $$;

revoke all on function event_store.close_segment(interval) from public;
do $$
begin
    if exists (select from pg_roles where rolname = 'servicebook_app') then
        grant select on event_store.segments to servicebook_app;
        grant execute on function event_store.close_segment(interval) to servicebook_app;
    end if;
end $$;
