create table cabinets (
    id uuid primary key,
    name text collate "C",
    kind text not null,
    tax_id text collate "C",
    external_id text collate "C",
    country text collate "C",
    contact_email text,
    parent_id uuid,
    asked_id uuid,
    standing text not null,
    vendor_managed boolean not null,
    search text generated always as (
        lower(coalesce(name, '') || ' ' || coalesce(tax_id, '') || ' ' || coalesce(external_id, '')
              || ' ' || coalesce(contact_email, ''))
    ) stored,
    version int not null,
    position bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
);
-- Those who are asked see who asks.
create policy sight on cabinets using (sight.in_cabinet(id) or sight.in_cabinet(asked_id));

-- after filling
create index on cabinets (name, id);
create index on cabinets (created_at, id);
create index on cabinets (parent_id);
create index on cabinets (asked_id) where asked_id is not null;
