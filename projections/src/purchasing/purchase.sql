create table purchases (
    id uuid primary key,
    source text collate "C" not null,
    order_number text collate "C" not null,
    placed_at timestamptz not null,
    cabinet_id uuid not null,
    buyer text collate "C",
    amount bigint not null,
    refunded bigint not null,
    currency text not null,
    status text not null,
    lines jsonb not null,
    search text generated always as (
        projections.search_text(source || ' ' || order_number || ' ' || coalesce(buyer, ''))
    ) stored,
    version int not null,
    position bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
);
create table messages (
    id uuid not null,
    key int not null,
    source text collate "C" not null,
    parked_as uuid not null,
    sent_at timestamptz not null,
    until timestamptz,
    primary key (id, key)
);
-- Purchases as analysts see them: of a buyer they know the cabinet's id.
create view pseudonymous as
select id, source, order_number, placed_at, cabinet_id, null::text as buyer, amount, refunded, currency,
    status, lines, projections.search_text(source || ' ' || order_number) as search,
    version, position, created_at, updated_at
from purchases;
create policy row_scope on purchases using (row_scope.in_cabinet(cabinet_id));
-- after filling
create index on purchases (placed_at, id);
create index on purchases (created_at, id);
create index on purchases (cabinet_id, id);
create index on messages (until);
create index on messages (sent_at);
create index on messages (parked_as);
