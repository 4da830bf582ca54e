-- The event store: what happened, for ever, in one order.
--
-- Nothing but event_store.append writes here, and nothing updates or deletes an event.

create schema event_store;
create extension if not exists btree_gist;
create extension if not exists pg_trgm;

create table event_store.events (
    -- Dense, in commit order: no reader can skip or reorder an event.
    position    bigint      primary key,
    stream      text        not null,
    id          uuid        not null,
    version     int         not null check (version > 0),
    type        text        not null,
    schema      smallint    not null,
    data        jsonb       not null,
    meta        jsonb       not null,
    recorded_at timestamptz not null,

    constraint events_version unique (stream, id, version)
);

-- What one aggregate holds and no other may hold. The digest is keyed, so that a claim on an
-- e-mail address tells nothing about the address.
create table event_store.claims (
    what   text  not null,
    digest bytea not null,
    stream text  not null,
    id     uuid  not null,

    constraint claims_unique primary key (what, digest)
);
create index claims_holder on event_store.claims (stream, id);

-- What one aggregate holds for a time: one lane of a resource that has as many lanes as places.
create table event_store.time_claims (
    what    text        not null,
    key     text        not null,
    lane    smallint    not null,
    during  tstzrange   not null,
    expires timestamptz,
    stream  text        not null,
    id      uuid        not null,

    constraint claims_during
        exclude using gist (what with =, key with =, lane with =, during with &&)
);
create index time_claims_holder on event_store.time_claims (stream, id);

-- Numbers without gaps: drawn by a row lock inside the append, never from a sequence.
create table event_store.counters (
    name text   primary key,
    last bigint not null
);

-- What was answered to a command that may be sent again.
create table event_store.idempotency (
    scope       uuid        not null,
    key         text        not null,
    body        bytea       not null,
    id          uuid        not null,
    version     int         not null,
    position    bigint      not null,
    recorded_at timestamptz not null,

    primary key (scope, key)
);
create index idempotency_age on event_store.idempotency (recorded_at);

-- Which aggregates hold something sealed with the key of a person whom they are not themselves.
create table event_store.sealed_elsewhere (
    subject uuid not null,
    stream  text not null,
    id      uuid not null,

    primary key (subject, stream, id)
);

-- Which aggregates hold something sealed with a person's key.
create view event_store.sealed as
select subject, stream, id from event_store.sealed_elsewhere
union all
select id, stream, id from event_store.events where version = 1;

-- The keys, apart from what they seal: backed up apart, kept for a month at most.
create schema key_store;

create table key_store.subjects (
    subject uuid primary key,
    -- The subject's key, wrapped by the deployment's master key; null once it was destroyed.
    wrapped bytea
);

create table key_store.signing (
    kid        text        primary key,
    wrapped    bytea       not null,
    created_at timestamptz not null
);

create function event_store.refuse() returns trigger language plpgsql as $$
begin
    raise exception 'events are never changed: % on % is refused', tg_op, tg_table_name
        using errcode = 'insufficient_privilege';
end $$;

create trigger events_are_never_changed
    before update or delete or truncate on event_store.events
    for each statement execute function event_store.refuse();


-- A batch of commands: arrays of equal length per kind of row, because one statement of many rows
-- costs little more than one of one row.
create type event_store.batch as (
    -- events, in order
    e_stream text[], e_id uuid[], e_version int[], e_type text[], e_schema smallint[],
    e_data text[], e_meta text[], e_counter text[], e_field text[],
    -- commands that may be sent again: under what their answer is recorded, and which of the
    -- events (from 1) is their last
    c_scope uuid[], c_key text[], c_body bytea[], c_event int[],
    -- unique claims: given up, taken
    u_take boolean[], u_what text[], u_digest bytea[], u_stream text[], u_id uuid[],
    -- claims for a time: given up, taken
    t_take boolean[], t_what text[], t_key text[], t_from timestamptz[], t_until timestamptz[],
    t_capacity smallint[], t_expires timestamptz[], t_stream text[], t_id uuid[],
    -- the people whose keys seal something, with the key where it is new
    s_subject uuid[], s_wrapped bytea[], s_stream text[], s_id uuid[]
);

-- Appends a batch wholly, or raises the violation of the constraint that stands in the way of one
-- of its commands; the caller then finds out of which. Answers the position before the first event.
create function event_store.append(b event_store.batch, now_ timestamptz)
returns bigint language plpgsql
security definer set search_path = event_store, public as $$
declare
    last     bigint;
    recorded timestamptz;
    number   bigint;
    lane_    smallint;
    wanted   record;
