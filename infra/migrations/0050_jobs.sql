-- What is being made beside the requests, exports and replays: who works on which, and how far it has come. What became
-- of them is in the log.

create schema jobs;

create table jobs.runs (
    -- What is made: the id of its aggregate.
    id    uuid        primary key,
    -- Which of the processes that make them has it, until this moment unless it says again that it does.
    run   uuid        not null,
    until timestamptz not null,
    -- How many times it was begun.
    begun int         not null default 1,
    -- How much is made so far: rows of an export, events of a replay.
    done  bigint      not null default 0
);
create index runs_until on jobs.runs (until);

-- For the lists of exports and replays, whoever reads them: they see the export or replay already.
create function jobs.done(id_ uuid) returns bigint language sql stable
security definer set search_path = jobs, pg_temp as $$
    select coalesce((select r.done from runs r where r.id = id_), 0)
$$;

do $$
begin
    if exists (select from pg_roles where rolname = 'servicebook_client') then
        grant usage on schema jobs to servicebook_client;
    end if;
    if exists (select from pg_roles where rolname = 'servicebook_app') then
        grant usage on schema jobs to servicebook_app;
        grant select, insert, update, delete on jobs.runs to servicebook_app;
    end if;
end $$;
