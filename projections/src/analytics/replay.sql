create table replays (
    id          uuid        primary key,
    name        text        not null collate "C",
    status      text        not null,
    reason      text,
    read_models jsonb       not null,
    as_of       timestamptz,
    at_position bigint,
    effective   boolean     not null,
    since       timestamptz,
    scenario    jsonb,
    events      bigint      not null,
    digest      text,
    tables      jsonb       not null,
    keep_until  timestamptz,
    search      text        not null generated always as (projections.search_text(name)) stored,
    version     int         not null,
    position    bigint      not null,
    created_at  timestamptz not null,
    updated_at  timestamptz not null
);

-- How far one has come that is being made is no event.
create view running as
select r.id, r.name, r.status, r.reason, r.read_models, r.as_of, r.at_position, r.effective, r.since, r.scenario,
    case r.status when 'requested' then jobs.done(r.id) else r.events end as events,
    r.digest, r.tables, r.keep_until, r.search, r.version, r.position, r.created_at, r.updated_at
from replays r;

-- after filling
create index on replays (name, id);
create index on replays (created_at, id);
create index on replays (keep_until) where status = 'completed';