begin
    -- One writer at a time: positions come in the order of commits, and what is checked here
    -- stays true until the commit. Batches pay for it.
    perform pg_advisory_xact_lock(7305014226);
    -- Never before the event before it, whatever the server's clock does.
    select position, greatest(recorded_at, clock_timestamp()) into last, recorded
    from event_store.events order by position desc limit 1;
    if last is null then
        last := 0;
        recorded := clock_timestamp();
    end if;

    -- First of all: who repeats a command shall learn that, and not what stands in its way now.
    if cardinality(b.c_key) > 0 then
        insert into event_store.idempotency
        select c.scope, c.key, c.body, b.e_id[c.event], b.e_version[c.event], last + c.event,
            recorded
        from unnest(b.c_scope, b.c_key, b.c_body, b.c_event) as c (scope, key, body, event);
    end if;

    for i in 1 .. cardinality(b.e_counter) loop
        continue when b.e_counter[i] is null;
        insert into event_store.counters as c (name, last) values (b.e_counter[i], 1)
        on conflict (name) do update set last = c.last + 1
        returning c.last into number;
        b.e_data[i] := jsonb_set(b.e_data[i]::jsonb, array[b.e_field[i]], to_jsonb(number));
    end loop;

    insert into event_store.events
    select last + e.no, e.stream, e.id, e.version, e.type, e.schema, e.data::jsonb, e.meta::jsonb,
        recorded
    from unnest(b.e_stream, b.e_id, b.e_version, b.e_type, b.e_schema, b.e_data, b.e_meta)
        with ordinality as e (stream, id, version, type, schema, data, meta, no);

    if cardinality(b.u_what) > 0 then
        delete from event_store.claims c
        using unnest(b.u_take, b.u_what, b.u_digest, b.u_stream, b.u_id)
            as u (take, what, digest, stream, id)
        where not u.take
            and (c.what, c.digest, c.stream, c.id) = (u.what, u.digest, u.stream, u.id);
        insert into event_store.claims
        select u.what, u.digest, u.stream, u.id
        from unnest(b.u_take, b.u_what, b.u_digest, b.u_stream, b.u_id)
            as u (take, what, digest, stream, id)
        where u.take;
    end if;

    if cardinality(b.t_what) > 0 then
        -- The own former claim goes first: a booking that moves may overlap itself.
        delete from event_store.time_claims c
        using unnest(b.t_take, b.t_what, b.t_key, b.t_from, b.t_until, b.t_stream, b.t_id)
            as t (take, what, key, from_, until_, stream, id)
        where not t.take
            and (c.what, c.key, c.stream, c.id) = (t.what, t.key, t.stream, t.id)
            and c.during = tstzrange(t.from_, t.until_);
        for wanted in
            select * from unnest(b.t_take, b.t_what, b.t_key, b.t_from, b.t_until, b.t_capacity,
                    b.t_expires, b.t_stream, b.t_id)
                as t (take, what, key, from_, until_, capacity, expires, stream, id)
            where t.take
        loop
            -- A constraint cannot look at the clock, so what has expired makes room here (SCH-3).
            delete from event_store.time_claims c
            where c.what = wanted.what and c.key = wanted.key and c.expires <= now_
                and c.during && tstzrange(wanted.from_, wanted.until_);
            select place into lane_ from generate_series(1, wanted.capacity) place
            where not exists (
                select from event_store.time_claims c
                where c.what = wanted.what and c.key = wanted.key and c.lane = place
                    and c.during && tstzrange(wanted.from_, wanted.until_))
            order by place limit 1;
            -- With every lane taken the constraint itself shall say so.
            insert into event_store.time_claims
            values (wanted.what, wanted.key, coalesce(lane_, 1),
                tstzrange(wanted.from_, wanted.until_), wanted.expires, wanted.stream, wanted.id);
        end loop;
    end if;

    if cardinality(b.s_subject) > 0 then
        insert into key_store.subjects
        select s.subject, s.wrapped from unnest(b.s_subject, b.s_wrapped) as s (subject, wrapped)
        where s.wrapped is not null;
        -- That a person's own aggregate holds something of that person goes without saying.
        insert into event_store.sealed_elsewhere
        select s.subject, s.stream, s.id
        from unnest(b.s_subject, b.s_stream, b.s_id) as s (subject, stream, id)
        where s.subject <> s.id
        on conflict do nothing;
    end if;

    -- Erasing a person is destroying the key, in the transaction that says so.
    if 'SubjectErased' = any (b.e_type) then
        insert into key_store.subjects
        select e.id, null from unnest(b.e_type, b.e_id) as e (type, id)
        where e.type = 'SubjectErased'
        on conflict (subject) do update set wrapped = null;
    end if;
    return last;
end $$;

-- The application: it reads, and it appends through the one function. It owns nothing.
do $$
begin
    if not exists (select from pg_roles where rolname = 'servicebook_app') then
        create role servicebook_app nologin;
    end if;
    execute format('grant servicebook_app to %I', current_user);
end $$;

revoke all on function event_store.append(event_store.batch, timestamptz) from public;
grant usage on schema event_store, key_store to servicebook_app;
grant select on all tables in schema event_store to servicebook_app;
grant delete on event_store.idempotency to servicebook_app;
grant select on key_store.subjects to servicebook_app;
grant select, insert on key_store.signing to servicebook_app;
grant execute on function event_store.append(event_store.batch, timestamptz) to servicebook_app;
