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

-- Which streams hold something sealed with a person's key.
create table event_store.sealed (
    subject uuid not null,
    stream  text not null,
    id      uuid not null,

    primary key (subject, stream, id)
);

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


-- What became of one command of a batch.
create type event_store.outcome as (
    no       int,
    outcome  text,    -- appended | repeated | conflict | taken
    position bigint,  -- of the command's last event
    version  int,     -- of the command's last event
    id       uuid,    -- the aggregate that was answered for
    body     bytea,   -- of the command that was answered first, when repeated
    what     text     -- the claim that somebody else holds, when taken
);

-- A batch: arrays of equal length per kind of row, because one statement of many rows costs
-- little more than one of one row. `no` is the command a row belongs to.
create type event_store.batch as (
    -- commands, and what their answers are recorded under
    c_no int[], c_scope uuid[], c_key text[], c_body bytea[], c_id uuid[],
    -- events
    e_no int[], e_stream text[], e_id uuid[], e_version int[], e_type text[], e_schema smallint[],
    e_data text[], e_meta text[], e_counter text[], e_field text[],
    -- unique claims: given up, taken
    u_no int[], u_take boolean[], u_what text[], u_digest bytea[], u_stream text[], u_id uuid[],
    -- claims for a time: given up, taken
    t_no int[], t_take boolean[], t_what text[], t_key text[], t_from timestamptz[],
    t_until timestamptz[], t_capacity smallint[], t_expires timestamptz[], t_stream text[], t_id uuid[],
    -- the people whose keys seal something, with the key where it is new
    s_no int[], s_subject uuid[], s_wrapped bytea[], s_stream text[], s_id uuid[]
);

-- Appends the commands `only` names wholly, or raises the violation that stops one of them.
create function event_store.append_all(b event_store.batch, only_ int[], now_ timestamptz)
returns setof event_store.outcome language plpgsql as $$
declare
    last     record;
    recorded timestamptz;
    lane_    smallint;
    wanted   record;
    i        int;
begin
    select position, recorded_at into last
    from event_store.events order by position desc limit 1;
    -- Never before the event before it, whatever the server's clock does.
    recorded := greatest(clock_timestamp(), last.recorded_at);

    if exists (select from unnest(b.e_counter) c where c is not null) then
        for i in 1 .. array_length(b.e_no, 1) loop
            continue when b.e_counter[i] is null or not b.e_no[i] = any (only_);
            insert into event_store.counters as c (name, last) values (b.e_counter[i], 1)
            on conflict (name) do update set last = c.last + 1
            returning c.last into last.position;
            b.e_data[i] := jsonb_set(
                b.e_data[i]::jsonb, array[b.e_field[i]], to_jsonb(last.position));
        end loop;
        select max(position) into last.position from event_store.events;
    end if;

    insert into event_store.events
    select coalesce(last.position, 0) + row_number() over (order by e.ord),
        e.stream, e.id, e.version, e.type, e.schema, e.data::jsonb, e.meta::jsonb, recorded
    from unnest(b.e_no, b.e_stream, b.e_id, b.e_version, b.e_type, b.e_schema, b.e_data, b.e_meta)
        with ordinality as e (no, stream, id, version, type, schema, data, meta, ord)
    where e.no = any (only_)
    order by e.ord;

    if cardinality(b.u_no) > 0 then
        delete from event_store.claims c
        using unnest(b.u_no, b.u_take, b.u_what, b.u_digest, b.u_stream, b.u_id)
            as u (no, take, what, digest, stream, id)
        where u.no = any (only_) and not u.take
            and (c.what, c.digest, c.stream, c.id) = (u.what, u.digest, u.stream, u.id);
        insert into event_store.claims
        select u.what, u.digest, u.stream, u.id
        from unnest(b.u_no, b.u_take, b.u_what, b.u_digest, b.u_stream, b.u_id)
            as u (no, take, what, digest, stream, id)
        where u.no = any (only_) and u.take;
    end if;

    if cardinality(b.t_no) > 0 then
        -- The own former claim goes first: a booking that moves may overlap itself.
        delete from event_store.time_claims c
        using unnest(b.t_no, b.t_take, b.t_what, b.t_key, b.t_from, b.t_until, b.t_stream, b.t_id)
            as t (no, take, what, key, from_, until_, stream, id)
        where t.no = any (only_) and not t.take
            and (c.what, c.key, c.stream, c.id) = (t.what, t.key, t.stream, t.id)
            and c.during = tstzrange(t.from_, t.until_);
        for wanted in
            select * from unnest(b.t_no, b.t_take, b.t_what, b.t_key, b.t_from, b.t_until,
                    b.t_capacity, b.t_expires, b.t_stream, b.t_id)
                as t (no, take, what, key, from_, until_, capacity, expires, stream, id)
            where t.no = any (only_) and t.take
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

    if cardinality(b.s_no) > 0 then
        insert into key_store.subjects
        select distinct s.subject, s.wrapped from unnest(b.s_no, b.s_subject, b.s_wrapped) as s (no, subject, wrapped)
        where s.no = any (only_) and s.wrapped is not null;
        insert into event_store.sealed
        select distinct s.subject, s.stream, s.id
        from unnest(b.s_no, b.s_subject, b.s_stream, b.s_id) as s (no, subject, stream, id)
        where s.no = any (only_)
        on conflict do nothing;
    end if;

    -- Erasing a person is destroying the key, in the transaction that says so.
    if 'SubjectErased' = any (b.e_type) then
        insert into key_store.subjects
        select e.id, null from unnest(b.e_no, b.e_type, b.e_id) as e (no, type, id)
        where e.no = any (only_) and e.type = 'SubjectErased'
        on conflict (subject) do update set wrapped = null;
    end if;

    return query
    with done as (
        select e.no, coalesce(last.position, 0) + row_number() over (order by e.ord) as position,
            e.version, e.id
        from unnest(b.e_no, b.e_version, b.e_id) with ordinality as e (no, version, id, ord)
        where e.no = any (only_)
    ), ends as (
        select distinct on (d.no) d.no, d.position, d.version, d.id
        from done d order by d.no, d.position desc
    ), kept as (
        insert into event_store.idempotency
        select c.scope, c.key, c.body, c.id, ends.version, ends.position, recorded
        from unnest(b.c_no, b.c_scope, b.c_key, b.c_body, b.c_id) as c (no, scope, key, body, id)
        join ends using (no)
        where c.key is not null
    )
    select ends.no, 'appended', ends.position, ends.version, ends.id, null::bytea, null::text
    from ends;
