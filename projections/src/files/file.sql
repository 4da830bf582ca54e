create table files (
    id         uuid        primary key,
    name       text        collate "C",
    media_type text        not null,
    size       bigint      not null,
    sha256     text        not null,
    purpose    text        not null,
    scan       text        not null,
    reason     text,
    owner      uuid        not null,
    deleted    boolean     not null,
    search     text        generated always as (projections.search_text(coalesce(name, ''))) stored,
    version    int         not null,
    position   bigint      not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
);

create policy row_scope on files using (row_scope.as_user(owner));

-- after filling
create index on files (created_at, id);
create index on files (owner, created_at, id);
create index on files (name, id);
create index on files (size, id);
create index on files using gin (search gin_trgm_ops);
