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
    raise exception 'it is kept' using errcode = 'insufficient_privilege';
end $$;

-- They go when they are old, and nobody makes them go before.
create trigger refusals_are_kept before delete on audit.refusals
    for each row when (old.at > now() - interval '30 days') execute function audit.refuse();

-- Who took which list or report away as a file.
create table audit.exports (
    id        bigint      generated always as identity primary key,
    at        timestamptz not null default clock_timestamp(),
    -- The user; all zeros for a guest.
    actor     uuid        not null,
    -- Who acted in the name of that user.
    impersonator uuid,
    role      text        not null,
    path      text        not null,
    -- Filters and order, as in a URL. What could be a name of somebody is left out of it.
    query     text        not null,
    format    text        not null,
    rows      bigint      not null,
    -- Up to which position of the log it contains everything.
    position  bigint      not null,
    -- The trace of the request, as in the events that follow from it; none if it was made as an export.
    trace     uuid
);
create index exports_actor on audit.exports (actor, id);
create index exports_at on audit.exports (at);

create trigger exports_are_kept before delete on audit.exports
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
        -- What was recorded is never changed.
        grant select, insert, delete on audit.refusals, audit.exports to servicebook_app;
        grant select, insert, update, delete on audit.usage to servicebook_app;
    end if;
end $$;
