-- Uploads that go on after a break: what has come of each, and which request adds to it. What became of them is in
-- the log.

create schema uploads;

create table uploads.uploads (
    id         uuid        primary key,
    owner      uuid        not null,
    -- What the file is called, sealed.
    name       text        not null,
    media_type text        not null,
    -- How many bytes it is to have, and how many of them are stored: in parts of one size, but for the last.
    length     bigint      not null,
    received   bigint      not null default 0,
    parts      uuid[]      not null default '{}',
    -- The request that adds to it. The one before it can do so no more.
    writer     uuid,
    -- Until then no other request takes it: all bytes are there, and the file is being made of them.
    held_until timestamptz not null default '-infinity',
    -- What came of it.
    file       uuid,
    expires_at timestamptz not null
);
create index uploads_owner on uploads.uploads (owner);
create index uploads_expires_at on uploads.uploads (expires_at);

-- Begins an upload; nothing, if its owner had more unfinished ones than this with it, or more bytes in them.
create function uploads.begin(
    id_ uuid, owner_ uuid, name_ text, media_type_ text, length_ bigint, lifetime interval,
    most bigint, most_bytes bigint
) returns setof uploads.uploads language plpgsql as $$
declare
    others record;
begin
    -- One after the other for each owner.
    perform pg_advisory_xact_lock(hashtextextended('uploads ' || owner_, 0));
    select count(*) as number, coalesce(sum(length), 0) as bytes into others
    from uploads.uploads where owner = owner_ and file is null and expires_at > clock_timestamp();
    if others.number < most and others.bytes + length_ <= most_bytes then
        return query insert into uploads.uploads (id, owner, name, media_type, length, expires_at)
            values (id_, owner_, name_, media_type_, length_, clock_timestamp() + lifetime)
            returning *;
    end if;
end $$;

do $$
begin
    if exists (select from pg_roles where rolname = 'servicebook_app') then
        grant usage on schema uploads to servicebook_app;
        grant select, insert, update, delete on uploads.uploads to servicebook_app;
    end if;
end $$;
