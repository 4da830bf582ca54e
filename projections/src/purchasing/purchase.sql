create table purchases (
    id uuid primary key,
    source text collate "C" not null,
    order_number text collate "C" not null,
    placed_at timestamptz not null,
    cabinet_id uuid not null,
    buyer text collate "C",
    amount bigint not null,
    currency text not null,
    status text not null,
    lines jsonb not null,
    search text generated always as (
        lower(source || ' ' || order_number || ' ' || coalesce(buyer, ''))
    ) stored,
    version int not null,
    position bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
);
create table waiting (
    id uuid not null,
    key int not null,
    message text not null,
    until timestamptz not null,
    primary key (id, key)
);
create policy sight on purchases using (sight.in_cabinet(cabinet_id));
-- after filling
create index on purchases (placed_at, id);
create index on purchases (created_at, id);
create index on purchases (cabinet_id, id);
create index on waiting (until);
