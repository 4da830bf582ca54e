create table saved_exports (
    id         uuid        primary key,
    name       text        not null collate "C",
    path       text        not null collate "C",
    query      text,
    format     text        not null,
    status     text        not null,
    owner      uuid        not null,
    recipients jsonb       not null,
    rhythm     jsonb,
    period     text,
    last_at    timestamptz,
    next_at    timestamptz,
    search     text        not null generated always as (projections.search_text(name)) stored,
    version    int         not null,
    position   bigint      not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
);

create policy row_scope on saved_exports using (row_scope.as_user(owner));

-- after filling
create index on saved_exports (name, id);
create index on saved_exports (next_at, id);
create index on saved_exports (created_at, id);
create index on saved_exports (owner, created_at, id);
