create table parked (
    id uuid primary key,
    source text collate "C" not null,
    event text collate "C",
    order_number text collate "C",
    code text collate "C" not null,
    detail text,
    payload text,
    status text not null,
    reason text,
    search text generated always as (
        lower(source || ' ' || coalesce(event, '') || ' ' || coalesce(order_number, ''))
    ) stored,
    version int not null,
    position bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
);
-- after filling
create index on parked (created_at, id);
create index on parked (status, id);
create index on parked (updated_at, id);
