create table announcements (
    id         uuid        primary key,
    audience   jsonb       not null,
    texts      jsonb       not null,
    author     uuid        not null,
    cabinet    uuid,
    withdrawn  boolean     not null,
    version    int         not null,
    position   bigint      not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
);

create policy row_scope on announcements using (row_scope.in_cabinet(cabinet));

-- after filling

create index on announcements (created_at, id);
create index on announcements (cabinet);
create index on announcements (author);
