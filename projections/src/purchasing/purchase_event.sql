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
        projections.search_text(source || ' ' || coalesce(event, '') || ' ' || coalesce(order_number, ''))
    ) stored,
    version int not null,
    position bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
);

-- The messages as those see them who study what happened: without what people wrote or are called.
create view pseudonymous as
select id, source, event, order_number, code, null::text as detail, null::text as payload, status,
    reason, search, version, position, created_at, updated_at
from parked;

-- after filling
create index on parked (created_at, id);
create index on parked (status, id);
create index on parked (updated_at, id);
