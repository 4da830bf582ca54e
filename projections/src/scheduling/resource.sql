create table resources (
    id           uuid        primary key,
    kind         text        not null,
    name         text        collate "C",
    "user"       uuid,
    capacity     int         not null,
    availability jsonb       not null,
    status       text        not null,
    about        text,
    picture      text,
    public       boolean     not null,
    search       text        generated always as (projections.search_text(coalesce(name, ''))) stored,
    version      int         not null,
    position     bigint      not null,
    created_at   timestamptz not null,
    updated_at   timestamptz not null
);

-- Resources as clients see them: absences of employees are staff's only.
create view shown as
select id, kind, name, null::uuid as "user", capacity,
    availability || '{"closed": [], "exceptions": []}' as availability, status, about, picture, public,
    search, version, position, created_at, updated_at
from resources;

-- Resources as guests see them.
create view public_resources as
select * from shown where public and status = 'in_use';

create policy row_scope on resources using (true);

-- after filling

create index on resources (name, id);
create index on resources (created_at, id);
