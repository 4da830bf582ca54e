create table cabinets (
    id uuid primary key,
    name text collate "C" not null,
    kind text not null,
    tax_id text collate "C",
    external_id text collate "C",
    country text collate "C",
    contact_email text,
    parent_id uuid,
    search text generated always as (
        lower(name || ' ' || coalesce(tax_id, '') || ' ' || coalesce(external_id, '')
              || ' ' || coalesce(contact_email, ''))
    ) stored,
    version int not null,
    position bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
);
-- after filling
create index on cabinets (name, id);
create index on cabinets (created_at, id);
create index on cabinets (parent_id);
