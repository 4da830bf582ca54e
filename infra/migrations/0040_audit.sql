-- What is recorded of requests by which nothing happened: no events come of them.

create schema audit;

-- Who was refused what, for lack of a right.
create table audit.refusals (
    id      bigint      generated always as identity primary key,
    at      timestamptz not null default clock_timestamp(),
    -- The user; all zeros for a guest.
    actor   uuid        not null,
    role    text        not null,
    method  text        not null,
    path    text        not null,
    -- The row of the matrix of rights, if it was that.
    lacking text,
    -- From where: the network that many share (a /24, a /56 of IPv6), and not the address.
    network text,
    -- The trace of the request, as in the events that it might have led to.
    trace   uuid        not null
);
create index refusals_actor on audit.refusals (actor, id);
create index refusals_at on audit.refusals (at);

create function audit.refuse() returns trigger language plpgsql as $$
begin
    raise exception 'refusals are kept' using errcode = 'insufficient_privilege';
end $$;

-- They go when they are old, and nobody makes them go before.
create trigger refusals_are_kept before delete on audit.refusals
    for each row when (old.at > now() - interval '30 days') execute function audit.refuse();

-- How much each version of the API is used, by whom.
create table audit.usage (
    day      date   not null,
    version  text   not null,
    client   uuid   not null,
    requests bigint not null,

    primary key (day, version, client)
);

do $$
begin
    if exists (select from pg_roles where rolname = 'servicebook_app') then
        grant usage on schema audit to servicebook_app;
        -- Refusals are never changed.
        grant select, insert, delete on audit.refusals to servicebook_app;
        grant select, insert, update, delete on audit.usage to servicebook_app;
    end if;
end $$;
