-- Exports that are being made: who works on which, and how far it has come. What became of them is in the log.

create schema exports;

create table exports.runs (
    export uuid        primary key,
    -- Which of the processes that make exports has it, until this moment unless it says again that it does.
    run    uuid        not null,
    until  timestamptz not null,
    -- How many times it was begun.
    begun  int         not null default 1,
    rows   bigint      not null default 0
);
create index runs_until on exports.runs (until);

-- For the list of exports, whoever reads it: they see the export already.
create function exports.rows_written(export_ uuid) returns bigint language sql stable
security definer set search_path = exports, pg_temp as $$
    select coalesce((select r.rows from runs r where r.export = export_), 0)
$$;

do $$
begin
    if exists (select from pg_roles where rolname = 'servicebook_client') then
        grant usage on schema exports to servicebook_client;
    end if;
    if exists (select from pg_roles where rolname = 'servicebook_app') then
        grant usage on schema exports to servicebook_app;
        grant select, insert, update, delete on exports.runs to servicebook_app;
    end if;
end $$;
