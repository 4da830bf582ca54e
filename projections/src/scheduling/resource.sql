create table resources (
    id           uuid        primary key,
    kind         text        not null,
    name         text        collate "C",
    "user"       uuid,
    capacity     int         not null,
    availability jsonb       not null,
    status       text        not null,
    search       text        not null,
    version      int         not null,
    position     bigint      not null,
    created_at   timestamptz not null,
    updated_at   timestamptz not null
);

-- Resources as guests and clients see them.
create view shown as
select id, kind, name, null::uuid as "user", capacity, availability, status, search, version,
    position, created_at, updated_at
from resources;

create policy sight on resources using (true);

-- after filling

create index on resources (name, id);
create index on resources (created_at, id);
