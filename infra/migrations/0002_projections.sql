-- How far the read side and the workers have come. The read models themselves lie in schemas of
-- their own, which their projectors make, rebuild and swap.

create schema projections;

create table projections.checkpoints (
    -- The projector; `<name>__next` while a second copy is being filled.
    name       text        primary key,
    -- Where its tables lie.
    schema     text        not null,
    -- Of the code that made them; a younger one rebuilds.
    version    int         not null,
    -- Counts the swaps, so that a running projector notices that its tables were replaced.
    generation int         not null default 1,
    -- Every event up to here is applied, or parked.
    position   bigint      not null,
    -- How many events of its streams that were, and their rolling hash: what was skipped shows.
    events     bigint      not null,
    hash       bigint      not null,
    updated_at timestamptz not null
);
create index checkpoints_schema on projections.checkpoints (schema);

-- Streams in which an event could not be applied. Its successors in the same stream wait for it.
create table projections.parked (
    projector text        not null,
    stream    text        not null,
    id        uuid        not null,
    position  bigint      not null,
    version   int         not null,
    error     text        not null,
    at        timestamptz not null,

    primary key (projector, stream, id)
);

create schema workers;

create table workers.checkpoints (
    name       text        primary key,
    -- Every event up to here was reacted to, or parked.
    position   bigint      not null,
    updated_at timestamptz not null
);

create table workers.parked (
    worker   text        not null,
    stream   text        not null,
    id       uuid        not null,
    position bigint      not null,
    version  int         not null,
    error    text        not null,
    at       timestamptz not null,

    primary key (worker, stream, id)
);

-- Until when each periodic task has done its work.
create table workers.tasks (
    name       text        primary key,
    done_until timestamptz not null
);

do $$
begin
    if exists (select from pg_roles where rolname = 'servicebook_app') then
        grant usage on schema projections, workers to servicebook_app;
        grant select, insert, update, delete
            on all tables in schema projections, workers to servicebook_app;
        -- Projectors make the schemas of their read models.
        execute format('grant create on database %I to servicebook_app', current_database());
    end if;
end $$;
