create table authorizations (
    id          uuid        primary key,
    account     uuid        not null,
    client      uuid        not null,
    permissions jsonb       not null,
    version     int         not null,
    position    bigint      not null,
    created_at  timestamptz not null,
    updated_at  timestamptz not null
);

create policy row_scope on authorizations using (row_scope.as_user(account));

-- after filling
create index on authorizations (account);
create index on authorizations (created_at, id);
