create table clients (
    id                        uuid        primary key,
    name                      text collate "C" not null,
    kind                      jsonb       not null,
    redirect_uris             jsonb       not null,
    post_logout_redirect_uris jsonb       not null,
    permissions               jsonb       not null,
    first_party               boolean     not null,
    enabled                   boolean     not null,
    search                    text        generated always as (projections.search_text(name)) stored,
    version                   int         not null,
    position                  bigint      not null,
    created_at                timestamptz not null,
    updated_at                timestamptz not null
);

-- after filling
create index on clients (name, id);
create index on clients (created_at, id);
