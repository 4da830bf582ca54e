create table cabinets (
    id uuid primary key,
    name text collate "C",
    kind text not null,
    tax_id text collate "C",
    external_id text collate "C",
    country text collate "C",
    contact_email text,
    parent_id uuid,
    requested_parent_id uuid,
    standing text not null,
    vendor_managed boolean not null,
    search text generated always as (
        projections.search_text(coalesce(name, '') || ' ' || coalesce(tax_id, '') || ' '
            || coalesce(external_id, '') || ' ' || coalesce(contact_email, ''))
    ) stored,
    version int not null,
    position bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
);
-- Those who are asked see who asks.
create policy row_scope on cabinets
    using (row_scope.in_cabinet(id) or row_scope.in_cabinet(requested_parent_id));

-- after filling
create index on cabinets (name, id);
create index on cabinets (created_at, id);
create index on cabinets (parent_id);
create index on cabinets (requested_parent_id) where requested_parent_id is not null;
