create table licenses (
    id uuid primary key,
    cabinet_id uuid not null,
    product_id uuid not null,
    quantity bigint not null,
    parameters_version text not null,
    parameters jsonb not null,
    grace_days int not null,
    notices jsonb not null,
    purchase_id uuid,
    line int,
    unit bigint,
    term int not null,
    starts_at timestamptz not null,
    ends_at timestamptz,
    noticed jsonb not null,
    due_at timestamptz,
    suspended boolean not null,
    revoked boolean not null,
    reason text,
    version int not null,
    position bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
);
create table terms (
    id uuid not null,
    key int not null,
    starts_at timestamptz not null,
    ends_at timestamptz,
    primary key (id, key)
);
create table cabinets (
    id uuid primary key,
    name text collate "C",
    version int not null,
    position bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
);
create table products (
    id uuid primary key,
    sku text collate "C" not null,
    name text collate "C" not null,
    version int not null,
    position bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
);
-- LIC-3: what a licence is worth is asked of its terms and the clock each time, never stored.
create view listed as
select l.*, c.name as cabinet_name, p.name as product_name, p.sku,
    projections.search_text(
        coalesce(c.name, '') || ' ' || coalesce(p.name, '') || ' ' || coalesce(p.sku, '')) as search,
    (select jsonb_agg(jsonb_build_object('from', t.starts_at, 'until', t.ends_at) order by t.key)
     from terms t where t.id = l.id) as terms,
    case
        when l.revoked then 'revoked'
        when begun.ends_at + l.grace_days * interval '24 hours' <= now() then 'expired'
        when l.suspended then 'suspended'
        when begun.starts_at is null then 'pending'
        when begun.ends_at <= now() then 'grace'
        else 'active'
    end as status
from licenses l
left join cabinets c on c.id = l.cabinet_id
left join products p on p.id = l.product_id
left join lateral (
    select t.starts_at, t.ends_at from terms t
    where t.id = l.id and t.starts_at <= now()
    order by t.key desc limit 1
) begun on true;
-- The same for analysts, who know cabinets by their ids.
create view pseudonymous as
select id, cabinet_id, product_id, quantity, parameters_version, parameters, grace_days, notices,
    purchase_id, line, unit, term, starts_at, ends_at, noticed, due_at, suspended, revoked,
    null::text as reason, version, position, created_at, updated_at, null::text as cabinet_name, product_name, sku,
    projections.search_text(coalesce(product_name, '') || ' ' || coalesce(sku, '')) as search,
    terms, status
from listed;
create policy row_scope on licenses using (row_scope.in_cabinet(cabinet_id));
create policy row_scope on terms using (exists (select from licenses l where l.id = terms.id));
create policy row_scope on cabinets using (row_scope.in_cabinet(id));
create policy row_scope on products using (true);
-- after filling
create index on licenses (cabinet_id, id);
create index on licenses (product_id, id);
create index on licenses (purchase_id);
create index on licenses (created_at, id);
create index on licenses (ends_at, id);
create index on licenses (due_at, id) where due_at is not null;
create index on licenses (starts_at, id);
