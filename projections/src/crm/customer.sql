create table customers (
    id              uuid        primary key,
    kind            text        not null,
    display_name    text        collate "C",
    name            text,
    organization    text,
    status          text        not null,
    walk_in         boolean     not null,
    external_ids    jsonb       not null,
    contact_points  jsonb       not null,
    primary_contact int,
    addresses       jsonb       not null,
    texts           text        not null,
    search          text        generated always as (projections.search_text(texts)) stored,
    version         int         not null,
    position        bigint      not null,
    created_at      timestamptz not null,
    updated_at      timestamptz not null
);

create policy row_scope on customers using (row_scope.as_customer(id));

-- after filling

create index on customers (display_name, id);
create index on customers (created_at, id);
create index on customers using gin (search gin_trgm_ops);
create index on customers (updated_at, id);
