-- Analysts: people who ask questions of the database itself. Each logs in as a member of
-- servicebook_analyst, who reads the views of the schema `analyst` and replays, and nothing else.

do $$
begin
    if not exists (select from pg_roles where rolname = 'servicebook_analyst') then
        create role servicebook_analyst nologin;
    end if;
    -- A temporary table would be a place to write to.
    execute format('revoke temporary on database %I from public', current_database());
end $$;

-- By an advisory lock somebody who may only read could keep the append waiting, or a role of ours from its work,
-- and large objects are a place to write to. Where the owner of the database is no superuser, they stay.
do $$
declare
    f regprocedure;
begin
    if (select rolsuper from pg_roles where rolname = current_user) then
        for f in
            select oid from pg_proc where pronamespace = 'pg_catalog'::regnamespace
                and proname ~ '^(pg_(try_)?advisory_|lo_|loread$|lowrite$)'
        loop
            execute format('revoke execute on function %s from public', f);
            execute format('grant execute on function %s to servicebook_app', f);
        end loop;
    end if;
end $$;

-- Its views are made by the program, as read models are.
create schema analyst;
comment on schema analyst is
    'What analysts may know of the business: a view for each read model, as it is now. What is personal is a pseudonym.';
grant usage on schema analyst to servicebook_analyst;
grant usage, create on schema analyst to servicebook_app;

-- By which the views of `analyst` hash what is personal: the same in all of them, another one in each deployment.
-- The views read it as their owner; whoever could read it could try out names.
create table projections.pseudonym_key (key bytea not null);
insert into projections.pseudonym_key
    select sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));
grant select on projections.pseudonym_key to servicebook_app;

-- A replay has one schema with views for analysts, and one with the tables of each read model.
alter table projections.replays
    -- The schema of its views.
    add column name       text,
    -- The aggregate of analytics that asked for it; none, if that was the shell.
    add column id         uuid,
    -- Which attempt made it.
    add column run        uuid        not null default gen_random_uuid(),
    -- Whether the moment is when events took effect.
    add column effective  boolean     not null default false,
    -- Aggregates that are older are left out.
    add column since      timestamptz,
    -- The role that reads it, and whether it sees what is personal as it is.
    add column reader     text        not null default 'servicebook_analyst',
    add column personal   boolean     not null default true,
    add column expires_at timestamptz not null default now() + interval '30 days';
update projections.replays set name = schema;
alter table projections.replays alter column name set not null;

-- On which generation of a read model's tables its views stand, and as which code describes them.
create table projections.analyst_views (
    read_model text primary key,
    generation int  not null,
    digest     text not null
);
grant select, insert, update, delete on projections.analyst_views to servicebook_app;
