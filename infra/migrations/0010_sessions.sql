-- What signing in keeps beside the log: rows that come and go, and that nobody replays.

create schema identity_store;

-- The refresh token of each session, by its SHA-256: one row, however often the session is renewed.
create table identity_store.refresh_tokens (
    session    uuid        primary key,
    -- Which of the session's tokens it is, counted from 0. Those before lead to it by a keyed hash, so
    -- that one that comes twice is recognised (IAM-3).
    generation int         not null,
    digest     bytea       not null,
    -- When the session ends, however often it is renewed.
    until      timestamptz not null,
    -- When the token before it was exchanged for it: a session that is not renewed for long has
    -- ended, too.
    claimed_at timestamptz,
    -- Until when it may rest, by what was set when it began or was renewed last.
    rests_until timestamptz not null
);
create index refresh_tokens_until on identity_store.refresh_tokens (until);

-- Whether a session has rested for too long: it cannot be renewed any more.
create function identity_store.rested(session_ uuid) returns boolean language plpgsql stable
security definer set search_path = identity_store, pg_temp as $$
begin
    return exists (
        select from refresh_tokens t
        where t.session = session_ and t.rests_until <= clock_timestamp());
end $$;

-- Who was not let in. It is no fact of the business, and whoever guesses must not be able to write
-- history: these rows go after a while.
create table identity_store.failed_sign_ins (
    id       bigint      generated always as identity primary key,
    at       timestamptz not null default clock_timestamp(),
    -- Of the newest event at that time: where it stands in the audit trail.
    position bigint      not null,
    -- Whose account it was, if there is one.
    user_id  uuid,
    -- From where: the network that many share (a /24, a /56 of IPv6), and not the address.
    network  text,
    -- The trace of the request.
    trace    uuid        not null
);
create index failed_sign_ins_position on identity_store.failed_sign_ins (position, id);
create index failed_sign_ins_at on identity_store.failed_sign_ins (at);
create index failed_sign_ins_user on identity_store.failed_sign_ins (user_id)
    where user_id is not null;

-- What was used of somebody's proofs, so that it is good once: it changes with every sign-in, so it is
-- kept beside the log, which would grow with each.
create table identity_store.used_proofs (
    user_id uuid   not null,
    -- `totp`, or the key of a passkey.
    proof   text   not null,
    -- The step of the last code, or how far the device has counted: only more is good.
    last    bigint not null,

    primary key (user_id, proof)
);

-- How often somebody was not let in of late, or had a link sent, by a keyed hash of what is guessed or
-- asked for, and by whom.
create table identity_store.attempts (
    bucket   bytea       primary key,
    failures int         not null,
    last     timestamptz not null
);
create index attempts_last on identity_store.attempts (last);

-- How often the pause is doubled before it is a whole rest.
create function identity_store.doublings(rest interval) returns int
language sql immutable as $$
    select ceil(log(2, extract(epoch from rest)::numeric / 30))::int
$$;

-- How long after a failure the next attempt is refused (IAM-4): not at all, as long as there were
-- few; then for half a minute, and twice as long each time, up to a whole rest.
create function identity_store.pause(failures int, free int, rest interval) returns interval
language sql immutable as $$
    select case
        when failures < free then interval '0'
        else least(rest, interval '30 seconds'
            * power(2, least(failures - free, identity_store.doublings(rest))))
    end
$$;

-- How many failures are remembered some time after the last one: each rest as many are forgotten as a
-- fifth of those that are free. So whoever goes on guessing has one guess (of free 5) each rest, and
-- nothing is gained by waiting longer.
create function identity_store.remembered(failures int, free int, since interval, rest interval)
returns int
language sql immutable as $$
    select greatest(0, failures - greatest(1, free / 5)
        * floor(extract(epoch from since) / extract(epoch from rest))::int)
$$;

-- Counts an attempt, of which it is not known yet how it ends, at some moment; or refuses it because
-- of those before, and answers how long to wait. A failure that lies in the future tells that the
-- clock was put back: nobody waits for it. (By a little it does so when many come at once, who all
-- took the time before they waited for each other here.)
create function identity_store.attempt(what bytea, free int, at timestamptz, rest interval)
returns interval
language plpgsql as $$
begin
    insert into identity_store.attempts as known values (what, 1, at)
    on conflict (bucket) do update set
        failures = least(free + identity_store.doublings(rest) - 1, identity_store.remembered(
            known.failures, free, greatest(interval '0', at - known.last), rest)) + 1,
        last = case when known.last > at + interval '1 minute' then at
                    else greatest(known.last, at) end
    where known.last > at + interval '1 minute'
        or known.last + identity_store.pause(known.failures, free, rest) <= greatest(at, known.last);
    if found then
        return null;
    end if;
    return (select greatest(interval '0', last + identity_store.pause(failures, free, rest) - at)
            from identity_store.attempts where bucket = what);
end
$$;

do $$
begin
    if exists (select from pg_roles where rolname = 'servicebook_app') then
        grant usage on schema identity_store to servicebook_app;
        grant select, insert, update, delete
            on all tables in schema identity_store to servicebook_app;
    end if;
end $$;
