create table invitations (
    id         uuid        primary key,
    cabinet    uuid        not null,
    email      text,
    role       text        not null,
    reach      text        not null,
    until      timestamptz not null,
    state      text        not null,
    search     text        generated always as (projections.search_text(coalesce(email, ''))) stored,
    version    int         not null,
    position   bigint      not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
);

create policy row_scope on invitations using (row_scope.in_cabinet(cabinet));

-- after filling
create index on invitations (cabinet, id);
create index on invitations (created_at, id);
