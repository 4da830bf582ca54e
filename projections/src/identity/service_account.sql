create table accounts (
    id         uuid        primary key,
    name       text        collate "C" not null,
    role       text        not null,
    cabinet    uuid,
    reach      text        not null,
    disabled   boolean     not null,
    search     text        generated always as (projections.search_text(name)) stored,
    version    int         not null,
    position   bigint      not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
);

create table keys (
    id        uuid        not null,
    key       uuid        not null,
    name      text        not null,
    hash      text        not null,
    rights    jsonb       not null,
    until     timestamptz,
    issued_at timestamptz not null,

    primary key (id, key)
);

-- What there is to know of the keys of an account: never a hash.
create view listed as
select a.*, coalesce((
    select jsonb_agg(jsonb_build_object('id', k.key, 'name', k.name, 'rights', k.rights,
        'until', k.until, 'issued_at', k.issued_at) order by k.issued_at, k.key)
    from keys k where k.id = a.id), '[]') as keys
from accounts a;

create policy row_scope on accounts using (row_scope.in_cabinet(cabinet));
create policy row_scope on keys using (exists (select from accounts a where a.id = keys.id));

-- after filling
create index on accounts (name, id);
create index on accounts (created_at, id);
create index on accounts (cabinet);
