create table providers (
    id         uuid        primary key,
    name       text collate "C" not null,
    cabinet    uuid        not null,
    domain     text        not null,
    issuer     text        not null,
    client_id  text        not null,
    enabled    boolean     not null,
    search     text        generated always as (projections.search_text(name || ' ' || domain)) stored,
    version    int         not null,
    position   bigint      not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
);

-- after filling
create index on providers (name, id);
create index on providers (created_at, id);
