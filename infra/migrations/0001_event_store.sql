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
    -- The person of whose data the digest was made: with the key goes the claim.
    subject uuid,

    constraint claims_unique primary key (what, digest)
);
create index claims_holder on event_store.claims (stream, id);
create index claims_subject on event_store.claims (subject) where subject is not null;

-- What aggregates hold for a time. How many may hold it at once is for the append to count: it
-- may change between one claim and the next.
create table event_store.time_claims (
    what    text        not null,
    key     text        not null,
    during  tstzrange   not null,
    expires timestamptz,
    stream  text        not null,
    id      uuid        not null
);
create index time_claims_during on event_store.time_claims using gist (what, key, during);
create index time_claims_holder on event_store.time_claims (stream, id);

-- Numbers without gaps: drawn by a row lock inside the append, never from a sequence.
create table event_store.counters (
    name text   primary key,
    last bigint not null
);

-- What was answered to a command that may be sent again.
create table event_store.idempotency (
    scope       uuid        not null,
    -- A keyed digest: clients may put anything into a key, an e-mail address for example.
    key         bytea       not null,
    body        bytea       not null,
    id          uuid        not null,
    version     int         not null,
    -- Of the last event; 0 if nothing had to happen.
    position    bigint      not null,
    -- What was made within the aggregate, such as a comment.
    part        uuid,
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

-- The master keys by which something may be wrapped, by their ids; they themselves lie outside. As
-- long as one wraps anything it stays here; once it is gone from here, it can wrap nothing any more.
create table key_store.masters (
    id         text        primary key,
    created_at timestamptz not null default now()
);

-- What digests and derived keys follow from. Whatever is wrapped begins with the id of the master
-- key that wrapped it: 8 bytes.
create table key_store.secret (
    wrapped bytea not null,
    master  text  not null generated always as (encode(substr(wrapped, 1, 8), 'hex')) stored
        references key_store.masters
);
create unique index one_secret on key_store.secret ((true));

create table key_store.subjects (
    subject uuid  primary key,
    -- The subject's key; null once it was destroyed.
    wrapped bytea,
    master  text  generated always as (encode(substr(wrapped, 1, 8), 'hex')) stored
        references key_store.masters
);

create table key_store.signing (
    kid        text        primary key,
    wrapped    bytea       not null,
    created_at timestamptz not null,
    master     text        not null
        generated always as (encode(substr(wrapped, 1, 8), 'hex')) stored
        references key_store.masters
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
    -- events (from 1) is their last; 0 if there is none
    c_scope uuid[], c_key bytea[], c_body bytea[], c_id uuid[], c_version int[], c_part uuid[],
    c_event int[],
    -- unique claims: given up, taken
    u_take boolean[], u_what text[], u_digest bytea[], u_stream text[], u_id uuid[],
    u_subject uuid[],
    -- claims for a time: given up, taken
    t_take boolean[], t_what text[], t_key text[], t_from timestamptz[], t_until timestamptz[],
    t_capacity smallint[], t_expires timestamptz[], t_stream text[], t_id uuid[],
    -- the people whose keys seal something, with the key where it is new
    s_subject uuid[], s_wrapped bytea[], s_stream text[], s_id uuid[],
    -- what the decisions rest on: the versions of other aggregates…
    r_stream text[], r_id uuid[], r_version int[],
    -- …and the holders of claims, as holders() told them (arrays of arrays have one length, so
    -- each is a text)
    h_what text[], h_digest bytea[], h_key text[], h_holders text[]
);

-- Who holds a unique claim (by its digest), any unique claim of a kind (neither digest nor key),
-- or a claim for a time (by its key; in the order of time). Decisions look it up by this, and
-- the append by this whether it is still so.
create function event_store.holders(what_ text, digest_ bytea, key_ text)
returns uuid[] language plpgsql stable as $$
begin
    if key_ is not null then
        return array(
            select id from event_store.time_claims where what = what_ and key = key_
            group by id order by min(lower(during)), id);
    elsif digest_ is not null then
        return array(
            select id from event_store.claims where what = what_ and digest = digest_);
    end if;
    return array(select id from event_store.claims where what = what_ order by id);
end $$;

-- How many claims on a thing meet at one moment of a stretch of time, at most.
create function event_store.most_at_once(what_ text, key_ text, stretch tstzrange)
returns bigint language plpgsql stable as $$
begin
    -- Of what ends and what begins at the same moment, the end comes first.
    return (
        select max(held) from (
            select sum(step) over (order by moment, step) as held
            from event_store.time_claims c,
                lateral (values
                    (greatest(lower(c.during), lower(stretch)), 1),
                    (upper(c.during), -1)) as edge (moment, step)
            where c.what = what_ and c.key = key_ and c.during && stretch) as course);
end $$;

-- Appends a batch wholly, or raises the violation of the constraint that stands in the way of one
-- of its commands; the caller then finds out of which. Within a batch no command may rest on what
-- one before it changes, nor give up a claim that one before it takes: the caller sees to that.
--
-- `now_` is when the commands were decided. `clock_` is what time it is by the caller's clock; null
-- for a caller whose time is not the world's. Answers the position before the first event, and by
-- how many seconds the log was ahead of the clock.
--
-- Plans are made while tables are small and used when they have grown: so never by a scan.
create function event_store.append(
    b event_store.batch, now_ timestamptz, clock_ timestamptz,
    out before bigint, out ahead double precision
) language plpgsql
security definer set search_path = event_store, public, pg_temp set enable_seqscan = off as $$
declare
    bound constant interval := '1 minute';
    clock    timestamptz;
    recorded timestamptz;
    number   bigint;
    full_    text;
    erased_  uuid;
begin
    -- One writer at a time: positions come in the order of commits, and what is checked here
    -- stays true until the commit. Batches pay for it.
    perform pg_advisory_xact_lock(7305014226);
    clock := clock_timestamp();
    if clock_ not between clock - bound and clock + bound then
        raise exception 'the clocks of database (%) and application (%) disagree', clock, clock_
            using errcode = 'object_not_in_prerequisite_state', constraint = 'clocks';
    end if;
    -- Never before the event before it, though the clock may go back a little. What a clock far
    -- ahead once wrote dates only itself.
    select position, recorded_at into before, recorded
    from event_store.events order by position desc limit 1;
    before := coalesce(before, 0);
    ahead := coalesce(greatest(extract(epoch from recorded - clock), 0), 0);
    if recorded is null or recorded not between clock and clock + bound then
        recorded := clock;
    end if;

    -- First of all: who repeats a command shall learn that, and not what stands in its way now.
    if cardinality(b.c_key) > 0 then
        insert into event_store.idempotency
        select c.scope, c.key, c.body, c.id, c.version,
            case when c.event > 0 then before + c.event else 0 end, c.part, recorded
        from unnest(b.c_scope, b.c_key, b.c_body, b.c_id, b.c_version, b.c_part, b.c_event)
            as c (scope, key, body, id, version, part, event);
    end if;

    -- Whatever was decided by must still be so. Versions are dense: that of which there is no
    -- next one is the present one.
    if cardinality(b.r_stream) > 0 and exists (
        select from unnest(b.r_stream, b.r_id, b.r_version) as r (stream, id, version),
            lateral (
                select from event_store.events e
                where e.stream = r.stream and e.id = r.id and e.version = r.version + 1
                limit 1) as next_one
    ) or cardinality(b.h_what) > 0 and exists (
        select from unnest(b.h_what, b.h_digest, b.h_key, b.h_holders)
            as h (what, digest, key, holders)
        where event_store.holders(h.what, h.digest, h.key) <> h.holders::uuid[]
    ) then
        raise exception 'what was looked up has changed'
            using errcode = 'serialization_failure', constraint = 'reads';
    end if;

    for i in 1 .. cardinality(b.e_counter) loop
        continue when b.e_counter[i] is null;
        insert into event_store.counters as c (name, last) values (b.e_counter[i], 1)
        on conflict (name) do update set last = c.last + 1
        returning c.last into number;
        b.e_data[i] := jsonb_set(b.e_data[i]::jsonb, array[b.e_field[i]], to_jsonb(number));
    end loop;

    insert into event_store.events
    select before + e.no, e.stream, e.id, e.version, e.type, e.schema, e.data::jsonb, e.meta::jsonb,
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
        select u.what, u.digest, u.stream, u.id, u.subject
        from unnest(b.u_take, b.u_what, b.u_digest, b.u_stream, b.u_id, b.u_subject)
            as u (take, what, digest, stream, id, subject)
        where u.take;
    end if;

    if cardinality(b.t_what) > 0 then
        -- The own former claim goes first: a booking that moves may overlap itself. So does what
        -- has expired and is in the way of what is taken (SCH-3).
        delete from event_store.time_claims c
        using unnest(b.t_take, b.t_what, b.t_key, b.t_from, b.t_until, b.t_stream, b.t_id)
            as t (take, what, key, from_, until_, stream, id)
        where (c.what, c.key) = (t.what, t.key) and c.during && tstzrange(t.from_, t.until_)
            and case when t.take
                -- By one clock for all, unless time is not the world's.
                then c.expires <= case when clock_ is null then now_ else clock end
                else (c.stream, c.id) = (t.stream, t.id)
                    and c.during = tstzrange(t.from_, t.until_) end;
        insert into event_store.time_claims
        select t.what, t.key, tstzrange(t.from_, t.until_), t.expires, t.stream, t.id
        from unnest(b.t_take, b.t_what, b.t_key, b.t_from, b.t_until, b.t_expires, b.t_stream,
                b.t_id) as t (take, what, key, from_, until_, expires, stream, id)
        where t.take;
        -- Where no more overlap than may, no more meet. Others are looked at moment by moment.
        select json_build_object('what', t.what, 'key', t.key, 'from', t.from_, 'until', t.until_)
        into full_
        from unnest(b.t_take, b.t_what, b.t_key, b.t_from, b.t_until, b.t_capacity)
            with ordinality as t (take, what, key, from_, until_, capacity, no)
        where t.take and case
            when (
                select count(*) from event_store.time_claims c
                where c.what = t.what and c.key = t.key
                    and c.during && tstzrange(t.from_, t.until_)) <= t.capacity then false
            else event_store.most_at_once(t.what, t.key, tstzrange(t.from_, t.until_)) > t.capacity
        end
        order by t.no limit 1;
        if found then
            raise exception 'no place is left'
                using errcode = 'exclusion_violation', constraint = 'claims_during',
                    detail = full_;
        end if;
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
        -- What nobody can read any more nobody can give back by name.
        delete from event_store.claims c using unnest(b.e_type, b.e_id) as e (type, id)
        where e.type = 'SubjectErased' and c.subject = e.id;
        -- Nor does anything stay of how they signed in, or did not.
        delete from identity_store.failed_sign_ins f using unnest(b.e_type, b.e_id) as e (type, id)
        where e.type = 'SubjectErased' and f.user_id = e.id;
        delete from identity_store.used_proofs p using unnest(b.e_type, b.e_id) as e (type, id)
        where e.type = 'SubjectErased' and p.user_id = e.id;
    end if;

    -- Nothing is sealed with a key that was destroyed since it was looked up.
    if cardinality(b.s_subject) > 0 then
        select k.subject into erased_ from key_store.subjects k
        where k.subject = any (b.s_subject) and k.wrapped is null limit 1;
        if found then
            raise exception 'somebody was erased meanwhile'
                using errcode = 'serialization_failure', constraint = 'erased',
                    detail = erased_::text;
        end if;
    end if;
end $$;

-- The application: it reads, and it appends through the one function. It owns nothing.
do $$
begin
    if not exists (select from pg_roles where rolname = 'servicebook_app') then
        create role servicebook_app nologin;
    end if;
    execute format('grant servicebook_app to %I', current_user);
end $$;

revoke all on function event_store.append(event_store.batch, timestamptz, timestamptz) from public;
grant usage on schema event_store, key_store to servicebook_app;
grant select on all tables in schema event_store to servicebook_app;
grant delete on event_store.idempotency to servicebook_app;
grant select on key_store.subjects to servicebook_app;
grant select, insert on key_store.signing, key_store.masters, key_store.secret to servicebook_app;
grant execute on function event_store.append(event_store.batch, timestamptz, timestamptz)
    to servicebook_app;
