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

create policy sight on resources using (true);

-- after filling

create index on resources (name, id);
create index on resources (created_at, id);
