create table products (
    id uuid primary key,
    sku text collate "C" not null,
    name text collate "C" not null,
    description text,
    retired boolean not null,
    parameters_version text,
    parameters_schema jsonb,
    issuance_policy jsonb,
    search text generated always as (
        projections.search_text(sku || ' ' || name || ' ' || coalesce(description, ''))
    ) stored,
    version int not null,
    position bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
);
create policy row_scope on products using (true);
-- after filling
create index on products (name, id);
create index on products (sku, id);
create index on products (created_at, id);
