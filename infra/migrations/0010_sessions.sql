-- What signing in keeps beside the log: rows that come and go, and that nobody replays.

create schema identity_store;

-- Refresh tokens, by their SHA-256. Used ones stay until the session ends by itself, so that one
-- that comes twice is recognised (IAM-3).
create table identity_store.refresh_tokens (
    digest     bytea       primary key,
    session    uuid        not null,
    -- When the session ends, however often it is renewed.
    until      timestamptz not null,
    -- When it was exchanged for its successor.
    claimed_at timestamptz
);
create index refresh_tokens_until on identity_store.refresh_tokens (until);

-- How often somebody was not let in of late, by a keyed hash of the account or the network.
create table identity_store.attempts (
    bucket   bytea       primary key,
    failures int         not null,
    last     timestamptz not null
);
create index attempts_last on identity_store.attempts (last);

-- How long after a failure the next attempt is refused (IAM-4): not at all, as long as there were
-- few; then for half a minute, and twice as long each time.
create function identity_store.pause(failures int, free int) returns interval
language sql immutable as $$
    select case
        when failures < free then interval '0'
        else least(interval '15 minutes', interval '30 seconds' * power(2, least(failures - free, 9)))
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
