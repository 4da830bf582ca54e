-- How far the read side and the workers have come. The read models themselves lie in schemas of
-- their own, which their projectors make, rebuild and swap.

create schema projections;

-- A text in lower case, of every script, and without accents. Columns that are sorted by have the collation
-- "C", which knows the letters of English only.
create function projections.plain_text(text) returns text
    language sql immutable strict parallel safe
    return regexp_replace(
        normalize(replace(lower($1 collate "default"), 'ß', 'ss'), nfkd), '[\u0300-\u036f]', '', 'g');

-- The same with umlauts as two letters, as they are written where a keyboard has none.
create function projections.spelled_out_text(text) returns text
    language sql immutable strict parallel safe
    return projections.plain_text(
        replace(replace(replace(normalize(lower($1 collate "default"), nfc), 'ä', 'ae'), 'ö', 'oe'), 'ü', 'ue'));

-- What is searched: a text in each of its spellings, so that `kruger` and `krueger` find `Krüger`.
create function projections.search_text(text) returns text
    language sql immutable strict parallel safe
    return case projections.spelled_out_text($1)
        when projections.plain_text($1) then projections.plain_text($1)
        else projections.plain_text($1) || ' ' || projections.spelled_out_text($1)
    end;

-- Patterns of `like` for a text that contains a term, in whichever spelling.
create function projections.search_patterns(text) returns text[]
    language sql immutable strict parallel safe
    return array[
        '%' || regexp_replace(projections.plain_text($1), '([\\%_])', '\\\1', 'g') || '%',
        '%' || regexp_replace(projections.spelled_out_text($1), '([\\%_])', '\\\1', 'g') || '%'];

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

-- What analysts were given as it was at a moment: who is erased is erased there, too.
create table projections.replays (
    schema    text        primary key,
    projector text        not null,
    -- Of the code that made it: no other can take somebody out of it.
    version   int         not null,
    as_of     timestamptz not null,
    -- It contains everything up to here.
    position  bigint      not null,
    made_at   timestamptz not null default now()
);

create schema workers;

create table workers.checkpoints (
    name       text        primary key,
    -- Every event up to here was reacted to, or parked.
    position   bigint      not null,
    -- Counts those who became this worker: whoever was replaced moves nothing any more.
    epoch      bigint      not null default 0,
    updated_at timestamptz not null
);

-- Until when each periodic task has done its work.
create table workers.tasks (
    name       text        primary key,
    done_until timestamptz not null
);

create schema operations;

-- Streams in which a consumer of the log could not deal with an event: a read model, a worker, or a
-- task of the clock. What follows in the same stream waits; nothing else does.
create table operations.parked (
    consumer  text        not null,
    stream    text        not null,
    id        uuid        not null,
    -- Of the event that could not be dealt with; to a task, of the last one.
    position  bigint      not null,
    version   int         not null,
    error     text        not null,
    -- How often it failed at this event.
    attempts  int         not null default 1,
    -- Whether no repetition can mend it.
    permanent boolean     not null,
    parked_at timestamptz not null default clock_timestamp(),
    failed_at timestamptz not null default clock_timestamp(),
    -- When it is tried again; never by itself, if that is null.
    next_at   timestamptz,
    -- Who decided that the event is passed over.
    discarded_by uuid,
    -- When the operators were notified.
    notified_at   timestamptz,

    primary key (consumer, stream, id)
);
create index parked_next on operations.parked (consumer, next_at);
create index parked_unnotified on operations.parked (parked_at) where notified_at is null;

-- What operators see: a copy that is being filled (`<name>__next`) parks as well, but until it is
-- swapped with the live one nobody waits for it.
create view operations.waiting as
    select * from operations.parked where position('__' in consumer) = 0;

do $$
begin
    if exists (select from pg_roles where rolname = 'servicebook_app') then
        grant usage on schema projections, workers, operations to servicebook_app;
        grant select, insert, update, delete
            on all tables in schema projections, workers, operations to servicebook_app;
        -- Projectors make the schemas of their read models.
        execute format('grant create on database %I to servicebook_app', current_database());
    end if;
end $$;
