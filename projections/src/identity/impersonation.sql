create table impersonations (
    id         uuid        primary key,
    agent      uuid        not null,
    "user"     uuid        not null,
    reason     text,
    until      timestamptz not null,
    ended_at   timestamptz,
    version    int         not null,
    position   bigint      not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
);

create policy row_scope on impersonations using (row_scope.as_user(agent));

-- after filling
create index on impersonations (created_at, id);
create index on impersonations ("user");
