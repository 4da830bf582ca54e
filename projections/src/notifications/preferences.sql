create table preferences (
    id         uuid        primary key,
    account    uuid        not null,
    muted      jsonb       not null,
    version    int         not null,
    position   bigint      not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
);

create policy row_scope on preferences using (row_scope.as_user(account));

-- after filling

create index on preferences (account);
create index on preferences (created_at, id);
