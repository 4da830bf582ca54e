create table sessions (
    id           uuid        primary key,
    account      uuid        not null,
    user_version int         not null,
    client       uuid,
    scope        text        not null,
    methods      jsonb       not null,
    agent        text,
    address      text,
    until        timestamptz not null,
    ended        boolean     not null,
    version      int         not null,
    position     bigint      not null,
    created_at   timestamptz not null,
    updated_at   timestamptz not null
);

-- Of which version a user's sessions must be at least: something ended the older ones at once.
create table limits (
    id           uuid        primary key,
    user_version int         not null,
    version      int         not null,
    position     bigint      not null,
    created_at   timestamptz not null,
    updated_at   timestamptz not null
);

-- The sessions that can still be renewed.
create view active as
select s.* from sessions s left join limits l on l.id = s.account
where not s.ended and s.until > now() and s.user_version >= coalesce(l.user_version, 0)
    and not identity_store.rested(s.id);

create policy row_scope on sessions using (row_scope.as_user(account));
create policy row_scope on limits using (row_scope.as_user(id));

-- after filling
create index on sessions (account, created_at);
create index on sessions (created_at, id);