end $$;

-- Appends a batch and says what became of each command. One that fails does not fail others.
create function event_store.append(b event_store.batch, now_ timestamptz)
returns setof event_store.outcome language plpgsql
security definer set search_path = event_store, public as $$
declare
    waiting    int[] := b.c_no;
    answers    event_store.outcome[];
    no_        int;
    constraint_ text;
    detail_    text;
begin
    -- One writer at a time: positions come in the order of commits, and what is checked here
    -- stays true until the commit. Batches pay for it.
    perform pg_advisory_xact_lock(7305014226);

    if exists (select from unnest(b.c_key) k where k is not null) then
        select array_agg((c.no, 'repeated', i.position, i.version, i.id, i.body, null)::event_store.outcome)
        into answers
        from unnest(b.c_no, b.c_scope, b.c_key) as c (no, scope, key)
        join event_store.idempotency i using (scope, key);
        if answers is not null then
            return query select * from unnest(answers);
            select array_agg(no) into waiting from unnest(b.c_no) no
            where no not in (select a.no from unnest(answers) a);
        end if;
    end if;
    if coalesce(cardinality(waiting), 0) = 0 then
        return;
    end if;

    begin
        select array_agg(o) into answers from event_store.append_all(b, waiting, now_) o;
        return query select * from unnest(answers);
        return;
    exception when unique_violation or exclusion_violation then
        if cardinality(waiting) = 1 then
            get stacked diagnostics constraint_ = constraint_name, detail_ = pg_exception_detail;
            return next event_store.violated(b, waiting[1], constraint_, detail_);
            return;
        end if;
    end;

    -- Somebody in the batch fails; find out who.
    foreach no_ in array waiting loop
        -- The command before it may have been the same one, sent twice.
        if exists (
            select from unnest(b.c_no, b.c_scope, b.c_key) as c (no, scope, key)
            join event_store.idempotency i using (scope, key) where c.no = no_
        ) then
            return next event_store.violated(b, no_, 'idempotency_pkey', null);
            continue;
        end if;
        begin
            select array_agg(o) into answers from event_store.append_all(b, array[no_], now_) o;
            return query select * from unnest(answers);
        exception when unique_violation or exclusion_violation then
            get stacked diagnostics constraint_ = constraint_name, detail_ = pg_exception_detail;
            return next event_store.violated(b, no_, constraint_, detail_);
        end;
    end loop;
end $$;

-- What a violated constraint means for the command.
create function event_store.violated(b event_store.batch, no_ int, constraint_ text, detail_ text)
returns event_store.outcome language plpgsql as $$
declare
    answer event_store.outcome;
begin
    case
        when constraint_ in ('claims_unique', 'claims_during') then
            return (no_, 'taken', null, null, null, null,
                substring(detail_ from '=\(([^,]*),'))::event_store.outcome;
        when constraint_ = 'idempotency_pkey' then
            select no_, 'repeated', i.position, i.version, i.id, i.body, null into answer
            from unnest(b.c_no, b.c_scope, b.c_key) as c (no, scope, key)
            join event_store.idempotency i using (scope, key)
            where c.no = no_;
            return answer;
        else
            -- Somebody was faster with this version, or with the key of a new data subject.
            return (no_, 'conflict', null, null, null, null, null)::event_store.outcome;
    end case;
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
